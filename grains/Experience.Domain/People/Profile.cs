using System.Text;
using Experience.Domain.Events;

namespace Experience.Domain.People;

/// <summary>
/// Who the person is: each value is the newest one stated. What every assessment reads (birth day, consent, goal) is read with the
/// state; the texts stay the bytes that they are stored as until somebody asks for one, because hardly any event does.
/// </summary>
public sealed partial class Profile
{
    private const int TextCount = 8;

    /// <summary>Longest text kept, in UTF-8 bytes, so that its length fits; no field of the vocabulary is that long.</summary>
    private const int MaxTextBytes = 4096;

    private readonly string[] _texts = [.. Enumerable.Repeat("", TextCount)];
    private readonly List<string> _children = [];

    // Guardians but the last one, the oldest link first.
    private readonly List<string> _earlier = [];
    private byte[] _stored = [];
    private int _storedLength;
    private bool _decoded = true;
    private bool _changed;

    public string GivenName { get => Get(0); set => Set(0, value); }

    public string FamilyName { get => Get(1); set => Set(1, value); }

    public string PreferredName { get => Get(2); set => Set(2, value); }

    public string Email { get => Get(3); set => Set(3, value); }

    public string Phone { get => Get(4); set => Set(4, value); }

    public string PostalCode { get => Get(5); set => Set(5, value); }

    public string StudentId { get => Get(6); set => Set(6, value); }

    /// <summary>Key (at the person's own source) of the guardian who was linked last, or empty.</summary>
    public string Guardian
    {
        get => Get(7);
        private set
        {
            Set(7, value);
            HasGuardian = value.Length > 0;
        }
    }

    /// <summary>Keys (at the person's own source) of all guardians, the one who was linked last first.</summary>
    public IReadOnlyList<string> Guardians
    {
        get
        {
            Decode();
            return HasGuardian ? [Guardian, .. Enumerable.Reverse(_earlier)] : [];
        }
    }

    /// <summary>Everybody of the household whom this person knows by a key: children, then guardians.</summary>
    public IEnumerable<string> Household => Children.Concat(Guardians);

    /// <summary>Whether a guardian is known, without reading the key.</summary>
    public bool HasGuardian { get; private set; }

    /// <summary>How many children are known, without reading their keys.</summary>
    public int ChildCount { get; private set; }

    /// <summary>Whether this person's household knows somebody of these keys: as guardian or as child.</summary>
    public bool IsOfHousehold(IReadOnlyCollection<string> keys) => (HasGuardian || ChildCount > 0) && Household.Any(keys.Contains);

    /// <summary>Keys (at the person's own source) of children whose guardian this person is, oldest link first.</summary>
    public IReadOnlyList<string> Children
    {
        get
        {
            Decode();
            return _children;
        }
    }

    /// <summary>Civil day of birth; <see cref="int.MinValue"/> when not known.</summary>
    public int BirthDay { get; set; } = int.MinValue;

    public ulong Organisation { get; set; }

    /// <summary>One bit a purpose, by its code; set means granted.</summary>
    public int ConsentGranted { get; set; }

    /// <summary>One bit a purpose, by its code; set means stated at all.</summary>
    public int ConsentStated { get; set; }

    /// <summary>One bit a purpose and channel, by <see cref="ContactBit"/>: said of this channel since the purpose was last spoken of as a whole.</summary>
    public ulong ContactStated { get; set; }

    /// <summary>The same; set means allowed.</summary>
    public ulong ContactAllowed { get; set; }

    /// <summary>The organisation that the person speaks for, or 0.</summary>
    public ulong ContactFor { get; set; }

    /// <summary>Eight places for channels of each purpose.</summary>
    public static ulong ContactBit(int purpose, int channel) => 1UL << (purpose * 8 + channel);

    /// <summary>Code of <see cref="Fields.Goal"/>, or −1.</summary>
    public int Goal { get; set; } = -1;

    public long GoalAt { get; set; }

    /// <summary>Code of <see cref="Fields.Mode"/>, or −1.</summary>
    public int PreferredMode { get; set; } = -1;

    /// <summary>Code of <see cref="Fields.Channel"/>, or −1.</summary>
    public int PreferredChannel { get; set; } = -1;

    /// <summary>Links a child once; beyond <see cref="PersonState.MaxHousehold"/> the oldest link leaves.</summary>
    public void AddChild(string key)
    {
        Decode();
        if (_children.Contains(key)) return;
        if (_children.Count == PersonState.MaxHousehold) _children.RemoveAt(0);
        _children.Add(key);
        ChildCount = _children.Count;
        _changed = true;
    }

