using Experience.Domain.Events;
using Experience.Sample.Planning;
using Experience.Sample.Telling;

namespace Experience.Sample;

/// <summary>
/// Riverbend College: an invented program with planted problems and known answers. Equal options give equal facts.
/// The plan is made once, in the constructor; facts are built as they are read, so the whole history is never in memory.
/// </summary>
public sealed class SampleProgram
{
    private readonly SamplePlan _plan;
    private readonly RegistrationStory _registrations;
    private readonly List<Line> _lines;
    private readonly CareStory _care;

    public SampleProgram(SampleOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _plan = new SamplePlan(options);
        ProgramStory.PlanDecisions(_plan);
        var teller = new Teller(_plan);
        _registrations = new RegistrationStory(teller);
        _registrations.Tell();
        new ProgramStory(teller).Tell();
        var voices = new VoiceStory(teller, _registrations.Known);
        voices.Tell();
        _care = new CareStory(teller, _registrations.Known, voices);
        _care.Tell();
        _lines = teller.Lines;
        _lines.Sort();
        Truth = SampleTruth.Of(_plan, _registrations.Known, _care);
        Tastes = new SampleTastes(_plan, _registrations.Known);
    }

    public SampleOptions Options => _plan.Options;

    /// <summary>What was planted, and what follows from it.</summary>
    public SampleTruth Truth { get; }

    /// <summary>How readily each person accepts an offer of each course.</summary>
    public SampleTastes Tastes { get; }

    /// <summary>Facts of the history, two-sided ones counted on both sides.</summary>
    public int Count => _lines.Count;

    /// <summary>The history in the order of <see cref="Stamp"/>s. Reads from the plan and changes nothing: it may be enumerated again.</summary>
    public IEnumerable<Fact> History()
    {
        var same = new List<Fact>();
        for (var i = 0; i < _lines.Count; i++)
        {
            // Facts of one moment stand in the order of their ids, as folds see them.
            same.Add(_registrations.Build(_lines[i]));
            if (i + 1 < _lines.Count && _lines[i + 1].Time == _lines[i].Time) continue;
            if (same.Count > 1) same.Sort(static (a, b) => a.Stamp.CompareTo(b.Stamp));
            foreach (var fact in same) yield return fact;
            same.Clear();
        }
    }

    /// <summary>
    /// What happens after the history, for as long as it is asked for: the first refund within the first half minute, then a plausible
    /// mix. Every fact is live and of the clock's now.
    /// </summary>
    /// <param name="eventsPerMinute">At real time; at most 60,000.</param>
    /// <param name="again">It went on before, and was interrupted: that first refund is not asked for a second time.</param>
    public IAsyncEnumerable<Fact> Continue(double eventsPerMinute, TimeProvider clock, CancellationToken cancellation, bool again = false) =>
        new LiveStream(_plan, _registrations.Known, _care.StillOpen, clock, again).Run(eventsPerMinute, cancellation);
}
