using Experience.Contract;
using Experience.Domain.Events;
using Experience.Embedded.Tests.Contract;

namespace Experience.Embedded.Tests;

/// <summary>Answers that look at everything: journeys of any length, all who match, assessments of any moment.</summary>
public sealed class WholeHistoryTests() : ContractBase(new EmbeddedLab())
{
    [Xunit.Fact]
    public async Task Assessments_of_any_moment_are_those_of_the_journal_in_whatever_order_it_came()
    {
        var facts = Histories.Make(17, 25, 1_500, Start);
        var ordered = await OpenAsync("ordered");
        await AcceptAsync(ordered, [.. facts.OrderBy(f => f.Stamp)]);
        var shuffled = await OpenAsync("shuffled");
        await AcceptAsync(shuffled, Histories.Shuffle(facts, 17), 40);
        var hashes = new HashSet<string>();
        foreach (var moment in new[] { Start.AddDays(-200), Start.AddDays(-3), Start.AddDays(40) })
        {
            var one = await VerifyAsync(ordered, moment.Micros());
            Assert.Equal(one.AssessmentHash, (await VerifyAsync(shuffled, moment.Micros())).AssessmentHash);
            Assert.True(hashes.Add(one.AssessmentHash!), "Two moments gave the same assessments.");
        }

        Assert.Null((await VerifyAsync(ordered)).AssessmentHash);
    }

    [Xunit.Fact]
    public async Task A_journey_of_any_length_is_paged_to_its_first_day_in_the_order_of_time()
    {
        const int facts = 21_000;
        var engine = await OpenAsync();
        var history = Enumerable.Range(0, facts).Select(i => Given.Payment("p-1", $"pay-{i}", Start.AddMinutes(-i / 2), 1)).ToList();
        await AcceptAsync(engine, [.. Histories.Shuffle(history, 7), Given.Void("p-1", "void", Start, $"pay-{facts - 1}")], 1_000);
        var person = await PersonAsync(engine, "p-1");
        var seen = new HashSet<string>();
        var last = long.MaxValue;
        string? after = null;
        do
        {
            var page = (await engine.JourneyAsync(person, after, 500, Desk, None))!;
            foreach (var line in page.Lines)
            {
                Assert.True(line.At <= last && seen.Add(line.Event), "A line out of order, or twice.");
                last = line.At;
                if (line.Voided) Assert.Equal(Start.AddMinutes(-(facts - 1) / 2).ToUnixTimeMilliseconds(), line.At);
            }

            after = page.Next;
        }
        while (after is not null);
        Assert.Equal(facts + 1, seen.Count);
        Assert.Equal(Start.AddMinutes(-(facts - 1) / 2).ToUnixTimeMilliseconds(), last);
    }

    [Xunit.Fact]
    public async Task Of_people_who_match_alike_the_one_being_served_comes_first_then_who_was_here_last()
    {
        var engine = await OpenAsync();
        var facts = new List<Fact>();
        for (var i = 0; i < 90; i++)
        {
            facts.Add(Given.Person($"s-{i}", Start.AddDays(-100), "Sam", "Smith"));
            facts.Add(Given.Payment($"s-{i}", $"s-pay-{i}", Start.AddHours(-1000 + i), 100));
        }

        facts.Add(Given.Of(EventTypes.TransactionOpened, "s-7", "t-7", Start.AddHours(-2000)).Set(Fields.Transaction, "t-7").Build());
        await AcceptAsync(engine, facts);
        await UntilAsync(async () => await engine.SearchAsync("smith", 5, Desk, None), r => r.Ready);
        var hits = (await engine.SearchAsync("smith", 4, Desk, None)).Hits;
        var expected = new List<string>();
        foreach (var key in (string[])["s-7", "s-89", "s-88", "s-87"]) expected.Add(await PersonAsync(engine, key));
        Assert.Equal(expected, hits.Select(h => h.Id));
    }
}
