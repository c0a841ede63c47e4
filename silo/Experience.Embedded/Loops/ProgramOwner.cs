using System.Buffers.Binary;
using Experience.Domain.Events;
using Experience.Domain.Models.Learning;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Embedded.Journal;
using Experience.Embedded.Memory;
using Experience.Embedded.Shards;

namespace Experience.Embedded.Loops;

/// <summary>
/// The program's own stream, folded by the first loop: catalogue, rules, staff. Its facts stay in memory (a catalogue is thousands of
/// facts), so a late one folds them again from there.
/// </summary>
internal sealed class ProgramOwner(ProgramState state)
{
    /// <summary>Facts of the program's stream; beyond it more are refused: people's facts belong to people.</summary>
    public const int MaxFacts = 1_000_000;

    /// <summary>The stream id of the program: no keyed hash, since it names nobody.</summary>
    public static readonly UInt128 Stream = UInt128.Zero;

    private const long ImageVersion = 1;
    private const int EntrySize = 31;

    private readonly HashSet<UInt128> _ids = [];
    private readonly HashSet<UInt128> _voids = [];
    private readonly List<Kept> _facts = [];
    private readonly Dictionary<ulong, Kept> _models = [];
    private bool _stale;
    private bool _dirty;
    private volatile bool _changed;
    private int _number;
    private long _counted;

    /// <summary>Facts that others sent; what the engine fitted is its own, and is not counted.</summary>
    public long Facts => Volatile.Read(ref _counted);

    public long LastPosition { get; private set; }

    public int KeySlot { get; private set; }

    /// <summary>Something changed since the last snapshot.</summary>
    public bool Changed => _changed;

    /// <summary>Earliest and latest time of a fact.</summary>
    public Counts Totals => _facts.Where(static fact => Counted(fact.Type)).Aggregate(Counts.None, (counts, fact) => counts.Fact(fact.Time, newPerson: false));

    public RecordOutcome Record(LoopContext cx, Fact fact)
    {
        if (!_ids.Add(fact.Id)) return RecordOutcome.Duplicate;
        var source = cx.Sources.Number(fact.Source);
        if (source == 0 || _facts.Count >= MaxFacts)
        {
            _ids.Remove(fact.Id);
            return RecordOutcome.Refused;
        }

        var header = new RecordHeader
        {
            Type = fact.Type.Code,
            Flags = RecordFlags.Program | (fact.Live ? RecordFlags.Live : RecordFlags.None),
            Source = (ushort)source,
            Time = fact.Time,
            Id = fact.Id,
            Stream = Stream,
            Previous = LastPosition,
        };
        if (LastPosition == 0)
        {
            KeySlot = cx.Keys.Create();
            cx.NewSlots.Add(KeySlot);
            header.Flags |= RecordFlags.Opening;
            header.Previous = -KeySlot;
        }

        // The program has no key at a source: an opening record starts with an empty one.
        var opening = LastPosition == 0 ? "\0"u8 : default;
        LastPosition = cx.Writer.Append(header, fact.Clear.Span, opening, fact.Personal.Span, KeySlot);
        _dirty = true;
        cx.Names.Learn(fact.Clear.Span, cx.KnownNames);
        if (Counted(fact.Type.Code)) cx.Counts = cx.Counts.Fact(fact.Time, newPerson: false);
        Keep(new Kept(fact.Type.Code, source, fact.Time, fact.Id, fact.Clear.ToArray()), cx.Sources);
        return RecordOutcome.Accepted;
    }

    /// <summary>Writes what people were shown of the program: folded into nothing. Only once the stream has begun.</summary>
    public void Observe(LoopContext cx, EventType type, string segment, long count)
    {
        if (LastPosition == 0) return;
        var output = cx.ObservationFields;
        output.Clear();
        var fields = new FieldWriter(output);
        fields.Number(Fields.Count, count);
        fields.Text(Fields.Segment, segment);
        Span<byte> input = stackalloc byte[17];
        BinaryPrimitives.WriteInt64LittleEndian(input, LastPosition);
        BinaryPrimitives.WriteUInt64LittleEndian(input[8..], SipHash.Name(segment));
        input[16] = type.Code;
        var header = new RecordHeader
        {
            Type = type.Code,
            Flags = RecordFlags.Program | RecordFlags.Observation | RecordFlags.Live,
            Time = cx.Now,
            Id = SipHash.Public.Hash128(input),
            Stream = Stream,
            Previous = LastPosition,
        };
        LastPosition = cx.Writer.Append(header, output.Written, default, default, KeySlot);
        _dirty = true;
    }

    public void Replay(LoopContext cx, in RecordView record)
    {
        if (record.Position <= LastPosition) return;
        ref readonly var header = ref record.Header;
        if ((header.Flags & RecordFlags.Opening) != 0) KeySlot = (int)-header.Previous;
        LastPosition = record.Position;
        if ((header.Flags & RecordFlags.Observation) != 0) return;
        if (_ids.Add(header.Id)) Keep(new Kept(header.Type, header.Source, header.Time, header.Id, record.Clear.ToArray()), cx.Sources);
    }

    /// <summary>Whether the open segment has records of the program; asked once a segment.</summary>
    public bool TakeDirty()
    {
        var dirty = _dirty;
        _dirty = false;
        return dirty;
    }

