using Experience.Domain.Programs;

namespace Experience.Domain.Models.Needs;

/// <param name="Ended">Places that are over.</param>
/// <param name="Good">Of these, with benefit to the person (<see cref="CourseOutcome.Good"/>).</param>
public readonly record struct Benefit(int Ended, int Good)
{
    public Benefit Plus(CourseOutcome outcome) => outcome == CourseOutcome.Open ? this : new(Ended + 1, Good + (outcome == CourseOutcome.Good ? 1 : 0));

    public Benefit Plus(Benefit other) => new(Ended + other.Ended, Good + other.Good);
}

/// <summary>
/// What is learned about needs: which courses follow for whom, how courses and modes of delivery end for people, how readily needs are accepted.
/// Immutable. Read from the document of <c>model.fitted</c> by <see cref="NeedsDocument"/>.
/// </summary>
/// <param name="courses">Names of the items of <paramref name="offerings"/>, ascending.</param>
/// <param name="benefits">By course and segment.</param>
/// <param name="modes">By mode (0 in a room, 1 online) and segment.</param>
public sealed class NeedsModel(ulong[] courses, OfferingModel offerings, Benefit[][] benefits, Benefit[][] modes, NeedAnswers answers)
{
    /// <summary>Market segments, in the order of <see cref="SegmentSet"/>.</summary>
    public const int Segments = SegmentSet.MarketCount;

    /// <summary>Courses in the document, those most taken; a course beyond them is not ranked.</summary>
    public const int MaxCourses = 600;

    /// <summary>Places behind a segment's benefit before it counts as much as the course's own, and the course's before it counts as much as all.</summary>
    private const double PriorPlaces = 10;

    private readonly Benefit _all = benefits.SelectMany(static b => b).Aggregate(default(Benefit), static (a, b) => a.Plus(b));

    public IReadOnlyList<ulong> Courses => courses;

    public OfferingModel Offerings => offerings;

    public NeedAnswers Answers => answers;

    /// <summary>The same model with other answers.</summary>
    internal NeedsModel With(NeedAnswers others) => new(courses, offerings, benefits, modes, others);

    internal Benefit[][] Benefits => benefits;

    internal Benefit[][] Modes => modes;

    /// <summary>Place of a course among the items; −1 when the model does not know it.</summary>
    public int IndexOf(ulong course)
    {
        var index = Array.BinarySearch(courses, course);
        return index < 0 ? -1 : index;
    }

    public Benefit BenefitOf(int item) => benefits[item].Aggregate(default(Benefit), static (a, b) => a.Plus(b));

    /// <summary>The chance that a course ends well for somebody of a segment, shrunk to the course, and that to all.</summary>
    public double BenefitRate(int item, int segment) => Shrunk(benefits[item][segment], Shrunk(BenefitOf(item), AllRate));

    /// <summary>The same of a mode of delivery.</summary>
    public double ModeRate(bool online, int segment) => Shrunk(modes[online ? 1 : 0][segment], Shrunk(modes[online ? 1 : 0].Aggregate(default(Benefit), static (a, b) => a.Plus(b)), AllRate));

    private double AllRate => (_all.Good + 1.0) / (_all.Ended + 2.0);

    internal static double Shrunk(Benefit benefit, double prior, double strength = PriorPlaces) => (benefit.Good + strength * prior) / (benefit.Ended + strength);
}
