using System.Runtime.InteropServices;
using Experience.Domain.Assessments;

namespace Experience.Domain.Boards;

/// <summary>What a segment's board is made of: one place in the vector each.</summary>
public enum Sum
{
    People,
    HistoryPeople,
    AnnualCount,
    AnnualSum,
    AnnualSquares,
    TransactionalCount,
    TransactionalSum,
    TransactionalSquares,
    ComplaintsOpen,
    ComplaintsPast,
    ComplaintsPastEasy,
    Pace,
    PaceBefore,
    KeptBase,
    Repeated,
    KeptBaseBefore,
    RepeatedBefore,
    KeptPast,
    Retained,
    KeptPastBefore,
    RetainedBefore,
    AtRisk,
    HighRisk,
    RiskNetPaid,
    WithNeeds,
    NeedsRaised,
    NeedsOffered,
    NeedsAccepted,
    NeedsAcceptedBefore,
    NetPaid,
    Payers,
    NetPaidUnits,
    NetPaidSquares,
    RecentNetPaid,
    Registrations,
    KeptCosts,
    TermConfirmed,
    TermRefunds,
    Waiting,
    Scored,
    ScoreSum,

    /// <summary>People with a forecast, what is expected of them, and the costs allocated to all.</summary>
    Forecasts,
    ExpectedValue,
    AllocatedCosts,

    /// <summary>People who ever bought, and the sum of their P(active) in 1/10,000.</summary>
    Buyers,
    ActiveShares,
    Count,
}

/// <summary>What the value model adds for some people, exact: see <see cref="Models.Learning.ValueMeasures"/>.</summary>
/// <param name="Active">Sum of P(active), 1/10,000.</param>
public readonly record struct ValueSums(long Forecasts, long Expected, long Costs, long Buyers, long Active)
{
    public ValueSums Plus(in ValueSums other) =>
        new(Forecasts + other.Forecasts, Expected + other.Expected, Costs + other.Costs, Buyers + other.Buyers, Active + other.Active);
}

/// <summary>What one desk adds.</summary>
public record struct DeskSums(long AnnualCount, long AnnualSum, long AnnualSquares, long TransactionalCount, long ComplaintsOpen, long ComplaintsPast)
{
    internal readonly bool IsEmpty => this == default;

    internal void Add(in DeskSums other, int sign)
    {
        AnnualCount += sign * other.AnnualCount;
        AnnualSum += sign * other.AnnualSum;
        AnnualSquares += sign * other.AnnualSquares;
        TransactionalCount += sign * other.TransactionalCount;
        ComplaintsOpen += sign * other.ComplaintsOpen;
        ComplaintsPast += sign * other.ComplaintsPast;
    }
}

/// <summary>
/// The exact sums of one segment's rows: adding a row and taking it away again leaves nothing behind, so partial sums of shards
/// merge to what a pass over everybody would find. Not thread-safe: one owner.
/// </summary>
public sealed partial class SegmentSums : IEquatable<SegmentSums>
{
    /// <summary>
    /// Currency units beyond which a person's net paid counts as this in the squares behind the 95 % interval, so that the squares of
    /// eight million people fit in 63 bits. The mean itself is exact.
    /// </summary>
    public const long MaxSquaredUnits = 1_000_000;

    private readonly long[] _values = new long[(int)Sum.Count];
    private Dictionary<ulong, DeskSums>? _desks;
    private Dictionary<ulong, long>? _reasons;

    public long this[Sum sum] => _values[(int)sum];

    /// <summary>Desks that answers or complaints name, by the hash of their name.</summary>
    public IReadOnlyDictionary<ulong, DeskSums> Desks => _desks ?? Empty;

    /// <summary>People whose newest refund of the term has a reason, by the reason.</summary>
    public IReadOnlyDictionary<ulong, long> Reasons => _reasons ?? NoReasons;

    private static readonly Dictionary<ulong, DeskSums> Empty = [];
    private static readonly Dictionary<ulong, long> NoReasons = [];