    /// <summary>Folds what came since, anew when something was late or voided, and numbers the result.</summary>
    public ProgramSnapshot Snapshot()
    {
        if (_stale)
        {
            state.Clear();
            _facts.Sort(static (a, b) => a.Stamp.CompareTo(b.Stamp));
            foreach (var fact in _facts) Apply(fact);
            _stale = false;
        }

        _changed = false;
        return state.Snapshot(++_number);
    }

    /// <summary>Takes over the day's inputs.</summary>
    public void Freeze(FrozenInputs inputs)
    {
        state.Freeze(inputs);
        _changed = true;
    }

    public void Reset()
    {
        _ids.Clear();
        _voids.Clear();
        _facts.Clear();
        _models.Clear();
        Volatile.Write(ref _counted, 0);
        state.Clear();
        LastPosition = 0;
        KeySlot = 0;
        _stale = false;
        _changed = true;
    }

    public void WriteImage(FixedBuffer output)
    {
        Span<byte> head = stackalloc byte[24];
        BinaryPrimitives.WriteInt64LittleEndian(head, ImageVersion);
        BinaryPrimitives.WriteInt64LittleEndian(head[8..], LastPosition);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], KeySlot);
        output.Write(head);
        Span<byte> entry = stackalloc byte[EntrySize];
        foreach (var fact in _facts)
        {
            entry[0] = fact.Type;
            BinaryPrimitives.WriteUInt16LittleEndian(entry[1..], (ushort)fact.Source);
            BinaryPrimitives.WriteInt64LittleEndian(entry[3..], fact.Time);
            BinaryPrimitives.WriteUInt128LittleEndian(entry[11..], fact.Id);
            BinaryPrimitives.WriteInt32LittleEndian(entry[27..], fact.Clear.Length);
            output.Write(entry);
            output.Write(fact.Clear);
        }
    }

    /// <summary>Takes over an image; false, and nothing kept, when it is of another version.</summary>
    public bool LoadImage(LoopContext cx, ReadOnlySpan<byte> image)
    {
        Reset();
        if (image.Length < 24 || BinaryPrimitives.ReadInt64LittleEndian(image) != ImageVersion) return false;
        LastPosition = BinaryPrimitives.ReadInt64LittleEndian(image[8..]);
        KeySlot = (int)BinaryPrimitives.ReadInt64LittleEndian(image[16..]);
        for (image = image[24..]; image.Length >= EntrySize;)
        {
            var clear = image.Slice(EntrySize, BinaryPrimitives.ReadInt32LittleEndian(image[27..])).ToArray();
            var fact = new Kept(image[0], BinaryPrimitives.ReadUInt16LittleEndian(image[1..]), BinaryPrimitives.ReadInt64LittleEndian(image[3..]), BinaryPrimitives.ReadUInt128LittleEndian(image[11..]), clear);
            image = image[(EntrySize + clear.Length)..];
            if (_ids.Add(fact.Id)) Keep(fact, cx.Sources);
        }

        return true;
    }

    private void Keep(Kept fact, SourceTable sources)
    {
        _facts.Add(fact);
        if (Counted(fact.Type)) Volatile.Write(ref _counted, _counted + 1);
        else if (fact.Clear.Length > 0 && sources.Name(fact.Source) == ModelDocument.Source) Supersede(fact);
        _changed = true;
        if (fact.Type == EventTypes.EventVoided.Code && _voids.Add(Voids.TargetOf(View(fact), sources.Name(fact.Source)))) _stale = true;
        if (_stale) return;
        if (fact.Stamp > state.Last) Apply(fact);
        else _stale = true;
    }

    private void Apply(Kept fact)
    {
        if (fact.Type == EventTypes.EventVoided.Code || _voids.Contains(fact.Id)) return;
        if (fact.Type == EventTypes.ModelFitted.Code && fact.Clear.Length == 0) return;
        state.Apply(View(fact));
    }

    private static bool Counted(byte type) => type != EventTypes.ModelFitted.Code;

    private static FactView View(Kept fact) => new(EventTypes.Of(fact.Type), fact.Time, fact.Id, fact.Clear, default);

    /// <summary>
    /// Of the models that this engine fitted the newest document of each kind stays in memory and in images: they are made again every day, and are large. The journal has them all.
    /// So a newest one that is voided leaves its kind without a model until the next fit.
    /// </summary>
    private void Supersede(Kept fact)
    {
        var kind = 0UL;
        var fields = new FieldReader(fact.Clear);
        while (fields.Next())
        {
            if (fields.Number == Fields.Model.Number) kind = fields.Hash;
        }

        if (_models.TryGetValue(kind, out var other))
        {
            if (other.Stamp > fact.Stamp)
            {
                fact.Clear = [];
                return;
            }

            other.Clear = [];
        }

        _models[kind] = fact;
    }

    private sealed record Kept(byte Type, int Source, long Time, UInt128 Id, byte[] Clear)
    {
        /// <summary>Empty for the document of a model that a newer one has replaced.</summary>
        public byte[] Clear { get; set; } = Clear;

        public Stamp Stamp => new(Time, (ulong)(Id >> 64));
    }
}
