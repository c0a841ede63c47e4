using System.Globalization;

namespace Experience.Domain.Models.Needs;

/// <summary>Two tab-separated files of <c>user item time</c>, numbered alike.</summary>
public sealed record TakingFiles(TakingData Train, IReadOnlyList<IReadOnlyList<Taking>> Test, IReadOnlyList<string> Items)
{
    private const double SeasonalDays = 548;

    /// <summary>
    /// Reads the lines of both files. A first line whose time is no time is a heading; further columns are ignored. Times are ISO 8601,
    /// or seconds or milliseconds since 1970, or, below 100,000,000, whole steps of any kind, read as days.
    /// </summary>
    /// <exception cref="FormatException">A line has fewer than three columns, or its time does not read; says which.</exception>
    public static TakingFiles Read(IEnumerable<string> train, IEnumerable<string> test)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        var items = new Dictionary<string, int>(StringComparer.Ordinal);
        var people = new Dictionary<string, int>(StringComparer.Ordinal);
        var first = Rows(train, "the training file", people, items);
        var second = Rows(test, "the test file", people, items);
        // Over less than a year and a half, a season of the year is only a piece of the history.
        double start = double.MaxValue, end = double.MinValue;
        foreach (var row in first) (start, end) = (Math.Min(start, row.Taking.Day), Math.Max(end, row.Taking.Day));
        var seasonal = end - start >= SeasonalDays && start > 0;
        var data = new TakingData(items.Count, 1, seasonal ? TakingData.Quarters : 1, ByPerson(first, people.Count, seasonal));
        return new TakingFiles(data, ByPerson(second, people.Count, seasonal), [.. items.OrderBy(static i => i.Value).Select(static i => i.Key)]);
    }

    private static List<(int Person, Taking Taking)> Rows(IEnumerable<string> lines, string file, Dictionary<string, int> people, Dictionary<string, int> items)
    {
        var rows = new List<(int, Taking)>();
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            var columns = line.Split('\t');
            if (columns.Length < 3) throw new FormatException($"Line {number} of {file} has {columns.Length} columns; needed are user, item and time, separated by tabs.");
            if (Day(columns[2].Trim()) is not { } day)
            {
                if (number == 1) continue;
                throw new FormatException($"Line {number} of {file}: \"{columns[2]}\" is no time.");
            }

            rows.Add((Number(people, columns[0]), new Taking(Number(items, columns[1]), day)));
        }

        return rows;
    }

    private static List<Taking>[] ByPerson(List<(int Person, Taking Taking)> rows, int people, bool seasonal)
    {
        var lists = new List<Taking>[people];
        for (var i = 0; i < people; i++) lists[i] = [];
        foreach (var (person, taking) in rows) lists[person].Add(seasonal ? taking with { Season = TakingData.QuarterOf(taking.Day) } : taking);
        foreach (var list in lists) list.Sort(static (a, b) => a.Day != b.Day ? a.Day.CompareTo(b.Day) : a.Item.CompareTo(b.Item));
        return lists;
    }

    private static int Number(Dictionary<string, int> numbers, string key)
    {
        if (!numbers.TryGetValue(key, out var number)) numbers.Add(key, number = numbers.Count);
        return number;
    }

    private static double? Day(string text)
    {
        const double secondsADay = 86_400;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value))
            return Math.Abs(value) switch { >= 1e11 => value / 1000 / secondsADay, >= 1e8 => value / secondsADay, _ => value };
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? (time - DateTimeOffset.UnixEpoch).TotalDays
            : null;
    }
}
