using System.Text.Json;
using Experience.Contract;
using Experience.Domain.Models;
using Experience.Domain.Models.Backtests;
using Experience.Domain.Models.Learning;
using Experience.Domain.Models.Reports;
using Experience.Testing;

namespace Experience.Embedded.Tests;

/// <summary>A backtest of the program's own history says how models do, and changes nothing.</summary>
public sealed class BacktestTests
{
    [Fact]
    public async Task The_programs_own_history_is_divided_by_time_and_nothing_is_put_in_force()
    {
        await using var folder = new Folder();
        var engine = await folder.OpenAsync(with: static options => options with { FitModels = false, Trainers = [new FromHistory(), new Unable()] });
        await Folder.RecordAsync(engine, Cdnow.Read(Repository.CdnowSample), 500);
        var before = engine.Status.Events;

        var results = await engine.BacktestAsync(null, Folder.Access, CancellationToken.None);
        Assert.Equal([ModelKinds.Value, ModelKinds.Needs], results.Select(static r => r.Model.Kind));
        var (value, needs) = (results[0], results[1]);
        // 1 January 1997 to 30 June 1998 are 545 days, of which a third is held out.
        Assert.StartsWith("Value", value.Report.Title, StringComparison.Ordinal);
        Assert.Contains("1997-12-31", value.Report.Verdict, StringComparison.Ordinal);
        Assert.Equal(5, value.Report.Sections.Sum(static section => section.Charts.Count));
        Assert.Equal(2_357, value.Model.People);
        Assert.Equal((null, "Not enough history: nobody answered."), (needs.Model.Name, needs.Model.Note));
        Assert.Empty(needs.Report.Sections);

        Assert.All((await engine.ModelsAsync(Folder.Access, CancellationToken.None)).Models, static model => Assert.Null(model.Name));
        Assert.Equal(before, engine.Status.Events);
        Assert.Equal([ModelKinds.Needs], (await engine.BacktestAsync(ModelKinds.Needs, Folder.Access, CancellationToken.None)).Select(static r => r.Model.Kind));
        Assert.Empty(await engine.BacktestAsync("weather", Folder.Access, CancellationToken.None));
        Assert.Null(await engine.ModelReportAsync("weather", Folder.Access, CancellationToken.None));
    }

    private sealed class FromHistory : ITrainer
    {
        public string Kind => ModelKinds.Value;

        public async Task<TrainingOutcome> TrainAsync(ITrainingSource source, CancellationToken cancellation)
        {
            var report = Assert.IsType<Fitted<ValueReport>>(await ProgramValueBacktest.RunAsync(source, cancellation)).Model;
            var receipt = new ModelReceipt(Kind, report.Chosen!, report.Start, report.End, report.Customers, "Of what was held out.", []);
            return new TrainedModel(new ModelDocument(receipt, JsonSerializer.SerializeToElement(new { })) { Report = ValueReportPage.Build(report) });
        }
    }

    private sealed class Unable : ITrainer
    {
        public string Kind => ModelKinds.Needs;

        public Task<TrainingOutcome> TrainAsync(ITrainingSource source, CancellationToken cancellation) =>
            Task.FromResult<TrainingOutcome>(new NotTrained("Not enough history: nobody answered."));
    }
}
