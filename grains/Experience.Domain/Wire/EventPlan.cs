using System.Text;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Wire;

/// <summary>One event type as the reader needs it: fields by UTF-8 name, in stored order.</summary>
internal sealed class EventPlan
{
    private static readonly Utf8Table<EventPlan> ByName = new(EventTypes.All.Select(t => (t.Name, new EventPlan(t))));

    public static readonly EventPlan Unknown = new(EventTypes.Unknown);

    /// <summary>The most fields that a type has: the size of a reader's slots.</summary>
    public static readonly int MaxFields = EventTypes.All.Max(t => t.Fields.Count);

    private readonly Utf8Table<FieldPlan> _fields;

    private EventPlan(EventType type)
    {
        Type = type;
        Fields = [.. type.Fields.OrderBy(f => f.Field.Number).Select((f, i) => new FieldPlan(f.Field, i))];
        Required = [.. Fields.Where(f => type.Fields.Any(u => u.Required && u.Field == f.Field))];
        OneOf = [.. type.OneOf.Select(Of)];
        // An unknown type has no fields of its own from outside: what it brings is kept whole.
        _fields = new(type == EventTypes.Unknown ? [] : Fields.Select(f => (f.Field.Name, f)));
        Mirror = type.Mirror is { } m ? (Of(m.Other), Of(m.As)) : null;
        OtherSource = Fields.FirstOrDefault(f => f.Field == Events.Fields.OtherSource);
        Allocates = type == EventTypes.PaymentReceived || type == EventTypes.RefundIssued || type == EventTypes.EventVoided;
        CheckDocument = type == EventTypes.PolicyPublished ? Policy : type == EventTypes.SegmentDefined ? Segment : type == EventTypes.CertificatePlanned ? Plan : null;
    }

    public EventType Type { get; }

    public FieldPlan[] Fields { get; }

    public FieldPlan[] Required { get; }

    public FieldPlan[] OneOf { get; }

    public (FieldPlan Other, FieldPlan As)? Mirror { get; }

    /// <summary>Where the other side of a link between sources is named; null where both sides are of one source.</summary>
    public FieldPlan? OtherSource { get; }

    /// <summary>Whether one event may be split over several people (<c>allocations</c>): money, and the void of such an event.</summary>
    public bool Allocates { get; }

    /// <summary>The check of a document that the type carries: one that does not hold is refused before it is recorded.</summary>
    public Func<ReadOnlySpan<byte>, DocumentError?>? CheckDocument { get; }

    public static EventPlan? Find(ReadOnlySpan<byte> name) => ByName.Find(name);

    public FieldPlan? Field(ReadOnlySpan<byte> name) => _fields.Find(name);

    private static DocumentError? Policy(ReadOnlySpan<byte> json)
    {
        Programs.Policy.Parse(json, out var error);
        return error;
    }

    private static DocumentError? Plan(ReadOnlySpan<byte> json)
    {
        PlanDocument.TryRead(json, out _, out var error);
        return error;
    }

    private static DocumentError? Segment(ReadOnlySpan<byte> json)
    {
        SegmentRule.Parse(json, out var error);
        return error;
    }

    public FieldPlan Of(Field field) => Fields.First(f => f.Field == field);
}

/// <summary>A field with its place among the fields of its type.</summary>
internal sealed class FieldPlan(Field field, int slot)
{
    public readonly Field Field = field;
    public readonly int Slot = slot;
    public readonly int Number = field.Number;
    public readonly FieldKind Kind = field.Kind;
    public readonly bool Personal = field.Personal;
    public readonly byte[][] Codes = [.. field.Codes.Select(Encoding.UTF8.GetBytes)];
    public readonly string Path = "data." + field.Name;

    public readonly int MaxLength = field.Kind switch
    {
        FieldKind.Name => EventLimits.MaxNameLength,
        FieldKind.Key or FieldKind.Person => EventLimits.MaxKeyLength,
        _ => field.MaxLength,
    };
}

/// <summary>A fixed map from UTF-8 names, made once: looked up for each property of each event without making a string.</summary>
internal sealed class Utf8Table<T>
    where T : class
{
    private readonly (byte[] Key, T Value)[] _slots;
    private readonly int _mask;

    public Utf8Table(IEnumerable<(string Name, T Value)> items)
    {
        var list = items.ToList();
        var size = 8;
        while (size < list.Count * 3) size *= 2;
        _slots = new (byte[], T)[size];
        _mask = size - 1;
        foreach (var (name, value) in list)
        {
            var key = Encoding.UTF8.GetBytes(name);
            var i = Hash(key) & _mask;
            while (_slots[i].Key is not null) i = (i + 1) & _mask;
            _slots[i] = (key, value);
        }
    }

    public T? Find(ReadOnlySpan<byte> key)
    {
        if (key.IsEmpty) return null;
        for (var i = Hash(key) & _mask; _slots[i].Key is { } found; i = (i + 1) & _mask)
        {
            if (key.SequenceEqual(found)) return _slots[i].Value;
        }

        return null;
    }

    private static int Hash(ReadOnlySpan<byte> key)
    {
        uint hash = 2_166_136_261;
        foreach (var b in key) hash = (hash ^ b) * 16_777_619;
        return (int)(hash ^ (hash >> 15));
    }
}
