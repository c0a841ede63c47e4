using Experience.Domain.Events;
using Experience.Domain.People;
using Xunit.Abstractions;

namespace Experience.Domain.Tests.People;

/// <summary>A state is a function of the set of facts. Every failure names its seed.</summary>
public sealed class PersonFoldPropertyTests(ITestOutputHelper output)
{
    private static readonly CivilZone Zone = new(TimeZoneInfo.FindSystemTimeZoneById("America/Chicago"));

    [Fact]
    public void Any_order_duplication_and_voiding_gives_the_same_state()
    {
        var lates = new Dictionary<EventType, (int Late, int Refolded)>();
        for (var seed = 1; seed <= 300; seed++)
        {
            var random = new Random(seed);
            var spread = (Spread)(seed % 3);
            var history = Histories.Of(random, random.Next(2, 70), spread);
            try
            {
                var expected = Fold(history, check: true, lates);
                for (var permutation = 0; permutation < 4; permutation++)
                {
                    var shuffled = history.Concat(history.Where(_ => random.Next(5) == 0)).ToArray();
                    // One pass shuffles all, the others only move a few: late facts behind many, as in life.
                    if (permutation == 0) random.Shuffle(shuffled);
                    else Displace(random, shuffled);
                    Assert.Equal(expected, Fold(shuffled, check: true, lates));
                }
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new Xunit.Sdk.XunitException($"Seed {seed}, {spread}: {e}");
            }
        }

        foreach (var (type, (late, refolded)) in lates.OrderBy(t => t.Key.Code)) output.WriteLine($"{type,-28} late {late,6}  refolded {refolded,6}");
    }

    [Fact]
    public void Histories_beyond_every_cap_fold_alike_in_any_order()
    {
        for (var seed = 1; seed <= 6; seed++)
        {
            var random = new Random(seed);
            var history = Histories.Of(random, 2500, Spread.Wide, voids: 0.01).Where(f => f.Type != EventTypes.ParticipantErased).ToList();
            var expected = Fold(history.OrderBy(f => f.Stamp), check: false, []);
            var shuffled = history.ToArray();
            Displace(random, shuffled);
            Assert.True(expected.AsSpan().SequenceEqual(Fold(shuffled, check: false, [])), $"Seed {seed}");
            var state = new PersonState();
            state.Read(expected);
            Assert.Equal(PersonState.MaxRegistrations, state.Registrations.Count);
            Assert.Equal(PersonState.MaxAnswers, state.Answers.Count);
            Assert.Equal(PersonState.MaxMonths, state.Money.Months.Count);
            Assert.Equal(PersonState.MaxPurchaseDays, state.Purchases.RecentDays.Count);
            Assert.Equal(PersonState.MaxReplies, state.Replies.Count);
            Assert.Equal(PersonState.MaxComplaints, state.Complaints.Count);
            Assert.Equal(PersonState.MaxHousehold, state.Profile.ChildCount);
        }
    }

    [Fact]
    public void Late_facts_about_seats_that_do_not_move_fold_alike()
    {
        for (var seed = 1; seed <= 400; seed++)
        {
            var random = new Random(seed);
            var history = Histories.AboutSeats(random, 25);
            var expected = Fold(history.OrderBy(f => f.Stamp), check: false, []);
            // The seats are known first, as they mostly are; the rest comes in any order.
            var rest = history.Skip(3).ToArray();
            random.Shuffle(rest);
            try
            {
                Assert.Equal(expected, Fold(history.Take(3).Concat(rest), check: true, []));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new Xunit.Sdk.XunitException($"Seed {seed}: {e}");
            }
        }
    }

