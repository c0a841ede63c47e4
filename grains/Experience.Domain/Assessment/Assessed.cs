using System.Globalization;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Assessments;

/// <summary>The moment an assessment is for.</summary>
/// <param name="Instant">µs since 1970 UTC: now for a live source, the end of its history for one that was only imported.</param>
/// <param name="History">Judged as of the end of an imported history: time does not pass, and nothing raises an alert.</param>
/// <param name="LiveSince">The person's first live fact; causes before it are shown and raise no alert. <see cref="long.MaxValue"/> when there is none.</param>
public readonly record struct AsOf(long Instant, bool History, long LiveSince)
{
    /// <summary>
    /// P(active) by the value model in force, 1/10,000, as it was last computed: when the person's purchases changed, and for each civil day. Given, because
    /// computing it costs more than all else of an assessment. Null where it is not at hand: a rule that needs it computes it.
    /// </summary>
    public short? Active { get; init; }

    public static AsOf Live(long instant) => new(instant, false, long.MinValue);
}

/// <summary>One open flag or need: a rule and the cause that it names. The same cause has the same id for ever.</summary>
public struct OpenItem
{
    public RuleId Rule { get; set; }

    /// <summary>Public hash of the rule and what caused it.</summary>
    public ulong Cause { get; set; }

    public bool Need { get; set; }

    /// <summary>A service to the person, which comes before an offer.</summary>
    public bool Service { get; set; }

    public bool High { get; set; }

    /// <summary>Whether raising it is an alert: it came of something live, not of an imported past.</summary>
    public bool Alert { get; set; }

    /// <summary>Since when the rule holds, µs.</summary>
    public long Since { get; set; }

    /// <summary>The fact that caused it; <see cref="Stamp.Tie"/> is 0 where the state keeps only its time.</summary>
    public Stamp Causing { get; set; }

    /// <summary>What it is about: a section, course, certificate, credential, category or organisation.</summary>
    public ulong Subject { get; set; }

    /// <summary>A number for its text: a rating, missed terms, hours short, days.</summary>
    public long Number { get; set; }

    /// <summary>A day or instant for its text.</summary>
    public long When { get; set; }

    /// <summary>The newest answer of staff, or null.</summary>
    public ReplyKind? Answer { get; set; }

    public long AnsweredAt { get; set; }

    /// <summary>As cards show it and answers send it back: 16 hexadecimal digits.</summary>
    public readonly string CauseText => Text(Cause);

    public static string Text(ulong cause) => cause.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>How a reply in a person's state names this cause, without making the text.</summary>
    public readonly ulong CauseHash
    {
        get
        {
            Span<char> text = stackalloc char[16];
            Cause.TryFormat(text, out _, "x16", CultureInfo.InvariantCulture);
            return SipHash.Name(text);
        }
    }

    /// <summary>Mixes a rule and what caused it into one id (the finaliser of SplitMix64, Steele et al. 2014).</summary>
    public static ulong CauseOf(RuleId rule, ulong first, long second)
    {
        var x = first ^ Mix((ulong)second + ((ulong)rule << 56) + 0x9e37_79b9_7f4a_7c15UL);
        return Mix(x);
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xbf58_476d_1ce4_e5b9UL;
        x = (x ^ (x >> 27)) * 0x94d0_49bb_1331_11ebUL;
        return x ^ (x >> 31);
    }
}

/// <summary>What one person adds to the sums of one section. A function of the state alone.</summary>
/// <param name="Seats">Places taken now.</param>
/// <param name="Registered">Confirmed ever, moves away not counted.</param>
/// <param name="Refunds">Refunds that the person asked for.</param>
/// <param name="RatingSquares">Squares of the ratings in hundredths.</param>
public readonly record struct SectionContribution(ulong Section, int Seats, int Registered, int Refunds, int Waiting, int Ratings, long RatingSum, long RatingSquares);

/// <summary>A registration's section and term as the snapshot knows them, and the civil day of its confirmation.</summary>
internal readonly record struct PlaceInfo(SectionInfo? Section, Term? Term, int Day);

