using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Domain.Tests.Assessments;
using static Experience.Domain.Tests.Assessments.Case;

namespace Experience.Domain.Tests.Boards;

public sealed class BoardTests
{
    private static readonly long Now = At(2026, 11, 20);

    private static readonly string[] Order = ["service", "clock", "pace", "repeat", "attrition", "risk", "needs", "value", "cost", "refunds", "sections", "thanks"];

    private static RowMeasures Answer(string desk, int rating) => new() { Segments = 1, ServiceDesk = SipHash.Name(desk), ServiceAnswer = (ushort)(rating * 100), Score = -1, AnswerAt = Now };

    private static BoardView Build(SegmentSums sums, ProgramSnapshot program, long oldest = 0, TrendSet? trends = null, SectionSums? sections = null) =>
        BoardBuilder.Build(new BoardInput(program, program.Segments.All[0], sums, sections ?? new SectionSums(), Now, false, oldest, trends, []));

    private static Tile Tile(BoardView board, string id) => Assert.Single(board.Tiles, t => t.Id == id);

    /// <summary>Names that only people's facts spell come from the engine.</summary>
    private static ProgramSnapshot Program(Action<ProgramState>? tell = null)
    {
        string[] spelled = ["West", "Main", "Youth", "Phone", "instructor changed"];
        var names = spelled.ToDictionary(n => SipHash.Name(n));
        var state = new ProgramState(Zone, "Test", "USD", names.GetValueOrDefault);
        state.Apply(new FactBuilder(EventTypes.PolicyPublished, "/t", "p", "", At(2020, 1, 1)).Set(Fields.Document, PolicyJson()).Build().View());
        tell?.Invoke(state);
        return state.Snapshot(1);
    }

    [Fact]
    public void Nothing_measured_is_never_zero()
    {
        var board = Build(new SegmentSums(), Program());
        Assert.Equal(Order, board.Tiles.Select(t => t.Id));
        foreach (var id in new[] { "service", "pace", "repeat", "attrition", "value", "cost", "refunds", "sections", "thanks" })
        {
            var tile = Tile(board, id);
            Assert.Null(tile.Value);
            Assert.Equal(Measured.No, tile.Measured);
        }

        foreach (var tile in board.Tiles)
        {
            Assert.NotEmpty(tile.Formula.Text);
            Assert.NotEmpty(tile.Formula.Window);
        }
    }

    [Fact]
    public void Twenty_nine_answers_are_too_few_and_thirty_are_a_score()
    {
        var sums = new SegmentSums();
        for (var i = 0; i < 29; i++) sums.Add(Answer("West", 4), 1);
        Assert.Equal((Measured.TooFew, (double?)null), (Tile(Build(sums, Program()), "service").Measured, Tile(Build(sums, Program()), "service").Value));
        sums.Add(Answer("West", 4), 1);
        Assert.Equal(4.0, Tile(Build(sums, Program()), "service").Value);
    }

    [Fact]
    public void The_lowest_desk_below_goal_leads_and_red_needs_proof()
    {
        var sums = new SegmentSums();
        for (var i = 0; i < 200; i++) sums.Add(Answer("West", i % 10 < 7 ? 4 : 3), 1);
        for (var i = 0; i < 300; i++) sums.Add(Answer("Main", i % 10 < 3 ? 5 : 4), 1);
        for (var i = 0; i < 18; i++) sums.Add(Answer("Youth", 3), 1);
        var tile = Tile(Build(sums, Program()), "service");
        Assert.Equal(["West", "Main", "Youth"], tile.Rows.Select(r => r.Name));
        Assert.Equal((Standing.Bad, 3.7, "0.3 below", "answers:West"), (tile.Rows[0].Standing, Math.Round(tile.Rows[0].Value!.Value, 2), tile.Rows[0].StandingText, tile.Rows[0].People));
        Assert.Equal(Standing.Good, tile.Rows[1].Standing);
        Assert.Equal(Measured.TooFew, tile.Rows[2].Measured);
        Assert.Equal(Standing.Good, tile.Standing);

        // The same mean of few answers: the interval holds the goal, so it is watched and not red.
        var few = new SegmentSums();
        for (var i = 0; i < 30; i++) few.Add(Answer("West", i % 2 == 0 ? 5 : i % 4 == 1 ? 3 : 2), 1);
        Assert.Equal(Standing.Watch, Tile(Build(few, Program()), "service").Rows[0].Standing);
    }

