using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace Experience.Embedded.Keys;

/// <summary>
/// Seals and opens the personal parts of records, AES-128-GCM under the person's data key. One a thread.
/// </summary>
/// <remarks>
/// Nearly every record is under another key, and the platform's cipher takes three times as long to be made for a key as a small record takes to be sealed: Bouncy Castle's takes a new
/// key in place (600 ns a record of 60 bytes, key included, where the processor has AES; the platform's 1,900). What they write is the same.
/// </remarks>
/// <param name="remember">Data keys are kept beside the secrets too: for the loop that owns the person, who alone writes there.</param>
internal sealed class Sealer(KeyStore keys, bool remember = false) : IDisposable
{
    public const int TagSize = 16;

    private const int KeySize = 16;
    private const int NonceSize = 12;

    private readonly IncrementalHash _deriver = keys.Master.Deriver();
    private readonly GcmBlockCipher _cipher = new(AesUtilities.CreateEngine());
    private readonly byte[] _nonce = new byte[NonceSize];

    /// <summary>
    /// Seals into <paramref name="output"/>: ciphertext, then tag. The nonce is the block's random base and the record's offset, so no two
    /// records under one key share it; stream and event id are authenticated with it.
    /// </summary>
    public void Seal(int slot, UInt128 stream, UInt128 id, long nonceBase, int offset, ReadOnlySpan<byte> plain, Span<byte> output)
    {
        if (!Begin(seal: true, slot, stream, id, nonceBase, offset)) throw new InvalidOperationException("Nothing is sealed for somebody who was erased.");
        var written = _cipher.ProcessBytes(plain, output);
        _cipher.DoFinal(output[written..]);
    }

    /// <summary>Opens a sealed part; false when the person was erased.</summary>
    /// <exception cref="CryptographicException">The bytes were changed, or are another record's.</exception>
    public bool Open(int slot, UInt128 stream, UInt128 id, long nonceBase, int offset, ReadOnlySpan<byte> sealedPart, Span<byte> plain)
    {
        if (!Begin(seal: false, slot, stream, id, nonceBase, offset)) return false;
        try
        {
            var written = _cipher.ProcessBytes(sealedPart, plain);
            _cipher.DoFinal(plain[written..]);
            return true;
        }
        catch (InvalidCipherTextException changed)
        {
            CryptographicOperations.ZeroMemory(plain);
            throw new AuthenticationTagMismatchException("A sealed part does not open under the key of its person.", changed);
        }
    }

    public void Dispose() => _deriver.Dispose();

    // False when the person was erased, whatever is kept.
    private bool Begin(bool seal, int slot, UInt128 stream, UInt128 id, long nonceBase, int offset)
    {
        var secret = keys.Secret(slot);
        if (secret == UInt128.Zero) return false;
        Span<byte> key = stackalloc byte[KeySize];
        if (!remember || !keys.TryDataKey(slot, key))
        {
            MasterKey.DataKey(_deriver, secret, stream, key);
            if (remember) keys.KeepDataKey(slot, key);
        }

        BinaryPrimitives.WriteInt64LittleEndian(_nonce, nonceBase);
        BinaryPrimitives.WriteInt32LittleEndian(_nonce.AsSpan(8), offset);
        _cipher.Init(seal, new ParametersWithIV(new KeyParameter(key), _nonce));
        CryptographicOperations.ZeroMemory(key);
        Span<byte> bound = stackalloc byte[32];
        MemoryMarshal.Write(bound, in stream);
        MemoryMarshal.Write(bound[16..], in id);
        _cipher.ProcessAadBytes(bound);
        return true;
    }
}
