using System.Globalization;
using Experience.Domain.Models.Reports;
using Experience.Domain.Models.Risk;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Boards;

/// <summary>Everything that one board is built from. Sums are merged over shards by the engine.</summary>
/// <param name="OldestOverdue">Smallest <c>OldestOverdue</c> of the segment's rows, µs; 0 when none is past its clock.</param>
/// <param name="Sections">Sums over everybody: sections belong to the program, not to a segment.</param>
/// <param name="Trends">Past points; null before the first pass.</param>
/// <param name="Past">Sums of this segment at the ends of past weeks, oldest first (<see cref="PastSums"/>); empty until they were gathered.</param>
/// <param name="Scope">The sums and trends are of a part of the segment: what is recorded for the whole program does not divide by them.</param>
public sealed record BoardInput(
    ProgramSnapshot Program,
    CompiledSegment Segment,
    SegmentSums Sums,
    SectionSums Sections,
    long AsOf,
    bool History,
    long OldestOverdue,
    TrendSet? Trends,
    IReadOnlyList<DaySums> Past,
    ScopeFilter? Scope = null)
{
    /// <summary>The board is of people, not of the whole program: what has no person of its own is not theirs.</summary>
    internal bool Part => Segment.Bit != 0 || Scope is not null;
}

/// <summary>The sums of a segment at the end of one civil day.</summary>
public sealed record DaySums(int Day, SegmentSums Sums);

/// <summary>Builds the twelve tiles of a board from exact sums. Pure; a missing measure is null and says so, never 0.</summary>
public static partial class BoardBuilder
{
    private const string Product = "Experience definitions";
    private const string Lern = "LERN";

    public static BoardView Build(BoardInput input)
    {
        var policy = input.Program.Policy;
        var day = input.Program.DayOf(input.Program.Zone.Day(input.AsOf));
        Tile[] tiles =
        [
            ServiceScore(input, day),
            PastClock(input),
            Pace(input, day),
            RepeatRate(input, day),
            Attrition(input),
            AtRisk(input),
            Needs(input),
            LifetimeValue(input),
            Cost(input, day),
            Refunds(input, day),
            Sections(input, day),
            Thanks(input, day),
        ];
        return new BoardView(
            input.Segment.Key, input.Segment.Title, Millis(input.AsOf), input.History, TermText(input.Program, day.Day),
            input.Sums[Sum.People], policy.Currency, tiles);
    }

    /// <summary>"Fall 2026, week 12", or what comes next; null where the calendar names no terms.</summary>
    public static string? TermText(ProgramSnapshot program, int day)
    {
        if (!program.Terms.Named) return null;
        Term? current = null, next = null;
        foreach (var term in program.Terms.All)
        {
            if (term.Starts <= day && day <= term.Ends && (current is null || term.Main)) current = term;
            if (term.Starts > day && term.Main) next ??= term;
        }

        if (current is not null) return $"{current.Name}, week {(day - current.Starts) / 7 + 1}";
        return next is null ? null : $"{Wording.Count(next.Starts - day, "day", "days")} before {next.Name}";
    }

    internal static long Millis(long micros) => micros / 1000;

