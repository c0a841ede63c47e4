using Experience.Domain.Events;
using Experience.Sample.Planning;

namespace Experience.Sample.Telling;

/// <summary>Tells the surveys: of service once a year, after a transaction, after a course.</summary>
internal sealed class VoiceStory(Teller teller, IReadOnlySet<PersonPlan> known)
{
    /// <summary>Answers of the last twelve months, from 5 down to 1: West 3.71 of 212, Online 4.10 of 301, Main 4.30 of 388, Youth 18.</summary>
    public static readonly IReadOnlyList<(string Desk, int[] Counts)> Annual =
    [
        (Staff.West, [58, 78, 44, 20, 12]),
        (Staff.Online, [112, 136, 30, 17, 6]),
        (Staff.Main, [196, 134, 40, 14, 4]),
        (Staff.Youth, [8, 7, 2, 1, 0]),
    ];

    /// <summary>Of West's 32 low answers, those that speak of log-ins.</summary>
    public const int LogInAnswers = 14;

    private readonly SamplePlan _plan = teller.Plan;
    private readonly SeededRandom _random = SeededRandom.For(teller.Plan.Options.Seed, "voice");

    /// <summary>Who answered low lately at the West desk: their complaints are told with them.</summary>
    public List<(PersonPlan Person, long At, bool LogIn)> LowAtWest { get; } = [];

    private long Now => _plan.Now;

    public void Tell()
    {
        AnnualSurvey();
        EarlierYears();
        Transactional();
        CourseSurveys();
        Scripted();
        Elsewhere();
    }

    private void AnnualSurvey()
    {
        // Asked once a year, some seven months before now; whoever is new is asked after the first term.
        var since = Now - 350 * WallClock.Day;
        foreach (var (desk, counts) in Annual)
        {
            // Newcomers are asked lately, and few of them are unhappy yet; except at West.
            var easy = desk == Staff.West ? 1 : 0.86;
            List<PersonPlan> people = [.. Respondents(desk, since, Now - 20 * WallClock.Day).Select(p => (Person: p, At: _random.Double() * (p.KnownSince > Now - 345 * WallClock.Day ? easy : 1))).OrderBy(p => p.At).Select(p => p.Person)];
            var wanted = _plan.Scaled(counts.Sum());
            // Thinned evenly: the order by which ratings are handed out stays.
            people = [.. people.Where((_, i) => i * (long)wanted / people.Count != (i - 1L) * wanted / people.Count || i == 0).Take(wanted)];
            var at = 0;
            var login = 0;
            for (var rating = 5; rating >= 1; rating--)
            {
                for (var n = _plan.Scaled(counts[5 - rating]); n > 0 && at < people.Count; n--)
                {
                    var person = people[at++];
                    // Whoever came lately is asked lately.
                    var recent = person.KnownSince > Now - 345 * WallClock.Day || _random.Chance(0.06);
                    var time = Waking(Now - (long)(recent ? WallClock.Day + _random.Double() * Math.Min(170 * WallClock.Day, Now - 2 * WallClock.Day - person.KnownSince) : (195 + _random.Double() * 150) * WallClock.Day));
                    var speaks = desk == Staff.West && rating <= 2 && login < _plan.Scaled(LogInAnswers);
                    if (speaks) login++;
                    var words = speaks ? Voices.LogInTrouble(_random.Next()) : _random.Chance(rating <= 2 ? 0.8 : 0.3) ? Voices.Service(_random.Next(), rating) : null;
                    Answer(person, time, desk, rating, "annual", words);
                    if (desk == Staff.West && rating <= 2 && recent) LowAtWest.Add((person, time, speaks));
                }
            }
        }
    }

    private List<PersonPlan> Respondents(string desk, long from, long to)
    {
        var list = known.Where(p => !p.Scripted && p.Guardian is null && p.Desk == desk && p.KnownSince < to - 5 * WallClock.Day && (p.Registrations.Any(r => r.At > from - 300 * WallClock.Day && r.At < to) || desk == Staff.Youth)).OrderBy(p => p.Index).ToList();
        _random.Shuffle(list);
        return list;
    }

