using System.Text;
using Experience.Domain.Models.Reports;

namespace Experience.Web.Reports;

/// <summary>A report as plain text: words and tables. Of a chart its data are printed where they are short; a page shows all.</summary>
internal static class ReportText
{
    /// <summary>A chart with more rows of data than this is left to the page.</summary>
    public const int MostChartRows = 12;

    private const int Width = 100;
    private const string Chosen = "* ";
    private const string NotChosen = "  ";

    public static string Write(BacktestReport report)
    {
        var output = new StringBuilder();
        output.AppendLine(report.Title).AppendLine();
        Wrap(output, report.Verdict);
        foreach (var section in report.Sections)
        {
            output.AppendLine().AppendLine(section.Title.ToUpperInvariant());
            if (section.Text is not null) Wrap(output, section.Text);
            foreach (var table in section.Tables) Table(output, table);
            foreach (var chart in section.Charts)
            {
                var table = ChartTable.Of(chart);
                if (table.Rows.Count <= MostChartRows) Table(output, table);
            }
        }

        return output.AppendLine().ToString();
    }

    private static void Table(StringBuilder output, ReportTable table)
    {
        output.AppendLine();
        Wrap(output, table.Caption);
        var marked = table.Rows.Any(static row => row.Chosen);
        IReadOnlyList<string>[] rows = [table.Columns, .. table.Rows.Select(static row => row.Cells)];
        var widths = table.Columns.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        for (var i = 0; i < rows.Length; i++)
        {
            var line = new StringBuilder(!marked ? "  " : i > 0 && table.Rows[i - 1].Chosen ? Chosen : NotChosen);
            for (var column = 0; column < widths.Length; column++)
            {
                if (column > 0) line.Append("  ");
                line.Append(IsWords(table, column) ? rows[i][column].PadRight(widths[column]) : rows[i][column].PadLeft(widths[column]));
            }

            output.AppendLine(line.ToString().TrimEnd());
        }
    }

    /// <summary>The first column names its row; other columns are figures unless a cell of theirs holds words.</summary>
    public static bool IsWords(ReportTable table, int column) =>
        column == 0 || table.Rows.Any(row => row.Cells[column].Length > 0 && char.IsLetter(row.Cells[column][0]));

    private static void Wrap(StringBuilder output, string text)
    {
        var line = 0;
        foreach (var word in text.Split(' '))
        {
            if (line > 0 && line + 1 + word.Length > Width)
            {
                output.AppendLine();
                line = 0;
            }

            if (line > 0) output.Append(' ');
            output.Append(word);
            line += word.Length + 1;
        }

        output.AppendLine();
    }
}
