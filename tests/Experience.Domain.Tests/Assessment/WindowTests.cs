using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Programs;
using static Experience.Domain.Tests.Assessments.Case;

namespace Experience.Domain.Tests.Assessments;

/// <summary>
/// Window rules against brute force: a second, naive reading of the definitions over the generated events themselves, at every day of
/// the history and beyond its end. The seed is in the message.
/// </summary>
public sealed class WindowTests
{
    private const int From = 19_000; // 2022-01-08
    private const int Days = 900;

    private sealed record Told(EventType Type, long At, string About, long Number);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Every_window_equals_brute_force_at_every_day(int seed)
    {
        var random = new Random(seed);
        var told = Generate(random);
        var person = new Case();
        foreach (var t in told) person.Tell(t.Type, t.At, f => Fill(f, t));
        var snapshot = person.Snapshot();
        var state = new PersonState();
        var result = new Assessed();
        for (var day = From; day < From + Days + 800; day++)
        {
            var at = Zone.StartOfDay(day + 1) - 1;
            state.Clear();
            var upTo = told.Where(t => t.At <= at).ToList();
            foreach (var fact in person.Facts().Where(f => f.Time <= at)) PersonFold.Apply(state, fact.View(), Zone);
            Assessor.Assess(state, snapshot, AsOf.Live(at), result);
            var where = $"seed {seed}, day {day}";

            Same(LowRatings(upTo, day), result.Open.Count(i => i.Rule == RuleId.LowRating), "low rating", where);
            Same(NotOffered(upTo, day), result.Open.Count(i => i.Rule == RuleId.NotOffered), "not offered", where);
            Same(Refund(upTo, day) ? 1 : 0, result.Open.Count(i => i.Rule == RuleId.Refund), "refund", where);
            Same(Licences(upTo, day), result.Open.Count(i => i.Rule == RuleId.Licence), "licence", where);
            Same(Service(upTo, day), result.Row.ServiceAnswer, "service answer", where);
            Same(Net(upTo, day), result.Row.RecentNetPaid, "net paid in 24 months", where);
            Same(Kept(upTo, day, 365, 730) ? 1 : 0, (result.Row.Marks & RowMarks.KeptPast) != 0 ? 1 : 0, "kept 13-24 months ago", where);
            Same(Kept(upTo, day, 365, 730) && Kept(upTo, day, 0, 365) ? 1 : 0, (result.Row.Marks & RowMarks.Retained) != 0 ? 1 : 0, "retained", where);
            Same(upTo.Count(t => t.Type == EventTypes.RegistrationConfirmed && (TermOf(t.At)?.Key ?? snapshot.Terms.OfDay(Zone.Day(t.At))!.Key) == snapshot.DayOf(day).Next?.Key), result.Row.Pace, "pace", where);
            Same(Silence(upTo, day, snapshot) ? 1 : 0, result.Open.Count(i => i.Rule == RuleId.Silence), "silence", where);
        }
    }

    private static void Same(long expected, long actual, string what, string where)
    {
        if (expected != actual) Assert.Fail($"{what}: brute force says {expected}, the assessment {actual} ({where})");
    }

    private static List<Told> Generate(Random random)
    {
        var told = new List<Told>();
        var times = new HashSet<long>();
        void Add(EventType type, int count, Func<string> about, Func<long> number)
        {
            for (var i = 0; i < count; i++)
            {
                var at = At(From + random.Next(Days)) + random.Next(-10, 10) * 3_600_000_000L;
                while (!times.Add(at)) at++;
                told.Add(new Told(type, at, about(), number()));
            }
        }

        var registration = 0;
        // Below every cap of the state, so that what the events say and what the state keeps are the same.
        Add(EventTypes.RegistrationConfirmed, random.Next(0, 12), () => $"s-{registration++}", () => 0);
        Add(EventTypes.FeedbackSubmitted, random.Next(0, 14), () => $"s-{random.Next(4)}", () => random.Next(1, 6) * 100);
        Add(EventTypes.SearchUnmatched, random.Next(0, 8), () => $"topic-{random.Next(2)}", () => 0);
        Add(EventTypes.RefundRequested, random.Next(0, 8), () => $"r-{random.Next(5)}", () => random.Next(4));
        Add(EventTypes.CredentialExpiring, random.Next(0, 4), () => "RN", () => From + random.Next(Days + 400));
        Add(EventTypes.PaymentReceived, random.Next(0, 20), () => "", () => random.Next(1, 9) * 1000);
        told.Sort((a, b) => a.At.CompareTo(b.At));
        return told;
    }