    private void Answer(PersonPlan person, long time, string desk, int rating, string survey, string? words)
    {
        var by = desk is Staff.Online || survey == "annual" ? null : Staff.At(desk, _random);
        teller.Tell(EventTypes.FeedbackSubmitted, person.Key, Math.Max(time, person.KnownSince + WallClock.Hour), f =>
        {
            f.Set(Fields.Survey, survey).Set(Fields.Service, rating * 100).Set(Fields.Desk, desk).Set(Fields.Staff, by).Set(Fields.Words, words);
            if (survey != "annual") return;
            f.Set(Fields.Competent, Near(rating) * 100).Set(Fields.Pleasant, Near(rating) * 100).Set(Fields.Easy, Near(rating) * 100).Set(Fields.Nps, Math.Clamp(rating * 2 + _random.Between(-1, 1), 0, 10)).Set(Fields.Ces, Math.Clamp(rating + _random.Between(0, 2), 1, 7) * 100);
        });
    }

    private int Near(int rating) => Math.Clamp(rating + _random.Weighted([0.15, 0.7, 0.15]) - 1, 1, 5);

    /// <summary>The years before: every desk above its goal, West sinking from one to the next.</summary>
    private void EarlierYears()
    {
        for (var year = 1; year <= _plan.Options.Years; year++)
        {
            foreach (var (desk, counts) in Annual)
            {
                var end = Now - year * 365 * WallClock.Day;
                var people = Respondents(desk, end - 365 * WallClock.Day, end);
                var sinks = desk == Staff.West ? year == 1 ? 0.30 : 0.12 : 0.08;
                foreach (var person in people.Take((int)(_plan.Scaled(counts.Sum()) * 0.85)))
                {
                    var rating = _random.Weighted([0, 0.015, 0.04, sinks, 0.42, 0.40]);
                    var reach = Math.Min(345 * WallClock.Day, end - 3 * WallClock.Day - person.KnownSince);
                    Answer(person, Waking(end - (long)(_random.Double() * reach) - 2 * WallClock.Day), desk, Math.Max(rating, 1), "annual", _random.Chance(0.25) ? Voices.Service(_random.Next(), Math.Max(rating, 1)) : null);
                }
            }
        }
    }

    /// <summary>After a registration at a desk, one in five answers; kept apart from the annual score.</summary>
    private void Transactional()
    {
        foreach (var registration in _plan.Registrations.All)
        {
            if (registration.At > Now || registration.Scripted || registration.Person.Guardian is not null || !_random.Chance(0.19)) continue;
            var low = registration.Desk == Staff.West ? 0.045 : 0.008;
            var rating = Math.Max(1, _random.Weighted([0, low / 4, low / 3, low, 0.5, 0.38]));
            Answer(registration.Person, registration.At + _random.Between(2, 40) * WallClock.Hour, registration.Desk, rating, "transactional", _random.Chance(0.15) ? Voices.Service(_random.Next(), rating) : null);
        }
    }

    /// <summary>After a course one in nine answers.</summary>
    private void CourseSurveys()
    {
        foreach (var registration in _plan.Registrations.All)
        {
            var section = registration.MovedTo ?? registration.Section;
            if (registration.End is not (RegistrationEnd.Runs or RegistrationEnd.Transferred) || registration.Scripted || section.Reserved || section.Meetings[^1] > Now) continue;
            if (registration.Person.Guardian is not null || !_random.Chance(0.11)) continue;
            var content = Math.Clamp((registration.Person.Satisfaction - 3.2) / 1.8, 0, 1);
            var rating = Math.Max(1, _random.Weighted([0, 0.002, 0.006, 0.022 - 0.01 * content, 0.55 - 0.3 * content, 0.3 + 0.35 * content]));
            Rate(registration.Person, section, section.Meetings[^1] + _random.Between(3, 80) * WallClock.Hour, rating, _random.Chance(0.35) ? Voices.Course(_random.Next(), rating) : null, _random.Chance(0.5) ? Math.Clamp(rating * 2 + _random.Between(-1, 0), 0, 10) : null);
        }
    }

    private void Rate(PersonPlan person, SectionPlan section, long time, int rating, string? words, int? nps) =>
        teller.Tell(EventTypes.FeedbackSubmitted, person.Key, time, f =>
        {
            f.Set(Fields.Survey, "course").Set(Fields.CourseRating, rating * 100).Set(Fields.Section, section.Key).Set(Fields.Words, words);
            if (nps is { } n) f.Set(Fields.Nps, n);
        });