    private static Tile ServiceScore(BoardInput input, DayContext day)
    {
        var sums = input.Sums;
        var goal = input.Program.Policy.Goals.Service / 100.0;
        var rows = new List<TileRow>();
        foreach (var (desk, of) in sums.Desks)
        {
            var name = input.Program.NameOf(desk);
            rows.Add(of.AnnualCount >= Statistics.MinCount
                ? DeskRow(name, of, goal)
                : new TileRow(name, null, of.AnnualCount, of.AnnualCount == 0 ? Measured.No : Measured.TooFew, Standing.None, of.AnnualCount == 0 ? "not measured" : "too few", null, null, "answers:" + name));
        }

        rows.Sort((a, b) =>
        {
            var order = a.Measured.CompareTo(b.Measured);
            if (order != 0) return order;
            order = Nullable.Compare(a.Value, b.Value);
            return order != 0 ? order : b.N != a.N ? b.N.CompareTo(a.N) : string.CompareOrdinal(a.Name, b.Name);
        });

        var n = sums[Sum.AnnualCount];
        var transactional = sums[Sum.TransactionalCount];
        var detail = transactional >= Statistics.MinCount
            ? $"Transactional surveys are kept apart: {One((double)sums[Sum.TransactionalSum] / transactional / 100)}, n = {Wording.Number(transactional)}"
            : transactional > 0 ? $"Transactional surveys are kept apart: too few, n = {transactional}" : null;
        var formula = new Formula(
            $"Mean answer to the one question on staff service, not the course; the latest answer of each person. Fewer than {Statistics.MinCount} answers say “too few”. Goal {One(goal)}, judged on the annual survey.",
            "12 months", Lern);
        // The tile leads with the lowest measured desk that is below its goal; its own past is the trend, when it leads.
        var lead = rows.FirstOrDefault(r => r.Measured == Measured.Yes && r.Value < goal);
        var trend = ServiceTrend(input, lead, goal);
        if (n < Statistics.MinCount)
            return Missing("service", "Customer service score", "score", n, detail, formula, input.AsOf, "answers") with { Rows = rows, Trend = trend };
        var (mean, low, high) = Statistics.Mean(n, sums[Sum.AnnualSum], sums[Sum.AnnualSquares], 100);
        var standing = Statistics.Against(mean, low, high, goal, higherIsBetter: true);
        return new Tile("service", "Customer service score", "score", mean, Measured.Yes, null, standing, Against(mean, goal), detail, n, low, high,
            trend, Millis(input.AsOf), formula, "answers", rows);
    }

    private static TileRow DeskRow(string name, in DeskSums of, double goal)
    {
        var (mean, low, high) = Statistics.Mean(of.AnnualCount, of.AnnualSum, of.AnnualSquares, 100);
        return new TileRow(name, mean, of.AnnualCount, Measured.Yes, Statistics.Against(mean, low, high, goal, higherIsBetter: true), Against(mean, goal), low, high, "answers:" + name);
    }

    private static Trend? ServiceTrend(BoardInput input, TileRow? lead, double goal)
    {
        if (input.Trends is not { } trends) return null;
        var (points, labels) = trends.Points.ServicePoints(input.Segment.Bit);
        var of = "";
        if (lead is not null)
        {
            var desk = input.Sums.Desks.Keys.First(d => input.Program.NameOf(d) == lead.Name);
            var (deskPoints, deskLabels) = trends.Points.DeskPoints(desk);
            if (input.Segment.Bit == 0 && deskPoints.Count > 0) (points, labels, of) = (deskPoints, deskLabels, lead.Name + ", ");
        }

        return Line(points, labels, $"{of}{Wording.Count(points.Count, "term", "terms")}, goal dashed", [goal]);
    }

    private static string Against(double value, double goal)
    {
        var difference = Math.Round(value - goal, 1, MidpointRounding.AwayFromZero);
        if (difference == 0) return value < goal ? "just below" : "at goal";
        return difference < 0 ? $"{One(-difference)} below" : $"{One(difference)} above";
    }