    /// <summary>Adds a row (sign 1) or takes it away (sign −1). Membership is the caller's to check.</summary>
    public void Add(in RowMeasures row, int sign)
    {
        var v = _values;
        var marks = row.Marks;
        v[(int)Sum.People] += sign;
        if (marks != RowMarks.None) AddMarks(row, sign);
        v[(int)Sum.NetPaid] += sign * row.NetPaid;
        v[(int)Sum.RecentNetPaid] += sign * row.RecentNetPaid;
        if (row.Registrations != 0) AddPlaces(row, sign);
        if (row.ServiceAnswer != 0 || row.TransactionalAnswer != 0) AddAnswers(row, sign);
        if (row.ComplaintsOpen != 0) AddComplaints(row, sign);
        if (row.Risks != 0)
        {
            v[(int)Sum.AtRisk] += sign;
            if (row.HighRisks != 0) v[(int)Sum.HighRisk] += sign;
            v[(int)Sum.RiskNetPaid] += sign * row.RecentNetPaid;
        }

        if (row.Needs != 0) v[(int)Sum.WithNeeds] += sign;
        v[(int)Sum.NeedsRaised] += sign * row.NeedsRaised;
        v[(int)Sum.NeedsOffered] += sign * row.NeedsOffered;
        v[(int)Sum.NeedsAccepted] += sign * row.NeedsAccepted;
        v[(int)Sum.NeedsAcceptedBefore] += sign * row.NeedsAcceptedBefore;
        if (row.Waiting != 0) v[(int)Sum.Waiting] += sign;
        if (row.Score < 0) return;
        v[(int)Sum.Scored] += sign;
        v[(int)Sum.ScoreSum] += sign * row.Score;
    }

    /// <summary>Adds what the value model says of these people; rows do not carry it.</summary>
    public void AddValue(in ValueSums sums)
    {
        _values[(int)Sum.Forecasts] += sums.Forecasts;
        _values[(int)Sum.ExpectedValue] += sums.Expected;
        _values[(int)Sum.AllocatedCosts] += sums.Costs;
        _values[(int)Sum.Buyers] += sums.Buyers;
        _values[(int)Sum.ActiveShares] += sums.Active;
    }

    public void Merge(SegmentSums other)
    {
        for (var i = 0; i < _values.Length; i++) _values[i] += other._values[i];
        if (other._desks is not null)
        {
            foreach (var (desk, sums) in other._desks) AddDesk(desk, sums, 1);
        }

        if (other._reasons is not null)
        {
            foreach (var (reason, count) in other._reasons) AddReason(reason, count);
        }
    }

    public void Clear()
    {
        Array.Clear(_values);
        _desks = null;
        _reasons = null;
    }

