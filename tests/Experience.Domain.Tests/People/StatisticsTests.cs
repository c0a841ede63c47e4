using Experience.Domain.Events;
using Experience.Domain.People;

namespace Experience.Domain.Tests.People;

/// <summary>Sums that states keep against sums over the facts themselves, in order and out of it. Every failure names its seed.</summary>
public sealed class StatisticsTests
{
    private static readonly CivilZone Zone = new(TimeZoneInfo.FindSystemTimeZoneById("America/Chicago"));

    private sealed record Bought(long Time, long Amount, bool Refund, bool Seat);

    [Fact]
    public void Purchase_days_gaps_and_spend_equal_brute_force()
    {
        for (var seed = 1; seed <= 300; seed++)
        {
            var (facts, bought) = Purchases(seed);
            var p = Fold(seed, facts).Purchases;
            var payments = bought.Where(b => !b.Refund).ToArray();
            // A seat is bought when it is confirmed, here a second before it is paid.
            var days = payments.Select(b => Zone.Day(b.Seat ? b.Time - 1_000_000 : b.Time)).Distinct().Order().ToArray();
            var why = $"seed {seed}";
            Assert.True(days.Length == p.Days, why);
            Assert.True(days[0] == p.FirstDay && days[^1] == p.LastDay, why);
            Assert.True(days.TakeLast(PersonState.MaxPurchaseDays).SequenceEqual(p.RecentDays), why);
            Assert.True(days.Zip(days.Skip(1)).Sum(d => PersonFold.LogGap(d.Second - d.First)) == p.SumLogGaps, why);
            Assert.True(payments.Sum(b => b.Amount) == p.Spend, why);
            Assert.True(payments.Where(b => Zone.Day(b.Time) <= days[0]).Sum(b => b.Amount) == p.FirstDaySpend, why);
        }
    }

    [Fact]
    public void Net_paid_and_its_months_equal_brute_force()
    {
        for (var seed = 1; seed <= 300; seed++)
        {
            var (facts, bought) = Purchases(seed);
            var money = Fold(seed, facts).Money;
            var months = bought.GroupBy(b => Zone.Month(b.Time)).OrderBy(g => g.Key)
                .Select(g => (g.Key, g.Sum(b => b.Refund ? -b.Amount : b.Amount))).ToArray();
            Assert.True(months.Sum(m => m.Item2) == money.NetPaid, $"seed {seed}");
            Assert.True(bought.Where(b => b.Refund).Sum(b => b.Amount) == money.Refunded, $"seed {seed}");
            Assert.True(months.TakeLast(PersonState.MaxMonths).SequenceEqual(money.Months), $"seed {seed}");
        }
    }

    [Fact]
    public void The_logarithm_of_a_gap_is_that_of_the_library_to_a_millionth()
    {
        for (var gap = 1; gap < 50_000; gap++) Assert.InRange(PersonFold.LogGap(gap) - Math.Log(gap) * 1e6, -0.51, 0.51);
    }

    /// <summary>Bare payments, seats with their payment, and refunds, over a few months or over decades.</summary>
    private static (List<Fact> Facts, List<Bought> Bought) Purchases(int seed)
    {
        var random = new Random(seed);
        var span = seed % 2 == 0 ? 200 : 12_000;
        var facts = new List<Fact>();
        var bought = new List<Bought>();
        for (var i = random.Next(1, 90); i > 0; i--)
        {
            var time = 1_000_000_000_000_000 + random.NextInt64(span * 24L) * 3_600_000_000 + i * 2_000_000;
            var amount = random.Next(5) * 1000L;
            if (random.Next(3) == 0)
            {
                facts.Add(New(EventTypes.RegistrationConfirmed, $"r{i}", time - 1_000_000).Set(Fields.Section, $"s{i}").Set(Fields.Amount, amount).Build());
                facts.Add(New(EventTypes.PaymentReceived, $"p{i}", time).Set(Fields.Section, $"s{i}").Set(Fields.Amount, amount).Build());
                bought.Add(new Bought(time, amount, false, true));
            }
            else
            {
                facts.Add(New(EventTypes.PaymentReceived, $"p{i}", time).Set(Fields.Amount, amount).Build());
                bought.Add(new Bought(time, amount, false, false));
            }

            if (random.Next(6) != 0) continue;
            facts.Add(New(EventTypes.RefundIssued, $"f{i}", time + 1_000_000).Set(Fields.Amount, amount).Build());
            bought.Add(new Bought(time + 1_000_000, amount, true, false));
        }

        return (facts, bought);
    }

    private static FactBuilder New(EventType type, string id, long time) => new(type, Histories.Source, id, Histories.Subject, time);

    private static PersonState Fold(int seed, List<Fact> facts)
    {
        var folder = new ReferenceFolder(Zone);
        var order = facts.ToArray();
        new Random(seed).Shuffle(order);
        foreach (var fact in order) folder.Add(fact);
        var state = new PersonState();
        state.Read(folder.Bytes);
        return state;
    }
}
