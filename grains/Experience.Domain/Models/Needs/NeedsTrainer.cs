using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.Models.Learning;
using Experience.Domain.Models.Reports;
using Experience.Domain.Programs;

namespace Experience.Domain.Models.Needs;

/// <summary>
/// Learns <see cref="NeedsModel"/>: which courses follow for whom, judged by the newest fifth of what was taken; how courses and modes end for
/// people; and how readily needs are accepted.
/// </summary>
public sealed class NeedsTrainer : ITrainer
{
    /// <summary>Below this, shares of courses are noise.</summary>
    public const int MinPeople = 100;

    /// <summary>How many courses of a ranking are judged: about as many as somebody can tell a person of.</summary>
    private const int K = 5;

    private const double HeldOut = 0.2;

    /// <summary>Terms that an answered need may be about.</summary>
    private const int AnswerDays = 3 * 365;

    private const string Scored =
        "Learned from what was taken in the first four fifths, asked what each person would take next, and judged by what they took in the last fifth, " +
        "over all courses not taken yet: hr is the share of people who took one of the first five, ndcg and map count it more the earlier it stands.";

    public string Kind => ModelKinds.Needs;

    public async Task<TrainingOutcome> TrainAsync(ITrainingSource source, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(source);
        var program = source.Program;
        var samples = await source.PeopleAsync(() => new NeedsSample(program), cancellation).ConfigureAwait(false);
        return await source.ComputeAsync(() => Train(samples, program), cancellation).ConfigureAwait(false);
    }

    internal static TrainingOutcome Train(IReadOnlyList<NeedsSample> samples, ProgramSnapshot program)
    {
        var people = samples.SelectMany(static s => s.People).ToArray();
        if (people.Length < MinPeople) return new NotTrained($"Not enough history: {people.Length} people took a course that the catalogue names, {MinPeople} are needed.");
        // An order that knows nothing of shards: equal people are exchangeable.
        Array.Sort(people, Compare);
        var courses = Courses(people);
        var index = courses.Select(static (course, i) => (course, i)).ToDictionary(static c => c.course, static c => c.i);
        var data = Data(people, courses, index, program);
        var entries = NeedsDocument.EntriesFor(courses.Length);
        var fit = OfferingTrainer.Fit(data, new HoldOut(true, HeldOut), entries);
        if (fit is null) return new NotTrained("Not enough history: nothing was taken.");
        var model = new NeedsModel(courses, fit.Model, Benefits(people, index), Modes(people), Answers(samples, courses, program));
        var report = Judge(data, entries);
        var receipt = new ModelReceipt(
            ModelKinds.Needs, NeedsBacktest.Blend, Day(people.Min(static p => p[0].Day)), Day(people.Max(static p => p[^1].Day)), people.Length, Scored, Scores(report));
        return new TrainedModel(new ModelDocument(receipt, NeedsDocument.Write(model)) { Report = report is null ? null : NeedsReportPage.Build(report) });
    }

    /// <summary>The newest fifth against a model of what was before; null when nobody took anything new in it.</summary>
    private static NeedsReport? Judge(TakingData data, int entries)
    {
        var days = data.People.SelectMany(static p => p.Select(static t => t.Day)).Order().ToArray();
        var split = days[(int)((days.Length - 1) * (1 - HeldOut))];
        var before = new List<IReadOnlyList<Taking>>();
        var after = new List<IReadOnlyList<Taking>>();
        foreach (var takings in data.People)
        {
            var count = TakingData.CountUntil(takings, split);
            before.Add(TakingData.Part(takings, 0, count));
            after.Add(TakingData.Part(takings, count, takings.Count));
        }

        var judged = Enumerable.Range(0, before.Count).Any(i => after[i].Any(t => before[i].All(b => b.Item != t.Item)));
        return judged && before.Any(static b => b.Count > 0) ? NeedsBacktest.Run(data with { People = before }, after, K, entries) : null;
    }

    private static IReadOnlyList<ModelScore> Scores(NeedsReport? report) => report is null ? [] :
    [
        .. report.Models.Select(m => new ModelScore(
            m.Name, m.Name == NeedsBacktest.Blend,
            new Dictionary<string, double> { ["hr"] = m.Hr, ["ndcg"] = m.Ndcg, ["map"] = m.Map, ["precision"] = m.Precision, ["recall"] = m.Recall, ["people"] = report.People },
            m.Weight is null ? $"At {report.K} of {report.Items} courses." : m.Weight == 0 ? "Has no weight in the blend." : null)),
    ];

