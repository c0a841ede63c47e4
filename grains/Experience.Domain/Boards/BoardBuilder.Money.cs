using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Boards;

/// <summary>The tiles about value, cost, refunds, sections and thanks.</summary>
public static partial class BoardBuilder
{
    /// <summary>Days ahead in which a section without enough registrations is to be decided.</summary>
    private const int DecideDays = 14;

    private static Tile LifetimeValue(BoardInput input)
    {
        var sums = input.Sums;
        var currency = input.Program.Policy.Currency;
        var payers = sums[Sum.Payers];
        var formula = new Formula(
            "Net paid to date by each person who paid anything: payments minus refunds. There is not enough history to forecast from, so nothing is added. The LERN rule, average fee ÷ (1 − repeat rate), is revenue: beside it, never added.",
            "all time", Lern);
        IReadOnlyList<TileRow> rows = payers == 0 ? [] :
        [
            new TileRow("Net paid in all", sums[Sum.NetPaid], payers, Measured.Yes, Standing.None, "to date", null, null, null),
            new TileRow("Net paid, 24 months", sums[Sum.RecentNetPaid], payers, Measured.Yes, Standing.None, "civil months", null, null, null),
        ];
        Trend? trend = null;
        string? text = null;
        if (input.Trends is { } trends)
        {
            var (points, labels) = trends.Points.NetPoints(input.Segment.Bit);
            if (points.Any(p => p > 0)) trend = new Trend("bars", points, null, "net paid a month, 12 months", labels);
        }

        if (payers < Statistics.MinCount) return Missing("value", "Net paid to date, mean", "money", payers, null, formula, input.AsOf, "segment") with { Rows = rows, Trend = trend };
        if (sums[Sum.Forecasts] >= Statistics.MinCount && sums[Sum.Buyers] > 0) return Forecast(input, rows, trend);
        var mean = (double)sums[Sum.NetPaid] / payers;
        var (_, low, high) = Statistics.Mean(payers, sums[Sum.NetPaidUnits], sums[Sum.NetPaidSquares], 1);
        var detail = $"n = {Wording.Number(payers)}{LernRule(sums, currency)}";

        return new Tile("value", "Net paid to date, mean", "money", mean, Measured.Yes, null, Standing.None, text, detail, payers, low * 100, high * 100, trend, Millis(input.AsOf), formula, "segment", rows);
    }

    /// <summary>Past and expected, by the value model in force. Sums of quantised people, so exact.</summary>
    private static Tile Forecast(BoardInput input, IReadOnlyList<TileRow> past, Trend? trend)
    {
        var sums = input.Sums;
        var currency = input.Program.Policy.Currency;
        var buyers = sums[Sum.Buyers];
        var all = sums[Sum.NetPaid] - sums[Sum.AllocatedCosts] + sums[Sum.ExpectedValue];
        var model = input.Program.Models.Find(Models.Learning.ModelKinds.Value)?.Receipt;
        var formula = new Formula(
            "Net paid − allocated costs of the terms taken + expected margin of the next five years, discounted at 10 % a year, ÷ people who ever bought. " +
            "Costs of a term are divided by the people kept in it; without recorded costs nothing is taken off. The LERN rule, average fee ÷ (1 − repeat rate), is revenue: beside it, never added.",
            "all time and five years ahead",
            model is null ? Lern : $"{model.Name} and Gamma–Gamma, learned from {Wording.Number(model.People)} people");
        List<TileRow> rows =
        [
            // A small tile shows two: what came in, and what is expected.
            past[0],
            new TileRow("Expected, five years", sums[Sum.ExpectedValue], sums[Sum.Forecasts], Measured.Yes, Standing.None, "discounted margin", null, null, null),
            .. past.Skip(1),
        ];
        if (sums[Sum.AllocatedCosts] != 0) rows.Add(new TileRow("Costs of terms taken", -sums[Sum.AllocatedCosts], buyers, Measured.Yes, Standing.None, "allocated", null, null, null));
        rows.Add(new TileRow("Lifetime value in all", all, buyers, Measured.Yes, Standing.None, "past and expected", null, null, null));
        var active = (sums[Sum.ActiveShares] + 5_000) / 10_000;
        var detail = $"n = {Wording.Number(buyers)}, {Wording.Number(active)} active{LernRule(sums, currency)}";
        return new Tile(
            "value", "Lifetime value, mean", "money", (double)all / buyers, Measured.Yes, null, Standing.None, null, detail, buyers, null, null, trend, Millis(input.AsOf), formula, "segment", rows);
    }

    /// <summary>The field's rule of thumb, labelled; empty where the repeat rate says nothing.</summary>
    private static string LernRule(SegmentSums sums, string currency)
    {
        if (sums[Sum.KeptBase] < Statistics.MinCount || sums[Sum.Registrations] == 0) return "";
        var repeat = (double)sums[Sum.Repeated] / sums[Sum.KeptBase];
        var fee = (double)sums[Sum.NetPaid] / sums[Sum.Registrations];
        return repeat < 0.99 ? $" · LERN rule {Wording.Money((long)(fee / (1 - repeat) / 100) * 100, currency)}" : "";
    }

