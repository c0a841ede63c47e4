using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Experience.Domain.Events;

namespace Experience.Domain.People;

/// <summary>
/// The hash of everything folded: SHA-256 over people in ascending order of (source, key), each as its length-prefixed source, key and
/// state. Nothing of the folder, of receipt or of encryption enters it, so equal sets of facts hash equally everywhere.
/// </summary>
/// <remarks>
/// The order is that of UTF-8 bytes. A person out of order, or twice, throws: the hash would not mean anything. Who was erased has no key any more: the erased
/// of a source come first, with an empty key, in the order of their states.
/// </remarks>
public sealed class StateHash : IDisposable
{
    // The length of two keys and their prefixes: what is compared, and hashed before the state.
    private const int MaxKeys = 8 + 3 * (EventLimits.MaxSourceLength + EventLimits.MaxKeyLength);

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _last = new byte[MaxKeys];
    private int _lastSource = -1;
    private int _lastKey;

    public StateHash() => _hash.AppendData("experience-state-1"u8);

    /// <summary>The order in which people must be added.</summary>
    public static int Compare(ReadOnlySpan<byte> source, ReadOnlySpan<byte> key, ReadOnlySpan<byte> otherSource, ReadOnlySpan<byte> otherKey)
    {
        var order = source.SequenceCompareTo(otherSource);
        return order != 0 ? order : key.SequenceCompareTo(otherKey);
    }

    public void Add(string source, string key, ReadOnlySpan<byte> state)
    {
        Span<byte> bytes = stackalloc byte[MaxKeys];
        var n = Encoding.UTF8.GetBytes(source, bytes);
        var m = Encoding.UTF8.GetBytes(key, bytes[n..]);
        Add(bytes[..n], bytes.Slice(n, m), state);
    }

    /// <param name="source">UTF-8.</param>
    /// <param name="key">UTF-8.</param>
    public void Add(ReadOnlySpan<byte> source, ReadOnlySpan<byte> key, ReadOnlySpan<byte> state)
    {
        if (_lastSource >= 0 && Compare(source, key, _last.AsSpan(0, _lastSource), _last.AsSpan(_lastSource, _lastKey)) is var order && (order < 0 || (order == 0 && key.Length > 0)))
        {
            throw new InvalidOperationException("People must be added to a state hash in ascending order, each once.");
        }

        source.CopyTo(_last);
        key.CopyTo(_last.AsSpan(source.Length));
        (_lastSource, _lastKey) = (source.Length, key.Length);
        Append(source);
        Append(key);
        Append(state);
    }

    /// <summary>The hash so far in lower-case hexadecimal; more people may follow.</summary>
    public string Current() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public void Dispose() => _hash.Dispose();

    private void Append(ReadOnlySpan<byte> data)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
        _hash.AppendData(length);
        _hash.AppendData(data);
    }
}
