using System.Globalization;
using System.Text;
using Experience.Domain.Models.Learning;
using Experience.Domain.Port;

namespace Experience.Domain.Models.Reports;

/// <summary>What there is to say of a learned model, and of several in one report.</summary>
public static class ModelReportPage
{
    private static readonly HashSet<string> Acronyms = new(["mae", "rmse", "auroc", "auprc", "hr", "ndcg", "map"], StringComparer.Ordinal);

    /// <summary>The table that a model was chosen by, before what its trainer shows; or why there is no model.</summary>
    public static BacktestReport Of(ModelView model, BacktestReport? shown)
    {
        ArgumentNullException.ThrowIfNull(model);
        var title = Title(model.Kind);
        if (model.Name is null) return new BacktestReport(title, $"{model.Note ?? "Not fitted yet."} Until then the rules stand alone.", []);
        if (model.Name == ModelReceipt.Rules) return new BacktestReport(title, model.Scored ?? "The rules stand in.", shown?.Sections ?? []);
        var sections = model.Scores.Count == 0 ? [] : new[] { new ReportSection("What it was chosen by", model.Scored, [Scores(model)], []) };
        return new BacktestReport(
            title, shown?.Verdict ?? $"{model.Name} was learned from {Figures.Count(model.People)} people or rows, {model.From} to {model.To}.",
            [.. sections, .. shown?.Sections ?? []]);
    }

    public static BacktestReport Combine(string program, IReadOnlyList<ModelReportView> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var learned = results.Count(static result => result.Model.Name is not null);
        return new BacktestReport(
            $"{program}: the models on its own history",
            learned == results.Count ? "Every kind of model found enough history." : $"{learned} of {results.Count} kinds of models found enough history; for the others the rules stand alone.",
            [.. results.SelectMany(static result => result.Report.Sections
                .Select(section => section with { Title = $"{result.Report.Title}: {section.Title}" })
                .Prepend(new ReportSection(result.Report.Title, result.Report.Verdict, [], [])))]);
    }

    /// <summary>What a kind is called on screen.</summary>
    public static string Title(string kind) => kind switch
    {
        ModelKinds.Value => "Value",
        ModelKinds.Withdrawal => "Risk of withdrawal",
        ModelKinds.Dissatisfaction => "Risk of dissatisfaction",
        ModelKinds.Needs => "Needs",
        _ => kind,
    };

    private static ReportTable Scores(ModelView model)
    {
        string[] figures = [.. model.Scores.SelectMany(static score => score.Figures).Select(static figure => figure.Name).Distinct(StringComparer.Ordinal)];
        return new ReportTable(
            "Each candidate on what it had not seen", ["Model", .. figures.Select(Words), "Choice"],
            [.. model.Scores.Select(score => new ReportRow(
            [
                score.Model,
                .. figures.Select(name => score.Figures.FirstOrDefault(figure => figure.Name == name) is { } figure ? Number(figure.Value) : "–"),
                score.Chosen ? "chosen" : score.Note ?? "",
            ], score.Chosen))]);
    }

    private static string Number(double value) => Math.Abs(value) >= 100 ? Figures.Fixed(value, value == Math.Floor(value) ? 0 : 2) : Figures.Fixed(value, value == Math.Floor(value) ? 0 : 4);

    /// <summary>"heldOutLogLikelihood" as "Held out log likelihood", "maeOfThreeOrigins" as "MAE of three origins".</summary>
    private static string Words(string figure)
    {
        var words = new StringBuilder(figure.Length + 8);
        var first = string.Concat(figure.TakeWhile(char.IsLower));
        if (Acronyms.Contains(first)) words.Append(first.ToUpperInvariant());
        foreach (var letter in figure.Skip(words.Length))
        {
            if (words.Length == 0) words.Append(char.ToUpper(letter, CultureInfo.InvariantCulture));
            else if (char.IsUpper(letter)) words.Append(' ').Append(char.ToLower(letter, CultureInfo.InvariantCulture));
            else words.Append(letter);
        }

        return words.ToString();
    }
}