    [Fact]
    public void Three_chance_low_ratings_in_a_section_of_many_prove_nothing_and_a_truly_bad_one_is_proven()
    {
        Assert.False(Ratings([.. Enumerable.Repeat(500, 9), .. Enumerable.Repeat(400, 4), 200, 200, 100]));
        Assert.False(Ratings([200, 100, 200]));
        // Excel-03 after the change: mean 2.6 of fourteen.
        Assert.True(Ratings([300, 200, 300, 200, 300, 400, 200, 300, 200, 300, 200, 300, 200, 300]));
        // Chance itself: sections whose true mean is above the goal are flagged in fewer than one of forty.
        var random = new Random(9);
        var flagged = 0;
        for (var i = 0; i < 2000; i++)
        {
            if (Ratings([.. Enumerable.Range(0, 14).Select(_ => random.Next(10) < 1 ? 200 : random.Next(10) < 4 ? 500 : 400)])) flagged++;
        }

        Assert.InRange(flagged, 0, 2000 / 40);

        static bool Ratings(int[] ratings) => Statistics.RatingsProveProblem(ratings.Length, ratings.Sum(), ratings.Sum(r => (long)r * r), 400);
    }

    [Fact]
    public void Chance_refunds_in_hundreds_of_sections_accuse_none_and_a_fifth_of_a_full_one_does()
    {
        // Every section loses people at the goal itself, 4 %: five hundred sections, and still nobody is accused.
        var random = new Random(21);
        var accused = Enumerable.Range(0, 500).Count(_ =>
        {
            var registered = random.Next(8, 60);
            return Statistics.RefundsProveProblem(Enumerable.Range(0, registered).Count(_ => random.Next(25) == 0), registered, 400);
        });
        Assert.InRange(accused, 0, 1);
        Assert.False(Statistics.RefundsProveProblem(3, 15, 400));
        Assert.True(Statistics.RefundsProveProblem(10, 50, 400));
    }

    [Fact]
    public void Oldest_overdue_counts_hours_and_easy_ones_and_the_desk()
    {
        var sums = new SegmentSums();
        sums.Add(new RowMeasures { Segments = 1, ComplaintsOpen = 2, ComplaintsPast = 1, ComplaintsPastEasy = 1, ComplaintDesk = SipHash.Name("West"), Score = -1 }, 1);
        var tile = Tile(Build(sums, Program(), oldest: Now - 52 * 3_600_000_000L), "clock");
        Assert.Equal((1.0, "of 2 open", "Oldest 52 h", "1 easily fixed, 1 at West desk", Standing.Bad), (tile.Value!.Value, tile.Qualifier, tile.StandingText, tile.Detail, tile.Standing));
    }

    [Fact]
    public void A_repeat_rate_so_far_is_watched_at_most()
    {
        var sums = new SegmentSums();
        for (var i = 0; i < 500; i++)
            sums.Add(new RowMeasures { Segments = 1, Score = -1, Marks = RowMarks.KeptBase | RowMarks.KeptBaseBefore | (i < 150 ? RowMarks.Repeated : 0) | (i < 240 ? RowMarks.RepeatedBefore : 0) }, 1);
        var tile = Tile(Build(sums, Program()), "repeat");
        Assert.Equal((30.0, "so far", Standing.Watch, 500L), (tile.Value!.Value, tile.Qualifier, tile.Standing, tile.N!.Value));
        Assert.True(tile.Low < 30 && tile.High > 30 && tile.High < 50);
    }

    [Fact]
    public void The_wilson_interval_and_students_t_match_published_values()
    {
        var (_, low, high) = Statistics.Share(132, 2871);
        Assert.Equal((3.9, 5.4), (Math.Round(low, 1), Math.Round(high, 1)));
        (_, low, high) = Statistics.Share(0, 20);
        Assert.Equal((0.0, 16.1), (Math.Round(low, 1), Math.Round(high, 1)));
        // Mean 10, variance 1, n = 10: the half width is t(9) = 2.262 over the square root of ten.
        var values = new long[] { 850, 900, 950, 950, 1000, 1000, 1050, 1050, 1100, 1150 };
        var sd = Math.Sqrt(values.Sum(v => Math.Pow(v - 1000, 2)) / 9);
        var mean = Statistics.Mean(10, values.Sum(), values.Sum(v => v * v), 1);
        Assert.Equal(2.262, (mean.High - mean.Mean) / (sd / Math.Sqrt(10)), 2);
    }

