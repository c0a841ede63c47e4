using Experience.Domain.Events;
using Experience.Testing;

namespace Experience.Contract;

/// <summary>Real purchases give the totals that others published, once, in any order.</summary>
public abstract class CdnowContract(IEngineLab lab) : ContractBase(lab)
{
    [Fact]
    public Task The_sample_has_its_published_totals() => TotalsAsync(Repository.CdnowSample, 6_919, 2_357, 24_409_194, allCards: true);

    [SharedDataFact("cdnow/CDNOW_master.txt")]
    public Task The_master_has_its_published_totals() => TotalsAsync(Repository.CdnowMaster, 69_659, 23_570, 250_031_563, allCards: false);

    private async Task TotalsAsync(string path, int events, int people, long cents, bool allCards)
    {
        var facts = Cdnow.Read(path);
        Assert.Equal(events, facts.Count);
        var engine = await OpenAsync();
        await AcceptAsync(engine, facts, 1_000);
        Assert.Equal(events, engine.Status.Events);
        Assert.Equal(people, engine.Status.People);
        var board = await BoardAsync(engine);
        Assert.Equal(people, board.People);
        Assert.True(board.History);
        Assert.Equal(0, (await engine.FlagsAsync(Desk, None)).Total);
        var report = await VerifyAsync(engine);
        Assert.Equal(events, report.Events);
        Assert.Equal(people, report.Participants);

        var again = 0;
        foreach (var batch in facts.Chunk(1_000)) again += (await engine.RecordAsync(batch, Ingest, None)).Duplicates;
        Assert.Equal(events, again);
        Assert.Equal(report.StateHash, (await VerifyAsync(engine)).StateHash);

        var shuffled = await OpenAsync("shuffled");
        await AcceptAsync(shuffled, Histories.Shuffle(facts, 1998), 1_000);
        Assert.Equal(report.StateHash, (await VerifyAsync(shuffled)).StateHash);

        var sum = 0L;
        foreach (var customer in facts.Select(f => f.Subject).Distinct().Take(allCards ? int.MaxValue : 200))
        {
            var card = await engine.CardAsync(await PersonAsync(engine, customer, Cdnow.Source), Desk, None);
            Assert.Empty(card!.Flags);
            Assert.Equal(facts.Where(f => f.Subject == customer).Sum(Amount), card.Value!.NetPaid);
            sum += card.Value.NetPaid;
        }

        if (allCards) Assert.Equal(cents, sum);

        // What everyone paid stands to the cent beside the lifetime value.
        Assert.Equal(cents, Assert.Single(board.Tiles.Single(t => t.Id == "value").Rows, r => r.Name == "Net paid in all").Value);
    }

    private static long Amount(Domain.Events.Fact fact)
    {
        var fields = fact.Fields();
        while (fields.Next())
        {
            if (fields.Number == Fields.Amount.Number) return fields.Value;
        }

        return 0;
    }
}