    public bool Equals(SegmentSums? other)
    {
        if (other is null || !_values.AsSpan().SequenceEqual(other._values)) return false;
        if (Desks.Count != other.Desks.Count || Reasons.Count != other.Reasons.Count) return false;
        foreach (var (desk, sums) in Desks)
        {
            if (!other.Desks.TryGetValue(desk, out var theirs) || theirs != sums) return false;
        }

        foreach (var (reason, count) in Reasons)
        {
            if (!other.Reasons.TryGetValue(reason, out var theirs) || theirs != count) return false;
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as SegmentSums);

    public override int GetHashCode() => HashCode.Combine(this[Sum.People], this[Sum.NetPaid]);

    private void AddMarks(in RowMeasures row, int sign)
    {
        var v = _values;
        var marks = row.Marks;
        if ((marks & RowMarks.History) != 0) v[(int)Sum.HistoryPeople] += sign;
        if ((marks & RowMarks.KeptBase) != 0) v[(int)Sum.KeptBase] += sign;
        if ((marks & RowMarks.Repeated) != 0) v[(int)Sum.Repeated] += sign;
        if ((marks & RowMarks.KeptBaseBefore) != 0) v[(int)Sum.KeptBaseBefore] += sign;
        if ((marks & RowMarks.RepeatedBefore) != 0) v[(int)Sum.RepeatedBefore] += sign;
        if ((marks & RowMarks.KeptPast) != 0) v[(int)Sum.KeptPast] += sign;
        if ((marks & RowMarks.Retained) != 0) v[(int)Sum.Retained] += sign;
        if ((marks & RowMarks.KeptPastBefore) != 0) v[(int)Sum.KeptPastBefore] += sign;
        if ((marks & RowMarks.RetainedBefore) != 0) v[(int)Sum.RetainedBefore] += sign;
        if ((marks & RowMarks.KeptCosts) != 0) v[(int)Sum.KeptCosts] += sign;
        if ((marks & RowMarks.Paid) == 0) return;
        var units = Math.Clamp(row.NetPaid / 100, -MaxSquaredUnits, MaxSquaredUnits);
        v[(int)Sum.Payers] += sign;
        v[(int)Sum.NetPaidUnits] += sign * units;
        v[(int)Sum.NetPaidSquares] += sign * units * units;
    }

    private void AddPlaces(in RowMeasures row, int sign)
    {
        var v = _values;
        v[(int)Sum.Registrations] += sign * row.Registrations;
        v[(int)Sum.Pace] += sign * row.Pace;
        v[(int)Sum.PaceBefore] += sign * row.PaceBefore;
        v[(int)Sum.TermConfirmed] += sign * row.TermConfirmed;
        if (row.TermRefunds == 0) return;
        v[(int)Sum.TermRefunds] += sign * row.TermRefunds;
        if (row.RefundReason != 0) AddReason(row.RefundReason, sign);
    }

    private void AddAnswers(in RowMeasures row, int sign)
    {
        var v = _values;
        if (row.ServiceAnswer != 0)
        {
            long answer = row.ServiceAnswer;
            v[(int)Sum.AnnualCount] += sign;
            v[(int)Sum.AnnualSum] += sign * answer;
            v[(int)Sum.AnnualSquares] += sign * answer * answer;
            if (row.ServiceDesk != 0) AddDesk(row.ServiceDesk, new DeskSums(1, answer, answer * answer, 0, 0, 0), sign);
        }

        if (row.TransactionalAnswer == 0) return;
        long transactional = row.TransactionalAnswer;
        v[(int)Sum.TransactionalCount] += sign;
        v[(int)Sum.TransactionalSum] += sign * transactional;
        v[(int)Sum.TransactionalSquares] += sign * transactional * transactional;
        if (row.TransactionalDesk != 0) AddDesk(row.TransactionalDesk, new DeskSums(0, 0, 0, 1, 0, 0), sign);
    }

    private void AddComplaints(in RowMeasures row, int sign)
    {
        var v = _values;
        v[(int)Sum.ComplaintsOpen] += sign * row.ComplaintsOpen;
        v[(int)Sum.ComplaintsPast] += sign * row.ComplaintsPast;
        v[(int)Sum.ComplaintsPastEasy] += sign * row.ComplaintsPastEasy;
        // A person's open complaints count at the desk of the one that is due first.
        if (row.ComplaintDesk != 0) AddDesk(row.ComplaintDesk, new DeskSums(0, 0, 0, 0, row.ComplaintsOpen, row.ComplaintsPast), sign);
    }

    private void AddDesk(ulong desk, in DeskSums sums, int sign)
    {
        _desks ??= [];
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_desks, desk, out _);
        entry.Add(sums, sign);
        if (entry.IsEmpty) _desks.Remove(desk);
    }

    private void AddReason(ulong reason, long count)
    {
        _reasons ??= [];
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_reasons, reason, out _);
        entry += count;
        if (entry == 0) _reasons.Remove(reason);
    }
}

/// <summary>The exact sums of each section over all people. Not thread-safe: one owner.</summary>
public sealed partial class SectionSums : IEquatable<SectionSums>
{
    private readonly Dictionary<ulong, SectionContribution> _sections = [];

    public int Count => _sections.Count;

    public SectionContribution this[ulong section] => _sections.TryGetValue(section, out var sums) ? sums : new SectionContribution(section, 0, 0, 0, 0, 0, 0, 0);

    public void Add(in SectionContribution c, int sign)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_sections, c.Section, out _);
        entry = new SectionContribution(
            c.Section,
            entry.Seats + sign * c.Seats,
            entry.Registered + sign * c.Registered,
            entry.Refunds + sign * c.Refunds,
            entry.Waiting + sign * c.Waiting,
            entry.Ratings + sign * c.Ratings,
            entry.RatingSum + sign * c.RatingSum,
            entry.RatingSquares + sign * c.RatingSquares);
        if (entry == new SectionContribution(c.Section, 0, 0, 0, 0, 0, 0, 0)) _sections.Remove(c.Section);
    }

    public void Merge(SectionSums other)
    {
        foreach (var sums in other._sections.Values) Add(sums, 1);
    }

    public void Clear() => _sections.Clear();

    public bool Equals(SectionSums? other) =>
        other is not null && _sections.Count == other._sections.Count && _sections.All(s => other._sections.TryGetValue(s.Key, out var theirs) && theirs == s.Value);

    public override bool Equals(object? obj) => Equals(obj as SectionSums);

    public override int GetHashCode() => _sections.Count;
}