    private static Tile Cost(BoardInput input, DayContext day)
    {
        var formula = new Formula("Promotion + production + service cost of the term ÷ people kept in it, each counted once.", day.Costs?.Name ?? "term", Lern);
        if (day.Costs is not { } term || !input.Program.Costs.TryGetValue(term.Hash, out var costs))
            return Missing("cost", "Cost per participant", "money", 0, "no costs recorded", formula, input.AsOf, null) with { StandingText = "no costs recorded" };
        if (input.Part)
            return Missing("cost", "Cost per participant", "money", 0, "costs are recorded for the whole program", formula, input.AsOf, null) with { StandingText = "for everyone only" };
        var people = input.Sums[Sum.KeptCosts];
        if (people < Statistics.MinCount) return Missing("cost", "Cost per participant", "money", people, null, formula, input.AsOf, null);
        var value = (double)costs.Total / people;
        Trend? trend = null;
        string? text = null;
        if (input.Trends is { } trends)
        {
            var (points, labels) = trends.Points.CostPoints();
            if (points.Count(p => p is not null) >= 2) trend = new Trend("bars", points, null, Wording.Count(points.Count, "term", "terms"), labels);
            for (var i = points.Count - 1; i >= 0; i--)
            {
                if (labels[i] == term.Name || points[i] is not { } before) continue;
                var change = value / before - 1;
                text = Math.Abs(change) < 0.02
                    ? $"level, {Wording.Money((long)before / 100 * 100, input.Program.Policy.Currency)} in {labels[i]}"
                    : $"{Math.Abs(change) * 100:0} % {(change > 0 ? "up" : "down")} on {labels[i]}";
                break;
            }
        }

        return new Tile("cost", "Cost per participant", "money", value, Measured.Yes, null, Standing.None, text, $"n = {Wording.Number(people)} unduplicated, {term.Name}", people, null, null,
            trend, Millis(Math.Min(costs.LastAt, input.AsOf)), formula, "segment", []);
    }

    private static Tile Refunds(BoardInput input, DayContext day)
    {
        var sums = input.Sums;
        long refunds = sums[Sum.TermRefunds], confirmed = sums[Sum.TermConfirmed];
        var limit = input.Program.Policy.Goals.RefundRate / 100.0;
        var title = day.Started is { } started ? $"Refunds, {started.Name}" : "Refunds";
        var formula = new Formula($"Refunds asked for by participants ÷ confirmed registrations of the term. Good ≤ {limit:0.#} %. Without our cancellations, transfers and credits.", day.Started?.Name ?? "term", Lern);
        if (confirmed < Statistics.MinCount) return Missing("refunds", title, "percent", confirmed, null, formula, input.AsOf, "refunds");
        var (share, low, high) = Statistics.Share(refunds, confirmed);
        var standing = Statistics.Against(share, low, high, limit, higherIsBetter: false);
        var text = standing == Standing.Good ? $"Within {limit:0.#} %" : $"Above {limit:0.#} %";
        var top = sums.Reasons.OrderByDescending(r => r.Value).ThenBy(r => r.Key).FirstOrDefault();
        var caption = top.Key == 0 ? "no reasons given" : $"Top: {input.Program.NameOf(top.Key)}, {top.Value}";
        Trend? trend = null;
        if (input.Trends is { } trends)
        {
            var (points, labels) = trends.Points.RefundPoints(input.Segment.Bit);
            trend = Line(points, labels, caption, [limit]);
        }

        var detail = $"{Wording.Number(refunds)} of {Wording.Number(confirmed)}, 95 % {low:0.0} to {high:0.0}";
        if (trend is null && top.Key != 0) detail += " · " + caption;
        return new Tile("refunds", title, "percent", share, Measured.Yes, null, standing, text, detail, confirmed, low, high, trend, Millis(input.AsOf), formula, "refunds", []);
    }

