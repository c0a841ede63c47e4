using System.Globalization;
using Experience.Domain.Models.Gam;
using Experience.Testing;

namespace Experience.Domain.Tests.Models;

/// <summary>
/// Week 8 (day 56) of the OULAD enrolments: the published columns, and what a program knows besides on that day: when people
/// registered, what they handed in and when, what was due, and where they stand among those who take the same course with them.
/// Nothing dated after day 56 is read, and outcomes only as the target.
/// </summary>
internal static class Oulad
{
    public const int Day = 56;
    public const string Target = "target";
    public const string Withdrawn = "withdrawn by day 56";

    private static readonly string[] Ranked = ["vle_total", "clicks", "scored", "assess_mean"];

    public static RiskOptions Options { get; } = new(Target)
    {
        Time = "code_presentation",
        Drop = ["id_student", "final_result", Withdrawn],
        Directions = new Dictionary<string, Monotone>
        {
            ["missing"] = Monotone.Rising,
            ["vle_total in course"] = Monotone.Falling,
            ["scored in course"] = Monotone.Falling,
            ["num_of_prev_attempts"] = Monotone.Rising,
        },
    };

    public static RiskTable Published(string file) => Read(Repository.Shared($"oulad/{file}"));

    public static RiskTable AtWeekEight(string file) => At(file, Day);

    /// <summary>
    /// The same without what the shared data hold for day 56 only (clicks, and the published columns of assessments): demographics, registration, and what
    /// was due and handed in by an earlier day.
    /// </summary>
    public static RiskTable BeforeWeekEight(string file, int day)
    {
        var table = At(file, day);
        string[] later = ["vle_total", "vle_mean", "vle_std", "assess_mean", "assess_max", "assess_count", "clicks", "vle_total in course", "clicks in course", "assess_mean in course"];
        int[] kept = [.. table.Columns.Select(static (name, i) => (name, i)).Where(c => !later.Contains(c.name)).Select(static c => c.i)];
        return new RiskTable([.. kept.Select(i => table.Columns[i])], [.. table.Rows.Select(row => (IReadOnlyList<string>)[.. kept.Select(i => row[i])])]);
    }

