using Experience.Domain.Events;

namespace Experience.Sample;

/// <summary>How events spread over people.</summary>
public enum LoadDistribution
{
    Uniform,

    /// <summary>Exponent 1: the busiest of a million people has some 7 % of all events.</summary>
    Zipf,
}

/// <summary>
/// An endless load of the sample's shape for benchmarks, of any number of people, at a fraction of a microsecond an event:
/// fields are encoded once and shared, which is safe because facts are immutable. Ids are a mix of a counter instead
/// of a hash of text: equally spread, never equal. Equal arguments give equal facts. Not thread-safe; one for each producer.
/// </summary>
public sealed class SampleLoad
{
    /// <summary>Recent facts that late events and duplicates are drawn from; older ones are forgotten.</summary>
    private const int Recent = 16_384;
    private const int Sections = 256;
    private const int MeetingsOfSection = 8;
    private const int Texts = 2_048;
    private const long Second = 1_000_000;
    private const long Hour = 3600 * Second;
    private const long Day = 24 * Hour;

    /// <summary>
    /// A late event comes at least 20 and at most so many events of the load after its time: what a queue between two systems holds back, a quarter of an hour at the usual
    /// step. In events, so that a faster clock makes nothing later.
    /// </summary>
    private const int LatestBy = 18_000;

    private const int LateAtLeast = 20;

    private readonly int _people;
    private readonly ulong _salt;
    private readonly SeededRandom _random;
    private readonly Zipf? _zipf;
    private readonly Fact[] _recent = new Fact[Recent];
    private readonly ReadOnlyMemory<byte>[] _attendance;
    private readonly ReadOnlyMemory<byte>[] _activity;
    private readonly ReadOnlyMemory<byte>[] _confirmed;
    private readonly ReadOnlyMemory<byte>[] _paid;
    private readonly ReadOnlyMemory<byte>[] _completed;
    private readonly ReadOnlyMemory<byte>[] _feedback;
    private readonly ReadOnlyMemory<byte>[] _notes;
    private readonly ReadOnlyMemory<byte>[] _words;
    private readonly long _start;
    private ulong _counter;
    private long _now;
    private int _recentCount;

    public SampleLoad(int people, int seed, LoadDistribution distribution, DateTimeOffset? start = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(people, 1);
        _people = people;
        _salt = SeededRandom.Mix((ulong)(uint)seed + 0x5eed);
        _random = SeededRandom.For(seed, "load");
        _zipf = distribution == LoadDistribution.Zipf ? new Zipf(people, 1) : null;
        _start = _now = (start ?? new DateTimeOffset(2026, 9, 1, 8, 0, 0, TimeSpan.Zero)).ToUnixTimeMilliseconds() * 1000;
        _attendance = Pool(Sections * MeetingsOfSection * 4, Attendance);
        _activity = Pool(Sections * 3, Activity);
        _confirmed = Pool(Sections, Confirmed);
        _paid = Pool(Sections, Paid);
        _completed = Pool(Sections, Completed);
        _feedback = Pool(Sections * 5, Feedback);
        _notes = Pool(16, Note);
        _words = Pool(Texts, Words);
    }

    public static string Source => SampleOptions.Source;

    /// <summary>Share of events with personal text.</summary>
    public double TextShare { get; init; } = 0.20;

    /// <summary>Share of events that are older than one that their person already has.</summary>
    public double LateShare { get; init; } = 0.05;

    /// <summary>Share of events that were sent before.</summary>
    public double DuplicateShare { get; init; } = 0.01;

    /// <summary>Average time between events, µs: how fast the clock of the load goes.</summary>
    public long Step { get; init; } = 50_000;

    /// <summary>The key of a person by number, from 0.</summary>
    public static string KeyOf(int person) => string.Create(9, person, static (span, p) =>
    {
        span[0] = 'b';
        for (var i = 8; i > 0; i--, p /= 10) span[i] = (char)('0' + p % 10);
    });

    /// <summary>The sections that the load is about, and nothing personal: record it first.</summary>
    public IEnumerable<Fact> Catalogue()
    {
        for (var i = 0; i < Sections; i++)
        {
            yield return new FactBuilder(EventTypes.SectionPublished, Source, $"load-section-{i}", "", _start - 30 * Day)
                .Set(Fields.Section, Section(i)).Set(Fields.Course, Course(i)).Set(Fields.Title, $"Course {i % 32} {i / 32 + 1:00}")
                .Set(Fields.Term, "load").Set(Fields.Program, Program(i)).Set(Fields.Fee, Fee(i)).Set(Fields.Capacity, 100_000).Set(Fields.Minimum, 8)
                .Set(Fields.Meetings, [.. Enumerable.Range(0, MeetingsOfSection).Select(m => Meeting(i, m))]).Build();
        }
    }

    /// <summary>Who a person is: names, e-mail, phone, birth date; one fact with personal fields.</summary>
    public Fact Identity(int person)
    {
        var names = Names.Of(SeededRandom.Mix(_salt + (ulong)person));
        return new FactBuilder(EventTypes.ParticipantIdentified, Source, $"load-id-{person}", KeyOf(person), _start - 20 * Day + person)
            .Set(Fields.GivenName, names.Given).Set(Fields.FamilyName, names.Family)
            .Set(Fields.Email, $"{Names.Ascii(names.Given)}.{Names.Ascii(names.Family)}{person}@example.org").Set(Fields.Phone, $"+1 555 {person / 10_000 % 10_000:0000} {person % 10_000:0000}")
            .Set(Fields.BirthDate, -9_000 + person % 20_000).Build();
    }

    /// <summary>Fills the whole of <paramref name="target"/> with the next events.</summary>
    public void Fill(Span<Fact> target)
    {
        for (var i = 0; i < target.Length; i++) target[i] = Next(out _);
    }

