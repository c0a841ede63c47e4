using System.Globalization;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using FsCheck;
using FsCheck.Fluent;
using Fact = Experience.Domain.Events.Fact;

namespace Experience.Contract;

/// <summary>
/// Boards under merges and unmerges, as a property over whole histories: the boards are those of the same facts had they been sent under one key a person from the beginning, whatever
/// came in which order and in which batches; and without links they are those of everybody alone.
/// </summary>
public abstract class UnionPropertyContract(IEngineLab lab) : ContractBase(lab)
{
    private const int People = 7;

    private const int Cases = 8;

    private int _case;

    /// <summary>What was said of two keys, this many hours ago.</summary>
    private sealed record Said(int From, int To, int Hours, bool Merged);

    private sealed record History(int Facts, int Seed, IReadOnlyList<Said> Links, int Batch);

    private static readonly Gen<Said> OneSaid =
        from a in Gen.Choose(0, People - 1)
        from b in Gen.Choose(0, People - 2)
        from hours in Gen.Choose(1, 12_000)
        from merged in Gen.Choose(0, 2)
        select new Said(a, b >= a ? b + 1 : b, hours, merged != 0);

    private static readonly Arbitrary<History> Any = Arb.From(
        from facts in Gen.Choose(60, 260)
        from seed in Gen.Choose(1, 1_000_000)
        from links in Gen.Choose(1, 9).SelectMany(n => Gen.ArrayOf(OneSaid, n))
        from batch in Gen.Choose(1, 80)
        select new History(facts, seed, links, batch));

    [Xunit.Fact]
    public void Boards_are_those_of_the_same_facts_under_one_key() =>
        Prop.ForAll(Any, history => Task.Run(() => HoldsAsync(history))).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases));

    private async Task HoldsAsync(History history)
    {
        var name = (_case++).ToString(CultureInfo.InvariantCulture);
        // Only what is about the person: who pays for whom is said by keys, which would be others' under one key.
        var facts = Histories.Make(history.Seed, People, history.Facts, Start).Where(f => !Names(f)).ToList();
        var links = history.Links.SelectMany((l, n) => l.Merged
            ? Unions.Merge(Histories.Key(l.From), Histories.Key(l.To), $"link-{n}", Start.AddHours(-l.Hours))
            : Unions.Unmerge(Histories.Key(l.From), Histories.Key(l.To), $"link-{n}", Start.AddHours(-l.Hours))).ToList();

        var shuffled = await OpenAsync("shuffled-" + name);
        foreach (var part in Histories.Shuffle([.. facts, .. links, .. facts.Take(20)], history.Seed).Chunk(history.Batch)) await RecordAsync(shuffled, part);
        var united = await OpenAsync("united-" + name);
        var homes = Homes(links);
        await AcceptAsync(united, [.. facts.Select(f => homes.TryGetValue(f.Subject, out var home) && home != f.Subject ? Unions.Under(f, home) : f)]);
        Assert.Equal(await ToldAsync(united), await ToldAsync(shuffled));
        Assert.Equal(Unions.HashOf([.. facts, .. links]), (await VerifyAsync(shuffled)).StateHash);

        // Everybody is taken apart again.
        foreach (var (a, b) in history.Links.Select(l => (l.From, l.To)).Distinct()) await RecordAsync(shuffled, Unions.Unmerge(Histories.Key(a), Histories.Key(b), $"apart-{a}-{b}", Start));
        var alone = await OpenAsync("alone-" + name);
        await AcceptAsync(alone, facts);
        Assert.Equal(await ToldAsync(alone), await ToldAsync(shuffled));
        await VerifyAsync(shuffled);
        foreach (var engine in new[] { shuffled, united, alone }) await engine.DisposeAsync();
    }

    // Who names the person, by the merges that stand: the smallest key.
    private static Dictionary<string, string> Homes(List<Fact> links)
    {
        var numbers = Histories.Keys(People).Select((key, n) => (key, Number: (UInt128)(n + 1))).ToDictionary(k => k.key, k => k.Number);
        var kinship = new Kinship();
        foreach (var stream in links.GroupBy(l => l.Subject))
            kinship.Put(numbers[stream.Key], [.. stream.Select(l => new StreamLink(numbers[Other(l)], l.Stamp, l.Id, l.Type == EventTypes.ParticipantMerged))], erased: false);
        return numbers.ToDictionary(k => k.Key, k => Histories.Key((int)kinship.PersonOf(k.Value)[0] - 1));
    }

    private static string Other(Fact link)
    {
        for (var fields = link.PersonalFields(); fields.Next();)
        {
            if (fields.Number == Fields.Other.Number) return fields.Text;
        }

        throw new InvalidOperationException("A link names nobody.");
    }

    private static bool Names(Fact fact)
    {
        for (var fields = fact.PersonalFields(); fields.Next();)
        {
            if (Fields.Find(fields.Number) is { Kind: FieldKind.Person }) return true;
        }

        return false;
    }

    private static async Task<string> ToldAsync(IExperienceEngine engine) => JsonSerializer.Serialize(await BoardAsync(engine)) + JsonSerializer.Serialize(await engine.CatalogueAsync("all", Desk, None));
}
