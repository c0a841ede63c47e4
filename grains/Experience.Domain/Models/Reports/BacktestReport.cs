namespace Experience.Domain.Models.Reports;

/// <summary>
/// What a backtest found, as data: words, tables and charts in the order in which they are read. The command line prints it, writes it
/// as a page, and the dashboard shows the same. Numbers in tables are composed here, so that every place shows the same digits.
/// </summary>
/// <param name="Verdict">The one thing to know, in a sentence or two: what was chosen and why, or why there is nothing.</param>
public sealed record BacktestReport(string Title, string Verdict, IReadOnlyList<ReportSection> Sections);

/// <param name="Text">What is shown and how to read it; null where title and captions say all.</param>
public sealed record ReportSection(string Title, string? Text, IReadOnlyList<ReportTable> Tables, IReadOnlyList<ReportChart> Charts);

/// <summary>A table: the first cell of a row names it, the others are figures.</summary>
public sealed record ReportTable(string Caption, IReadOnlyList<string> Columns, IReadOnlyList<ReportRow> Rows);

/// <param name="Chosen">The row of what is in force or was chosen; it is said in words too.</param>
public sealed record ReportRow(IReadOnlyList<string> Cells, bool Chosen = false);

public enum ChartKind
{
    /// <summary>Series as lines over a number.</summary>
    Lines,

    /// <summary>Over categories: what happened as bars, what was forecast as marks on them.</summary>
    Bars,

    /// <summary>Stated against seen, with the diagonal on which both are equal.</summary>
    Reliability,
}

public enum ChartUnit
{
    Number,

    /// <summary>0 to 1, shown as per cent.</summary>
    Share,
}

public enum SeriesRole
{
    /// <summary>What happened.</summary>
    Actual,

    /// <summary>The forecast of the model that was chosen.</summary>
    Chosen,

    /// <summary>Forecasts of the others.</summary>
    Other,

    /// <summary>What it is compared with, such as chance.</summary>
    Reference,
}

/// <param name="Caption">What to look for.</param>
/// <param name="Categories">Names of the x values 0, 1, 2 …; empty where x is a number.</param>
public sealed record ReportChart(
    ChartKind Kind,
    string Title,
    string Caption,
    ChartAxis X,
    ChartAxis Y,
    IReadOnlyList<string> Categories,
    IReadOnlyList<ChartSeries> Series,
    ChartMark? Mark = null);

public sealed record ChartAxis(string Title, ChartUnit Unit = ChartUnit.Number);

/// <param name="X">Ascending, as many as <paramref name="Y"/>.</param>
public sealed record ChartSeries(string Name, SeriesRole Role, IReadOnlyList<double> X, IReadOnlyList<double> Y);

/// <summary>A moment on the x axis that divides the picture, such as the calibration's end.</summary>
public sealed record ChartMark(double X, string Label);
