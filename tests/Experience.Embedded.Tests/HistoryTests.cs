using Experience.Contract;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Xunit.Abstractions;

namespace Experience.Embedded.Tests;

/// <summary>Histories that models learn from are those that states are folded from.</summary>
public sealed class HistoryTests(ITestOutputHelper output)
{
    private static readonly CivilZone Zone = CivilZone.Utc;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    public async Task Folding_a_history_gives_the_state_that_the_engine_keeps(int seed, int loops)
    {
        output.WriteLine($"seed {seed}");
        await using var folder = new Folder();
        var engine = await folder.OpenAsync(loops);
        // Late, voided, and sent twice.
        var facts = Histories.Shuffle(Histories.Make(seed, 40, 4_000, Folder.Start), seed);
        await Folder.RecordAsync(engine, [.. facts, .. facts.Take(500)]);
        var folded = new Fold();
        var walk = await engine.WalkAsync(folded, IHistories.UsualFacts, CancellationToken.None);
        Assert.Equal((40, 1.0), (walk.People, walk.Share));
        foreach (var key in Histories.Keys(40))
        {
            var stream = engine.StreamOf(facts[0].Source, key);
            Assert.Equal(await engine.StateOfAsync(stream), folded.States[stream]);
        }

        Assert.Equal(0, folded.OutOfOrder);
    }

    [Fact]
    public async Task A_walk_over_more_facts_than_asked_for_covers_whole_people_and_says_which_share()
    {
        await using var folder = new Folder();
        var engine = await folder.OpenAsync();
        await Folder.RecordAsync(engine, Histories.Make(5, 200, 4_000, Folder.Start));
        var all = new Fold();
        await engine.WalkAsync(all, long.MaxValue, CancellationToken.None);
        var some = new Fold();
        var walk = await engine.WalkAsync(some, 800, CancellationToken.None);
        Assert.InRange(walk.Share, .05, .6);
        Assert.InRange(walk.People, 10, 150);
        Assert.All(some.States, pair => Assert.Equal(all.States[pair.Key], pair.Value));
    }

    [Fact]
    public async Task A_visitor_that_has_enough_ends_the_walk()
    {
        await using var folder = new Folder();
        var engine = await folder.OpenAsync();
        await Folder.RecordAsync(engine, Histories.Make(6, 30, 600, Folder.Start));
        var few = new Fold { Enough = 3 };
        Assert.Equal(3, (await engine.WalkAsync(few, long.MaxValue, CancellationToken.None)).People);
    }

    private sealed class Fold : IHistoryVisitor
    {
        public Dictionary<UInt128, byte[]> States { get; } = [];

        public int OutOfOrder { get; private set; }

        public int Enough { get; init; } = int.MaxValue;

        public bool Visit(IPersonHistory person)
        {
            var state = new PersonState();
            Stamp last = default;
            for (var i = 0; i < person.Count; i++)
            {
                var fact = person[i];
                if (fact.Stamp < last) OutOfOrder++;
                last = fact.Stamp;
                PersonFold.Apply(state, fact, Zone);
            }

            var bytes = new System.Buffers.ArrayBufferWriter<byte>();
            state.Write(bytes);
            States[person.Person] = bytes.WrittenSpan.ToArray();
            return States.Count < Enough;
        }
    }
}
