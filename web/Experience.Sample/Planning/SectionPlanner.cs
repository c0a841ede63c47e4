namespace Experience.Sample.Planning;

/// <summary>Plans the sections of each term: when and where they meet, who teaches, which ones we cancel.</summary>
internal sealed class SectionPlanner(SampleOptions options, WallClock clock, DateOnly today, long now)
{
    /// <summary>Share of sections that do not find enough people, in turn, so that every term is near the benchmark of 15 %.</summary>
    private static readonly double[] WeakShares = [0.157, 0.143, 0.150, 0.164, 0.136, 0.150];

    /// <summary>What has been cancelled of the season that runs now: 19 of 140.</summary>
    private const double CurrentShare = 0.136;

    /// <summary>Days ahead in which a section is to be decided on, and how many begin in them at least.</summary>
    private const int DecideDays = 13;
    private const int Beginning = 9;

    private readonly SeededRandom _random = SeededRandom.For(options.Seed, "sections");
    private readonly Dictionary<string, SectionPlan[]> _byCourse = [];
    private readonly List<string> _instructors = [.. Enumerable.Range(0, 64).Select(i =>
    {
        var (given, family) = Names.Of(SeededRandom.Mix((ulong)(i * 7919 + 13)));
        return $"{given} {family}";
    })];

    public List<SectionPlan> All { get; } = [];

    private double Scale => options.People / 6_000.0;

    public IReadOnlyList<SectionPlan> Of(CourseTemplate course, SampleTerm term) => _byCourse.GetValueOrDefault(term.Key + course.Key, []);

    public void Plan(SampleTerm term)
    {
        var planned = new List<SectionPlan>();
        foreach (var course in Courses.All)
        {
            var count = term.Kind switch { TermKind.Summer => course.Sections.Summer, TermKind.Youth => course.Sections.Youth, _ => course.Sections.Main };
            if (count > 1 && Scale > 1) count = (int)Math.Round(count * Scale);
            for (var n = 1; n <= count; n++)
            {
                var (first, perWeek) = FirstDay(course, term);
                planned.Add(Section(course, term, n, first, perWeek: perWeek));
            }
        }

        if (term.Contains(today)) BringForward(planned, term);
        Add(planned, term);
    }

    /// <summary>In the middle of a season some classes begin in the coming days, whatever chance says: there is always something to decide.</summary>
    private void BringForward(List<SectionPlan> planned, SampleTerm term)
    {
        if (today < term.Starts.AddDays(14) || today.AddDays(42) > term.Ends) return;
        var near = planned.Count(s => s.Starts > today.AddDays(1) && s.Starts <= today.AddDays(DecideDays));
        var order = Enumerable.Range(0, planned.Count).ToList();
        _random.Shuffle(order);
        foreach (var i in order)
        {
            if (near >= Beginning) return;
            var old = planned[i];
            if (old.Starts < term.Starts.AddDays(14) || old.Starts > today && old.Starts <= today.AddDays(DecideDays) || old.Course.Meetings > 8) continue;
            var first = today.AddDays(_random.Between(2, DecideDays - 3));
            planned[i] = Section(old.Course, term, old.Number, first.DayOfWeek == DayOfWeek.Sunday ? first.AddDays(1) : first, perWeek: 2);
            near++;
        }
    }

    /// <summary>Chooses the sections that do not find enough people and cancels them; of the season that runs, those whose day has come.</summary>
    public void Cancel(SampleTerm term, bool current, int turn)
    {
        var planned = All.Where(s => s.Term == term).ToList();
        var weak = planned.Where(s => !s.Reserved && Of(s.Course, term).Count > 1 && s.Course != Courses.Supervisor).ToList();
        _random.Shuffle(weak);
        var quota = (int)Math.Round(planned.Count * (current ? CurrentShare : WeakShares[turn % WeakShares.Length]));
        foreach (var section in weak)
        {
            if (quota == 0) break;
            var at = clock.NextOpen(clock.At(section.Starts.AddDays(-_random.Between(5, 9)), _random.Between(9 * 60, 16 * 60)));
            if (term.Starts <= today && at > now) continue;
            section.CancelledAt = at;
            quota--;
        }
    }

    /// <summary>A section that a script fills, beside those of the plan; it takes the place of the one of its number.</summary>
    public SectionPlan Reserve(CourseTemplate course, SampleTerm term, int number, DateOnly starts, int minuteOfDay, DayOfWeek? weekday = null)
    {
        var section = Section(course, term, number, starts, minuteOfDay, weekday);
        section.Reserved = true;
        var old = All.FindIndex(s => s.Key == section.Key);
        if (old >= 0) All[old] = section;
        else All.Add(section);
        var siblings = Of(course, term).Where(s => s.Key != section.Key).Append(section).ToArray();
        _byCourse[term.Key + course.Key] = siblings;
        return section;
    }