    public Fact Next(out LoadKind kind)
    {
        var roll = _random.Double();
        if (_recentCount >= Recent)
        {
            if (roll < DuplicateShare)
            {
                kind = LoadKind.Duplicate;
                return _recent[_random.Int(Recent)];
            }

            if (roll < DuplicateShare + LateShare)
            {
                // Before a fact that was sent, and of the same person: late whatever the distribution.
                kind = LoadKind.Late;
                var newer = _recent[_random.Int(Recent)];
                return Make(newer.Subject, newer.Time - (LateAtLeast * Step) - (long)(_random.Double() * LatestBy * Step));
            }
        }

        kind = LoadKind.InOrder;
        _now += 1 + (long)(_random.Double() * 2 * Step);
        var rank = _zipf is null ? _random.Int(_people) : _zipf.Next(_random) - 1;
        var fact = Make(KeyOf(rank), _now);
        _recent[_recentCount++ % Recent] = fact;
        if (_recentCount == int.MaxValue) _recentCount = Recent;
        return fact;
    }

    private Fact Make(string subject, long time)
    {
        var personal = _random.Chance(TextShare) ? _words[_random.Int(Texts)] : default;
        var (type, clear) = personal.IsEmpty ? Bare() : WithText();
        var n = ++_counter;
        return new Fact
        {
            Type = type,
            Source = Source,
            Subject = subject,
            Time = time,
            Id = new UInt128(SeededRandom.Mix(_salt ^ n), SeededRandom.Mix(_salt + n * 0x9e37_79b9_7f4a_7c15UL)),
            Clear = clear,
            Personal = personal,
        };
    }

    private (EventType Type, ReadOnlyMemory<byte> Clear) Bare() => _random.Int(100) switch
    {
        < 68 => (EventTypes.AttendanceRecorded, Any(_attendance)),
        < 78 => (EventTypes.ActivityRecorded, Any(_activity)),
        < 86 => (EventTypes.RegistrationConfirmed, Any(_confirmed)),
        < 94 => (EventTypes.PaymentReceived, Any(_paid)),
        _ => (EventTypes.SectionCompleted, Any(_completed)),
    };

    private (EventType Type, ReadOnlyMemory<byte> Clear) WithText() => _random.Int(10) switch
    {
        < 6 => (EventTypes.FeedbackSubmitted, Any(_feedback)),
        < 8 => (EventTypes.CommentPosted, ReadOnlyMemory<byte>.Empty),
        _ => (EventTypes.NoteAdded, Any(_notes)),
    };

    private ReadOnlyMemory<byte> Any(ReadOnlyMemory<byte>[] pool) => pool[_random.Int(pool.Length)];

    private static ReadOnlyMemory<byte>[] Pool(int count, Action<int, FactBuilder> fill)
    {
        var pool = new ReadOnlyMemory<byte>[count];
        for (var i = 0; i < count; i++)
        {
            var builder = new FactBuilder(EventTypes.NoteAdded, Source, "", "", 0);
            fill(i, builder);
            var fact = builder.Build();
            pool[i] = fact.Clear.IsEmpty ? fact.Personal : fact.Clear;
        }

        return pool;
    }

    private static string Section(int i) => $"load-{i % 32:00}-{i / 32 + 1:00}";

    private static string Course(int i) => $"course-{i % 32:00}";

    private static string Program(int i) => $"Area {i % 6 + 1}";

    private static long Fee(int i) => 9_000 + i % 32 * 500;

    private long Meeting(int section, int meeting) => _start + section % 10 * Hour + meeting * 7 * Day;

    // One meeting in eight was missed: present, excused and absent as the sample has them.
    private void Attendance(int i, FactBuilder b) => b.Set(Fields.Section, Section(i % Sections))
        .Set(Fields.Meeting, Meeting(i % Sections, i / Sections % MeetingsOfSection))
        .Set(Fields.Presence, i / Sections / MeetingsOfSection == 3 ? (i % 2 == 0 ? "absent" : "present") : "present");

    private static void Activity(int i, FactBuilder b) => b.Set(Fields.Section, Section(i % Sections)).Set(Fields.Activity, (i / Sections) switch { 0 => "login", 1 => "view", _ => "submission" }).Set(Fields.Count, 1 + i % 9);

    private static void Confirmed(int i, FactBuilder b) => b.Set(Fields.Section, Section(i)).Set(Fields.Course, Course(i)).Set(Fields.Term, "load").Set(Fields.Program, Program(i)).Set(Fields.Amount, Fee(i)).Set(Fields.Channel, "online").Set(Fields.Desk, "Online");

    private static void Paid(int i, FactBuilder b) => b.Set(Fields.Section, Section(i)).Set(Fields.Amount, Fee(i)).Set(Fields.Channel, "online").Set(Fields.Desk, "Online");

    private static void Completed(int i, FactBuilder b) => b.Set(Fields.Section, Section(i)).Set(Fields.Course, Course(i)).Set(Fields.Passed, true);

    private static void Feedback(int i, FactBuilder b) => b.Set(Fields.Survey, "course").Set(Fields.Section, Section(i % Sections)).Set(Fields.CourseRating, 100 * (i / Sections + 1)).Set(Fields.Nps, 2 + i % 9);

    private static void Note(int i, FactBuilder b) => b.Set(Fields.Staff, $"Staff {i}").Set(Fields.Desk, i % 2 == 0 ? "Main" : "West");

    private static void Words(int i, FactBuilder b) => b.Set(Fields.Words, Voices.Course(SeededRandom.Mix((ulong)i), 1 + i % 5));
}

/// <summary>What the load meant an event to be.</summary>
public enum LoadKind
{
    InOrder,
    Late,
    Duplicate,
}
