using Experience.Domain.Models;
using Experience.Domain.Models.Learning;
using Experience.Domain.Models.Risk;
using Xunit.Abstractions;

namespace Experience.Sample.Tests;

/// <summary>Risks learned from the sample's history, judged on what came after.</summary>
public sealed class RiskTests(Riverbend riverbend, ITestOutputHelper output) : IClassFixture<Riverbend>
{
    [Fact]
    public void Who_will_not_finish_is_learned_from_presence()
    {
        var told = new Told(riverbend.Facts, "America/Chicago");
        var fit = Learn(new WithdrawalRows(told.Program, Riverbend.NowMicros), WithdrawalFeatures.All, told);
        Assert.True(fit.Usable, fit.Verdict);
        Assert.True(fit.Held.Auroc >= .70);
        Assert.True(fit.Held.CalibrationError <= .02);
        Assert.Contains(fit.Held.Terms.Take(3), static term => term.Term.Contains("present share"));
    }

    [Fact]
    public void Who_will_be_unhappy_is_learned_and_the_top_of_the_list_is_worth_a_call()
    {
        var told = new Told(riverbend.Facts, "America/Chicago");
        var fit = Learn(new DissatisfactionRows(told.Program, Riverbend.NowMicros), DissatisfactionFeatures.All, told);
        Assert.True(fit.Usable, fit.Verdict);
        Assert.True(fit.Held.Auroc >= .62);
        Assert.True(fit.Held.CalibrationError <= .02);
        Assert.True(fit.Held.Depths[1].Lift >= 4, "fifty calls reach four times as many as calling anybody");

        // As a document and back it says the same.
        var read = LearnedRisk.Read(fit.Risk.Write(), DissatisfactionFeatures.All);
        var random = new Random(3);
        var values = Enumerable.Range(0, DissatisfactionFeatures.Count).Select(_ => random.Next(4) == 0 ? double.NaN : random.Next(30)).ToArray();
        Assert.Equal(fit.Risk.Chance(values), read.Chance(values), 3);
        Assert.True(new ModelDocument(
            new ModelReceipt(ModelKinds.Dissatisfaction, "", default, default, 0, "", []), fit.Risk.Write()).Write().Length < ModelDocument.MaxBytes / 2);
    }

    private RiskFit Learn(RiskRows rows, IReadOnlyList<RiskFeature> features, Told told)
    {
        told.Walk(rows);
        var all = rows.Rows();
        var fit = Assert.IsType<Fitted<RiskFit>>(RiskLearning.Fit(features, all, rows.NowValues, rows.Now, CancellationToken.None)).Model;
        output.WriteLine($"{all.Count} rows, {all.Count(static r => r.Outcome)} outcomes, {rows.Now} now: {fit.Verdict} AUPRC {fit.Held.Auprc:0.000}, calibration error {fit.Held.CalibrationError:0.0000}, precision at 15: {fit.Risk.PrecisionAt(15):0.000} of {fit.Risk.Share:0.000}");
        foreach (var depth in fit.Held.Depths) output.WriteLine($"  {depth.People}: {depth.Precision:0.000}, {depth.Lift:0.0} times");
        return fit;
    }
}