    private static RiskTable At(string file, int day)
    {
        var published = Published(file);
        var due = Read(Repository.Shared("oulad/assessments.csv"));
        var assessments = due.Rows.ToDictionary(
            static row => row[2],
            static row => (Course: (row[0], row[1]), Kind: row[3], Due: Number(row[4]) ?? 999, Weight: Number(row[5]) ?? 0));
        var dueBy = assessments.Values.Where(a => a.Due <= day && a.Kind != "Exam").GroupBy(static a => a.Course)
            .ToDictionary(static group => group.Key, static group => group.Count());
        var handed = Read(Repository.Shared("oulad/studentAssessment.csv")).Rows
            .Where(row => Number(row[2]) <= day)
            .Select(row => (Student: row[1], Assessment: assessments[row[0]], At: Number(row[2])!.Value, Banked: row[3] == "1", Score: Number(row[4])))
            .ToLookup(static row => (row.Student, row.Assessment.Course));
        var registered = Read(Repository.Shared("oulad/studentRegistration.csv")).Rows
            .ToDictionary(static row => (row[2], (row[0], row[1])), static row => (On: Number(row[3]), Off: Number(row[4])));

        var enrolled = Read(Repository.Shared("oulad/studentInfo.csv")).Rows
            .Select(static row => (Student: row[2], Course: (row[0], Presentation: row[1]), Result: Array.IndexOf(Results, row[11])))
            .ToLookup(static row => row.Student);

        string[] added = ["other courses now", "left another course", "earlier courses", "earlier result", "clicks", "registered", "missing", "banked", "scored", "latest score", "first score", "lateness", "since hand-in", "tutor score", "computer score", "exam weight so far", Withdrawn];
        var rows = new List<string[]>();
        var ranks = new List<double[]>();
        foreach (var row in published.Rows)
        {
            string At(string column) => row[published.IndexOf(column)];
            var course = (At("code_module"), At("code_presentation"));
            var done = handed[(At("id_student"), course)].OrderBy(static h => h.At).ThenBy(static h => h.Assessment.Due).ToArray();
            var own = done.Where(static h => !h.Banked).ToArray();
            var (on, off) = registered[(At("id_student"), course)];
            var clicks = Number(At("vle_mean")) is > 0 and var mean ? (Number(At("vle_total")) ?? 0) / mean : 0;
            var others = enrolled[At("id_student")].Where(e => e.Course != course).ToArray();
            var beside = others.Where(e => e.Course.Presentation == course.Item2).Select(e => registered[(e.Student, e.Course)]).ToArray();

            // Results are known of presentations that had ended when this one began.
            var earlier = others.Where(e => Ended(e.Course.Presentation, course.Item2)).Select(static e => (double)e.Result).ToArray();
            var scored = done.Sum(static h => (h.Score ?? 0) * Math.Max(1, h.Assessment.Weight));
            rows.Add(
            [
                .. row,
                Text(beside.Count(r => r.On <= day)), Text(beside.Count(r => r.Off <= day)), Text(earlier.Length), Text(earlier.Length == 0 ? null : earlier.Average()),
                Text(clicks), Text(on), Text(dueBy.GetValueOrDefault(course) - done.Count(h => h.Assessment.Due <= day)), Text(done.Length - own.Length),
                Text(scored), Text(own.LastOrDefault().Score), Text(own.FirstOrDefault().Score),
                Text(own.Length == 0 ? null : own.Average(static h => h.At - h.Assessment.Due)), Text(own.Length == 0 ? null : day - own[^1].At),
                Text(Mean(done, "TMA")), Text(Mean(done, "CMA")), Text(done.Sum(static h => h.Assessment.Weight)),
                off <= day ? "1" : "0",
            ]);
            ranks.Add([Number(At("vle_total")) ?? 0, clicks, scored, Number(At("assess_mean")) ?? 0]);
        }

        // Where each stands in the same course at the same time, from 0 to 1.
        var within = new double[rows.Count, Ranked.Length];
        foreach (var group in rows.Select((_, i) => i).GroupBy(i => (rows[i][1], rows[i][2])))
        {
            for (var column = 0; column < Ranked.Length; column++)
            {
                var sorted = group.Select(i => ranks[i][column]).Order().ToArray();
                foreach (var i in group) within[i, column] = Standing(sorted, ranks[i][column]);
            }
        }

        return new RiskTable(
            [.. published.Columns, .. added, .. Ranked.Select(static name => name + " in course")],
            [.. rows.Select((row, i) => (IReadOnlyList<string>)[.. row, .. Enumerable.Range(0, Ranked.Length).Select(column => Text(within[i, column]))])]);

        static double? Mean((string Student, ((string, string) Course, string Kind, double Due, double Weight) Assessment, double At, bool Banked, double? Score)[] done, string kind)
        {
            var of = done.Where(h => h.Assessment.Kind == kind && h.Score is not null).Select(static h => h.Score!.Value).ToArray();
            return of.Length == 0 ? null : of.Average();
        }
    }

    private static readonly string[] Results = ["Withdrawn", "Fail", "Pass", "Distinction"];

    /// <summary>2013B had ended before 2014B and 2014J began, and 2013J before 2014J; the others overlap, or their results were not out.</summary>
    private static bool Ended(string earlier, string presentation) => (earlier, presentation) is ("2013B", "2014B") or ("2013B", "2014J") or ("2013J", "2014J");

    public static RiskTable StillRegistered(RiskTable table)
    {
        var index = table.IndexOf(Withdrawn);
        return table.Where(row => row[index] == "0");
    }

    private static double Standing(double[] sorted, double value)
    {
        int below = 0, notAbove = sorted.Length, low = 0, high = sorted.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle] < value) low = middle + 1;
            else high = middle;
        }

        below = low;
        high = sorted.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle] <= value) low = middle + 1;
            else high = middle;
        }

        notAbove = low;
        return (below + notAbove) / 2.0 / sorted.Length;
    }

    private static RiskTable Read(string path)
    {
        var lines = File.ReadAllLines(path);
        return new RiskTable(Cells(lines[0]), [.. lines.Skip(1).Select(Cells)]);
    }

    private static IReadOnlyList<string> Cells(string line) => Array.ConvertAll(line.Split(','), static cell => cell.Trim('"'));

    private static double? Number(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Text(double? number) => number?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}
