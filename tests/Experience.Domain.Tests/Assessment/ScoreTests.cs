using Experience.Domain.Assessments;
using Experience.Domain.Events;
using static Experience.Domain.Tests.Assessments.Case;

namespace Experience.Domain.Tests.Assessments;

/// <summary>What the score may and may not do.</summary>
public sealed class ScoreTests
{
    private static Case Measured(int rating = 300) => new Case()
        .Kept("a", At(2026, 1, 5), "2026-spring").Kept("b", At(2025, 9, 1), "2025-fall").Kept("c", At(2025, 1, 5), "2025-spring")
        .Tell(EventTypes.FeedbackSubmitted, At(2026, 2, 1), f => f.Set(Fields.Section, "a").Set(Fields.CourseRating, rating).Set(Fields.Easy, 400L))
        .Tell(EventTypes.AttendanceRecorded, At(2026, 1, 20), f => f.Set(Fields.Section, "a").Set(Fields.Presence, "present"))
        .Tell(EventTypes.AttendanceRecorded, At(2026, 1, 27), f => f.Set(Fields.Section, "a").Set(Fields.Presence, "present"));

    [Fact]
    public void Fewer_than_two_groups_are_not_enough()
    {
        var one = new Case().Tell(EventTypes.FeedbackSubmitted, At(2026, 2, 1), f => f.Set(Fields.CourseRating, 500L));
        Assert.Equal(-1, one.Assess(At(2026, 2, 2)).Row.Score);
        one.Tell(EventTypes.FeedbackSubmitted, At(2026, 2, 3), f => f.Set(Fields.Easy, 500L));
        Assert.Equal(10_000, one.Assess(At(2026, 2, 4)).Row.Score);
    }

    [Fact]
    public void A_dissatisfier_lowers_and_putting_it_right_restores_and_never_more()
    {
        foreach (var rating in new[] { 100, 200, 300, 400, 500 })
        {
            var without = Measured(rating).Assess(At(2026, 3, 20)).Row.Score;
            var person = Measured(rating).Tell(EventTypes.ComplaintOpened, At(2026, 3, 2, 9), f => f.Set(Fields.Complaint, "c-1").Set(Fields.Category, "Parking"));
            var open = person.Assess(At(2026, 3, 2, 10)).Row.Score;
            var past = person.Assess(At(2026, 3, 20)).Row.Score;
            person.Tell(EventTypes.ComplaintResolved, At(2026, 3, 20, 8), f => f.Set(Fields.Complaint, "c-1"));
            var resolved = person.Assess(At(2026, 3, 20)).Row.Score;
            Assert.True(open <= without && past <= open, $"rating {rating}: {without}, {open}, {past}");
            Assert.True(open < without || without == 0);
            Assert.Equal(without, resolved);
        }
    }

    [Fact]
    public void A_complaint_alone_measures_nothing()
    {
        var person = new Case().Tell(EventTypes.FeedbackSubmitted, At(2026, 2, 1), f => f.Set(Fields.CourseRating, 100L))
            .Tell(EventTypes.ComplaintOpened, At(2026, 3, 2), f => f.Set(Fields.Complaint, "c-1").Set(Fields.Category, "Parking"));
        Assert.Equal(-1, person.Assess(At(2026, 3, 9)).Row.Score);
    }

    [Fact]
    public void Value_never_enters()
    {
        var poor = Measured().Assess(At(2026, 3, 1)).Row.Score;
        var rich = Measured().Tell(EventTypes.PaymentReceived, At(2026, 2, 2), f => f.Set(Fields.Amount, 90_000_000L)).Assess(At(2026, 3, 1));
        Assert.Equal(90_000_000, rich.Row.NetPaid);
        Assert.Equal(poor, rich.Row.Score);
    }

    [Fact]
    public void Delights_and_kept_promises_add()
    {
        var before = Measured().Assess(At(2026, 3, 1)).Row.Score;
        var delight = Measured().Tell(EventTypes.DelightGiven, At(2026, 2, 20), null).Assess(At(2026, 3, 1)).Row.Score;
        var kept = Measured().Tell(EventTypes.PromiseMade, At(2026, 2, 20), f => f.Set(Fields.Promise, "p").Set(Fields.Due, At(2026, 2, 25)))
            .Tell(EventTypes.PromiseKept, At(2026, 2, 21), f => f.Set(Fields.Promise, "p")).Assess(At(2026, 3, 1)).Row.Score;
        Assert.True(delight > before);
        Assert.True(kept > before);
    }

    [Fact]
    public void The_score_stays_within_0_and_100_and_its_reasons_explain_its_distance_from_neutral()
    {
        var random = new Random(77);
        for (var round = 0; round < 300; round++)
        {
            var person = Measured(random.Next(100, 501));
            for (var i = random.Next(6); i > 0; i--) person.Tell(EventTypes.ComplaintOpened, At(2026, 2, 2 + i), f => f.Set(Fields.Complaint, $"c-{i}").Set(Fields.Category, "x"));
            for (var i = random.Next(4); i > 0; i--) person.Tell(EventTypes.FeedbackSubmitted, At(2026, 2, 10 + i), f => f.Set(Fields.Service, random.Next(100, 501)).Set(Fields.Ces, random.Next(100, 701)));
            if (random.Next(2) == 0) person.Tell(EventTypes.DelightGiven, At(2026, 2, 20), null);
            var facts = new List<ScoreFact>();
            var result = new Assessed();
            var at = AsOf.Live(At(2026, 3, 1));
            var parts = Assessor.Explain(person.State(at.Instant), person.Snapshot(), at, result, facts);
            Assert.InRange(parts.Total, 0, 10_000);
            // All four groups are measured: neutral is 75, each fact says what it moved, whole hundredths lost to rounding aside.
            var explained = 7_500 + facts.Sum(f => f.Points);
            if (explained is > 0 and < 10_000) Assert.InRange(parts.Total, explained - 40, explained + 40);
        }
    }

    [Fact]
    public void Assessing_allocates_nothing_in_steady_state()
    {
        var person = Measured().Tell(EventTypes.ComplaintOpened, At(2026, 3, 2), f => f.Set(Fields.Complaint, "c-1").Set(Fields.Category, "Parking"));
        var state = person.State();
        var snapshot = person.Snapshot();
        var result = new Assessed();
        var at = AsOf.Live(At(2026, 3, 9));
        for (var i = 0; i < 1000; i++) Assessor.Assess(state, snapshot, at, result);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) Assessor.Assess(state, snapshot, at, result);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
    }

    [Fact]
    public void A_row_fits_into_256_bytes() => Assert.InRange(System.Runtime.CompilerServices.Unsafe.SizeOf<RowMeasures>(), 1, RowMeasures.MaxSize);
}
