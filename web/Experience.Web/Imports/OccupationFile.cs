using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Experience.Domain.Events;
using Experience.Web.Contracts;
using Experience.Web.Imports.Tables;

namespace Experience.Web.Imports;

/// <summary>
/// Occupation data and the courses that lead to them, from CSV: columns by the names that labour statistics use (docs/catalogue.md). A row with a title is an occupation, one with a
/// course is a link, and one with both is both.
/// </summary>
internal static class OccupationFile
{
    public const int MaxRows = 20_000;
    private const int MaxRefusals = 50;
    private const int MaxCode = 20;

    private static readonly Dictionary<string, string> Columns = new (string Name, string[] Headers)[]
    {
        ("code", ["soc", "soccode", "occcode", "code", "occupation", "occupationcode"]),
        ("title", ["title", "occtitle", "occupationtitle", "soctitle"]),
        ("medianWage", ["medianwage", "amedian", "medianannualwage", "annualmedianwage", "wage"]),
        ("annualOpenings", ["annualopenings", "openings", "averageannualopenings", "occupationalopenings"]),
        ("growth", ["growth", "growthpercent", "employmentchangepercent", "percentchange"]),
        ("region", ["region", "area", "areatitle"]),
        ("course", ["course", "courseid", "coursecode"]),
    }.SelectMany(static c => c.Headers.Select(header => (header, c.Name))).ToDictionary(static c => c.header, static c => c.Name, StringComparer.Ordinal);

    public static IReadOnlyList<string> Accepted { get; } = ["code (SOC code, OCC_CODE)", "title", "median wage", "annual openings", "growth", "region", "course"];

    /// <summary>Reads a file into facts of the program's stream. A row that is wrong is refused with its line; the others stand.</summary>
    /// <param name="source">Where the figures come from, such as "BLS OEWS".</param>
    /// <param name="asOf">The day that they are of, or null.</param>
    /// <returns>Every course of the links stands under "unknown": only an engine knows the catalogue.</returns>
    public static (List<Fact> Facts, OccupationImport Result) Read(Stream file, string eventSource, string? source, DateOnly? asOf, long now)
    {
        var facts = new List<Fact>();
        var refusals = new List<OccupationRefusal>();
        var courses = new HashSet<string>(StringComparer.Ordinal);
        int[]? places = null;
        string[] names = [];
        int occupations = 0, links = 0, refused = 0, rows = 0;
        foreach (var (line, cells) in CsvFile.Rows(file))
        {
            if (places is null)
            {
                names = [.. cells.Select(c => Columns.GetValueOrDefault(Key(c)) ?? "")];
                places = [.. Enumerable.Range(0, cells.Length).Where(i => names[i].Length > 0)];
                if (!names.Contains("code") || !names.Contains("title") && !names.Contains("course"))
                    return ([], new OccupationImport(0, 0, 1, [new OccupationRefusal(line, "header", "has no code beside a title or a course", string.Join(", ", Accepted))], []));
                continue;
            }

            if (++rows > MaxRows)
            {
                Refuse(line, ("rows", "are too many", $"at most {MaxRows} rows"));
                break;
            }

            var row = places.Where(i => i < cells.Length && cells[i].Length > 0).GroupBy(i => names[i]).ToDictionary(static g => g.Key, g => cells[g.First()], StringComparer.Ordinal);
            if (Problem(row, out var values) is { } problem)
            {
                Refuse(line, problem);
                continue;
            }

            var code = row["code"];
            if (row.TryGetValue("title", out var title))
            {
                occupations++;
                var builder = Start(EventTypes.OccupationPublished, $"{code}\n{title}\n{string.Join('\n', values)}\n{row.GetValueOrDefault("region")}\n{source}\n{asOf}").Set(Fields.Occupation, code).Set(Fields.Title, title).Set(Fields.Region, row.GetValueOrDefault("region")).Set(Fields.DataSource, source);
                if (values[0] is { } wage) builder.Set(Fields.MedianWage, wage);
                if (values[1] is { } openings) builder.Set(Fields.AnnualOpenings, openings);
                if (values[2] is { } growth) builder.Set(Fields.Growth, growth);
                if (asOf is { } day) builder.Set(Fields.AsOf, (long)day.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber);
                facts.Add(builder.Build());
            }

            if (!row.TryGetValue("course", out var course)) continue;
            links++;
            courses.Add(course);
            facts.Add(Start(EventTypes.OccupationLinked, $"{course}\n{code}").Set(Fields.Course, course).Set(Fields.Occupation, code).Build());
        }

        if (places is null) refusals.Add(new OccupationRefusal(1, "header", "is missing", string.Join(", ", Accepted)));
        return (facts, new OccupationImport(occupations, links, refused + (places is null ? 1 : 0), refusals, [.. courses.Order(StringComparer.Ordinal)]));

        // The same row of the same table is the same event: a file that is sent again counts once.
        FactBuilder Start(EventType type, string content) =>
            new(type, eventSource, "occupations:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(type.Name + "\n" + content))[..16]), "", now);

        void Refuse(long line, (string Field, string Reason, string Accepted) why)
        {
            refused++;
            if (refusals.Count < MaxRefusals) refusals.Add(new OccupationRefusal(line, why.Field, why.Reason, why.Accepted));
        }
    }

    private static string Key(string header) => new([.. header.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);

    /// <summary>What is wrong with a row; else its wage in minor units, openings and growth in hundredths of a percent.</summary>
    private static (string Field, string Reason, string Accepted)? Problem(Dictionary<string, string> row, out long?[] values)
    {
        values = new long?[3];
        var code = row.GetValueOrDefault("code", "");
        if (code.Length is 0 or > MaxCode || !code.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')) return ("code", "is not a code of an occupation", "such as 43-3031");
        if (!row.ContainsKey("title") && !row.ContainsKey("course")) return ("title", "is missing", "a title, a course, or both");
        foreach (var (name, most) in ((string, int)[])[("title", EventLimits.MaxNameLength), ("course", EventLimits.MaxNameLength), ("region", EventLimits.MaxNameLength)])
        {
            if (row.TryGetValue(name, out var text) && text.Length > most) return (name, "is too long", $"at most {most} characters");
        }

        if (!Number(row.GetValueOrDefault("medianWage"), 100, 0, Fields.MedianWage.Max, out values[0])) return ("medianWage", "is not an amount", "whole currency units a year, such as 48,640; empty, * or # where not known");
        if (!Number(row.GetValueOrDefault("annualOpenings"), 1, 0, Fields.AnnualOpenings.Max, out values[1])) return ("annualOpenings", "is not a count", "such as 1,840; empty where not known");
        return Number(row.GetValueOrDefault("growth"), 100, Fields.Growth.Min, Fields.Growth.Max, out values[2]) ? null : ("growth", "is not a percentage", "such as 4.5 or -2.1 %; empty where not known");
    }

    private static bool Number(string? text, int unit, long min, long max, out long? value)
    {
        value = null;
        var plain = text?.Trim().TrimStart('$', '€', '£').TrimEnd('%').Trim().Replace('−', '-') ?? "";
        // How the tables of labour statistics say "not known".
        if (plain is "" or "*" or "**" or "#" or "-" or "–" or "N/A") return true;
        if (!decimal.TryParse(plain, NumberStyles.Number, CultureInfo.InvariantCulture, out var number)) return false;
        var scaled = decimal.Round(number * unit);
        if (scaled < min || scaled > max) return false;
        value = (long)scaled;
        return true;
    }
}