    private static void Fill(FactBuilder f, Told t)
    {
        if (t.Type == EventTypes.RegistrationConfirmed) f.Set(Fields.Section, t.About).Set(Fields.Term, TermOf(t.At)?.Key);
        else if (t.Type == EventTypes.FeedbackSubmitted) f.Set(Fields.Section, t.About).Set(Fields.Survey, "annual").Set(Fields.Service, t.Number);
        else if (t.Type == EventTypes.SearchUnmatched) f.Set(Fields.Topic, t.About);
        else if (t.Type == EventTypes.RefundRequested) f.Set(Fields.Section, t.About).Set(Fields.Fault, t.Number == 0 ? "ours" : "theirs");
        else if (t.Type == EventTypes.CredentialExpiring) f.Set(Fields.Credential, t.About).Set(Fields.Expires, t.Number).Set(Fields.HoursRequired, 1200L);
        else f.Set(Fields.Amount, t.Number);
    }

    // The term that somebody registers for: the first whose registration is open then.
    private static (string Key, int Closes)? TermOf(long at)
    {
        var day = Zone.Day(at);
        foreach (var (key, opens, closes) in Terms())
        {
            if (opens <= day && day <= closes) return (key, closes);
        }

        return null;
    }

    private static IEnumerable<(string Key, int Opens, int Closes)> Terms()
    {
        for (var year = 2021; year <= 2028; year++)
        {
            yield return ($"{year}-spring", CivilZone.DayOf(year - 1, 11, 1), CivilZone.DayOf(year, 1, 31));
            yield return ($"{year}-summer", CivilZone.DayOf(year, 4, 1), CivilZone.DayOf(year, 6, 20));
            yield return ($"{year}-fall", CivilZone.DayOf(year, 7, 1), CivilZone.DayOf(year, 9, 20));
        }
    }

    private static int Ago(Told t, int day) => day - Zone.Day(t.At);

    private static int LowRatings(List<Told> told, int day)
    {
        var answers = told.Where(t => t.Type == EventTypes.FeedbackSubmitted).ToList();
        return answers.Where((t, i) => Ago(t, day) < 180 && t.Number <= 300 && !answers.Skip(i + 1).Any(later => later.About == t.About)).Count();
    }

    private static int NotOffered(List<Told> told, int day) => told
        .Where(t => t.Type == EventTypes.SearchUnmatched && Ago(t, day) < 30).GroupBy(t => t.About).Count(g => g.Count() >= 2);

    private static bool Refund(List<Told> told, int day)
    {
        var refunds = told.Where(t => t.Type == EventTypes.RefundRequested).ToList();
        return refunds.Where((t, i) => Ago(t, day) < 60 && (t.Number == 0
            || refunds.Take(i + 1).Count(e => Zone.Month(t.At) - Zone.Month(e.At) < 12) >= 2)).Any();
    }

    private static int Licences(List<Told> told, int day)
    {
        var newest = told.LastOrDefault(t => t.Type == EventTypes.CredentialExpiring);
        return newest is not null && newest.Number - day is >= 0 and <= 120 ? 1 : 0;
    }

    private static long Service(List<Told> told, int day) => told.LastOrDefault(t => t.Type == EventTypes.FeedbackSubmitted && Ago(t, day) < 365)?.Number ?? 0;

    private static long Net(List<Told> told, int day) => told
        .Where(t => t.Type == EventTypes.PaymentReceived && Zone.Month(t.At) > CivilZone.MonthOfDay(day) - 24).Sum(t => t.Number);

    private static bool Kept(List<Told> told, int day, int from, int to) =>
        told.Any(t => t.Type == EventTypes.RegistrationConfirmed && Ago(t, day) >= from && Ago(t, day) < to);

    private static bool Silence(List<Told> told, int day, ProgramSnapshot snapshot)
    {
        var terms = Terms().OrderBy(t => t.Closes).ToList();
        var kept = told.Where(t => t.Type == EventTypes.RegistrationConfirmed)
            .Select(t => TermOf(t.At)?.Key ?? snapshot.Terms.OfDay(Zone.Day(t.At))!.Key).Distinct().ToList();
        if (kept.Count < 3) return false;
        var seasons = kept.GroupBy(k => k[5..]).ToDictionary(g => g.Key, g => g.Count());
        var atLeast = seasons.Values.Max() >= 2 ? 2 : 1;
        var last = kept.Max(k => terms.FindIndex(t => t.Key == k));
        var missed = terms.Skip(last + 1).Where(t => seasons.GetValueOrDefault(t.Key[5..]) >= atLeast && t.Closes < day).ToList();
        return missed.Count >= 2 && day - (missed[1].Closes + 1) < 120;
    }
}