    private static Tile Sections(BoardInput input, DayContext day)
    {
        var program = input.Program;
        var goal = program.Policy.Goals.CancellationRate / 100.0;
        var formula = new Formula(
            $"Sections that start within {DecideDays} days with fewer registrations than they need; beside it sections we cancelled ÷ sections offered in the term. Benchmark {goal:0} %.", day.Started?.Name ?? "14 days", Lern);
        if (program.Sections.Count == 0) return Missing("sections", "Sections, go or no-go", "count", 0, "no catalogue", formula, input.AsOf, null);
        // A section is of a program area; it has no desk, and no segment of people.
        if (input.Segment.Bit != 0 || input.Scope is { Desk: not 0 } || input.Scope is { } part && part.Segment.Bit != 0)
            return Missing("sections", "Sections, go or no-go", "count", 0, "sections are of program areas, not of people or desks", formula, input.AsOf, null) with { StandingText = "for program areas only" };
        var area = input.Scope?.Area ?? 0;
        int undecided = 0, offered = 0, cancelled = 0;
        var lastStart = 0;
        SectionInfo? longest = null;
        var waiting = 0;
        foreach (var section in program.Sections)
        {
            if (area != 0 && section.Program != area) continue;
            var sums = input.Sections[section.Hash];
            if (day.Started is { } started && program.Terms.Of(section) == started)
            {
                offered++;
                if (section.Cancelled) cancelled++;
            }

            if (section.Cancelled || section.Starts == SectionInfo.NoDay) continue;
            if (section.Starts > day.Day && section.Starts - day.Day <= DecideDays && sums.Seats < section.Minimum)
            {
                undecided++;
                lastStart = Math.Max(lastStart, section.Starts);
            }

            if (section.Starts > day.Day && sums.Waiting > waiting) (longest, waiting) = (section, sums.Waiting);
        }

        var standing = Standing.None;
        string? text = null, detail = null;
        double? low = null, high = null;
        if (offered > 0)
        {
            (var share, low, high) = Statistics.Share(cancelled, offered);
            standing = offered < Statistics.MinCount ? Standing.None : Statistics.Against(share, low.Value, high.Value, goal, higherIsBetter: false);
            text = $"{share:0.0} % cancelled";
            detail = $"{cancelled} of {offered}";
        }

        if (longest is not null) detail = (detail is null ? "" : detail + ". ") + $"Waiting: {longest.Title}, {waiting}";
        var qualifier = undecided == 0 ? "to decide" : $"due by {(lastStart - day.Day < 7 ? Wording.Weekday(lastStart)[..3] : Wording.Day(lastStart, day.Day))}";
        return new Tile("sections", "Sections, go or no-go", "count", undecided, Measured.Yes, qualifier, standing, text, detail, offered, low, high,
            CancellationTrend(program, area, day, goal), Millis(input.AsOf), formula, "waitlist", []);
    }

    private static Trend? CancellationTrend(ProgramSnapshot program, ulong area, DayContext day, double goal)
    {
        var points = new List<double?>();
        var labels = new List<string>();
        for (var term = day.Started; term is not null && points.Count < TrendPass.RateTerms; term = program.Terms.MainBefore(term))
        {
            int offered = 0, cancelled = 0;
            foreach (var section in program.Sections)
            {
                if (program.Terms.Of(section) != term || area != 0 && section.Program != area) continue;
                offered++;
                if (section.Cancelled) cancelled++;
            }

            points.Insert(0, offered == 0 ? null : 100.0 * cancelled / offered);
            labels.Insert(0, term.Name);
        }

        return Line(points, labels, $"cancelled, {goal:0} % dashed", [goal]);
    }

    private static Tile Thanks(BoardInput input, DayContext day)
    {
        const int weeks = 12;
        var program = input.Program;
        var formula = new Formula("Thanks recorded to staff, from people and colleagues.", "7 days", Product);

        // Thanks are given to staff, who have a desk, and neither a program area nor a segment.
        if (input.Segment.Bit != 0 || input.Scope is { } scope && (scope.Area != 0 || scope.Segment.Bit != 0))
            return Missing("thanks", "Thanks, 7 days", "count", 0, "thanks are to staff of a desk, not of a program area or segment", formula, input.AsOf, null) with { StandingText = "for desks only" };
        var desk = input.Scope?.Desk ?? 0;
        var points = new double?[weeks];
        Array.Fill(points, 0);
        var people = new HashSet<ulong>();
        var known = new HashSet<ulong>();
        ulong latest = 0;
        foreach (var thanks in program.RecentThanks)
        {
            if (thanks.At > input.AsOf || desk != 0 && thanks.Desk != desk) continue;
            known.Add(thanks.Staff);
            var week = (input.AsOf - thanks.At) / (7 * CivilZone.MicrosPerDay);
            if (week >= weeks) continue;
            points[weeks - 1 - week]++;
            if (week > 0) continue;
            people.Add(thanks.Staff);
            latest = thanks.Staff;
        }

        if (known.Count == 0) return Missing("thanks", "Thanks, 7 days", "count", 0, null, formula, input.AsOf, null);
        var now = points[^1] ?? 0;
        var change = now - (points[^2] ?? 0);
        var text = change == 0 ? "level on last week" : $"{Math.Abs(change):0} {(change > 0 ? "up" : "down")} on last week";
        var detail = latest == 0 ? "None in 7 days" : $"To {people.Count} of {known.Count} staff ever thanked. Latest: {program.NameOf(latest)}";
        var labels = Enumerable.Range(0, weeks).Select(i => Wording.Day(day.Day - (weeks - 1 - i) * 7, day.Day)).ToList();
        return new Tile("thanks", "Thanks, 7 days", "count", now, Measured.Yes, null, Standing.None, text, detail, (long)now, null, null,
            new Trend("bars", points, null, $"{weeks} weeks", labels), Millis(input.AsOf), formula, null, []);
    }
}
