using Experience.Domain.Events;

namespace Experience.Sample.Tests;

public sealed class SampleLoadTests
{
    private const int Events = 200_000;

    [Theory]
    [InlineData(LoadDistribution.Uniform)]
    [InlineData(LoadDistribution.Zipf)]
    public void The_mix_is_a_fifth_text_one_in_twenty_late_one_in_a_hundred_sent_before(LoadDistribution distribution)
    {
        var load = new SampleLoad(10_000, 7, distribution);
        var seen = new HashSet<UInt128>();
        var newest = new Dictionary<string, long>();
        int late = 0, duplicates = 0, text = 0;
        for (var i = 0; i < Events; i++)
        {
            var fact = load.Next(out var kind);
            if (!fact.Personal.IsEmpty) text++;
            var known = !seen.Add(fact.Id);
            Assert.Equal(kind == LoadKind.Duplicate, known);
            if (known)
            {
                duplicates++;
                continue;
            }

            var older = newest.TryGetValue(fact.Subject, out var last) && fact.Time < last;
            Assert.Equal(kind == LoadKind.Late, older);
            if (older) late++;
            else newest[fact.Subject] = fact.Time;
        }

        Assert.InRange(text / (double)Events, 0.19, 0.21);
        // The first 16,384 events have nothing to be late or repeated against.
        Assert.InRange(late / (double)Events, 0.043, 0.053);
        Assert.InRange(duplicates / (double)Events, 0.008, 0.012);
    }

    [Fact]
    public void Equal_arguments_give_equal_loads()
    {
        var a = new SampleLoad(1_000, 3, LoadDistribution.Zipf);
        var b = new SampleLoad(1_000, 3, LoadDistribution.Zipf);
        for (var i = 0; i < 50_000; i++)
        {
            var (x, y) = (a.Next(out _), b.Next(out _));
            Assert.Equal(x.Id, y.Id);
            Assert.Equal(x.Subject, y.Subject);
            Assert.Equal(x.Stamp, y.Stamp);
            Assert.True(x.Clear.Span.SequenceEqual(y.Clear.Span) && x.Personal.Span.SequenceEqual(y.Personal.Span));
        }
    }

    [Fact]
    public void The_busiest_of_a_zipf_load_has_its_share_and_a_uniform_load_has_none()
    {
        // P(rank 1) = 1 / H(10,000) = 10.2 %.
        Assert.InRange(TopShare(LoadDistribution.Zipf), 0.092, 0.112);
        Assert.InRange(TopShare(LoadDistribution.Uniform), 0, 0.001);
    }

    private static double TopShare(LoadDistribution distribution)
    {
        var load = new SampleLoad(10_000, 11, distribution) { LateShare = 0, DuplicateShare = 0 };
        var counts = new Dictionary<string, int>();
        for (var i = 0; i < Events; i++)
        {
            var key = load.Next(out _).Subject;
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        return counts.Values.Max() / (double)Events;
    }

    [Fact]
    public void Every_fact_of_a_load_has_the_fields_that_its_type_asks_for()
    {
        var load = new SampleLoad(1_000, 5, LoadDistribution.Uniform);
        foreach (var fact in load.Catalogue()) FactRules.Check(fact);
        for (var i = 0; i < 1_000; i++) FactRules.Check(load.Identity(i));
        for (var i = 0; i < 20_000; i++) FactRules.Check(load.Next(out _));
    }
}
