using System.Globalization;
using System.Net;
using System.Text;
using Experience.Domain.Models.Reports;

namespace Experience.Web.Reports;

/// <summary>A report as one page that needs nothing else: no script, no font, no address. It can be mailed and opened from a disk.</summary>
internal static class ReportHtml
{
    private const string Css =
        """
        :root{color-scheme:light dark;--canvas:light-dark(#f3f5f7,#0e1114);--surface:light-dark(#fff,#171b20);--ink:light-dark(#12161b,#f2f5f8);--ink-2:light-dark(#414a54,#bcc5ce);--ink-3:light-dark(#5a646e,#9ba5b0);--line:light-dark(#dbe0e5,#2a323a);--edge:light-dark(#7f8993,#707c88);--accent:light-dark(#2344b4,#abbcff);--soft:light-dark(#e9eefc,#1d2747);--bar:light-dark(#c3cbd3,#46515c);--plot:light-dark(#3d4853,#b3bdc7);--o0:light-dark(#7a4a12,#e0b070);--o1:light-dark(#0f6b66,#6fd0c8);--o2:light-dark(#6b3fa0,#cfb2ff);--o3:light-dark(#8a2a62,#f0a5d2)}
        *{box-sizing:border-box}
        body{margin:0;background:var(--canvas);color:var(--ink);font:400 14px/1.45 "Segoe UI",-apple-system,Roboto,Arial,"Liberation Sans",system-ui,sans-serif;font-variant-numeric:tabular-nums lining-nums}
        main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 3rem}
        h1{font-size:1.625rem;line-height:1.2;margin:0 0 .75rem}
        h2{font-size:1.125rem;margin:0 0 .5rem}
        .verdict{font-size:1rem;margin:0 0 1.5rem;padding:.75rem 1rem;border-radius:.5rem;background:var(--soft)}
        section{margin:0 0 1rem;padding:1rem;border:1px solid var(--line);border-radius:.5rem;background:var(--surface)}
        section>p{margin:0 0 .75rem;color:var(--ink-2);max-width:44rem}
        .scroll{overflow-x:auto;margin:0 0 .75rem}
        .scroll:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
        table{border-collapse:collapse;min-width:100%}
        caption{text-align:start;color:var(--ink-3);padding:0 0 .25rem;font-size:13px}
        th,td{padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--line);text-align:end;font-weight:400;vertical-align:top}
        thead th{color:var(--ink-3);font-size:13px;vertical-align:bottom}
        th:first-child,.w{text-align:start}
        tr.chosen>*{font-weight:700}
        tr.chosen>th{color:var(--accent)}
        figure{margin:0 0 1.25rem}
        figcaption b{display:block}
        figcaption{color:var(--ink-2);margin:0 0 .5rem}
        figure svg{display:block;width:100%;min-width:30rem;height:auto}
        .legend{display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:.25rem 0 .5rem;padding:0;list-style:none;color:var(--ink-2);font-size:13px}
        .legend svg.key{display:inline-block;width:28px;min-width:0;height:12px;vertical-align:-1px;margin-inline-end:.35rem}
        summary{cursor:pointer;color:var(--accent);font-size:13px}
        text{fill:var(--ink-3);font-size:12px}.x,.title{text-anchor:middle}.y{text-anchor:end}.title{fill:var(--ink-2)}
        .grid{stroke:var(--line);fill:none}.axis{stroke:var(--edge);fill:none}
        .bar{fill:var(--bar)}
        .actual,.chosen,.other,.ref,.mark{fill:none;stroke-linejoin:round}
        .actual{stroke:var(--ink);stroke-width:2.5}.chosen{stroke:var(--accent);stroke-width:2.5}
        .other{stroke-width:1.5}.ref{stroke:var(--edge);stroke-dasharray:2 4}.mark{stroke:var(--edge);stroke-dasharray:6 4}
        .o0{stroke:var(--o0);stroke-dasharray:7 3}.o1{stroke:var(--o1);stroke-dasharray:2 3}.o2{stroke:var(--o2);stroke-dasharray:9 3 2 3}.o3{stroke:var(--o3);stroke-dasharray:4 2}
        .dot{stroke-dasharray:none;stroke-width:1.75}.dot.chosen{fill:var(--accent)}
        footer{color:var(--ink-3);font-size:13px}
        @media print{body{background:none}section{break-inside:avoid}}
        """;

    public static string Write(BacktestReport report)
    {
        var output = new StringBuilder(1 << 16);
        output.Append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        output.Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">");
        output.Append(CultureInfo.InvariantCulture, $"<title>{Text(report.Title)}</title><style>{Css}</style></head><body><main>\n<h1>{Text(report.Title)}</h1>\n<p class=\"verdict\">{Text(report.Verdict)}</p>\n");
        var charts = 0;
        for (var i = 0; i < report.Sections.Count; i++)
        {
            var section = report.Sections[i];
            output.Append(CultureInfo.InvariantCulture, $"<section aria-labelledby=\"s{i}\"><h2 id=\"s{i}\">{Text(section.Title)}</h2>\n");
            if (section.Text is not null) output.Append(CultureInfo.InvariantCulture, $"<p>{Text(section.Text)}</p>\n");
            foreach (var table in section.Tables) Table(output, table);
            foreach (var chart in section.Charts) Chart(output, chart, $"c{charts++}");
            output.Append("</section>\n");
        }

        return output.Append("<footer>Made by Experience from the data that the report names.</footer></main></body></html>\n").ToString();
    }

    private static void Chart(StringBuilder output, ReportChart chart, string id)
    {
        output.Append(CultureInfo.InvariantCulture, $"<figure><figcaption><b>{Text(chart.Title)}</b> {Text(chart.Caption)}</figcaption><div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{Text(chart.Title)}\">");
        ChartSvg.Write(output, chart, id);
        output.Append("</div><ul class=\"legend\">");
        var others = 0;
        foreach (var series in chart.Series)
        {
            output.Append("<li>");
            ChartSvg.Legend(output, chart, series.Role, ChartSvg.Style(series.Role, series.Role == SeriesRole.Other ? others++ : 0));
            output.Append(Text(series.Name)).Append(series.Role == SeriesRole.Chosen ? ", chosen</li>" : "</li>");
        }

        output.Append("</ul><details><summary>The data of this picture</summary>");
        Table(output, ChartTable.Of(chart));
        output.Append("</details></figure>\n");
    }

    private static void Table(StringBuilder output, ReportTable table)
    {
        output.Append(CultureInfo.InvariantCulture, $"<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{Text(table.Caption)}\"><table><caption>{Text(table.Caption)}</caption><thead><tr>");
        bool[] words = [.. table.Columns.Select((_, column) => ReportText.IsWords(table, column))];
        for (var column = 0; column < words.Length; column++) output.Append(words[column] ? "<th scope=\"col\" class=\"w\">" : "<th scope=\"col\">").Append(Text(table.Columns[column])).Append("</th>");
        output.Append("</tr></thead><tbody>");
        foreach (var row in table.Rows)
        {
            output.Append(row.Chosen ? "<tr class=\"chosen\"><th scope=\"row\">" : "<tr><th scope=\"row\">").Append(Text(row.Cells[0])).Append("</th>");
            for (var column = 1; column < row.Cells.Count; column++) output.Append(words[column] ? "<td class=\"w\">" : "<td>").Append(Text(row.Cells[column])).Append("</td>");
            output.Append("</tr>");
        }

        output.Append("</tbody></table></div>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
