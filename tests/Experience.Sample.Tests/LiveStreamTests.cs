using Experience.Domain.Events;

namespace Experience.Sample.Tests;

public sealed class LiveStreamTests(Riverbend riverbend) : IClassFixture<Riverbend>
{
    private const long Second = 1_000_000;

    private async Task<List<Fact>> Take(int count, double perMinute, TimeProvider time)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var facts = new List<Fact>();
        await foreach (var fact in riverbend.Program.Continue(perMinute, time, deadline.Token))
        {
            facts.Add(fact);
            if (facts.Count >= count) break;
        }

        return facts;
    }

    [Fact]
    public async Task Maria_stands_at_the_counter_within_seconds_and_asks_for_her_money()
    {
        var facts = await Take(60, 60, new JumpingTime(Riverbend.Now));
        var opened = Assert.Single(facts, f => f.Type == EventTypes.TransactionOpened && f.Subject == riverbend.Truth.People.Maria);
        Assert.Equal(("refund", "Main", "Rosa Lin"), (opened.Code(Fields.Kind), opened.Text(Fields.Desk), opened.Text(Fields.Staff)));
        var asked = Assert.Single(facts, f => f.Type == EventTypes.RefundRequested && f.Subject == riverbend.Truth.People.Maria);
        Assert.Equal(riverbend.Truth.InstructorChange.Section, asked.Text(Fields.Section));
        Assert.Equal("ours", asked.Code(Fields.Fault));
        Assert.InRange(asked.Time - Riverbend.NowMicros, 15 * Second, 40 * Second);
        Assert.DoesNotContain(facts, f => f.Type == EventTypes.RefundIssued && f.Subject == riverbend.Truth.People.Maria);
    }

    [Fact]
    public async Task What_streams_is_live_new_and_as_the_vocabulary_asks()
    {
        var facts = await Take(8_000, 60, new JumpingTime(Riverbend.Now));
        var known = riverbend.Facts.Select(f => f.Id).ToHashSet();
        long last = Riverbend.NowMicros;
        foreach (var fact in facts)
        {
            FactRules.Check(fact);
            Assert.True(fact.Live);
            Assert.True(fact.Time >= last);
            last = fact.Time;
            Assert.True(known.Add(fact.Id));
        }

        foreach (var type in (EventType[])[EventTypes.RegistrationConfirmed, EventTypes.PaymentReceived, EventTypes.ActivityRecorded, EventTypes.FeedbackSubmitted, EventTypes.ComplaintOpened, EventTypes.ComplaintUpdated, EventTypes.ComplaintResolved, EventTypes.SearchUnmatched, EventTypes.KudosGiven, EventTypes.RefundIssued, EventTypes.TransactionClosed])
        {
            Assert.Contains(facts, f => f.Type == type);
        }

        // 8,000 events at 60 a minute are some 133 minutes; what follows from another comes beside.
        Assert.InRange((last - Riverbend.NowMicros) / (60.0 * Second), 100, 150);
    }

    [Fact]
    public async Task Complaints_do_not_pile_up_in_three_days()
    {
        var open = riverbend.Truth.OpenComplaints;
        foreach (var fact in await Take(8_600, 2, new JumpingTime(Riverbend.Now)))
        {
            if (fact.Type == EventTypes.ComplaintOpened) open++;
            else if (fact.Type == EventTypes.ComplaintResolved) open--;
            Assert.InRange(open, 40, 80);
        }
    }

    [Fact]
    public async Task A_stream_that_begins_again_later_repeats_no_event_of_its_own()
    {
        var first = await Take(500, 60, new JumpingTime(Riverbend.Now));
        var second = await Take(500, 60, new JumpingTime(Riverbend.Now.AddHours(5)));
        // A registration that was planned keeps its id: told twice it counts once.
        var own = first.Where(f => f.Text(Fields.Registration) is null).Select(f => f.Id).ToHashSet();
        Assert.DoesNotContain(second, f => own.Contains(f.Id));
    }

    [Fact]
    public async Task A_stream_that_is_taken_up_again_asks_for_no_second_first_refund()
    {
        using var cancel = new CancellationTokenSource();
        var told = new List<Fact>();
        await foreach (var fact in riverbend.Program.Continue(60, new JumpingTime(Riverbend.Now.AddHours(5)), cancel.Token, again: true))
        {
            told.Add(fact);
            if (told.Count == 500) break;
        }

        Assert.DoesNotContain(told, f => f.Type == EventTypes.RefundRequested && f.Text(Fields.Section) == riverbend.Truth.InstructorChange.Section);
    }

    [Fact]
    public async Task A_cancelled_stream_ends()
    {
        using var cancel = new CancellationTokenSource();
        var stream = riverbend.Program.Continue(60, new JumpingTime(Riverbend.Now), cancel.Token).GetAsyncEnumerator(TestContext);
        Assert.True(await stream.MoveNextAsync());
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (await stream.MoveNextAsync())
            {
            }
        });
        await stream.DisposeAsync();
    }

    private static CancellationToken TestContext => CancellationToken.None;
}
