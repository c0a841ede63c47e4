using Experience.Domain.Models.Needs;

namespace Experience.Domain.Tests.Models.Needs;

/// <summary>Rankings of next offerings: figures by hand, planted sequences found, nothing that depends on order.</summary>
public sealed class OfferingTests
{
    private const int Items = 12;

    /// <summary>People who walk a ring, two in three to the next item, else anywhere; some weeks apart.</summary>
    private static IReadOnlyList<Taking>[] Walks(int people, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, people).Select(_ =>
        {
            var takings = new List<Taking>();
            var item = random.Next(Items);
            double day = 20_000 + random.Next(300);
            for (var n = 2 + random.Next(5); n > 0; n--)
            {
                takings.Add(new Taking(item, day));
                item = random.Next(3) < 2 ? (item + 1) % Items : random.Next(Items);
                day += 20 + random.Next(60);
            }

            return (IReadOnlyList<Taking>)takings;
        })];
    }

    [Fact]
    public void A_planted_sequence_is_found_and_beats_popularity()
    {
        var people = Walks(1_500, seed: 1);
        var train = people.Select(p => (IReadOnlyList<Taking>)[.. p.Take(p.Count - 1)]).ToArray();
        var test = people.Select(p => (IReadOnlyList<Taking>)[p[^1]]).ToArray();
        var report = NeedsBacktest.Run(new TakingData(Items, 1, 1, train), test, 3);
        var models = report.Models.ToDictionary(m => m.Name);
        var (blend, popular, sequence) = (models[NeedsBacktest.Blend], models[NeedsBacktest.Popularity], models["sequence"]);
        Assert.True(blend.Hr >= 0.65 && blend.Hr >= 2 * popular.Hr, $"HR@3 {blend.Hr:0.00} against {popular.Hr:0.00}.");
        Assert.True(sequence.Weight > 0);
        Assert.All(report.Models, m => Assert.True(m.Weight is null or >= 0));
        // One item each: recall is the hit rate, and precision a third of it.
        Assert.Equal(blend.Hr, blend.Recall, 12);
        Assert.Equal(blend.Hr / 3, blend.Precision, 12);
    }

    [Fact]
    public void Figures_are_those_of_a_hand()
    {
        // Popularity ranks 0, 1, 2, 3; the one person has 0 and takes 2 and 3: ranks 2 and 3 of what is left.
        IReadOnlyList<Taking>[] train = [[new(0, 1)], [new(0, 1)], [new(0, 1)], [new(0, 1), new(1, 2)], [new(1, 1)], [new(1, 1)], [new(2, 1)], [new(2, 1)], [new(3, 1)], [new(0, 1)]];
        IReadOnlyList<Taking>[] test = [[], [], [], [], [], [], [], [], [], [new(2, 9), new(3, 10), new(0, 11)]];
        var report = NeedsBacktest.Run(new TakingData(4, 1, 1, train), test, 2);
        Assert.Equal((1, 0, 0), (report.People, report.Cold, report.Judged));
        var popular = report.Models.Single(m => m.Name == NeedsBacktest.Popularity);
        Assert.Equal(1, popular.Hr);
        Assert.Equal(1 / Math.Log2(3) / (1 + 1 / Math.Log2(3)), popular.Ndcg, 12);
        Assert.Equal(0.5 / 2, popular.Map, 12);
        Assert.Equal(0.5, popular.Precision);
        Assert.Equal(0.5, popular.Recall);
    }

    [Fact]
    public void Counts_do_not_depend_on_the_order_of_people()
    {
        var people = Walks(200, seed: 2);
        var one = OfferingTables.Of(new TakingData(Items, 1, 1, people));
        var other = OfferingTables.Of(new TakingData(Items, 1, 1, [.. people.Reverse()]));
        Assert.Equal(one.Takers, other.Takers);
        Assert.Equal(one.Popular, other.Popular);
        for (var i = 0; i < Items; i++)
        {
            Assert.Equal(one.Followed[i], other.Followed[i]);
            Assert.Equal(one.Together[i].OrderBy(w => w.Item), other.Together[i].OrderBy(w => w.Item));
        }
    }

    [Fact]
    public void What_was_taken_at_one_moment_follows_nothing_of_it()
    {
        var counts = OfferingCounts.Of(new TakingData(3, 1, 1, [[new(0, 5), new(1, 5), new(2, 100)]]));
        Assert.DoesNotContain(1, counts.Followed[0].Keys);
        Assert.Equal(1000, counts.Followed[0][2].Weight);
        Assert.Equal(1000, counts.Followed[1][2].Weight);
        Assert.Equal((1000, 0), (counts.Followed[0][2].From(1), counts.Followed[0][2].From(2)));
    }

    [Fact]
    public void Inverting_gives_the_inverse()
    {
        var random = new Random(3);
        const int n = 17;
        var root = Enumerable.Range(0, n).Select(_ => Enumerable.Range(0, n).Select(_ => random.NextDouble() - 0.5).ToArray()).ToArray();
        var matrix = Enumerable.Range(0, n).Select(i => Enumerable.Range(0, n).Select(j => Enumerable.Range(0, n).Sum(k => root[k][i] * root[k][j]) + (i == j ? 1 : 0)).ToArray()).ToArray();
        var inverse = matrix.Select(r => r.ToArray()).ToArray();
        RidgeItems.Invert(inverse);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++) Assert.Equal(i == j ? 1 : 0, Enumerable.Range(0, n).Sum(k => matrix[i][k] * inverse[k][j]), 10);
        }
    }

    [Theory]
    [InlineData("user\titem\ttime", "u\ta\t2024-03-01", 19_783)]
    [InlineData("u\tb\t1709251200", "u\ta\t1709251200", 19_783)]
    [InlineData("u\tb\t5", "u\ta\t7", 7)]
    public void Times_are_dates_seconds_or_steps_and_a_heading_is_passed_over(string first, string second, double day)
    {
        var files = TakingFiles.Read([first, second], ["u\tc\t2024-04-01T12:00:00Z"]);
        Assert.Equal(day, files.Train.People[0][^1].Day);
        Assert.Contains("c", files.Items);
    }

    [Fact]
    public void A_line_that_does_not_read_is_named()
    {
        Assert.Contains("Line 2 of the training file", Assert.Throws<FormatException>(() => TakingFiles.Read(["u\ta\t1", "u\ta"], [])).Message, StringComparison.Ordinal);
        Assert.Contains("Line 2 of the test file: \"soon\"", Assert.Throws<FormatException>(() => TakingFiles.Read(["u\ta\t1"], ["u\ta\t1", "u\ta\tsoon"])).Message, StringComparison.Ordinal);
    }
}