    private static Tile PastClock(BoardInput input)
    {
        var sums = input.Sums;
        var rule = input.Program.Policy[RuleId.PastClock];
        long open = sums[Sum.ComplaintsOpen], past = sums[Sum.ComplaintsPast];
        var formula = new Formula(
            $"Complaints not resolved or updated within {rule[0]} h of the office calendar; access problems within {rule[1]} office hours.", "open now", Product);
        string? detail = null;
        if (past > 0)
        {
            detail = $"{Wording.Number(sums[Sum.ComplaintsPastEasy])} easily fixed";
            var worst = sums.Desks.Where(d => d.Value.ComplaintsPast > 0).OrderByDescending(d => d.Value.ComplaintsPast).ThenBy(d => d.Key).FirstOrDefault();
            if (worst.Key != 0) detail += $", {worst.Value.ComplaintsPast} at {input.Program.NameOf(worst.Key)} desk";
        }
        else if (open > 0) detail = "All within the clock";

        var standing = past > 0 ? Standing.Bad : Standing.Good;
        var text = past > 0 && input.OldestOverdue != 0 ? $"Oldest {Wording.Duration(input.AsOf - input.OldestOverdue)}" : past > 0 ? "Past the clock" : "None past";
        Trend? trend = null;
        if (input.Trends is { } trends)
        {
            var (points, labels) = trends.Points.ComplaintPoints(input.Segment.Bit);
            var week = points.TakeLast(7).Sum() ?? 0;
            trend = points.Any(p => p > 0) ? new Trend("bars", points, null, $"opened in 14 days, {week:0} in the last 7", labels) : null;
        }

        // Nothing was ever complained about, as far as the segment's sums know: a count of none, which is a measurement.
        return new Tile("clock", "Dissatisfiers past the clock", "count", past, Measured.Yes, $"of {Wording.Number(open)} open", standing, text, detail, open, null, null,
            trend, Millis(input.AsOf), formula, "complaints", []);
    }

    private static Tile Pace(BoardInput input, DayContext day)
    {
        long now = input.Sums[Sum.Pace], before = input.Sums[Sum.PaceBefore];
        var title = day.Next is { } next ? $"Registration pace, {next.Name}" : "Registration pace";
        var formula = new Formula("Registrations for the term ÷ registrations for the same term a year earlier, up to the same day before its start.", "term to date", Product);
        if (day.Next is not { } term || before == 0)
            return Missing("pace", title, "percent", 0, now > 0 ? $"{Wording.Number(now)} so far; no year before to compare" : null, formula, input.AsOf, null);
        var days = day.Day - term.Starts;
        var value = 100.0 * now / before;
        var ahead = now - before;
        // Two Poisson counts differ by chance with a variance of their sum: less than two standard deviations behind is no proof.
        var chance = 1.96 * Math.Sqrt(now + before);
        var standing = ahead >= 0 ? Standing.Good : -ahead > chance && !day.SoFar ? Standing.Bad : Standing.Watch;
        var text = ahead == 0 ? "level" : ahead > 0 ? $"{Wording.Number(ahead)} ahead" : $"{Wording.Number(-ahead)} behind";
        var detail = $"{Wording.Number(now)} against {Wording.Number(before)} on day {(days < 0 ? "−" + -days : "+" + days)}";
        Trend? trend = null;
        if (input.Trends is { } trends)
        {
            var (points, labels) = trends.Points.PacePoints(input.Segment.Bit);
            trend = Line(points, labels, $"{TrendPass.Weeks} weeks, last year dashed", [100]);
        }

        return new Tile("pace", title, "percent", value, Measured.Yes, null, standing, text, detail, now, null, null, trend, Millis(input.AsOf), formula, "segment", []);
    }

    private static Tile RepeatRate(BoardInput input, DayContext day)
    {
        var sums = input.Sums;
        long kept = sums[Sum.KeptBase], repeated = sums[Sum.Repeated];
        var goal = input.Program.Policy.Goals.RepeatRate / 100.0;
        var title = "Repeat rate";
        var pair = day is { Base: { } b, Next: { } n } ? $"{b.Name} to {n.Name}" : "two terms";
        var formula = new Formula(
            $"People kept in a term and in the next main term ÷ people kept in the term ({pair}). Final when registration of the next closes, before that “so far”. Benchmark {goal:0} %. Contract seats left out.",
            pair, Lern);
        if (kept < Statistics.MinCount) return Missing("repeat", title, "percent", kept, null, formula, input.AsOf, null);
        var (share, low, high) = Statistics.Share(repeated, kept);
        var standing = Statistics.Against(share, low, high, goal, higherIsBetter: true, final: !day.SoFar);
        var text = standing == Standing.Good ? $"At or above {goal:0} %" : $"Below {goal:0} %";
        var detail = $"n = {Wording.Number(kept)}, 95 % {low:0} to {high:0}";
        var caption = $"{TrendPass.RateTerms} terms, benchmark dashed";
        if (sums[Sum.KeptBaseBefore] >= Statistics.MinCount)
            caption = $"{100.0 * sums[Sum.RepeatedBefore] / sums[Sum.KeptBaseBefore]:0} % same day last year";
        Trend? trend = null;
        if (input.Trends is { } trends)
        {
            var (points, labels) = trends.Points.RepeatPoints(input.Segment.Bit);
            trend = Line(points, labels, caption, [goal]);
        }

        return new Tile("repeat", title, "percent", share, Measured.Yes, day.SoFar ? "so far" : null, standing, text, detail, kept, low, high, trend, Millis(input.AsOf), formula, "segment", []);
    }

