namespace Experience.Sample.Planning;

/// <summary>The whole sample as a plan: who, what, when. Facts are told from it, and its truth is read off it.</summary>
internal sealed class SamplePlan
{
    public SamplePlan(SampleOptions options)
    {
        options.Check();
        Options = options;
        Zone = TimeZoneInfo.FindSystemTimeZoneById(options.TimeZone);
        Clock = new WallClock(Zone);
        Now = WallClock.Instant(options.Now);
        Today = Clock.DayOf(Now);
        // Two years more than asked for before, because regulars have older records; two after, for what is planned ahead.
        Calendar = AcademicCalendar.Covering(Today.Year - options.Years - 4, Today.Year + 2);
        var first = Calendar.SeasonOf(Today.AddYears(-options.Years));
        Terms = [.. Calendar.Terms.Where(t => t.Starts >= first.Starts && t.Opens <= Today)];
        Current = Calendar.SeasonOf(Today);
        // A season that is ten days old at least: what is planted in a class that runs needs a class that has met.
        Running = Calendar.SeasonOf(Today.AddDays(-10));
        ClosedMain = [.. Calendar.Terms.Where(t => t.Main && t.Closes < Today).Reverse()];
        WelcomeFrom = ClosedMain[4];

        People = new PeoplePlanner(options, Today);
        Sections = new SectionPlanner(options, Clock, Today, Now);
        Registrations = new RegistrationPlanner(options, Clock, Calendar, People, Sections, Now);
        foreach (var term in Terms) Sections.Plan(term);
        Script = new Script(this);
        Script.Invite();
        Script.Reserve();
        for (var i = 0; i < Terms.Count; i++) Sections.Cancel(Terms[i], Terms[i] == Current, i);
        People.Fill();
        Registrations.Simulate(Terms, WelcomeFrom);
        foreach (var term in Terms.Where(t => t.Ends >= Today)) Registrations.SetPace(term, r => !r.Scripted);
        Script.Play();
        Registrations.CancelOurs();
        Registrations.Refund(Terms, Current);
        Registrations.Finish();
    }

    public SampleOptions Options { get; }

    public TimeZoneInfo Zone { get; }

    public WallClock Clock { get; }

    public long Now { get; }

    public DateOnly Today { get; }

    public AcademicCalendar Calendar { get; }

    /// <summary>Terms of the sample whose registration has opened, in order of start.</summary>
    public IReadOnlyList<SampleTerm> Terms { get; }

    public SampleTerm Current { get; }

    public SampleTerm Running { get; }

    /// <summary>Main terms whose registration is over, newest first.</summary>
    public IReadOnlyList<SampleTerm> ClosedMain { get; }

    /// <summary>From this term, and for a year, every other newcomer gets the welcome call.</summary>
    public SampleTerm WelcomeFrom { get; }

    public PeoplePlanner People { get; }

    public SectionPlanner Sections { get; }

    public RegistrationPlanner Registrations { get; }

    public Script Script { get; }

    public double Scale => Options.People / 6_000.0;

    public int Scaled(int count) => (int)Math.Round(count * Scale);
}
