using System.Text.Json;
using System.Text.Json.Serialization;
using Experience.Sample.Planning;
using Experience.Sample.Telling;

namespace Experience.Sample;

/// <summary>People one can look up, by their keys at the sample's source.</summary>
public sealed record SamplePeople(string Ngozi, string Ada, string Chidi, string Walter, string Dana, string Priya, string Maria, string Sofia, string Tomas, string Ken, string Grace, IReadOnlyList<string> HarlanSeats, IReadOnlyList<string> HarlanSelfPayers);

/// <param name="RatingMean">Mean of the ratings of the section.</param>
/// <param name="RefundRate">Refunds asked for by participants, of its registrations.</param>
public sealed record PlantedSection(string Section, string Title, double RatingMean, int Ratings, double RefundRate, int Registrations, IReadOnlyList<int> LowRatings);

/// <param name="FirstAnswerHours">Median hours to the first answer, twelve months.</param>
public sealed record PlantedDesk(string Desk, double ServiceScore, int Answers, double FirstAnswerHours);

/// <param name="Treated">Chance of coming for a second main term, as planted, of those whom it reached.</param>
/// <param name="Untreated">The same of those whom it did not reach.</param>
public sealed record PlantedInitiative(string Name, bool Works, double Treated, double Untreated);

/// <param name="ActiveUntil">Last day of the term after which the person does not come back; null while active.</param>
/// <param name="RegistrationsPerYear">While active.</param>
/// <param name="Satisfaction">Latent mean of the ratings that the person gives, 1–5.</param>
public sealed record LatentPerson(string Key, string Pattern, string Kind, DateOnly? ActiveUntil, double RegistrationsPerYear, double Satisfaction, bool? WelcomeCalled);

/// <summary>The known answers of a sample.</summary>
public sealed record SampleTruth
{
    public required string Source { get; init; }

    public required int Seed { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required SamplePeople People { get; init; }

    /// <summary>An instructor was changed and nobody was told.</summary>
    public required PlantedSection InstructorChange { get; init; }

    /// <summary>Three low ratings by chance: no problem of the section.</summary>
    public required PlantedSection Control { get; init; }

    public required IReadOnlyList<PlantedDesk> Desks { get; init; }

    /// <summary>Complaints of log-ins in the first week, by term.</summary>
    public required IReadOnlyDictionary<string, int> LogInComplaints { get; init; }

    /// <summary>Seniors who kept three terms and more and stayed away when their class was moved to the evening.</summary>
    public required IReadOnlyList<string> LostSeniors { get; init; }

    public required string MovedSection { get; init; }

    public required string WaitedSection { get; init; }

    public required IReadOnlyList<string> Waiting { get; init; }

    /// <summary>Two keys of one person.</summary>
    public required IReadOnlyList<string> Duplicate { get; init; }

    public required IReadOnlyList<PlantedInitiative> Initiatives { get; init; }

    public required int OpenComplaints { get; init; }

    public required int OverdueComplaints { get; init; }

    public required IReadOnlyList<LatentPerson> Persons { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, SampleJson.Default.SampleTruth);

    internal static SampleTruth Of(SamplePlan plan, IReadOnlySet<PersonPlan> known, CareStory care)
    {
        var s = plan.Script;
        return new SampleTruth
        {
            Source = SampleOptions.Source,
            Seed = plan.Options.Seed,
            Now = plan.Options.Now,
            People = new(s.Ngozi.Key, s.Ada.Key, s.Chidi.Key, s.Walter.Key, s.Dana.Key, s.Priya.Key, s.Maria.Key, s.Sofia.Key, s.Tomas.Key, s.Ken.Key, s.Grace.Key, [.. s.HarlanSeats.Select(p => p.Key)], [.. s.HarlanSelfPayers.Select(p => p.Key)]),
            InstructorChange = Section(s.Excel03, Script.ExcelRatings, Script.ExcelRefunds),
            Control = Section(s.Control, Script.ControlRatings, 0),
            Desks = [.. VoiceStory.Annual.Select(d => Desk(plan, d.Desk, d.Counts))],
            LogInComplaints = care.LogInsByTerm,
            LostSeniors = [.. s.Lost.Select(p => p.Key)],
            MovedSection = s.MovedMemoir.Key,
            WaitedSection = s.WaitedSpanish.Key,
            Waiting = [.. s.Spanish.Select(w => w.Person.Key)],
            Duplicate = [s.Duplicate.First.Key, s.Duplicate.Second.Key],
            Initiatives = [new("Welcome call", true, 0.93, 0.80), new("Catalogue redesign", false, 0, 0)],
            OpenComplaints = care.StillOpen.Count,
            OverdueComplaints = care.StillOpen.Count(c => c.Overdue),
            Persons = [.. known.OrderBy(p => p.Index).Select(p => Latent(plan, p))],
        };
    }

    private static PlantedSection Section(SectionPlan section, int[] ratings, int refunds)
    {
        var n = ratings.Sum();
        var mean = ratings.Select((count, i) => count * (5 - i)).Sum() / (double)n;
        return new(section.Key, section.Title, Math.Round(mean, 2), n, refunds / (double)section.Enrolled.Count, section.Enrolled.Count, [.. Enumerable.Repeat(2, ratings[3]), .. Enumerable.Repeat(1, ratings[4])]);
    }

    private static PlantedDesk Desk(SamplePlan plan, string desk, int[] counts)
    {
        var scaled = counts.Select(plan.Scaled).ToArray();
        var n = scaled.Sum();
        return new(desk, Math.Round(scaled.Select((count, i) => count * (5 - i)).Sum() / (double)n, 2), n, desk == Staff.West ? CareStory.WestHours : CareStory.OtherHours);
    }

    private static LatentPerson Latent(SamplePlan plan, PersonPlan person)
    {
        var told = person.Registrations.Where(r => r.At <= plan.Now).ToList();
        DateOnly? until = person.ActiveUntil is { } day && (told.Count == 0 || told[^1].Section.Term.Ends <= day) ? day : null;
        var years = told.Count == 0 ? 1 : Math.Max(0.5, ((until is { } end ? Math.Min(plan.Now, plan.Clock.At(end, 0)) : plan.Now) - told[0].At) / (365.25 * WallClock.Day));
        return new(person.Key, person.Pattern.ToString(), person.Archetype.ToString(), until, Math.Round(told.Count / years, 3), Math.Round(person.Satisfaction, 2), person.WelcomeCalled);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(SampleTruth))]
internal sealed partial class SampleJson : JsonSerializerContext;