    private static Tile Attrition(BoardInput input)
    {
        var sums = input.Sums;
        var kept = sums[Sum.KeptPast];
        var formula = new Formula("1 − retention; retention is kept both in months 13–24 ago and in the last 12 ÷ kept in months 13–24 ago.", "24 months", Lern);
        if (kept < Statistics.MinCount) return Missing("attrition", "Attrition, realised", "percent", kept, null, formula, input.AsOf, null);
        var (share, low, high) = Statistics.Share(kept - sums[Sum.Retained], kept);
        string? text = null;
        if (sums[Sum.KeptPastBefore] >= Statistics.MinCount)
        {
            var before = 100.0 * (sums[Sum.KeptPastBefore] - sums[Sum.RetainedBefore]) / sums[Sum.KeptPastBefore];
            var points = Math.Round(share - before);
            text = points == 0 ? "level on last year" : $"{Math.Abs(points):0} pt {(points < 0 ? "down" : "up")} on last year";
        }

        Trend? trend = null;
        if (input.Trends is { } trends)
        {
            var (points, labels) = trends.Points.AttritionPoints(input.Segment.Bit);
            trend = Line(points, labels, $"{points.Count(p => p is not null)} quarters", null);
        }

        return new Tile("attrition", "Attrition, realised", "percent", share, Measured.Yes, null, Standing.None, text, $"n = {Wording.Number(kept)}, 95 % {low:0} to {high:0}", kept, low, high,
            trend, Millis(input.AsOf), formula, "segment", []);
    }

    private static Tile AtRisk(BoardInput input)
    {
        var sums = input.Sums;
        long people = sums[Sum.AtRisk], high = sums[Sum.HighRisk];
        var currency = input.Program.Policy.Currency;
        var formula = new Formula("People with at least one open flag, and what they paid, net, in 24 months. The flags are the rules of the policy. At high risk is who has one that is high. People are counted here, also for causes of an imported past; \"Raised last\" counts what was raised to staff, flags and needs." + Learned(input.Program), "open now", Product);
        var standing = high > 0 ? Standing.Bad : people > 0 ? Standing.Watch : Standing.Good;
        var text = high > 0 ? $"{Wording.Number(high)} at high risk" : people > 0 ? "none at high risk" : "none";
        var detail = people > 0 ? $"{Wording.Money(sums[Sum.RiskNetPaid], currency)} net paid in 24 months" : null;
        return new Tile("risk", "At risk", "count", people, Measured.Yes, people == 1 ? "person" : "people", standing, text, detail, sums[Sum.People], null, null,
            PastTrend(input, Sum.AtRisk), Millis(input.AsOf), formula, "risk", []);
    }

