using Experience.Domain.Events;

namespace Experience.Domain.Tests.People;

/// <summary>How a generated history is spread: over few instants, or years; over few things, or many.</summary>
internal enum Spread
{
    /// <summary>Everything within a minute, about three sections: equal times and facts before what they are about.</summary>
    Dense,

    /// <summary>A few years, few things: what a participant looks like.</summary>
    Years,

    /// <summary>A century around 1970, many things: every cap is passed.</summary>
    Wide,
}

/// <summary>Seeded histories of one person over all types of the vocabulary that a person can have.</summary>
internal static class Histories
{
    public const string Source = "/registration";
    public const string Subject = "p-17";

    private const long Second = 1_000_000;

    public static readonly EventType[] Types =
    [
        .. EventTypes.All.Where(t => t.Target == EventTarget.Person && t.Family != EventFamily.Observation && t != EventTypes.EventVoided),
        EventTypes.Unknown,
    ];

    // What the frequent and the intricate types are worth in addition to one draw of each.
    private static readonly EventType[] Frequent =
    [
        EventTypes.RegistrationConfirmed, EventTypes.RegistrationConfirmed, EventTypes.PaymentReceived, EventTypes.PaymentReceived, EventTypes.PaymentReceived,
        EventTypes.AttendanceRecorded, EventTypes.AttendanceRecorded, EventTypes.AttendanceRecorded, EventTypes.FeedbackSubmitted, EventTypes.RefundIssued,
        EventTypes.RegistrationTransferred, EventTypes.RegistrationDropped, EventTypes.ActivityRecorded,
    ];

    public static List<Fact> Of(Random random, int count, Spread spread, double voids = 0.05)
    {
        var facts = new List<Fact>(count);
        for (var i = 0; i < count; i++)
        {
            var id = $"e-{i}";
            if (random.NextDouble() < voids)
            {
                facts.Add(Void(random, id, $"e-{random.Next(count)}", Time(random, spread)));
                continue;
            }

            var index = random.Next(Types.Length + Frequent.Length * 2);
            var type = index < Types.Length ? Types[index] : Frequent[(index - Types.Length) % Frequent.Length];
            facts.Add(One(random, type, id, Time(random, spread), spread == Spread.Wide ? 500 : 3));
        }

        return facts;
    }

    /// <summary>Seats confirmed once, then much about them at few instants: no identity moves, so that late facts are taken where they can be.</summary>
    public static List<Fact> AboutSeats(Random random, int count)
    {
        EventType[] types =
        [
            EventTypes.PaymentReceived, EventTypes.PaymentReceived, EventTypes.RefundIssued, EventTypes.RefundRequested, EventTypes.CreditRedeemed, EventTypes.BalanceDue, EventTypes.FeedbackSubmitted,
            EventTypes.FeedbackSubmitted, EventTypes.AttendanceRecorded, EventTypes.RegistrationDropped, EventTypes.SectionCompleted, EventTypes.ContactHoursEarned, EventTypes.CredentialExpiring,
        ];
        const long start = 1_700_000_000 * Second;
        List<Fact> facts = [];
        for (var seat = 0; seat < 3; seat++)
        {
            facts.Add(new FactBuilder(EventTypes.RegistrationConfirmed, Source, $"seat-{seat}", Subject, start + seat * Second).Set(Fields.Section, $"s-{seat}").Build());
        }

        for (var i = 0; i < count; i++) facts.Add(One(random, types[random.Next(types.Length)], $"e-{i}", start + (10 + random.Next(12)) * Second, pool: 3, payers: 0.3));
        return facts;
    }

    public static Fact Void(Random random, string id, string target, long time) =>
        new FactBuilder(EventTypes.EventVoided, Source, id, Subject, time)
            .Set(Fields.TargetId, target)
            .Set(Fields.TargetSource, random.Next(2) == 0 ? Source : null)
            .Build();

    /// <summary>A fact of a type with its required fields and some of the others, each from a pool of a few values.</summary>
    public static Fact One(Random random, EventType type, string id, long time, int pool, double payers = 0.12)
    {
        var builder = new FactBuilder(type, Source, id, Subject, time);
        foreach (var (field, required) in type.Fields)
        {
            // Who pays for whom is the exception, as in life, so that own money is the rule.
            var chance = field == Fields.Payer || field == Fields.Beneficiary || field == Fields.PayerOrganisation ? payers : 0.5;
            if (required || random.NextDouble() < chance) Set(builder, random, field, pool, time);
        }

        return builder.Build();
    }

    public static long Time(Random random, Spread spread) => spread switch
    {
        Spread.Dense => 1_700_000_000 * Second + random.Next(40) * Second,
        Spread.Years => 1_600_000_000 * Second + random.Next(3 * 365 * 24) * 3600L * Second + (random.Next(3) == 0 ? random.Next(1_000_000) : 0),
        _ => random.NextInt64(-1_000_000_000, 1_900_000_000) * Second + (random.Next(2) == 0 ? random.Next(1000) * 1000 : 0),
    };

    private static void Set(FactBuilder builder, Random random, Field field, int pool, long time)
    {
        switch (field.Kind)
        {
            case FieldKind.Name or FieldKind.Key or FieldKind.Text or FieldKind.Person:
                // Sections and registrations share one pool of names, so that a key may look like a section.
                var prefix = field == Fields.Section || field == Fields.ToSection || field == Fields.Registration ? "s" : field.Name;
                builder.Set(field, $"{prefix}-{random.Next(pool)}");
                break;
            case FieldKind.Json:
                builder.Set(field, "{}");
                break;
            case FieldKind.Code:
                builder.Set(field, (long)random.Next(field.Codes.Count));
                break;
            case FieldKind.Bool:
                builder.Set(field, random.Next(2) == 0);
                break;
            case FieldKind.Instant:
                // Meetings and dates due lie about the fact, often at equal instants.
                builder.Set(field, time / (3600 * Second) * 3600 * Second + random.Next(-3, 4) * 3600 * Second);
                break;
            case FieldKind.Date:
                builder.Set(field, random.NextInt64(-10_000, 25_000));
                break;
            case FieldKind.Money:
                builder.Set(field, random.Next(12) == 0 ? -random.Next(5000) : random.Next(4) * 5000L);
                break;
            case FieldKind.Instants:
                break;
            default:
                builder.Set(field, random.NextInt64(Math.Max(field.Min, 0), Math.Min(field.Max, Math.Max(field.Min, 0) + 500) + 1));
                break;
        }
    }
}
