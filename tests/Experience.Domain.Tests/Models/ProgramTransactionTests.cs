using Experience.Domain.Events;
using Experience.Domain.Models.Backtests;
using Experience.Domain.Models.Learning;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Domain.Tests.People;

namespace Experience.Domain.Tests.Models;

/// <summary>A backtest of the program's own history judges the purchases that states count, no others.</summary>
public class ProgramTransactionTests
{
    private static readonly CivilZone Zone = new(TimeZoneInfo.FindSystemTimeZoneById("America/Chicago"));

    [Fact]
    public void Each_day_that_a_state_counts_is_a_transaction_and_what_it_spent_is_their_sum()
    {
        var some = 0;
        for (var seed = 1; seed <= 200; seed++)
        {
            var facts = Ordered(Histories.Of(new Random(seed), 60, Spread.Years, voids: 0));
            var state = Fold(facts, facts.Count);
            var transactions = Read([facts], long.MaxValue);
            Assert.True(state.Purchases.Days == transactions.Count, $"Seed {seed}: {state.Purchases.Days} days, {transactions.Count} transactions");
            if (transactions.Count == 0) continue;
            some++;
            Assert.True(state.Purchases.Spend == transactions.Sum(static t => t.Amount), $"Seed {seed}");
            Assert.Equal(state.Purchases.RecentDays, transactions.Select(Day).TakeLast(state.Purchases.RecentDays.Count));
        }

        Assert.True(some > 100, $"Only {some} histories had a purchase.");
    }

    [Fact]
    public void Nothing_after_the_moment_counts()
    {
        for (var seed = 1; seed <= 50; seed++)
        {
            var facts = Ordered(Histories.Of(new Random(seed), 60, Spread.Years, voids: 0));
            var until = facts[facts.Count / 2].Time;
            var state = Fold(facts, facts.Count(fact => fact.Time <= until));
            Assert.Equal(state.Purchases.Days, Read([facts], until).Count);
        }
    }

    [Fact]
    public void People_in_any_order_give_the_same_transactions()
    {
        List<Fact>[] people = [.. Enumerable.Range(1, 40).Select(static seed => Ordered(Histories.Of(new Random(seed), 40, Spread.Years, voids: 0)))];
        var expected = Customers(people, long.MaxValue);
        new Random(3).Shuffle(people);
        Assert.Equal(expected, Customers(people, long.MaxValue));
        Assert.True(expected.Length > 20);
    }

    [Fact]
    public void Where_terms_are_named_a_term_with_a_purchase_counts_once_as_in_the_model()
    {
        // The histories begin before the first term and go on after the last, and not every day is in one.
        var terms = new TermCalendar(Enumerable.Range(0, 8).Select(static i =>
            new Term($"t{i}", $"Term {i}", $"s{i % 4}", true, false, 18_600 + 91 * i - 30, 18_600 + 91 * i, 18_600 + 91 * i, 18_600 + 91 * i + 70)));
        Span<int> days = stackalloc int[PersonState.MaxPurchaseDays];
        for (var seed = 1; seed <= 100; seed++)
        {
            var facts = Ordered(Histories.Of(new Random(seed), 60, Spread.Years, voids: 0));
            var state = Fold(facts, facts.Count);
            if (state.Purchases.Days > PersonState.MaxPurchaseDays) continue;
            var count = ValueModel.DaysOf(state, terms, days);
            var transactions = Read([facts], long.MaxValue, terms);
            Assert.Equal(days[..count].ToArray(), transactions.Select(Day));
            if (count > 0) Assert.True(state.Purchases.Spend == transactions.Sum(static t => t.Amount), $"Seed {seed}");
        }
    }

    private static int Day((int Day, long Amount) transaction) => transaction.Day - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    private static List<Fact> Ordered(IEnumerable<Fact> facts) => [.. facts.OrderBy(static fact => fact.Stamp)];

    private static List<(int Day, long Amount)> Read(IEnumerable<List<Fact>> people, long until, TermCalendar? terms = null) => [.. Customers(people, until, terms).SelectMany(static days => days)];

    private static (int Day, long Amount)[][] Customers(IEnumerable<List<Fact>> people, long until, TermCalendar? terms = null)
    {
        var visitor = new ProgramTransactions(Zone, terms, until);
        foreach (var facts in people) Assert.True(visitor.Visit(new History(facts)));
        return visitor.Customers();
    }

    private static PersonState Fold(List<Fact> facts, int count)
    {
        var state = new PersonState();
        foreach (var fact in facts.Take(count)) PersonFold.Apply(state, fact.View(), Zone);
        return state;
    }

    private sealed class History(List<Fact> facts) : IPersonHistory
    {
        public UInt128 Person => 1;

        public long LiveSince => long.MaxValue;

        public int Count => facts.Count;

        public FactView this[int index] => facts[index].View();
    }
}
