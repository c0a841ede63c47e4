using Experience.Domain.Events;

namespace Experience.Contract;

/// <summary>
/// Random histories over the whole vocabulary, by seed: every type that a person may have, fields drawn from small pools so
/// that facts meet (the same registration, complaint, section), times that collide, and facts before what they are about.
/// </summary>
public static class Histories
{
    private static readonly EventType[] PersonTypes =
    [
        .. EventTypes.All.Where(t => t.Target == EventTarget.Person
            && t.Family is not (EventFamily.Observation or EventFamily.Correction)
            && t != EventTypes.ParticipantErased && t != EventTypes.ParticipantMerged && t != EventTypes.ParticipantUnmerged),
    ];

    /// <summary>Types that make up most of a real stream, drawn as often as all others together.</summary>
    private static readonly EventType[] Frequent =
    [
        EventTypes.RegistrationConfirmed, EventTypes.PaymentReceived, EventTypes.AttendanceRecorded, EventTypes.FeedbackSubmitted,
        EventTypes.RefundIssued, EventTypes.ComplaintOpened, EventTypes.ComplaintResolved,
    ];

    public static string Key(int person) => $"p-{person}";

    public static IEnumerable<string> Keys(int people) => Enumerable.Range(0, people).Select(Key);

    public static List<Fact> Make(int seed, int people, int events, DateTimeOffset end)
    {
        var random = new Random(seed);
        var facts = new List<Fact>(events);
        for (var s = 0; s < 6; s++) facts.Add(Given.Section($"s-{s}", end.AddDays(-400 + s), end.AddDays(-30 + (10 * s))));
        for (var p = 0; p < people; p++) facts.Add(Given.Person(Key(p), end.AddDays(-600), $"Given{p}", $"Family{random.Next(people)}", $"p{p}@example.org"));
        var ids = new List<(string Who, string Id)>();
        while (facts.Count < events)
        {
            var who = Key(random.Next(people));
            var id = $"e-{facts.Count}";

            // Whole hours, so that equal times are frequent and the tie of the stamp decides.
            var at = end.AddHours(-random.Next(24 * 500));
            if (ids.Count > 0 && random.Next(25) == 0)
            {
                var target = ids[random.Next(ids.Count)];
                facts.Add(Given.Void(target.Who, id, at, target.Id));
                continue;
            }

            var types = random.Next(2) == 0 ? Frequent : PersonTypes;
            var type = types[random.Next(types.Length)];
            var builder = Given.Of(type, who, id, at);
            foreach (var use in type.Fields)
            {
                if (use.Required || type.OneOf.Contains(use.Field) || random.Next(2) == 0) Value(random, builder, use.Field, people, end);
            }

            facts.Add(builder.Build());
            ids.Add((who, id));
        }

        return facts;
    }

    public static List<T> Shuffle<T>(IEnumerable<T> items, int seed)
    {
        var list = items.ToArray();
        new Random(seed).Shuffle(list);
        return [.. list];
    }

    private static void Value(Random random, FactBuilder builder, Field field, int people, DateTimeOffset end)
    {
        switch (field.Kind)
        {
            case FieldKind.Person:
                builder.Set(field, Key(random.Next(people)));
                break;
            case FieldKind.Name when field == Fields.Section || field == Fields.ToSection:
                builder.Set(field, $"s-{random.Next(6)}");
                break;
            case FieldKind.Name or FieldKind.Key:
                builder.Set(field, $"{field.Name}-{random.Next(3)}");
                break;
            case FieldKind.Text:
                builder.Set(field, $"{field.Name} ü {random.Next(1000)}");
                break;
            case FieldKind.Money:
                builder.Set(field, random.NextInt64(0, 60_000));
                break;
            case FieldKind.Int or FieldKind.Hundredths:
                builder.Set(field, random.NextInt64(Math.Max(0, field.Min), Math.Min(field.Max, 2_000) + 1));
                break;
            case FieldKind.Instant:
                builder.Set(field, end.AddHours(random.Next(-2_000, 200)).Micros());
                break;
            case FieldKind.Instants:
                builder.Set(field, [end.AddDays(-3).Micros(), end.AddDays(4).Micros()]);
                break;
            case FieldKind.Date:
                builder.Set(field, (long)random.Next(10_000, 21_000));
                break;
            case FieldKind.Bool:
                builder.Set(field, random.Next(2) == 0);
                break;
            case FieldKind.Code:
                builder.Set(field, (long)random.Next(field.Codes.Count));
                break;
            case FieldKind.Json:
                builder.Set(field, "{}");
                break;
        }
    }
}