    /// <summary>Links a guardian; one who is linked again was linked last. Beyond <see cref="PersonState.MaxGuardians"/> the oldest link leaves.</summary>
    public void AddGuardian(string key)
    {
        Decode();
        if (Guardian == key) return;
        _earlier.Remove(key);
        if (HasGuardian) _earlier.Add(Guardian);
        if (_earlier.Count == PersonState.MaxGuardians) _earlier.RemoveAt(0);
        Guardian = key;
        _changed = true;
    }

    /// <summary>Forgets who the person is: every text, the household, the birth day. What was stated as a code or a program's name stays.</summary>
    internal void Forget()
    {
        Decode();
        Array.Fill(_texts, "");
        _children.Clear();
        _earlier.Clear();
        ChildCount = 0;
        HasGuardian = false;
        BirthDay = int.MinValue;
        _changed = true;
    }

    internal void Clear()
    {
        if (_decoded)
        {
            Array.Fill(_texts, "");
            _children.Clear();
            _earlier.Clear();
        }

        _storedLength = 0;
        _decoded = true;
        _changed = false;
        HasGuardian = false;
        ChildCount = 0;
        BirthDay = int.MinValue;
        Organisation = 0;
        ConsentGranted = ConsentStated = 0;
        ContactStated = ContactAllowed = ContactFor = 0;
        Goal = PreferredMode = PreferredChannel = -1;
        GoalAt = 0;
    }

    // Stored texts: a varint of presence bits (bit i for text i, then the number of children), then each as a varint length and UTF-8; last, to the end, the guardians but the
    // newest, which a version that keeps one guardian passes over.

    internal bool HasTexts
    {
        get
        {
            Encode();
            return _storedLength > 0;
        }
    }

    internal int TextBytes => _storedLength;

    internal void WriteTexts(Span<byte> target) => _stored.AsSpan(0, _storedLength).CopyTo(target);

    internal void ReadTexts(ReadOnlySpan<byte> stored)
    {
        Reserve(stored.Length);
        stored.CopyTo(_stored);
        _storedLength = stored.Length;
        _decoded = false;
        _changed = false;
        var mask = Varint.Read(ref stored);
        HasGuardian = (mask & (1 << (TextCount - 1))) != 0;
        ChildCount = (int)Math.Min(mask >> TextCount, PersonState.MaxHousehold);
    }

    private string Get(int index)
    {
        Decode();
        return _texts[index];
    }

    private void Set(int index, string value)
    {
        Decode();
        if (_texts[index] == value) return;
        _texts[index] = value;
        _changed = true;
    }

    private void Decode()
    {
        if (_decoded) return;
        _decoded = true;
        Array.Fill(_texts, "");
        _children.Clear();
        _earlier.Clear();
        ReadOnlySpan<byte> rest = _stored.AsSpan(0, _storedLength);
        var mask = Varint.Read(ref rest);
        for (var i = 0; i < TextCount; i++)
        {
            if ((mask & (1UL << i)) != 0) _texts[i] = Take(ref rest);
        }

        for (var n = ChildCount; n > 0; n--) _children.Add(Take(ref rest));
        while (!rest.IsEmpty && _earlier.Count < PersonState.MaxGuardians - 1) _earlier.Add(Take(ref rest));
    }

    private void Encode()
    {
        if (!_changed) return;
        _changed = false;
        var size = Varint.MaxBytes;
        var mask = (ulong)_children.Count << TextCount;
        for (var i = 0; i < TextCount; i++)
        {
            if (_texts[i].Length == 0) continue;
            mask |= 1UL << i;
            size += Varint.MaxBytes + Encoding.UTF8.GetMaxByteCount(_texts[i].Length);
        }

        foreach (var key in _children.Concat(_earlier)) size += Varint.MaxBytes + Encoding.UTF8.GetMaxByteCount(key.Length);
        _storedLength = 0;
        if (mask == 0) return;
        Reserve(size);
        var n = Varint.Write(_stored, mask);
        for (var i = 0; i < TextCount; i++)
        {
            if (_texts[i].Length > 0) n += Put(_stored.AsSpan(n), _texts[i]);
        }

        foreach (var key in _children.Concat(_earlier)) n += Put(_stored.AsSpan(n), key);
        _storedLength = n;
    }

    private void Reserve(int size)
    {
        if (_stored.Length < size) _stored = new byte[Math.Max(size, 256)];
    }

    private static int Put(Span<byte> target, string text)
    {
        var n = Varint.Write(target, (ulong)Encoding.UTF8.GetByteCount(text));
        return n + Encoding.UTF8.GetBytes(text, target[n..]);
    }

    private static string Take(ref ReadOnlySpan<byte> rest)
    {
        var length = Varint.Read(ref rest);
        if (length > (ulong)Math.Min(rest.Length, MaxTextBytes)) throw new InvalidDataException("A stored profile is cut short.");
        var text = Encoding.UTF8.GetString(rest[..(int)length]);
        rest = rest[(int)length..];
        return text;
    }
}
