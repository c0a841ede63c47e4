using Experience.Domain.Models;
using Experience.Domain.Models.Gam;
using Experience.Domain.Models.Risk;
using Experience.Domain.People;

namespace Experience.Domain.Tests.Models;

/// <summary>Time lies strictly between what is learned from and what it is judged on, and a model that no longer fits is seen.</summary>
public sealed class RiskDriftTests
{
    private const long Day = CivilZone.MicrosPerDay;

    private static readonly RiskFeature[] Features = [new("x", Monotone.Rising, static v => $"x is {v}"), new("noise", Monotone.Free, static v => $"noise is {v}")];

    [Fact]
    public void A_signal_is_learned_and_noise_is_refused()
    {
        var fit = Fit(Rows(1, signal: true));
        Assert.True(fit.Usable, fit.Verdict);
        Assert.True(fit.Held.Auroc > .7);
        Assert.True(fit.Held.CalibrationError < .05);
        Assert.False(Fit(Rows(2, signal: false)).Usable);
    }

    [Fact]
    public void No_row_learned_from_had_an_outcome_that_was_open_when_the_judging_began()
    {
        // The newest rows say the opposite of the older ones; whoever peeked would do well on them.
        var rows = Rows(3, signal: true);
        var cut = rows[(int)(rows.Count * .75)].AsOf;
        RiskRow[] turned = [.. rows.Select(row => row.KnownAt > cut ? row with { Outcome = row.Values[0] < .3 } : row)];
        var fit = Fit(turned);
        Assert.False(fit.Usable);
        Assert.True(fit.Held.Auroc < .5);
    }

    [Fact]
    public void Outcomes_that_leave_the_stated_chances_behind_are_drift_and_chance_is_not()
    {
        var rows = Rows(4, signal: true);
        var fit = Fit(rows);
        Assert.False(RiskDrift.Check(fit.Risk, [.. rows.Skip(3_000)], []).Beyond);
        RiskRow[] worse = [.. rows.Skip(3_000).Select(static (row, i) => row with { Outcome = row.Outcome || i % 2 == 0 })];
        var drift = RiskDrift.Check(fit.Risk, worse, RiskDrift.Shifts(fit.Risk, rows, worse));
        Assert.True(drift.Beyond, drift.Words);
        Assert.False(RiskDrift.Check(fit.Risk, [.. worse.Take(RiskDrift.FewestRows - 1)], []).Beyond);
    }

    [Fact]
    public void Many_looks_at_one_person_are_one_piece_of_evidence()
    {
        var rows = Enumerable.Range(0, 400).Select(static i => new RiskRow((UInt128)(i / 40), 0, 0, 0, [], i / 40 < 4)).ToArray();
        var chances = Enumerable.Repeat(.15, rows.Length).ToArray();
        Assert.False(RiskDrift.Calibration(chances, rows).Beyond);
        Assert.True(RiskDrift.Calibration(chances, [.. rows.Select(static (row, i) => row with { Person = (UInt128)i })]).Beyond);
    }

    [Fact]
    public void The_index_of_a_shift_is_that_of_its_definition()
    {
        var fit = Fit(Rows(5, signal: true));
        var rows = Rows(6, signal: true);
        var shifts = RiskDrift.Shifts(fit.Risk, rows, [.. rows.Select(static row => row with { Values = [row.Values[0] + .5, row.Values[1]] })]).ToDictionary(static s => s.Feature, static s => s.Index);
        Assert.True(shifts["x"] > RiskDrift.Shifted);
        if (shifts.TryGetValue("noise", out var noise)) Assert.Equal(0, noise, 12);
        Assert.All(RiskDrift.Shifts(fit.Risk, rows, rows), static shift => Assert.Equal(0, shift.Index, 12));
    }

    private static RiskFit Fit(IReadOnlyList<RiskRow> rows) =>
        Assert.IsType<Fitted<RiskFit>>(RiskLearning.Fit(Features, rows, [.. rows.Skip(rows.Count - 500).Select(static row => row.Values)], 500, CancellationToken.None)).Model;

    private static List<RiskRow> Rows(int seed, bool signal)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 4_000).Select(i =>
        {
            var x = random.NextDouble();
            var outcome = random.NextDouble() < (signal ? x * x * .6 : .2);
            return new RiskRow((UInt128)i, 0, i * Day / 4, i * Day / 4 + 60 * Day, [x, random.NextDouble()], outcome);
        })];
    }
}