    [Fact]
    public void Trends_derived_from_states_equal_a_direct_count()
    {
        var program = Program();
        var day = Zone.Day(Now);
        var pass = new TrendPass(program, day);
        var other = new TrendPass(program, day);
        var assessed = new Assessed();
        var random = new Random(4);
        var complaints = new int[15];
        long paid = 0;
        int keptFall = 0, repeated = 0;
        for (var i = 0; i < 80; i++)
        {
            var person = new Case();
            var ago = random.Next(1, 20);
            person.Tell(EventTypes.ComplaintOpened, At(day - ago), f => f.Set(Fields.Complaint, "c").Set(Fields.Category, "x"));
            if (ago <= 14) complaints[ago]++;
            person.Tell(EventTypes.PaymentReceived, At(2026, 10, 3), f => f.Set(Fields.Amount, 100L * i));
            paid += 100L * i;
            var fall = random.Next(2) == 0;
            var spring = random.Next(2) == 0;
            if (fall) person.Kept("a", At(2025, 8, 1), "2025-fall");
            if (spring) person.Kept("b", At(2025, 12, 1), "2026-spring");
            if (fall) keptFall++;
            if (fall && spring) repeated++;
            var state = person.State();
            Assessor.Assess(state, program, AsOf.Live(Now), assessed);
            (i % 2 == 0 ? pass : other).Add(state, assessed.Row);
        }

        pass.Merge(other);
        var board = Build(new SegmentSums(), program, trends: pass.Finish());
        var trend = Tile(board, "clock").Trend!;
        Assert.Equal(Enumerable.Range(1, 14).Reverse().Select(a => (double?)complaints[a]), trend.Points);
        var value = Tile(board, "value").Trend!;
        Assert.Equal((double)paid, value.Points[value.Labels.ToList().IndexOf("Oct 2026")]);
        var (points, labels) = pass.RepeatPoints(0);
        Assert.Equal(100.0 * repeated / keptFall, points[labels.ToList().IndexOf("Fall 2025")]!.Value, 6);
    }

    [Fact]
    public void The_top_fifth_is_frozen_as_a_threshold()
    {
        var program = Program();
        var pass = new TrendPass(program, Zone.Day(Now));
        for (var i = 1; i <= 100; i++) pass.Add(new PersonState(), new RowMeasures { Segments = 1, RecentNetPaid = i, LastPurchaseDay = Zone.Day(Now) - 10 });
        var inputs = pass.Inputs(7);
        Assert.Equal((81, 7), (inputs.BestThreshold, inputs.Number));
        Assert.Equal(long.MaxValue, new TrendPass(program, Zone.Day(Now)).Inputs(8).BestThreshold);
    }

    [Fact]
    public void Sections_to_decide_waiting_lists_and_cancellations_are_counted()
    {
        var program = new Case().Section("a", Zone.Day(Now) + 5, more: f => f.Set(Fields.Term, "2026-fall")).Section("b", Zone.Day(Now) + 6, more: f => f.Set(Fields.Term, "2026-fall"))
            .Section("c", Zone.Day(Now) - 30, more: f => f.Set(Fields.Term, "2026-fall")).Program(EventTypes.SectionCancelled, Now, f => f.Set(Fields.Section, "c")).Snapshot();
        var sections = new SectionSums();
        sections.Add(new SectionContribution(SipHash.Name("a"), 3, 3, 0, 11, 0, 0, 0), 1);
        sections.Add(new SectionContribution(SipHash.Name("b"), 8, 8, 0, 2, 0, 0, 0), 1);
        var tile = Tile(Build(new SegmentSums(), program, sections: sections), "sections");
        Assert.Equal(1, tile.Value);
        Assert.Equal("33.3 % cancelled", tile.StandingText);
        Assert.Equal("1 of 3. Waiting: a title, 11", tile.Detail);
    }

    [Fact]
    public void Lists_order_by_urgency()
    {
        static RowMeasures Row(byte risks, byte high, long since) => new() { Risks = risks, HighRisks = high, RiskSince = since };
        var medium = PeopleLists.Rank(PeopleList.Risk, 0, Row(1, 0, 100));
        var high = PeopleLists.Rank(PeopleList.Risk, 0, Row(1, 1, 900));
        var higher = PeopleLists.Rank(PeopleList.Risk, 0, Row(1, 1, 800));
        Assert.True(higher > high && high > medium && medium > PeopleLists.NotInList);
        Assert.Equal(PeopleLists.NotInList, PeopleLists.Rank(PeopleList.Risk, 0, default));
        Assert.True(PeopleLists.Rank(PeopleList.Answers, 0, Answer("West", 1)) > PeopleLists.Rank(PeopleList.Answers, 0, Answer("West", 2)));
        Assert.Equal(PeopleLists.NotInList, PeopleLists.Rank(PeopleList.Answers, SipHash.Name("Main"), Answer("West", 1)));
    }
}
