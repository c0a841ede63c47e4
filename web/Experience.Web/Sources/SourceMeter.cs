using System.Text.Json;
using System.Text.Json.Serialization;
using Experience.Domain.Events;

namespace Experience.Web.Sources;

/// <summary>What is known of one source's traffic. Locked by itself; what is written to disk is its JSON, version 1.</summary>
internal sealed class SourceMeter
{
    /// <summary>Fields that refusals are counted by; the rest is counted as "other".</summary>
    private const int MaxFields = 24;

    /// <summary>What comes within this time of history belongs to the same catching up, in ms: it was sent when it could be, not when it happened.</summary>
    private const long CatchUp = 60_000;

    /// <summary>What a type of event should say, so that boards and desks can be told apart. It is not required: its absence is shown, not refused.</summary>
    private static readonly Dictionary<EventType, (Field Field, string Name)[]> Wished = new (EventType Type, Field[] Fields)[]
    {
        (EventTypes.ParticipantIdentified, [Fields.Email, Fields.Phone, Fields.BirthDate]),
        (EventTypes.TransactionOpened, [Fields.Staff, Fields.Desk]),
        (EventTypes.TransactionClosed, [Fields.Staff, Fields.Desk, Fields.Outcome]),
        (EventTypes.RegistrationConfirmed, [Fields.Amount, Fields.Course]),
        (EventTypes.RefundRequested, [Fields.Reason, Fields.Staff, Fields.Desk]),
        (EventTypes.FeedbackSubmitted, [Fields.Section, Fields.Staff, Fields.Desk]),
        (EventTypes.ComplaintOpened, [Fields.Department, Fields.Staff]),
    }.ToDictionary(w => w.Type, w => w.Fields.Select(f => (f, $"{w.Type.Name} {f.Name}")).ToArray());

    private readonly Lock _gate = new();

    public long FirstAt { get; set; }

    /// <summary>When something of it came in last.</summary>
    public long LastAt { get; set; }

    /// <summary>When something that had just happened came in last, by a way that is not an import: what silence is measured from.</summary>
    public long LastLiveAt { get; set; }

    /// <summary>Taken events that had not just happened: files, backfills, and what came later than live events may (<see cref="Fact.Live"/>).</summary>
    public long History { get; set; }

    /// <summary>When the last of those came in.</summary>
    public long HistoryAt { get; set; }

    /// <summary>Time of the newest event.</summary>
    public long LastEvent { get; set; } = long.MinValue;

    public long Accepted { get; set; }

    public long Duplicates { get; set; }

    public long Refused { get; set; }

    /// <summary>Refused events that are in no list, because it was full.</summary>
    public long NotKept { get; set; }

    /// <summary>Until when its silence is expected: a holiday, or for good.</summary>
    public long QuietUntil { get; set; }

    public Dictionary<string, long> Ways { get; init; } = [];

    public Dictionary<string, long> RefusedFields { get; init; } = [];

    /// <summary>Wished fields: of how many events, and how many lacked it.</summary>
    public Dictionary<string, long[]> Missing { get; init; } = [];

    public RateRing Seconds { get; init; } = new(60, 1_000);

    public RateRing Minutes { get; init; } = new(60, 60_000);

    public RateRing HoursOfDay { get; init; } = new(24, 3_600_000);

    public LagWindow Lag { get; init; } = new();

    public Rhythm Rhythm { get; init; } = new();

    /// <summary>Something changed since it was written.</summary>
    [JsonIgnore]
    public bool Dirty { get; set; }

    /// <param name="byHand">Somebody here sent it again: it says nothing about how the source speaks.</param>
    public void Take(string way, Fact fact, bool duplicate, bool byHand, long now)
    {
        lock (_gate)
        {
            Count(way, now);
            if (duplicate)
            {
                Duplicates++;
                return;
            }

            Accepted++;
            LastEvent = Math.Max(LastEvent, fact.Time);
            if (!byHand) Hear(way, fact, now);

            if (Wished.TryGetValue(fact.Type, out var wished)) Look(fact, wished);
        }
    }

    public void Refuse(string way, string field, long now)
    {
        lock (_gate)
        {
            Count(way, now);
            Refused++;
            if (RefusedFields.Count >= MaxFields && !RefusedFields.ContainsKey(field)) field = "other";
            RefusedFields[field] = RefusedFields.GetValueOrDefault(field) + 1;
        }
    }

    public void Lose(int count)
    {
        lock (_gate)
        {
            NotKept += count;
            Dirty = true;
        }
    }

    /// <summary>Reads or changes it as a whole.</summary>
    public T With<T>(Func<SourceMeter, T> use)
    {
        lock (_gate) return use(this);
    }

    public byte[] ToBytes()
    {
        lock (_gate) return JsonSerializer.SerializeToUtf8Bytes(this);
    }

    public static SourceMeter? Read(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize<SourceMeter>(json);
        }
        catch (JsonException)
        {
            // Counters of another version are begun anew; nothing else hangs on them.
            return null;
        }
    }

    private void Hear(string way, Fact fact, long now)
    {
        if (!fact.Live || WayNames.IsImport(way))
        {
            History++;
            HistoryAt = now;
            return;
        }

        LastLiveAt = now;
        Rhythm.Speak();
        // An event without a time has that of its receipt: it says nothing about lag.
        var lag = (now * 1000) - fact.Time;
        if (Math.Abs(lag) >= 1000 && now - HistoryAt >= CatchUp) Lag.Add(now, lag);
    }

    private void Count(string way, long now)
    {
        Dirty = true;
        if (FirstAt == 0) FirstAt = now;
        LastAt = now;
        Ways[way] = now;
        Seconds.Add(now);
        Minutes.Add(now);
        HoursOfDay.Add(now);
    }

    private void Look(Fact fact, (Field Field, string Name)[] wished)
    {
        uint there = 0;
        var fields = fact.Fields();
        while (fields.Next()) there |= Bit(wished, fields.Number);
        var personal = fact.PersonalFields();
        while (personal.Next()) there |= Bit(wished, personal.Number);
        for (var i = 0; i < wished.Length; i++)
        {
            if (!Missing.TryGetValue(wished[i].Name, out var counts)) Missing[wished[i].Name] = counts = new long[2];
            counts[0]++;
            if ((there & (1u << i)) == 0) counts[1]++;
        }
    }

    private static uint Bit((Field Field, string Name)[] wished, int number)
    {
        for (var i = 0; i < wished.Length; i++)
        {
            if (wished[i].Field.Number == number) return 1u << i;
        }

        return 0;
    }
}
