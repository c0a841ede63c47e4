namespace Experience.Domain.Events;

/// <summary>
/// What folds read: one fact, from memory or from a journal record, without copying it. Valid as long as the bytes
/// that it looks at.
/// </summary>
public readonly ref struct FactView(EventType type, long time, UInt128 id, ReadOnlySpan<byte> clear, ReadOnlySpan<byte> personal)
{
    public EventType Type { get; } = type;

    /// <summary>When it happened, µs since 1970 UTC.</summary>
    public long Time { get; } = time;

    /// <summary>Public 128-bit hash of (source, id).</summary>
    public UInt128 Id { get; } = id;

    /// <summary>Fields that may be read without a person's key.</summary>
    public ReadOnlySpan<byte> Clear { get; } = clear;

    /// <summary>Unsealed personal fields; empty where there are none.</summary>
    public ReadOnlySpan<byte> Personal { get; } = personal;

    public Stamp Stamp => new(Time, (ulong)(Id >> 64));
}

/// <summary>
/// Looks fields up in one pass over their stored form. Stored fields ascend by number, so they must be asked for in
/// ascending number; a field asked for too late reads as absent, and fails in debug builds.
/// </summary>
public ref struct FieldCursor
{
    private FieldReader _reader;
    private bool _has;
    private int _asked;

    public FieldCursor(ReadOnlySpan<byte> fields)
    {
        _reader = new FieldReader(fields);
        _has = _reader.Next();
    }

    public bool Has(Field field)
    {
        System.Diagnostics.Debug.Assert(field.Number > _asked, "Fields must be asked for in ascending number, each once.");
        _asked = field.Number;
        while (_has && _reader.Number < field.Number) _has = _reader.Next();
        return _has && _reader.Number == field.Number;
    }

    /// <summary>The integer of the field that <see cref="Has"/> has just found.</summary>
    public readonly long Value => _reader.Value;

    /// <summary>The public hash of a name or key; 0 when absent.</summary>
    public ulong Hash(Field field) => Has(field) ? _reader.Hash : 0;

    public long Number(Field field, long absent = 0) => Has(field) ? _reader.Value : absent;

    /// <summary>The text, or null when absent.</summary>
    public string? Text(Field field) => Has(field) ? _reader.Text : null;
}