    /// <summary>How right the day's calls are by each learned risk, of those held out, and which version says so.</summary>
    private static string Learned(ProgramSnapshot p)
    {
        var calls = p.Policy.Alerts.CallsPerDay;
        var text = "";
        foreach (var (rule, model) in new[] { (RuleId.Withdrawal, p.Models.Withdrawal), (RuleId.Dissatisfaction, p.Models.Dissatisfaction) })
        {
            if (model is null) continue;
            var right = model.Risk.PrecisionAt(calls) is { } share ? $"of {calls} calls a day {Figures.Share(share)} right on those held out" : "not measured at the depth of the day's calls";
            text += $" {Rules.Of(rule).Title}: {right}; learned, version {model.Version}, trained to {model.TrainedTo}.";
            if (model.Source.Calls is { } counts) text += " " + CallOutcomes.Sentence(rule, counts);
        }

        if (p.Models.Lapse is { } lapse)
        {
            text += $" {Rules.Of(RuleId.Lapse).Title}: by {lapse.By}.";
            if (lapse.Source.Receipt.Calls is { } counts) text += " " + CallOutcomes.Sentence(RuleId.Lapse, counts);
        }

        return text.Length == 0 ? "" : " Learned chances are raised as far as staff have time to call." + text;
    }

    private static Tile Needs(BoardInput input)
    {
        var sums = input.Sums;
        long raised = sums[Sum.NeedsRaised], offered = sums[Sum.NeedsOffered], accepted = sums[Sum.NeedsAccepted];
        var formula = new Formula("Needs raised (open, or answered by staff), offered and accepted; each need counts once, by its newest answer. The share is accepted ÷ offered.", "30 days", Product);
        var change = accepted - sums[Sum.NeedsAcceptedBefore];
        var text = change == 0 ? "level on last month" : $"{Wording.Number(Math.Abs(change))} {(change > 0 ? "up" : "down")} on last month";
        var funnel = new Trend("funnel", [raised, offered, accepted], null, $"{Wording.Number(raised)} raised › {Wording.Number(offered)} › {Wording.Number(accepted)}", ["raised", "offered", "accepted"]);
        string? detail = $"{Wording.Number(raised)} raised, none offered yet";
        double? low = null, high = null;
        if (offered >= Statistics.MinCount)
        {
            (var share, low, high) = Statistics.Share(accepted, offered);
            detail = $"{share:0} % of {Wording.Number(offered)} offered, 95 % {low:0} to {high:0}";
        }
        else if (offered > 0) detail = $"of {offered} offered: too few for a share";
        return new Tile("needs", "Needs, 30 days", "count", accepted, Measured.Yes, "accepted", Standing.None, text, detail, offered, low, high, funnel, Millis(input.AsOf), formula, "needs", []);
    }

    private static Tile Missing(string id, string title, string unit, long n, string? detail, Formula formula, long asOf, string? people) =>
        new(id, title, unit, null, n == 0 ? Measured.No : Measured.TooFew, null, Standing.None, n == 0 ? "not measured" : "too few",
            detail ?? $"n = {Wording.Number(n)}", n, null, null, null, Millis(asOf), formula, people, []);

    /// <summary>A line through at least two known points; none otherwise, because one point is no trend.</summary>
    private static Trend? Line(IReadOnlyList<double?> points, IReadOnlyList<string> labels, string caption, IReadOnlyList<double?>? reference) =>
        points.Count(p => p is not null) < 2 ? null : new Trend("line", points, reference, caption, labels);

    /// <summary>What was open at the end of each past week, and what is open now.</summary>
    private static Trend? PastTrend(BoardInput input, Sum sum)
    {
        if (input.Past.Count == 0) return null;
        var today = input.Program.Zone.Day(input.AsOf);
        double?[] points = [.. input.Past.Select(d => (double?)d.Sums[sum]), input.Sums[sum]];
        if (points.All(static p => p == 0)) return null;
        var change = input.Sums[sum] - input.Past[^1].Sums[sum];
        return new Trend(
            "line", points, null, $"{Wording.Count(points.Length, "week", "weeks")}, {(change < 0 ? "−" : "+")}{Math.Abs(change)} since {Wording.Day(input.Past[^1].Day, today)}",
            [.. input.Past.Select(d => Wording.Day(d.Day, today)), Wording.Day(today, today)]);
    }

    private static string One(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