    private void Scripted()
    {
        var script = _plan.Script;
        // Excel 03: Maria's own 2 is one of the fourteen.
        var ratings = Expand(Script.ExcelRatings);
        ratings.Remove(2);
        _random.Shuffle(ratings);
        var first = script.Excel03.Meetings[0] + 2 * WallClock.Hour + 10 * WallClock.Minute;
        // Maria was content until now.
        var before = script.Maria.Registrations.Where(r => r.Section.Meetings[^1] < Now - 20 * WallClock.Day).TakeLast(3).ToList();
        foreach (var registration in before) Rate(script.Maria, registration.Section, registration.Section.Meetings[^1] + WallClock.Day, registration == before[^1] ? 4 : 5, null, 9);
        Answer(script.Maria, Waking(Now - 150 * WallClock.Day), Staff.Main, 4, "transactional", null);
        Rate(script.Maria, script.Excel03, Math.Min(first, Now - 20 * WallClock.Hour), 2, "Where did our instructor go?", 4);
        var raters = script.Excel03.Enrolled.Select(r => r.Person).Where(p => p != script.Maria).Take(ratings.Count).ToList();
        for (var i = 0; i < raters.Count; i++)
        {
            var at = first + (long)(_random.Double() * Math.Max(WallClock.Hour, Math.Min(Now - WallClock.Hour - first, 40 * WallClock.Hour)));
            Rate(raters[i], script.Excel03, Math.Min(at, Now - 10 * WallClock.Minute), ratings[i], ratings[i] <= 2 ? Voices.ExcelAfterChange(_random.Next()) : null, null);
        }

        var control = Expand(Script.ControlRatings);
        _random.Shuffle(control);
        var people = script.Control.Enrolled.Select(r => r.Person).Distinct().Take(control.Count).ToList();
        for (var i = 0; i < people.Count; i++)
        {
            Rate(people[i], script.Control, Math.Min(script.Control.Meetings[^1] + _random.Between(3, 60) * WallClock.Hour, Now - WallClock.Hour), control[i], _random.Chance(0.4) ? Voices.Course(_random.Next(), control[i]) : null, null);
        }
    }

    private static List<int> Expand(int[] counts) => [.. Enumerable.Range(0, 5).SelectMany(i => Enumerable.Repeat(5 - i, counts[i]))];

    private void Elsewhere()
    {
        (string Provider, string Topic)[] others = [("City Library", "Spanish"), ("Northline Community Center", "Yoga"), ("OpenSkill", "Python"), ("OpenSkill", "Data analysis"), ("Park District", "Watercolor"), ("State University Extension", "Project management")];
        foreach (var person in known.Where(p => p.Guardian is null && !p.Scripted).OrderBy(p => p.Index))
        {
            if (!_random.Chance(0.09) || person.KnownSince > Now - 2 * WallClock.Day) continue;
            var (provider, topic) = _random.Pick(others);
            var at = Now - WallClock.Hour - (long)(_random.Double() * Math.Min(700 * WallClock.Day, Now - WallClock.Hour - person.KnownSince));
            teller.Tell(EventTypes.ElsewhereReported, person.Key, at, f => f.Set(Fields.Provider, provider).Set(Fields.Topic, topic).Set(Fields.Count, 1 + _random.Int(3)));
        }

        foreach (var registration in _plan.Registrations.All)
        {
            if (registration.At > Now || !_random.Chance(0.03) || registration.Person.Guardian is not null) continue;
            teller.Tell(EventTypes.ExpectationStated, registration.Person.Key, registration.At + 3 * WallClock.Minute, f => f.Set(Fields.Section, registration.Section.Key).Set(Fields.Topic, _random.Pick(["use it at work", "meet people", "prepare for the exam", "catch up", "try it out"])));
        }
    }

    private long Waking(long at)
    {
        var local = _plan.Clock.Local(at);
        return local.Hour is >= 7 and < 22 ? at : _plan.Clock.At(DateOnly.FromDateTime(local), 8 * 60 + _random.Int(600)) is var moved && moved < Now ? moved : at;
    }
}
