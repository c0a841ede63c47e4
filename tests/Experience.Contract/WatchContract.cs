using Experience.Domain.Events;

namespace Experience.Contract;

/// <summary>A watch shows the current view first, then the newest after each change, and never a queue.</summary>
public abstract class WatchContract(IEngineLab lab) : ContractBase(lab)
{
    [Fact]
    public async Task A_watched_card_shows_the_present_and_then_each_news()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Payment("p-1", "pay-1", Start.AddDays(-1), 19_000)]);
        using var stop = new CancellationTokenSource();
        await using var watch = engine.WatchCardAsync(await PersonAsync(engine, "p-1"), Desk, stop.Token).GetAsyncEnumerator(stop.Token);

        Assert.Equal(19_000, (await NextAsync(watch, _ => true)).Value!.NetPaid);
        await AcceptAsync(engine, [Given.Of(EventTypes.RefundIssued, "p-1", "back", Start).Set(Fields.Amount, 4_000L).Build()]);
        var card = await NextAsync(watch, c => c.Value!.NetPaid == 15_000);
        Assert.Equal("refund.issued", card.Journey[0].Type);
    }

    [Fact]
    public async Task A_watched_board_shows_the_present_and_then_the_news()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Payment("p-1", "pay-1", Start.AddDays(-1), 19_000)]);
        using var stop = new CancellationTokenSource();
        await using var watch = engine.WatchBoardAsync("everyone", Desk, stop.Token).GetAsyncEnumerator(stop.Token);

        Assert.Equal(1, (await NextAsync(watch, _ => true)).People);
        await AcceptAsync(engine, [.. Enumerable.Range(2, 9).Select(i => Given.Payment($"p-{i}", $"pay-{i}", Start.AddDays(-1), 100))]);
        await NextAsync(watch, b => b.People == 10);
    }

    [Fact]
    public async Task A_slow_reader_gets_the_newest_view_and_not_a_queue()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Payment("p-1", "pay-0", Start.AddDays(-300), 1)]);
        using var stop = new CancellationTokenSource();
        await using var watch = engine.WatchCardAsync(await PersonAsync(engine, "p-1"), Desk, stop.Token).GetAsyncEnumerator(stop.Token);
        await NextAsync(watch, _ => true);
        for (var i = 1; i <= 200; i++) await AcceptAsync(engine, [Given.Payment("p-1", $"pay-{i}", Start.AddDays(-300 + i), 1)]);

        var views = 0;
        await NextAsync(watch, c =>
        {
            views++;
            return c.More.Facts == 201;
        });
        Assert.InRange(views, 1, 10);
    }

    [Fact]
    public async Task Every_watcher_of_one_card_sees_an_answer_at_once()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Person("p-1", Start.AddDays(-1)), Given.Rating("p-1", "r-1", Start.AddHours(-1), 200)]);
        using var stop = new CancellationTokenSource();
        var person = await PersonAsync(engine, "p-1");
        await using var one = engine.WatchCardAsync(person, Desk, stop.Token).GetAsyncEnumerator(stop.Token);
        await using var two = engine.WatchCardAsync(person, Desk, stop.Token).GetAsyncEnumerator(stop.Token);
        var flag = Assert.Single((await NextAsync(one, _ => true)).Flags, f => f.Rule == "low-rating");
        await NextAsync(two, _ => true);

        await AcceptAsync(engine, [Given.Of(EventTypes.RiskAcknowledged, "p-1", "ack", Start, live: true).Set(Fields.Rule, flag.Rule).Set(Fields.Cause, flag.Cause).Set(Fields.Staff, "Rosa Lin").Build()]);
        await NextAsync(one, c => c.Flags.All(f => f.Cause != flag.Cause || f.Answer == "acknowledged"));
        await NextAsync(two, c => c.Flags.All(f => f.Cause != flag.Cause || f.Answer == "acknowledged"));
    }

    [Fact]
    public async Task A_watch_ends_when_it_is_cancelled()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Payment("p-1", "pay-1", Start.AddDays(-1), 1)]);
        using var stop = new CancellationTokenSource();
        await using var watch = engine.WatchFlagsAsync(Desk, stop.Token).GetAsyncEnumerator(stop.Token);
        await NextAsync(watch, _ => true);
        var next = watch.MoveNextAsync().AsTask();
        await stop.CancelAsync();
        var ended = await Task.WhenAny(next, Task.Delay(Patience));
        Assert.Same(next, ended);
        Assert.True(next.IsCanceled || !await next);
    }

    [Fact]
    public async Task A_watch_that_begins_during_a_storm_misses_nothing()
    {
        var engine = await OpenAsync();
        const int total = 400;
        await AcceptAsync(engine, [Given.Payment("p-1", "pay-0", Start.AddDays(-2), 1)]);
        var person = await PersonAsync(engine, "p-1");
        var storm = Task.Run(async () =>
        {
            for (var i = 1; i <= total; i++) await AcceptAsync(engine, [Given.Payment("p-1", $"pay-{i}", Start.AddDays(-1), 1)]);
        });
        using var stop = new CancellationTokenSource();
        for (var i = 0; i < 5; i++)
        {
            await using var watch = engine.WatchCardAsync(person, Desk, stop.Token).GetAsyncEnumerator(stop.Token);
            var last = 0L;
            await NextAsync(watch, c =>
            {
                Assert.True(c.Value!.NetPaid >= last, "A view older than the one before.");
                last = c.Value.NetPaid;
                return i < 4 || last == total + 1;
            });
        }

        await storm;
    }
}
