using System.Globalization;
using System.Net;
using System.Text;
using Experience.Domain.Models.Reports;

namespace Experience.Web.Reports;

/// <summary>
/// A chart as SVG without style of its own: classes name what a shape is, so that the page's light and dark sheets paint it. Series of
/// other models differ by dash and by mark, not by colour alone.
/// </summary>
internal static class ChartSvg
{
    private const double Width = 720, Height = 360, Left = 64, Right = 20, Top = 18, Bottom = 56;
    private const int Ticks = 5;

    /// <summary>Marks of the other series, in turn: circle, square, diamond, triangle.</summary>
    private const int Marks = 4;

    public static void Write(StringBuilder output, ReportChart chart, string id)
    {
        var frame = new Frame(chart);
        output.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">");
        output.Append(CultureInfo.InvariantCulture, $"<title id=\"{id}-t\">{Text(chart.Title)}</title><desc id=\"{id}-d\">{Text(chart.Caption)}</desc>");
        Axes(output, chart, frame);
        if (chart.Kind == ChartKind.Reliability) output.Append(CultureInfo.InvariantCulture, $"<path class=\"ref\" d=\"M{N(frame.X(0))} {N(frame.Y(0))}L{N(frame.X(1))} {N(frame.Y(1))}\"/>");
        if (chart.Mark is { } mark)
        {
            var x = frame.X(mark.X);
            output.Append(CultureInfo.InvariantCulture, $"<path class=\"mark\" d=\"M{N(x)} {N(Top)}V{N(Height - Bottom)}\"/><text class=\"note\" x=\"{N(x + 6)}\" y=\"{N(Top + 10)}\">{Text(mark.Label)}</text>");
        }

        var others = 0;
        foreach (var series in chart.Series)
        {
            var style = Style(series.Role, series.Role == SeriesRole.Other ? others++ : 0);
            if (chart.Kind == ChartKind.Bars && series.Role == SeriesRole.Actual) Bars(output, series, frame);
            else
            {
                if (chart.Kind != ChartKind.Bars) Line(output, series, frame, style);
                if (chart.Kind != ChartKind.Lines) Points(output, series, frame, style);
            }
        }