    /// <summary>Days without classes.</summary>
    public static bool Closed(DateOnly day)
    {
        if (day is { Month: 12, Day: >= 24 } or { Month: 1, Day: 1 } or { Month: 7, Day: 4 }) return true;
        var fourthThursday = new DateOnly(day.Year, 11, 1);
        while (fourthThursday.DayOfWeek != DayOfWeek.Thursday) fourthThursday = fourthThursday.AddDays(1);
        fourthThursday = fourthThursday.AddDays(21);
        return day == fourthThursday || day == fourthThursday.AddDays(1);
    }

    private void Add(List<SectionPlan> planned, SampleTerm term)
    {
        All.AddRange(planned);
        foreach (var group in planned.GroupBy(s => s.Course)) _byCourse[term.Key + group.Key.Key] = [.. group];
    }

    /// <summary>More than half of the sections start with the term; the others follow through the season, so that some class always begins.</summary>
    private (DateOnly First, int PerWeek) FirstDay(CourseTemplate course, SampleTerm term)
    {
        if (term.Kind == TermKind.Youth) return (term.Starts.AddDays(7 * _random.Int(8)), course.PerWeek);
        var weeks = (term.Ends.DayNumber - term.Starts.DayNumber + 1) / 7;
        var roll = _random.Double();
        var week = roll < 0.55 ? _random.Int(2) : roll < 0.75 ? _random.Between(2, 8) : _random.Between(8, 16);
        // Who starts late meets twice a week, so that all is over before the next season.
        var perWeek = week <= LastWeek(course.PerWeek) ? course.PerWeek : 2;
        return (term.Starts.AddDays(7 * Math.Min(week, LastWeek(perWeek)) + _random.Int(5)), perWeek);

        int LastWeek(int each) => Math.Max(0, weeks - (course.Meetings + each - 1) / each - 1);
    }

    private SectionPlan Section(CourseTemplate course, SampleTerm term, int number, DateOnly first, int? minuteOfDay = null, DayOfWeek? weekday = null, int? perWeek = null)
    {
        if (weekday is { } w) first = first.AddDays(((int)w - (int)first.DayOfWeek + 7) % 7);
        var day = minuteOfDay is { } m ? m < 16 * 60 : course.Daytime ?? _random.Chance(0.33);
        var minute = minuteOfDay ?? (day ? _random.Pick([9 * 60, 10 * 60, 13 * 60]) : _random.Pick([18 * 60, 18 * 60 + 30, 19 * 60]));
        var meetings = Meetings(first, minute, course.Meetings, perWeek ?? course.PerWeek);
        first = clock.DayOf(meetings[0]);
        var many = Courses.All.Contains(course) && (term.Kind switch { TermKind.Summer => course.Sections.Summer, TermKind.Youth => course.Sections.Youth, _ => course.Sections.Main }) > 1;
        return new SectionPlan
        {
            Key = $"{course.Key}-{number:00}-{term.Key}",
            Course = course,
            Number = number,
            Term = term,
            Title = many ? $"{course.Title} {number:00}" : course.Title,
            Meetings = meetings,
            Starts = first,
            Ends = clock.DayOf(meetings[^1]),
            Meets = $"{first.DayOfWeek.ToString()[..3]} {minute / 60:00}:{minute % 60:00}",
            Instructor = _random.Pick(_instructors),
            Room = course.Mode == "online" ? "online" : $"{_random.Pick(["A", "B", "C", "W"])}{_random.Between(101, 340)}",
            PublishedAt = Math.Min(clock.At(term.Opens.AddDays(-14), 9 * 60), clock.At(first.AddDays(-28), 9 * 60)),
            Evening = minute >= 17 * 60,
        };
    }

    public long[] Meetings(DateOnly first, int minute, int count, int perWeek)
    {
        var meetings = new List<long>(count);
        var day = first;
        while (Closed(day) || perWeek == 5 && day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday) day = day.AddDays(1);
        for (var i = 0; meetings.Count < count; i++)
        {
            var next = perWeek switch
            {
                1 => day.AddDays(7 * i),
                2 => day.AddDays(7 * (i / 2) + 2 * (i % 2)),
                _ => day.AddDays(i),
            };
            if (!Closed(next) && (perWeek != 5 || next.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday))) meetings.Add(clock.At(next, minute));
        }

        return [.. meetings];
    }
}
