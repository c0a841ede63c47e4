using System.CommandLine;
using System.Globalization;
using Experience.Domain.Models;
using Experience.Domain.Models.Backtests;
using Experience.Domain.Models.Reports;

namespace Experience.Web.Cli.Backtests;

/// <summary>backtest value: which model of counts forecasts a file's transactions best, and how well.</summary>
internal static class ValueBacktestCommand
{
    private sealed record Summary(IReadOnlyList<ModelSummary> Models, string? Chosen, int Customers, int HoldoutTransactions, LernRule? Lern, IReadOnlyList<UnfittedModel> Unfitted);

    private sealed record ModelSummary(
        string Name, IReadOnlyDictionary<string, double> Parameters, double LogLikelihood, double? Mae, double? Rmse,
        double? SelectionLogLikelihood, double? SelectionMae, double? HoldoutLogLikelihood);

    public static Command Create(BacktestOutput output)
    {
        var file = new Option<FileInfo>("--file") { Description = "The transactions.", Required = true };
        var format = new Option<string>("--format") { Description = "cdnow, or csv with columns for customer, date and amount.", Required = true };
        format.AcceptOnlyFromAmong("cdnow", "csv");
        var calibrationEnd = new Option<string?>("--calibration-end") { Description = "The last day that the models may learn from, such as 1997-09-30." };
        var end = new Option<string?>("--end") { Description = "The last day of the holdout; without it the day of the last transaction." };
        var model = new Option<string>("--model") { Description = $"all, or some of {string.Join(", ", ValueBacktest.ModelNames)}, with commas.", DefaultValueFactory = _ => "all" };
        var command = new Command("value", "Value and \"still active\": counts of transactions, and spend.") { file, format, calibrationEnd, end, model };
        command.SetAction(output.Action((parsed, _) => Task.FromResult(
            Run(parsed.GetValue(file)!, parsed.GetValue(format)!, parsed.GetValue(calibrationEnd), parsed.GetValue(end), parsed.GetValue(model)!))));
        return command;
    }

    private static BacktestResult Run(FileInfo file, string format, string? calibrationEnd, string? end, string model)
    {
        if (!file.Exists) throw new BacktestInputException($"There is no file {file.FullName}.");
        var models = Models(model);
        if (format == "csv" && OpportunityFile.Read(file) is { } histories) return Opportunities(histories);
        if (Day("--calibration-end", calibrationEnd) is not { } cut)
            throw new BacktestInputException("--calibration-end is missing: the last day that the models may learn from, such as 1997-09-30.");
        var transactions = TransactionFile.Read(file, format);
        var (first, last) = (transactions.Min(static t => t.Day), Day("--end", end) ?? transactions.Max(static t => t.Day));
        if (cut <= first || cut >= last)
            throw new BacktestInputException($"--calibration-end {Figures.Day(cut)} leaves nothing on one side: accepted is a day after {Figures.Day(first)} and before {Figures.Day(last)}.");
        var report = ValueBacktest.Run(transactions, cut, last, models);
        var fits = report.Models.Select(static m => new ModelSummary(m.Name, Named(m.Parameters), m.LogLikelihood, m.Mae, m.Rmse, m.SelectionLogLikelihood, m.SelectionMae, m.HoldoutLogLikelihood));
        if (report.Spend is { } spend) fits = fits.Append(new ModelSummary(spend.Name, Named(spend.Parameters), spend.LogLikelihood, spend.Mae, spend.Rmse, null, null, null));
        return new BacktestResult(
            ValueReportPage.Build(report),
            new Summary([.. fits], report.Chosen, report.Customers, report.HoldoutTransactions, report.Lern, report.Unfitted));
    }

    /// <summary>A file that is counted already has no dates and so no holdout: BG/BB is fitted, and held against the file itself.</summary>
    private static BacktestResult Opportunities(IReadOnlyList<OpportunityHistory> histories)
    {
        var report = OpportunityReportPage.Build(histories, BetaBernoulliFit.Fit(histories));
        var people = (int)histories.Sum(static row => row.People);
        return report.Fit is { } fit
            ? new BacktestResult(report.Page, new Summary([new ModelSummary(BetaBernoulliModel.Name, Named(fit.Parameters), fit.LogLikelihood, null, null, null, null, null)], BetaBernoulliModel.Name, people, 0, null, []))
            : new BacktestResult(report.Page, new Summary([], null, people, 0, null, [new UnfittedModel(BetaBernoulliModel.Name, report.Page.Verdict)]));
    }

    private static Dictionary<string, double> Named(IReadOnlyList<FittedParameter> parameters) =>
        parameters.ToDictionary(static p => p.Name, static p => p.Value, StringComparer.Ordinal);

    private static string[]? Models(string text)
    {
        if (text == "all") return null;
        return [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(static asked =>
            ValueBacktest.ModelNames.FirstOrDefault(name => name.Equals(asked, StringComparison.OrdinalIgnoreCase))
            ?? throw new BacktestInputException($"There is no model \"{asked}\"; accepted: all, {string.Join(", ", ValueBacktest.ModelNames)}."))];
    }

    private static DateOnly? Day(string option, string? text)
    {
        if (text is null) return null;
        return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day
            : throw new BacktestInputException($"{option} is \"{text}\"; accepted is a day such as 1997-09-30.");
    }
}