        output.Append("</svg>");
    }

    /// <summary>Class of a series: what it is, and for the others which of them.</summary>
    public static string Style(SeriesRole role, int other) => role == SeriesRole.Other ? $"other o{other % Marks}" : Name(role);

    /// <summary>A sample of the series for the legend.</summary>
    public static void Legend(StringBuilder output, ReportChart chart, SeriesRole role, string style)
    {
        output.Append("<svg class=\"key\" viewBox=\"0 0 28 12\" aria-hidden=\"true\">");
        if (chart.Kind == ChartKind.Bars && role == SeriesRole.Actual) output.Append("<rect class=\"bar\" x=\"8\" y=\"1\" width=\"12\" height=\"10\"/>");
        else
        {
            if (chart.Kind != ChartKind.Bars) output.Append(CultureInfo.InvariantCulture, $"<path class=\"{style}\" d=\"M1 6H27\"/>");
            if (chart.Kind != ChartKind.Lines && role != SeriesRole.Reference) Mark(output, style, 14, 6);
        }

        output.Append("</svg>");
    }

    private static string Name(SeriesRole role) => role switch { SeriesRole.Actual => "actual", SeriesRole.Chosen => "chosen", _ => "ref" };

    private static void Axes(StringBuilder output, ReportChart chart, Frame frame)
    {
        foreach (var y in frame.YTicks)
        {
            output.Append(CultureInfo.InvariantCulture, $"<path class=\"grid\" d=\"M{N(Left)} {N(frame.Y(y))}H{N(Width - Right)}\"/>");
            output.Append(CultureInfo.InvariantCulture, $"<text class=\"y\" x=\"{N(Left - 8)}\" y=\"{N(frame.Y(y) + 4)}\">{Tick(y, chart.Y.Unit)}</text>");
        }

        if (chart.Categories.Count > 0)
        {
            for (var i = 0; i < chart.Categories.Count; i++)
                output.Append(CultureInfo.InvariantCulture, $"<text class=\"x\" x=\"{N(frame.X(i))}\" y=\"{N(Height - Bottom + 18)}\">{Text(chart.Categories[i])}</text>");
        }
        else
        {
            foreach (var x in frame.XTicks)
                output.Append(CultureInfo.InvariantCulture, $"<text class=\"x\" x=\"{N(frame.X(x))}\" y=\"{N(Height - Bottom + 18)}\">{Tick(x, chart.X.Unit)}</text>");
        }

        output.Append(CultureInfo.InvariantCulture, $"<path class=\"axis\" d=\"M{N(Left)} {N(Height - Bottom)}H{N(Width - Right)}\"/>");
        output.Append(CultureInfo.InvariantCulture, $"<text class=\"title\" x=\"{N((Left + Width - Right) / 2)}\" y=\"{N(Height - 12)}\">{Text(chart.X.Title)}</text>");
        output.Append(CultureInfo.InvariantCulture, $"<text class=\"title\" transform=\"translate(14 {N((Top + Height - Bottom) / 2)}) rotate(-90)\">{Text(chart.Y.Title)}</text>");
    }

    private static void Bars(StringBuilder output, ChartSeries series, Frame frame)
    {
        for (var i = 0; i < series.X.Count; i++)
        {
            var top = frame.Y(series.Y[i]);
            output.Append(CultureInfo.InvariantCulture, $"<rect class=\"bar\" x=\"{N(frame.X(series.X[i]) - frame.Step * 0.3)}\" y=\"{N(top)}\" width=\"{N(frame.Step * 0.6)}\" height=\"{N(Math.Max(0, Height - Bottom - top))}\"/>");
        }
    }

    private static void Line(StringBuilder output, ChartSeries series, Frame frame, string style)
    {
        var path = new StringBuilder();
        for (var i = 0; i < series.X.Count; i++) path.Append(i == 0 ? 'M' : 'L').Append(N(frame.X(series.X[i]))).Append(' ').Append(N(frame.Y(series.Y[i])));
        output.Append(CultureInfo.InvariantCulture, $"<path class=\"{style}\" d=\"{path}\"/>");
    }

    private static void Points(StringBuilder output, ChartSeries series, Frame frame, string style)
    {
        for (var i = 0; i < series.X.Count; i++) Mark(output, style, frame.X(series.X[i]), frame.Y(series.Y[i]));
    }

    private static void Mark(StringBuilder output, string style, double x, double y)
    {
        var shape = style switch
        {
            "other o1" => $"<rect class=\"dot {style}\" x=\"{N(x - 4)}\" y=\"{N(y - 4)}\" width=\"8\" height=\"8\"/>",
            "other o2" => $"<path class=\"dot {style}\" d=\"M{N(x)} {N(y - 5.5)}l5.5 5.5l-5.5 5.5l-5.5 -5.5z\"/>",
            "other o3" => $"<path class=\"dot {style}\" d=\"M{N(x)} {N(y - 5.5)}l5.5 9.5h-11z\"/>",
            _ => $"<circle class=\"dot {style}\" cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"4.5\"/>",
        };
        output.Append(shape);
    }

    private static string Tick(double value, ChartUnit unit) =>
        unit == ChartUnit.Share ? (value * 100).ToString("0.#", CultureInfo.InvariantCulture) + " %" : value.ToString("#,0.###", CultureInfo.InvariantCulture);

    private static string N(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Where values lie. Both axes hold all series; bars begin at 0, and so does everything that is a count or a share.</summary>
    private sealed class Frame
    {
        private readonly double _xLow, _xHigh, _yLow, _yHigh;

        public Frame(ReportChart chart)
        {
            var xs = chart.Series.SelectMany(static s => s.X).Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
            var ys = chart.Series.SelectMany(static s => s.Y).Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
            if (chart.Kind == ChartKind.Reliability) (xs, ys) = ([0, 1], [0, 1]);
            if (chart.Categories.Count > 0) (_xLow, _xHigh) = (-0.5, chart.Categories.Count - 0.5);
            else (_xLow, _xHigh) = (xs.Min(), xs.Max() > xs.Min() ? xs.Max() : xs.Min() + 1);
            var step = Nice(Math.Max(1e-9, Math.Max(0, ys.Max()) - Math.Min(0, ys.Min())));
            _yLow = Math.Floor(Math.Min(0, ys.Min()) / step) * step;
            _yHigh = Math.Max(_yLow + step, Math.Ceiling(ys.Max() / step - 1e-9) * step);
            YTicks = Between(_yLow, _yHigh, step);
            var across = Nice(_xHigh - _xLow);
            XTicks = Between(Math.Ceiling(_xLow / across) * across, _xHigh, across);
            Step = (Width - Left - Right) / Math.Max(1, chart.Categories.Count);
        }

        public IReadOnlyList<double> XTicks { get; }

        public IReadOnlyList<double> YTicks { get; }

        /// <summary>Room of one category.</summary>
        public double Step { get; }

        public double X(double value) => Left + (value - _xLow) / (_xHigh - _xLow) * (Width - Left - Right);

        public double Y(double value) => Height - Bottom - (value - _yLow) / (_yHigh - _yLow) * (Height - Top - Bottom);

        private static double Nice(double range)
        {
            var raw = range / Ticks;
            var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
            return (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
        }

        private static double[] Between(double low, double high, double step) =>
            [.. Enumerable.Range(0, (int)Math.Floor((high - low) / step + 1e-9) + 1).Select(i => low + i * step)];
    }
}
