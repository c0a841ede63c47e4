using System.Globalization;
using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.Models.Learning;
using Experience.Domain.Models.Reports;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Models.Risk;

/// <summary>
/// What came of the flags that were raised: of those whom staff called, and of those next in rank whom they did not. A flag counts once, when ninety days have
/// passed since; it was answered when staff acknowledged its cause within a fortnight and before the outcome. Not an experiment: staff choose whom they call.
/// </summary>
public sealed class CallOutcomes(RuleId rule, long until)
{
    private const int Days = 90;
    private const long Window = Days * CivilZone.MicrosPerDay;
    private const long Answered = 14 * CivilZone.MicrosPerDay;

    public const string Caveat = "Not an experiment: staff chose whom to call, so the two groups differ in more than the call.";

    /// <summary>People called, and how many of them had the outcome all the same.</summary>
    public (int People, int Outcomes) Called { get; private set; }

    /// <summary>People flagged and not called, and how many of them had the outcome: the precision that the flags had in life.</summary>
    public (int People, int Outcomes) NotCalled { get; private set; }

    internal void Visit(IPersonHistory person)
    {
        for (var i = 0; i < person.Count; i++)
        {
            var raised = person[i];
            if (raised.Type != EventTypes.RiskRaised || raised.Time + Window > until || !Names(raised, out var cause)) continue;
            long called = long.MaxValue, outcome = long.MaxValue;
            for (var j = 0; j < person.Count; j++)
            {
                var fact = person[j];
                if (fact.Time < raised.Time || fact.Time >= raised.Time + Window) continue;
                if (fact.Type == EventTypes.RiskAcknowledged && Names(fact, out var answered) && answered == cause) called = Math.Min(called, fact.Time);
                else if (Happened(fact)) outcome = Math.Min(outcome, fact.Time);
            }

            var happened = outcome == long.MaxValue ? 0 : 1;
            if (called < outcome && called - raised.Time < Answered) Called = (Called.People + 1, Called.Outcomes + happened);
            else NotCalled = (NotCalled.People + 1, NotCalled.Outcomes + happened);
        }
    }

    public bool Any => Called.People + NotCalled.People > 0;

    /// <summary>For the receipt; null where there is nothing to tell yet.</summary>
    public CallCounts? Counts => Any ? new CallCounts(Called.People, Called.Outcomes, NotCalled.People, NotCalled.Outcomes) : null;

    /// <summary>The two groups side by side, with their intervals.</summary>
    public ReportSection Section() => new(
        "What came of the flags",
        $"Flags of which ninety days have passed: those called, and the next in rank who were not. {Difference()} {Caveat}",
        [new ReportTable("Called and not called", ["Group", "Flags", Outcome(rule), "Share", "95 %"], [Row("Called", Called), Row("Not called", NotCalled)])],
        Called.People == 0 || NotCalled.People == 0 ? [] :
        [
            new ReportChart(ChartKind.Bars, "Called and not called", "Bars are shares; marks are the ends of their 95 % intervals. Where intervals overlap, chance may have made the difference.",
                new ChartAxis("Group"), new ChartAxis(Outcome(rule), ChartUnit.Share), [$"Called, n = {Figures.Count(Called.People)}", $"Not called, n = {Figures.Count(NotCalled.People)}"],
                [
                    new ChartSeries("Share", SeriesRole.Actual, [0, 1], [Share(Called).Share, Share(NotCalled).Share]),
                    new ChartSeries("95 %, from", SeriesRole.Other, [0, 1], [Share(Called).Low, Share(NotCalled).Low]),
                    new ChartSeries("95 %, to", SeriesRole.Other, [0, 1], [Share(Called).High, Share(NotCalled).High]),
                ]),
        ]);

    /// <summary>The two groups in a sentence, for a board.</summary>
    public static string Sentence(RuleId rule, CallCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        string Of(string group, int people, int outcomes)
        {
            if (people == 0) return $"nobody {group}";
            var (share, low, high) = Statistics.Share(outcomes, people);
            return $"{share:0} % of {Figures.Count(people)} {group} (95 % {low:0} to {high:0})";
        }

        return $"{Outcome(rule)} within {Days} days: {Of("called", counts.Called, counts.CalledOutcomes)}, {Of("next in rank and not called", counts.NotCalled, counts.NotCalledOutcomes)}; staff chose, so this is no experiment.";
    }

    private static string Outcome(RuleId rule) => rule == RuleId.Lapse ? "Came back" : "With the outcome";

    private static (double Share, double Low, double High) Share((int People, int Outcomes) group)
    {
        var (share, low, high) = Statistics.Share(group.Outcomes, group.People);
        return (share / 100, low / 100, high / 100);
    }

    private string Difference()
    {
        if (Called.People == 0 || NotCalled.People == 0) return "One of the groups is empty, so there is nothing to compare.";
        // Newcombe, Statistics in Medicine 17 (1998), method 10: the interval of a difference from the two Wilson intervals.
        var (a, aLow, aHigh) = Statistics.Share(Called.Outcomes, Called.People);
        var (b, bLow, bHigh) = Statistics.Share(NotCalled.Outcomes, NotCalled.People);
        var low = a - b - Math.Sqrt(Math.Pow(a - aLow, 2) + Math.Pow(bHigh - b, 2));
        var high = a - b + Math.Sqrt(Math.Pow(aHigh - a, 2) + Math.Pow(b - bLow, 2));
        return $"Called less not called: {Points(a - b)} points, 95 % {Points(low)} to {Points(high)}.";
    }

    private static string Points(double percent) => percent.ToString("+0.0;−0.0;0.0", CultureInfo.InvariantCulture);

    private static ReportRow Row(string name, (int People, int Outcomes) group)
    {
        if (group.People == 0) return new ReportRow([name, "0", "0", "–", "–"]);
        var (share, low, high) = Statistics.Share(group.Outcomes, group.People);
        return new ReportRow([name, Figures.Count(group.People), Figures.Count(group.Outcomes), Figures.Share(share / 100), $"{Figures.Share(low / 100)} – {Figures.Share(high / 100)}"]);
    }

    private bool Happened(in FactView fact) => rule == RuleId.Dissatisfaction ? DissatisfactionRows.Adverse(fact)
        : rule == RuleId.Lapse ? fact.Type == EventTypes.RegistrationConfirmed || fact.Type == EventTypes.PaymentReceived
        : fact.Type == EventTypes.RegistrationDropped || fact.Type == EventTypes.RegistrationWithdrawn || fact.Type == EventTypes.RefundRequested;

    private bool Names(in FactView fact, out ulong cause)
    {
        cause = 0;
        var named = false;
        var fields = new FieldReader(fact.Clear);
        while (fields.Next())
        {
            if (fields.Number == Fields.Rule.Number) named = fields.Hash == Rules.Of(rule).Hash;
            else if (fields.Number == Fields.Cause.Number) cause = fields.Hash;
        }

        return named;
    }
}
