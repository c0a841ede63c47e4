using Experience.Sample.Planning;

namespace Experience.Sample;

/// <summary>
/// How readily people of a sample say yes when a course is offered, as planted: known to whoever judges what is learned from answers, told by no fact.
/// Log-odds are a sum of what people differ in: how well a course goes with people (standard deviation .5), how well its program area goes with the kind of
/// person (.9), and .7 where it is among what the person came for. At the mean one in five says yes; courses of one kind of person lie between some 5 and 60 %.
/// </summary>
public sealed class SampleTastes
{
    private const double Mean = -1.4;
    private const double OfCourse = 0.5;
    private const double OfArea = 0.9;
    private const double OnPath = 0.7;

    private readonly Dictionary<string, PersonPlan> _people;
    private readonly Dictionary<string, CourseTemplate> _courses;
    private readonly int _seed;

    internal SampleTastes(SamplePlan plan, IEnumerable<PersonPlan> known)
    {
        _people = known.ToDictionary(static p => p.Key);
        _courses = Courses.All.ToDictionary(static c => c.Key);
        _seed = plan.Options.Seed;
    }

    /// <summary>The chance that the person accepts an offer of the course, 0–1; 0 for whom or what the sample does not know.</summary>
    public double Of(string person, string course)
    {
        if (!_people.TryGetValue(person, out var plan) || !_courses.TryGetValue(course, out var template)) return 0;
        var odds = Mean + OfCourse * Normal($"course {course}") + OfArea * Normal($"{plan.Archetype} {template.Program}") + (plan.Path.Contains(template) ? OnPath : 0);
        return 1 / (1 + Math.Exp(-odds));
    }

    private double Normal(string purpose)
    {
        var random = SeededRandom.For(_seed, "taste " + purpose);
        return Math.Sqrt(-2 * Math.Log(1 - random.Double())) * Math.Cos(2 * Math.PI * random.Double());
    }
}