    [Fact]
    public void Late_facts_about_seats_that_have_left_a_full_list_fold_alike()
    {
        EventType[] types = [EventTypes.RegistrationConfirmed, EventTypes.RegistrationConfirmed, EventTypes.RegistrationDropped, EventTypes.AttendanceRecorded];
        for (var seed = 1; seed <= 30; seed++)
        {
            var random = new Random(seed);
            var facts = Enumerable.Range(0, 220).Select(i =>
            {
                // Refunds asked for are few, so that those of seats long gone are still among the newest.
                var type = random.Next(30) == 0 ? EventTypes.RefundRequested : types[random.Next(types.Length)];
                var seat = i - random.Next(type == EventTypes.RegistrationConfirmed ? 1 : 200);
                var builder = new FactBuilder(type, Histories.Source, $"e-{i}", Histories.Subject, 1_700_000_000_000_000 + i * 1_000_000L).Set(Fields.Registration, $"r-{seat}");
                if (type != EventTypes.RefundRequested) builder.Set(Fields.Section, $"s-{seat}");
                if (type == EventTypes.AttendanceRecorded) builder.Set(Fields.Presence, random.Next(3));
                return builder.Build();
            }).ToArray();
            var expected = Fold(facts, check: false, []);
            var late = facts.Where((f, i) => i % 7 == 0 || f.Type == EventTypes.RefundRequested).ToArray();
            try
            {
                Assert.Equal(expected, Fold(facts.Except(late).Concat(late), check: true, []));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new Xunit.Sdk.XunitException($"Seed {seed}: {e}");
            }
        }
    }

    [Fact]
    public void Late_facts_of_a_busy_person_without_keys_fold_alike_and_seldom_anew()
    {
        (EventType Type, int Weight)[] mix =
        [
            (EventTypes.AttendanceRecorded, 54), (EventTypes.RegistrationConfirmed, 7), (EventTypes.PaymentReceived, 7), (EventTypes.SectionCompleted, 5),
            (EventTypes.RegistrationDropped, 1), (EventTypes.FeedbackSubmitted, 12), (EventTypes.RefundRequested, 1), (EventTypes.RegistrationTransferred, 0),
        ];
        var lates = new Dictionary<EventType, (int Late, int Refolded)>();
        for (var seed = 1; seed <= 24; seed++)
        {
            var random = new Random(seed);
            // From fewer sections than a list holds to many more.
            var sections = 8 << (seed % 6);
            var moves = seed % 4 == 0;
            var facts = Enumerable.Range(0, 900).Select(i =>
            {
                var roll = random.Next(mix.Sum(m => m.Weight));
                var type = mix.First(m => (roll -= m.Weight) < 0).Type;
                if (moves && random.Next(60) == 0) type = EventTypes.RegistrationTransferred;
                if (!moves && type == EventTypes.RegistrationDropped) type = EventTypes.SectionCompleted;
                var builder = new FactBuilder(type, Histories.Source, $"e-{i}", Histories.Subject, 1_700_000_000_000_000 + i * 1_000_000L).Set(Fields.Section, $"s-{random.Next(sections)}");
                if (type == EventTypes.AttendanceRecorded) builder.Set(Fields.Presence, random.Next(8) == 0 ? 1 : 0).Set(Fields.Meeting, 1_700_000_000_000_000 + random.Next(8) * 60_000_000L);
                if (type == EventTypes.RegistrationConfirmed) builder.Set(Fields.Course, random.Next(9) == 0 ? "c-1" : "c-2").Set(Fields.Amount, random.Next(9) == 0 ? 90L : 100L);
                if (type == EventTypes.PaymentReceived) builder.Set(Fields.Amount, random.Next(200));
                if (type == EventTypes.FeedbackSubmitted) builder.Set(Fields.CourseRating, 100 * random.Next(1, 6));
                if (type == EventTypes.RegistrationTransferred) builder.Set(Fields.ToSection, $"s-{random.Next(sections)}");
                return builder.Build();
            }).ToArray();
            var expected = Fold(facts, check: false, []);
            var order = facts.Select((f, i) => (Fact: f, At: i + (random.Next(20) == 0 ? random.Next(60) : 0))).OrderBy(f => f.At).Select(f => f.Fact);
            try
            {
                Assert.Equal(expected, Fold(order, check: true, lates));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new Xunit.Sdk.XunitException($"Seed {seed}: {e}");
            }
        }

        foreach (var (type, (late, refolded)) in lates.OrderBy(t => t.Key.Code)) output.WriteLine($"{type,-28} late {late,6}  refolded {refolded,6}");
        var attendance = lates[EventTypes.AttendanceRecorded];
        Assert.True(attendance.Refolded * 2 < attendance.Late, $"{attendance}");
    }

