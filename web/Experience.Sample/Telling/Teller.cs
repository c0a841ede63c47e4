using Experience.Domain.Events;
using Experience.Sample.Planning;

namespace Experience.Sample.Telling;

/// <summary>What a line of the history is about; the many kinds of a registration's life are built only when they are read.</summary>
internal enum LineKind : byte
{
    Built,
    Identified,
    Confirmed,
    Paid,
    Attended,
    Active,
    Completed,
}

/// <param name="Order">Place of telling: equal times keep it.</param>
/// <param name="Of">Fact, person or registration, by its place in its list.</param>
/// <param name="Detail">Meeting, activity, or the other side of the fact.</param>
internal readonly record struct Line(long Time, int Order, LineKind Kind, int Of, int Detail) : IComparable<Line>
{
    public int CompareTo(Line other) => Time != other.Time ? Time.CompareTo(other.Time) : Order.CompareTo(other.Order);
}

/// <summary>Collects the lines of the history: nothing after the sample's now is told.</summary>
internal sealed class Teller(SamplePlan plan)
{
    private readonly List<Fact> _facts = [];
    private int _ids;

    public SamplePlan Plan { get; } = plan;

    public List<Line> Lines { get; } = [];

    public Fact FactAt(int index) => _facts[index];

    public void Add(LineKind kind, long time, int of, int detail)
    {
        if (time <= Plan.Now) Lines.Add(new Line(time, Lines.Count, kind, of, detail));
    }

    /// <summary>Tells one fact, under the next id of its kind.</summary>
    public void Tell(EventType type, string subject, long time, Action<FactBuilder> fill)
    {
        if (time > Plan.Now) return;
        var builder = new FactBuilder(type, SampleOptions.Source, $"{type.Name}-{++_ids}", subject, time);
        fill(builder);
        Add(builder.Build(), time);
    }

    /// <summary>Tells a fact of two people: the second sees the first by the field that the vocabulary says.</summary>
    public void TellBoth(EventType type, string subject, string other, long time, Action<FactBuilder> fill)
    {
        if (time > Plan.Now) return;
        foreach (var fact in Both(type, $"{type.Name}-{++_ids}", subject, other, time, fill)) Add(fact, time);
    }

    public static Fact[] Both(EventType type, string id, string subject, string other, long time, Action<FactBuilder> fill)
    {
        var (names, mirrored) = type.Mirror ?? throw new ArgumentException($"{type} has one side.", nameof(type));
        var first = new FactBuilder(type, SampleOptions.Source, id, subject, time);
        fill(first);
        first.Set(names, other);
        var second = new FactBuilder(type, SampleOptions.Source, id + MirrorSuffix, other, time);
        fill(second);
        second.Set(mirrored, subject);
        return [first.Build(), second.Build()];
    }

    /// <summary>As the edge names the other person's copy.</summary>
    public const string MirrorSuffix = "#mirror";

    private void Add(Fact fact, long time)
    {
        _facts.Add(fact);
        Lines.Add(new Line(time, Lines.Count, LineKind.Built, _facts.Count - 1, 0));
    }
}
