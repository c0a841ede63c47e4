using System.Globalization;
using Experience.Domain.Models.Reports;
using Experience.Domain.Programs;

namespace Experience.Domain.Models.Learning;

/// <summary>
/// What a new value model changes, in one summary: how many people's expected value moved, and who is at the edge of being lost. It is made when the model
/// is fitted, from the same people, so it is the same on every engine and kept with the model; nobody is alerted of what only a model changed.
/// </summary>
internal static class ValueSwitch
{
    /// <summary>A smaller change of one person's expected value is what a tenth more events do to parameters anyway.</summary>
    private const double Moved = 0.10;

    /// <summary>More people are represented by that many, at equal steps.</summary>
    private const int Most = 50_000;

    /// <param name="before">In force until now.</param>
    /// <param name="percent">Policy's highest chance of being active that is raised.</param>
    public static ReportSection? Section(ModelInForce? before, ValueModel now, string name, IReadOnlyList<ValueTrainer.Person> people, int percent, string currency)
    {
        if (before is not { Model: ValueModel then } || people.Count == 0) return null;
        var title = $"What changed from version {before.Version}";
        if (then.ByTerm != now.ByTerm)
            return new ReportSection(title, $"Purchases are counted by {(now.ByTerm ? "term" : "day")} now and were by {(then.ByTerm ? "term" : "day")} before, so every figure is new.", [], []);

        long worthBefore = 0, worthNow = 0;
        int up = 0, down = 0, lowBefore = 0, lowNow = 0, newly = 0, looked = 0;
        double activeBefore = 0, activeNow = 0;
        var step = Math.Max(1, people.Count / (double)Most);
        for (var at = 0.0; at < people.Count; at += step)
        {
            var person = people[(int)at];
            var (a, b) = (then.ValueOf(person.History, person.MeanSpend, person.Segment), now.ValueOf(person.History, person.MeanSpend, person.Segment));
            looked++;
            worthBefore += a.Expected;
            worthNow += b.Expected;
            activeBefore += a.Active;
            activeNow += b.Active;
            if (b.Expected > a.Expected * (1 + Moved)) up++;
            else if (b.Expected < a.Expected * (1 - Moved)) down++;
            if (person.History.Count == 0) continue;
            var (low, lower) = (a.Active <= percent / 100.0, b.Active <= percent / 100.0);
            lowBefore += low ? 1 : 0;
            lowNow += lower ? 1 : 0;
            newly += lower && !low ? 1 : 0;
        }

        var of = looked < people.Count ? $"{Figures.Count(looked)} people looked at, of {Figures.Count(people.Count)}" : $"{Figures.Count(looked)} people";
        var text = $"Of {of}, the expected value of {Figures.Count(up + down)} moved by more than a tenth: {Figures.Count(up)} up, {Figures.Count(down)} down. "
            + $"{Figures.Count(newly)} who came back before are newly at most {percent} % likely to be still active, {Figures.Count(lowBefore - lowNow + newly)} no longer are. Flags that only this brings alert nobody.";
        return new ReportSection(title, text,
            [
                new ReportTable("Before and now", ["Figure", "Before", "Now"],
                [
                    new ReportRow(["Model", before.Receipt.Name, name]),
                    new ReportRow(["Expected of all, five years", Wording.Money(worthBefore, currency), Wording.Money(worthNow, currency)]),
                    new ReportRow(["Active", Whole(activeBefore), Whole(activeNow)]),
                    new ReportRow([$"At most {percent} % likely to be active", Figures.Count(lowBefore), Figures.Count(lowNow)]),
                ]),
            ],
            []);
    }

    private static string Whole(double people) => Math.Round(people).ToString("#,0", CultureInfo.InvariantCulture);
}