/// <summary>
/// What was looked up for the registrations of a state, with all that it was looked up by: people are assessed far more often than the catalogue or their registrations change, and each look-up is
/// a walk through memory that is seldom at hand.
/// </summary>
internal sealed class KnownPlaces
{
    private (ulong Section, ulong Term, long ConfirmedAt)[] _by = [];
    private PlaceInfo[] _places = [];
    private ProgramSnapshot? _program;
    private int _known;

    /// <summary>Those of the first registrations, as they were looked up last.</summary>
    public ReadOnlySpan<PlaceInfo> First(int count) => _places.AsSpan(0, count);

    public void LookUp(List<Registration> registrations, ProgramSnapshot program)
    {
        var count = registrations.Count;
        if (!ReferenceEquals(_program, program)) (_program, _known) = (program, 0);
        if (_places.Length < count)
        {
            var room = Math.Min(PersonState.MaxRegistrations, Math.Max(8, 2 * count));
            Array.Resize(ref _by, room);
            Array.Resize(ref _places, room);
        }

        for (var i = 0; i < count; i++)
        {
            var r = registrations[i];
            var by = (r.Section, r.Term, r.ConfirmedAt);
            if (i < _known && _by[i] == by) continue;
            var section = program.Section(r.Section);
            _by[i] = by;
            _places[i] = new PlaceInfo(section, program.TermOf(r, section), program.Zone.Day(r.ConfirmedAt));
        }

        _known = Math.Max(_known, count);
    }
}

/// <summary>
/// The result of one assessment, reused: one instance a loop, filled for one person after the other without allocating.
/// While it is filled, segment rules read it.
/// </summary>
public sealed class Assessed
{
    private RowMeasures _row;

    /// <summary>The row, by reference.</summary>
    public ref RowMeasures Row => ref _row;

    /// <summary>Open flags and needs, risks first, in order of rule. At most one for each rule and cause.</summary>
    public List<OpenItem> Open { get; } = new(16);

    /// <summary>The next instant at which the mere passage of time may change anything before midnight; <see cref="long.MaxValue"/> when none.</summary>
    public long NextDeadline { get; internal set; }

    /// <summary>Midnight in the program's zone, after which everybody is assessed again.</summary>
    public long EndOfDay { get; internal set; }

    public AsOf AsOf { get; internal set; }

    /// <summary>Points of the four groups in hundredths, −1 where not measured; and the score that they make.</summary>
    public ScoreParts Score { get; internal set; }

    internal PersonState State { get; set; } = null!;

    /// <summary>Room for the courses of the person at hand, for a rule that reads them.</summary>
    internal List<Models.Needs.CourseTaking> Courses { get; } = [];

    internal ProgramSnapshot Program { get; set; } = null!;

    internal DayContext Day { get; set; } = null!;

    /// <summary>What the snapshot says about each registration of the state, looked up once for all rules.</summary>
    internal ReadOnlySpan<PlaceInfo> Places => State.Places.First(State.Registrations.Count);

    /// <summary>One bit an audience of what was kept in 24 months.</summary>
    internal int RecentAudiences { get; set; }

    /// <summary>Main terms of the person's usual seasons among the last four, and how many of them were kept.</summary>
    internal int UsualTerms { get; set; }

    internal int UsualKept { get; set; }

    /// <summary>The last main term kept and the usual term whose close made it silence; nulls while it is not.</summary>
    internal (Term? Last, Term? Close, int Kept, int Missed) Silence { get; set; }

    /// <summary>Notes an instant at which something changes by itself, when it is still to come.</summary>
    internal void Until(long instant)
    {
        if (instant > AsOf.Instant && instant < NextDeadline) NextDeadline = instant;
    }

    internal bool HasAudience(int audience, int days)
    {
        if (days == DayContext.TwoYears) return (RecentAudiences >> audience & 1) != 0;
        var places = Places;
        for (var i = 0; i < places.Length; i++)
        {
            if (State.Registrations[i].Kept && (days == 0 || Day.Day - places[i].Day < days) && places[i].Section?.Audience == audience) return true;
        }

        return false;
    }

    internal void LookUpPlaces() => State.Places.LookUp(State.Registrations, Program);
}
