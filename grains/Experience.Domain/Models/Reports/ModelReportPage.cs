using System.Globalization;
using Experience.Domain.Models.Learning;
using Experience.Domain.Port;

namespace Experience.Domain.Models.Reports;

/// <summary>Models of several kinds as one report.</summary>
public static class ModelReportPage
{
    public static BacktestReport Combine(string program, IReadOnlyList<ModelReportView> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var learned = results.Count(static result => result.Model.Name is not null);
        return new BacktestReport(
            $"{program}: the models on its own history",
            learned == results.Count ? $"{learned} kinds of models were fitted." : $"{learned} of {results.Count} kinds of models were fitted; where one was not, the rules stand alone.",
            [.. results.SelectMany(Sections)]);
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

    private static IEnumerable<ReportSection> Sections(ModelReportView result)
    {
        var (title, model) = (Title(result.Model.Kind), result.Model);
        if (model.Name is null)
        {
            yield return new ReportSection(title, model.Note, [], []);
            yield break;
        }

        yield return new ReportSection(
            $"{title}: {model.Name}",
            $"Learned from {Figures.Count(model.People)} people or rows, {model.From} to {model.To}. {model.Scored}",
            model.Scores.Count > 0 ? [Scores(model)] : [], []);
        foreach (var section in result.Report?.Sections ?? []) yield return section with { Title = $"{title}: {section.Title}" };
    }

    private static ReportTable Scores(ModelView model)
    {
        string[] figures = [.. model.Scores.SelectMany(static score => score.Figures).Select(static figure => figure.Name).Distinct(StringComparer.Ordinal)];
        return new ReportTable(
            "What it was chosen by", ["Model", .. figures, "Choice"],
            [.. model.Scores.Select(score => new ReportRow(
            [
                score.Model,
                .. figures.Select(name => score.Figures.FirstOrDefault(figure => figure.Name == name) is { } figure ? figure.Value.ToString("0.####", CultureInfo.InvariantCulture).Replace('-', '−') : "–"),
                score.Chosen ? "chosen" : score.Note ?? "",
            ], score.Chosen))]);
    }
}
