using System.CommandLine;
using Experience.Domain.Models.Reports;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Hosting;

namespace Experience.Web.Cli.Backtests;

/// <summary>
/// backtest program: every kind of model on the folder's own history. Through the server when one holds the folder, else directly; nothing is put in force.
/// </summary>
internal static class ProgramBacktestCommand
{
    private sealed record Summary(IReadOnlyList<KindSummary> Kinds);

    private sealed record KindSummary(string Kind, string? Chosen, string? Note, long People, string? From, string? To, IReadOnlyList<ModelSummary> Models);

    private sealed record ModelSummary(string Name, bool Chosen, IReadOnlyDictionary<string, double> Figures, string? Note);

    public static Command Create(Option<string> data, BacktestOutput output)
    {
        var sample = new Option<bool>("--sample") { Description = "The sample's folder; without it what a running server shows, else the program's own." };
        var kind = new Option<string?>("--kind") { Description = "One kind only, such as value." };
        var command = new Command("program", "Every model on the program's own history: fitted on its older part, judged on its newest.") { kind, sample };
        command.SetAction(output.Action(async (parsed, cancellation) =>
        {
            var (results, name) = await RunAsync(parsed.GetValue(data)!, parsed.GetValue(sample), parsed.GetValue(kind), cancellation);
            return new BacktestResult(ModelReportPage.Combine(name, results), new Summary([.. results.Select(Kind)]));
        }));
        return command;
    }

    private static async Task<(IReadOnlyList<ModelReportView> Results, string Name)> RunAsync(string data, bool sample, string? kind, CancellationToken cancellation)
    {
        using var server = await ServerFile.FindAsync(data, cancellation);
        if (server is not null)
        {
            var query = kind is null ? "" : "?kind=" + Uri.EscapeDataString(kind);
            using var answer = await server.PostAsync("/v1/models/backtest" + query, new StringContent("{}", System.Text.Encoding.UTF8, "application/json"), cancellation);
            var program = await server.GetFromJsonAsync<ProgramView>("/v1/program", Json.Options, cancellation);
            return (await ServerFile.ReadAsync<IReadOnlyList<ModelReportView>>(answer, cancellation), program!.Name);
        }

        var folder = sample || File.Exists(Path.Combine(data, "sample.active")) ? Path.Combine(data, "sample") : data;
        if (!Directory.Exists(folder)) throw new BacktestInputException($"There is no data folder {Path.GetFullPath(folder)}.");
        using var logging = LoggerFactory.Create(_ => { });
        await using var engine = await EngineOpener.OpenAsync(new EngineFolder(folder, folder != data), new ServeOptions { DataFolder = data, Quiet = true, FitModels = false }, logging, cancellation);
        var access = Access.System("backtest");
        if (kind is not null && (await engine.ModelsAsync(access, cancellation)).Models is var known && known.All(m => m.Kind != kind))
            throw new BacktestInputException($"--kind is \"{kind}\"; accepted: {string.Join(", ", known.Select(static m => m.Kind))}.");
        return (await engine.BacktestAsync(kind, access, cancellation), (await engine.ProgramAsync(cancellation)).Name);
    }

    private static KindSummary Kind(ModelReportView result) => new(
        result.Model.Kind, result.Model.Name, result.Model.Note, result.Model.People, result.Model.From, result.Model.To,
        [.. result.Model.Scores.Select(static s => new ModelSummary(s.Model, s.Chosen, s.Figures.ToDictionary(static f => f.Name, static f => f.Value), s.Note))]);
}