    [Fact]
    public void Frequent_late_facts_need_no_refold()
    {
        // One person with a course behind and another one running; then one more of each of the frequent types, a week late.
        const long day = CivilZone.MicrosPerDay;
        const long start = 20_000 * day;
        Fact At(EventType type, string id, long time, params (Field Field, object Value)[] fields)
        {
            var builder = new FactBuilder(type, Histories.Source, id, Histories.Subject, time);
            foreach (var (field, value) in fields)
            {
                if (value is string text) builder.Set(field, text);
                else builder.Set(field, Convert.ToInt64(value));
            }

            return builder.Build();
        }

        var folder = new ReferenceFolder(Zone) { Check = true };
        folder.Add(At(EventTypes.RegistrationConfirmed, "1", start, (Fields.Section, "a"), (Fields.Registration, "r1"), (Fields.Amount, 10_000)));
        folder.Add(At(EventTypes.RegistrationConfirmed, "2", start + 100 * day, (Fields.Section, "b"), (Fields.Registration, "r2"), (Fields.Amount, 10_000)));
        folder.Add(At(EventTypes.AttendanceRecorded, "3", start + 102 * day, (Fields.Section, "a"), (Fields.Presence, "present")));
        folder.Add(At(EventTypes.FeedbackSubmitted, "4", start + 110 * day, (Fields.Section, "a"), (Fields.CourseRating, 400)));
        var late = start + 95 * day + 1;
        Fact[] lates =
        [
            At(EventTypes.PaymentReceived, "10", late, (Fields.Amount, 5_000)),
            At(EventTypes.PaymentReceived, "11", late + 1, (Fields.Amount, 5_000), (Fields.Section, "a"), (Fields.Registration, "r1")),
            At(EventTypes.RefundIssued, "12", late, (Fields.Amount, 1_000), (Fields.Section, "a")),
            At(EventTypes.AttendanceRecorded, "13", late, (Fields.Section, "a"), (Fields.Presence, "absent")),
            At(EventTypes.FeedbackSubmitted, "14", late, (Fields.Section, "a"), (Fields.CourseRating, 200)),
            At(EventTypes.ActivityRecorded, "15", late, (Fields.Section, "a")),
            At(EventTypes.NoteAdded, "16", late, (Fields.Words, "note")),
            At(EventTypes.DelightGiven, "17", late),
            At(EventTypes.ContactHoursEarned, "18", late, (Fields.Hours, 300)),
            At(EventTypes.InquiryReceived, "19", late, (Fields.Topic, "welding")),
            At(EventTypes.NeedOffered, "20", late, (Fields.Rule, "second-term"), (Fields.Cause, "x")),
            At(EventTypes.CommentPosted, "21", late, (Fields.Words, "fine")),
            At(EventTypes.SectionCompleted, "22", late, (Fields.Section, "a")),
            At(EventTypes.CreditIssued, "23", late, (Fields.Amount, 1_000)),
            At(EventTypes.RegistrationConfirmed, "24", late + 2, (Fields.Section, "a"), (Fields.Registration, "r1"), (Fields.Amount, 10_000)),
            At(EventTypes.AttendanceRecorded, "25", late + 3, (Fields.Section, "a"), (Fields.Meeting, start + 103 * day), (Fields.Presence, "present")),
        ];
        foreach (var fact in lates) folder.Add(fact);
        Assert.All(folder.Lates, l => Assert.Equal(0, l.Value.Refolded));
        Assert.Equal(lates.Length, folder.Lates.Sum(l => l.Value.Late));
    }

    private static byte[] Fold(IEnumerable<Fact> facts, bool check, Dictionary<EventType, (int Late, int Refolded)> lates)
    {
        var folder = new ReferenceFolder(Zone) { Check = check };
        foreach (var fact in facts) folder.Add(fact);
        Assert.Equal(folder.Folded(), folder.Bytes);
        foreach (var (type, (late, refolded)) in folder.Lates)
        {
            var (l, r) = lates.GetValueOrDefault(type);
            lates[type] = (l + late, r + refolded);
        }

        return folder.Bytes;
    }

    private static void Displace(Random random, Fact[] facts)
    {
        Array.Sort(facts, static (a, b) => a.Stamp.CompareTo(b.Stamp));
        for (var i = 0; i < facts.Length / 8 + 1; i++)
        {
            var (from, to) = (random.Next(facts.Length), random.Next(facts.Length));
            (facts[from], facts[to]) = (facts[to], facts[from]);
        }
    }
}
