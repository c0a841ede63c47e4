namespace Experience.Sample.Planning;

internal enum TermKind
{
    Fall,
    Spring,
    Summer,
    Youth,
}

/// <param name="Opens">First day of registration.</param>
/// <param name="Closes">Last day of registration, late starts included.</param>
internal sealed record SampleTerm(TermKind Kind, string Key, string Name, DateOnly Opens, DateOnly Closes, DateOnly Starts, DateOnly Ends)
{
    /// <summary>Repeat rates go from one main term to the next.</summary>
    public bool Main => Kind is TermKind.Fall or TermKind.Spring;

    /// <summary>Part of the round of the year; youth weeks lie across the summer.</summary>
    public bool Season => Kind != TermKind.Youth;

    public bool Contains(DateOnly day) => day >= Starts && day <= Ends;
}

/// <summary>
/// A college's year: Fall from the last Monday of August, Spring from the third of January, Summer from the first of June,
/// youth weeks from the second of June. The three seasons tile the year (intersession classes belong to the season before),
/// so every day is inside exactly one of them, whatever day the sample is asked for.
/// </summary>
internal sealed class AcademicCalendar
{
    private AcademicCalendar(IReadOnlyList<SampleTerm> terms) => Terms = terms;

    /// <summary>In order of start.</summary>
    public IReadOnlyList<SampleTerm> Terms { get; }

    public static AcademicCalendar Covering(int firstYear, int lastYear)
    {
        var terms = new List<SampleTerm>();
        for (var year = firstYear; year <= lastYear; year++)
        {
            var spring = Monday(year, 1, 3);
            var summer = Monday(year, 6, 1);
            var youth = Monday(year, 6, 2);
            var fall = LastMonday(year, 8);
            var next = Monday(year + 1, 1, 3);
            terms.Add(new(TermKind.Spring, $"{year}-spring", $"Spring {year}", spring.AddDays(-105), spring.AddDays(67), spring, summer.AddDays(-1)));
            terms.Add(new(TermKind.Summer, $"{year}-summer", $"Summer {year}", summer.AddDays(-63), summer.AddDays(39), summer, fall.AddDays(-1)));
            terms.Add(new(TermKind.Youth, $"{year}-youth", $"Youth weeks {year}", youth.AddDays(-119), youth.AddDays(46), youth, youth.AddDays(60)));
            terms.Add(new(TermKind.Fall, $"{year}-fall", $"Fall {year}", fall.AddDays(-105), fall.AddDays(67), fall, next.AddDays(-1)));
        }

        return new AcademicCalendar(terms);
    }

    /// <summary>The season that a day is in.</summary>
    public SampleTerm SeasonOf(DateOnly day) => Terms.First(t => t.Season && t.Contains(day));

    /// <summary>The term of the same kind a year before, or null before the calendar's begin.</summary>
    public SampleTerm? YearBefore(SampleTerm term) => Terms.LastOrDefault(t => t.Kind == term.Kind && t.Starts < term.Starts);

    /// <summary>The newest season whose registration is over by a day.</summary>
    public SampleTerm LastClosed(DateOnly day) => Terms.Last(t => t.Season && t.Closes < day);

    private static DateOnly Monday(int year, int month, int nth)
    {
        var first = new DateOnly(year, month, 1);
        return first.AddDays(((int)DayOfWeek.Monday - (int)first.DayOfWeek + 7) % 7 + 7 * (nth - 1));
    }

    private static DateOnly LastMonday(int year, int month)
    {
        var last = new DateOnly(year, month, DateTime.DaysInMonth(year, month));
        return last.AddDays(-(((int)last.DayOfWeek - (int)DayOfWeek.Monday + 7) % 7));
    }
}
