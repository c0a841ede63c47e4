using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Voice;
using FsCheck;
using FsCheck.Fluent;

namespace Experience.Domain.Tests.People;

/// <summary>Who belongs together is a function of the set of merges and unmerges.</summary>
public sealed class KinshipTests
{
    private const int Streams = 6;

    /// <summary>One merge or unmerge as it was said; small numbers, so that pairs and stamps meet.</summary>
    private sealed record Said(int From, int To, int Time, int Id, bool Merged);

    private static readonly Gen<Said> OneSaid =
        from a in Gen.Choose(1, Streams)
        from b in Gen.Choose(1, Streams)
        from time in Gen.Choose(1, 4)
        from id in Gen.Choose(1, 5)
        from merged in Gen.Choose(0, 2)
        select new Said(a, b, time, id, merged != 0);

    private static readonly Arbitrary<(Said[] Links, int Erased, int Seed)> Histories = Arb.From(
        from links in Gen.ArrayOf(OneSaid)
        from erased in Gen.Choose(0, (1 << Streams) - 1)
        from few in Gen.Choose(0, 3)
        from seed in Gen.Choose(1, int.MaxValue - 1)
        select (links, few == 0 ? erased : 0, seed));

    [Fact]
    public void Any_order_repetition_and_batching_gives_the_same_people() => Prop.ForAll(Histories, history =>
    {
        var (links, erased, seed) = history;
        var random = new Random(seed);
        var kinship = new Kinship();
        var told = new Dictionary<int, List<StreamLink>>();

        // Each link is a fact of both streams; each side comes when it comes, some twice.
        var sides = links.SelectMany(l => new[] { (l.From, Link: Of(l.To, l)), (From: l.To, Link: Of(l.From, l)) }).ToList();
        sides.AddRange(sides.Where(_ => random.Next(3) == 0).ToArray());
        var order = sides.ToArray();
        random.Shuffle(order);
        for (var stream = 1; stream <= Streams; stream++) kinship.Put((UInt128)stream, [], (erased >> (stream - 1) & 1) != 0);
        foreach (var (stream, link) in order)
        {
            if (!told.TryGetValue(stream, out var known)) told[stream] = known = [];
            known.Add(link);
            if (random.Next(2) == 0) Put(stream);
        }

        foreach (var stream in told.Keys) Put(stream);
        var expected = Expected(links, erased);
        return Enumerable.Range(1, Streams).All(s => kinship.PersonOf((UInt128)s).SequenceEqual(expected[s].Select(o => (UInt128)o)));

        void Put(int stream) => kinship.Put((UInt128)stream, told[stream], (erased >> (stream - 1) & 1) != 0);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void One_side_of_a_link_is_enough() => Prop.ForAll(Histories, history =>
    {
        var (links, _, seed) = history;
        var random = new Random(seed);
        var kinship = new Kinship();
        var told = new Dictionary<int, List<StreamLink>>();
        foreach (var link in links)
        {
            var (from, to) = random.Next(2) == 0 ? (link.From, link.To) : (link.To, link.From);
            if (!told.TryGetValue(from, out var known)) told[from] = known = [];
            known.Add(Of(to, link));
        }

        foreach (var (stream, known) in told) kinship.Put((UInt128)stream, known, erased: false);
        var expected = Expected(links, 0);
        return Enumerable.Range(1, Streams).All(s => kinship.PersonOf((UInt128)s).SequenceEqual(expected[s].Select(o => (UInt128)o)));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    [Fact]
    public void A_voice_is_at_most_one_persons_by_its_newest_link_and_joins_nobody() => Prop.ForAll(Histories, history =>
    {
        // The two highest of the streams are voices.
        var (links, _, seed) = history;
        static UInt128 Number(int stream) => Voices.StreamOf((UInt128)stream, stream > Streams - 2 ? Voices.KeyOf((UInt128)stream) : $"p-{stream}");
        static StreamLink To(int other, Said link) => Of(other, link) with { Other = Number(other) };
        var sides = links.SelectMany(l => new[] { (l.From, Link: To(l.To, l)), (From: l.To, Link: To(l.From, l)) }).ToArray();
        new Random(seed).Shuffle(sides);
        Kinship kinship = new(), people = new();
        foreach (var side in sides.GroupBy(s => s.From))
        {
            kinship.Put(Number(side.Key), [.. side.Select(s => s.Link)], erased: false);
            if (side.Key <= Streams - 2) people.Put(Number(side.Key), [.. side.Select(s => s.Link).Where(l => !Voices.IsVoice(l.Other))], erased: false);
        }

        var persons = Enumerable.Range(1, Streams - 2).All(s => kinship.PersonOf(Number(s)).Where(o => !Voices.IsVoice(o)).SequenceEqual(people.PersonOf(Number(s))));
        return persons && Enumerable.Range(Streams - 1, 2).All(voice =>
        {
            var said = links.Where(l => l.From != l.To && (l.From == voice || l.To == voice)).Select(l => (Other: l.From == voice ? l.To : l.From, Link: Of(1, l))).ToArray();
            var newest = said.Where(l => !said.Any(o => o.Link.Beats(l.Link))).ToArray();

            // Two events have no id in common; here they may.
            if (newest.Select(l => l.Other).Distinct().Count() > 1) return true;
            var whose = newest is [{ Link.Merged: true } one, ..] && one.Other <= Streams - 2 ? people.PersonOf(Number(one.Other)) : [];
            return kinship.PersonOf(Number(voice)).Where(o => !Voices.IsVoice(o)).SequenceEqual(whose);
        });
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void Undoing_every_merge_leaves_everybody_alone() => Prop.ForAll(Histories, history =>
    {
        var kinship = new Kinship();
        var all = history.Links.Concat(history.Links.Select(l => l with { Time = 9, Merged = false })).ToArray();
        foreach (var side in all.SelectMany(l => new[] { (l.From, Link: Of(l.To, l)), (From: l.To, Link: Of(l.From, l)) }).GroupBy(s => s.From))
            kinship.Put((UInt128)side.Key, [.. side.Select(s => s.Link)], erased: false);
        return Enumerable.Range(1, Streams).All(s => kinship.PersonOf((UInt128)s).Count == 1);
    }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Who_was_said_to_be_two_people_is_known_until_they_are_one()
    {
        var kinship = new Kinship();
        Assert.False(kinship.Apart(1, 2));
        kinship.Put(1, [Of(2, new Said(1, 2, 1, 1, false))], erased: false);
        Assert.True(kinship.Apart(2, 1));
        kinship.Put(2, [Of(1, new Said(1, 2, 2, 2, true))], erased: false);
        Assert.False(kinship.Apart(1, 2));
        Assert.Equal([1, 2], kinship.PersonOf(2));
    }

    [Fact]
    public void Somebody_erased_and_somebody_not_are_never_one_person()
    {
        var kinship = new Kinship();
        kinship.Put(1, [Of(2, new Said(1, 2, 1, 1, true)), Of(3, new Said(1, 3, 1, 2, true))], erased: false);
        Assert.Equal([1, 2, 3], kinship.PersonOf(3));
        kinship.Put(2, [], erased: true);
        Assert.Equal([1, 3], kinship.PersonOf(3));
        Assert.Equal([2], kinship.PersonOf(2));
        kinship.Put(1, [Of(2, new Said(1, 2, 1, 1, true)), Of(3, new Said(1, 3, 1, 2, true))], erased: true);
        kinship.Put(3, [], erased: true);
        Assert.Equal([1, 2, 3], kinship.PersonOf(3));
    }

    [Fact]
    public void Whoever_a_change_moves_is_around_the_stream_that_changed() => Prop.ForAll(Histories, history =>
    {
        var (links, erased, seed) = history;
        var random = new Random(seed);
        var kinship = new Kinship();
        var told = Enumerable.Range(1, Streams).ToDictionary(s => s, _ => new List<StreamLink>());
        foreach (var (from, link) in links.SelectMany(l => new[] { (l.From, Of(l.To, l)), (From: l.To, Of(l.From, l)) }).OrderBy(_ => random.Next()))
        {
            var before = Enumerable.Range(1, Streams).Select(s => kinship.PersonOf((UInt128)s)).ToArray();
            told[from].Add(link);
            kinship.Put((UInt128)from, told[from], (erased >> (from - 1) & 1) != 0);
            var around = kinship.Around((UInt128)from);
            for (var s = 1; s <= Streams; s++)
            {
                if (!before[s - 1].SequenceEqual(kinship.PersonOf((UInt128)s))) Assert.Contains((UInt128)s, around);
            }

            Assert.All(told.Where(t => t.Value.Count > 0), t => Assert.True(t.Value.TrueForAll(l => l.Other == (UInt128)t.Key) || kinship.Touches((UInt128)t.Key)));
        }

        var merges = kinship.Merges().ToArray();
        Assert.Equal(merges.Length, merges.Select(m => (m.First, m.Second)).Distinct().Count());
        Assert.All(merges, m => Assert.Contains(m.Second, kinship.PersonOf(m.First)));
        Assert.All(Enumerable.Range(1, Streams), s => Assert.True(kinship.PersonOf((UInt128)s).Count == 1 || merges.Any(m => m.First == (UInt128)s || m.Second == (UInt128)s)));
    }).QuickCheckThrowOnFailure();

    private static StreamLink Of(int other, Said said) => new((UInt128)other, new Stamp(said.Time, (ulong)said.Id), (UInt128)said.Id << 64 | (UInt128)(said.Merged ? 1 : 0), said.Merged);

    // By hand: the newest link of each unordered pair, then everybody reached over merges.
    private static Dictionary<int, SortedSet<int>> Expected(Said[] links, int erased)
    {
        var standing = links.Where(l => l.From != l.To).GroupBy(l => (Math.Min(l.From, l.To), Math.Max(l.From, l.To)))
            .Where(g => g.OrderBy(l => l.Time).ThenBy(l => l.Id).ThenBy(l => l.Merged).Last().Merged).Select(g => g.Key)
            .Where(p => (erased >> (p.Item1 - 1) & 1) == (erased >> (p.Item2 - 1) & 1)).ToArray();
        var people = Enumerable.Range(1, Streams).ToDictionary(s => s, s => new SortedSet<int> { s });
        for (var again = 0; again < Streams; again++)
        {
            foreach (var (a, b) in standing)
            {
                var all = new SortedSet<int>(people[a].Concat(people[b]));
                foreach (var s in all) people[s] = all;
            }
        }

        return people;
    }
}
