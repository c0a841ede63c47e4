using System.Diagnostics;
using Experience.Domain.Models;
using Experience.Domain.Models.Risk;
using Xunit.Abstractions;

namespace Experience.Sample.Tests;

/// <summary>Risks learned from the sample's history, judged on what came after.</summary>
public sealed class RiskTests(Riverbend riverbend, ITestOutputHelper output) : IClassFixture<Riverbend>
{
    [Fact]
    public void Look()
    {
        var told = new Told(riverbend.Facts, "America/Chicago");
        foreach (var (name, rows, features) in new (string, RiskRows, IReadOnlyList<RiskFeature>)[]
        {
            ("withdrawal", new WithdrawalRows(told.Program, Riverbend.NowMicros), WithdrawalFeatures.All),
            ("dissatisfaction", new DissatisfactionRows(told.Program, Riverbend.NowMicros), DissatisfactionFeatures.All),
        })
        {
            var clock = Stopwatch.StartNew();
            told.Walk(rows);
            var all = rows.Rows();
            output.WriteLine($"{name}: {all.Count} rows, {all.Count(static r => r.Outcome)} outcomes, {rows.Now} now, {clock.ElapsedMilliseconds} ms");
            clock.Restart();
            var fit = RiskLearning.Fit(features, all, rows.NowValues, rows.Now, CancellationToken.None);
            output.WriteLine($"fit {clock.ElapsedMilliseconds} ms");
            if (fit is Fitted<RiskFit> { Model: var f })
            {
                output.WriteLine($"{f.Usable} {f.Verdict} auprc {f.Held.Auprc:0.000} ece {f.Held.CalibrationError:0.000} share {f.Risk.Share:0.000} p15 {f.Risk.PrecisionAt(15)}");
                foreach (var d in f.Held.Depths) output.WriteLine($"  {d.People}: {d.Precision:0.000} lift {d.Lift:0.00}");
                foreach (var d in f.Risk.Depths) output.WriteLine($"  {d.Share}: {d.Chance:0.000} {d.Precision:0.000}");
                foreach (var t in f.Held.Terms.Take(12)) output.WriteLine($"  {t.Term} {t.Weight:0.000}");
                output.WriteLine($"document {f.Risk.Write().GetRawText().Length} characters");
            }
            else if (fit is NotEnoughHistory<RiskFit> none) output.WriteLine(none.Reason);
        }
    }
}