    private static ulong[] Courses(CourseTaking[][] people)
    {
        var takers = new Dictionary<ulong, int>();
        foreach (var person in people)
        {
            foreach (var taking in person) takers[taking.Course] = takers.GetValueOrDefault(taking.Course) + 1;
        }

        return [.. takers.OrderByDescending(static t => t.Value).ThenBy(static t => t.Key).Take(NeedsModel.MaxCourses).Select(static t => t.Key).Order()];
    }

    private static TakingData Data(CourseTaking[][] people, ulong[] courses, Dictionary<ulong, int> index, ProgramSnapshot program)
    {
        var certificates = new List<ulong>();
        var certificateOf = new int[courses.Length];
        for (var i = 0; i < courses.Length; i++)
        {
            var certificate = CertificateOf(courses[i], program);
            certificateOf[i] = certificate == 0 ? -1 : certificates.IndexOf(certificate);
            if (certificate == 0 || certificateOf[i] >= 0) continue;
            certificateOf[i] = certificates.Count;
            certificates.Add(certificate);
        }

        var takings = people
            .Select(person => person.Where(t => index.ContainsKey(t.Course)).Select(t => new Taking(index[t.Course], t.Day, t.Segment, t.Season)).OrderBy(static t => t.Day).ThenBy(static t => t.Item).ToArray())
            .Where(static t => t.Length > 0).ToArray();
        return new TakingData(courses.Length, NeedsModel.Segments, people.Max(static p => p.Max(static t => t.Season)) + 1, takings) { Certificates = certificateOf };
    }

    /// <summary>What the newest section of the course counts for, so that a certificate that was reorganised is read as it is now.</summary>
    private static ulong CertificateOf(ulong course, ProgramSnapshot program)
    {
        var sections = program.SectionsOfCourse(course);
        return sections.Count == 0 ? 0 : sections[^1].Certificate;
    }

    private static Benefit[][] Benefits(CourseTaking[][] people, Dictionary<ulong, int> index)
    {
        Benefit[][] benefits = [.. index.Select(static _ => new Benefit[NeedsModel.Segments])];
        foreach (var taking in people.SelectMany(static p => p))
        {
            if (index.TryGetValue(taking.Course, out var item)) benefits[item][taking.Segment] = benefits[item][taking.Segment].Plus(taking.Outcome);
        }

        return benefits;
    }

    private static Benefit[][] Modes(CourseTaking[][] people)
    {
        Benefit[][] modes = [new Benefit[NeedsModel.Segments], new Benefit[NeedsModel.Segments]];
        foreach (var taking in people.SelectMany(static p => p))
        {
            if (taking.Online is not { } online) continue;
            ref var benefit = ref modes[online ? 1 : 0][taking.Segment];
            benefit = benefit.Plus(taking.Outcome);
        }

        return modes;
    }

    /// <summary>Answers by rule; those about a next course by course too, found by the cause that an offer of it would have had.</summary>
    internal static NeedAnswers Answers(IReadOnlyList<NeedsSample> samples, IReadOnlyList<ulong> courses, ProgramSnapshot program)
    {
        var answers = new NeedAnswers();
        Dictionary<ulong, ulong>? causes = null;
        foreach (var answer in samples.SelectMany(static s => s.Answers))
        {
            var one = default(Answered).Plus(answer.Accepted);
            answers.Add(answer.Rule, answer.Segment, answer.Timing, one);
            if (answer.Rule != RuleId.NextOffering) continue;
            causes ??= Causes(samples, courses, program);
            if (causes.TryGetValue(answer.Cause, out var course)) answers.AddCourse(course, answer.Segment, one);
        }

        return answers;
    }

    private static Dictionary<ulong, ulong> Causes(IReadOnlyList<NeedsSample> samples, IReadOnlyList<ulong> courses, ProgramSnapshot program)
    {
        var newest = samples.SelectMany(static s => s.Answers).Max(static a => a.Day);
        var causes = new Dictionary<ulong, ulong>();
        foreach (var term in program.Terms.All.Where(t => Math.Abs(t.Starts - newest) <= AnswerDays))
        {
            foreach (var course in courses) causes[SipHash.Name(OpenItem.Text(NextOfferings.CauseOf(course, term)))] = course;
        }

        return causes;
    }

    private static int Compare(CourseTaking[] a, CourseTaking[] b)
    {
        for (var i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            var order = a[i].Day.CompareTo(b[i].Day);
            if (order == 0) order = a[i].Section.CompareTo(b[i].Section);
            if (order == 0) order = a[i].Course.CompareTo(b[i].Course);
            if (order == 0) order = a[i].Segment.CompareTo(b[i].Segment);
            if (order == 0) order = a[i].Season.CompareTo(b[i].Season);
            if (order != 0) return order;
        }

        return a.Length.CompareTo(b.Length);
    }

    private static DateOnly Day(int day) => DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(day);
}
