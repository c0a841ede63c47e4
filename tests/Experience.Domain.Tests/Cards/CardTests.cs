using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.Cards;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Domain.Tests.Assessments;
using static Experience.Domain.Tests.Assessments.Case;

namespace Experience.Domain.Tests.Cards;

public sealed class CardTests
{
    private static Case Maria() => new Case()
        .Section("excel-03", CivilZone.DayOf(2026, 11, 17), course: "excel", more: f => f.Set(Fields.Title, "Excel 03").Set(Fields.Instructor, "Tom Reed"))
        .Section("excel-05", CivilZone.DayOf(2026, 11, 26), course: "excel", more: f => f.Set(Fields.Title, "Excel 05").Set(Fields.Meets, "Thu 18:00"))
        .Tell(EventTypes.ParticipantIdentified, At(2026, 9, 1), f => f.Set(Fields.GivenName, "Maria").Set(Fields.FamilyName, "Delgado").Set(Fields.Phone, "+1 555 0100 4471").Set(Fields.BirthDate, (long)CivilZone.DayOf(1984, 5, 2)))
        .Kept("excel-03", At(2026, 11, 2), "2026-fall", f => f.Set(Fields.Registration, "reg-1").Set(Fields.Course, "excel").Set(Fields.Amount, 19_000L))
        .Tell(EventTypes.PaymentReceived, At(2026, 11, 2, 13), f => f.Set(Fields.Registration, "reg-1").Set(Fields.Section, "excel-03").Set(Fields.Amount, 19_000L));

    [Fact]
    public void Say_first_keeps_its_order()
    {
        var now = At(2026, 11, 19, 10, 42);
        var person = Maria();
        Assert.Equal("thanks", person.Card(now).SayFirst!.Kind);
        person.Tell(EventTypes.SearchUnmatched, At(2026, 11, 10), f => f.Set(Fields.Topic, "Welding")).Tell(EventTypes.SearchUnmatched, At(2026, 11, 11), f => f.Set(Fields.Topic, "Welding"));
        Assert.Equal("need", person.Card(now).SayFirst!.Kind);
        person.Program(EventTypes.InstructorChanged, At(2026, 11, 16), f => f.Set(Fields.Section, "excel-03").Set(Fields.Instructor, "Ann Bell"));
        Assert.Equal("section", person.Card(now).SayFirst!.Kind);
        person.Tell(EventTypes.PromiseMade, At(2026, 11, 18), f => f.Set(Fields.Promise, "p").Set(Fields.Title, "Call her").Set(Fields.Due, At(2026, 11, 19, 17)));
        Assert.Equal("promise", person.Card(now).SayFirst!.Kind);
        person.Tell(EventTypes.ComplaintOpened, At(2026, 11, 18, 8, 30), f => f.Set(Fields.Complaint, "c").Set(Fields.Category, "Instructor"));
        var said = person.Card(now).SayFirst!;
        Assert.Equal(("dissatisfier", "past-clock"), (said.Kind, said.Rule.Rule));
        Assert.Contains("2 h 12 min", said.Because, StringComparison.Ordinal);
        Assert.Equal("complaint.opened", Assert.Single(said.Rule.Events).Type);
        Assert.Equal(32, said.Rule.Events[0].Event!.Length);
    }

    [Fact]
    public void Refundable_today_follows_the_policys_lines_and_our_change_gives_all()
    {
        var before = Maria().Card(At(2026, 11, 16)).Money.Refundable!;
        Assert.Equal((19_000L, "Before 1st meeting: 100 %, $190", "reg-1"), (before.Amount, before.Line, before.Registration));
        var second = Maria().Card(At(2026, 11, 19)).Money.Refundable!;
        Assert.Equal((17_100L, "Before 2nd meeting: 90 %, $171 of $190", null), (second.Amount, second.Line, second.OurChange));
        Assert.Null(Maria().Card(At(2026, 11, 25)).Money.Refundable);
        var ours = Maria().Program(EventTypes.InstructorChanged, At(2026, 11, 16), f => f.Set(Fields.Section, "excel-03").Set(Fields.Instructor, "Ann Bell")).Card(At(2026, 11, 19));
        Assert.Equal((17_100L, 19_000L), (ours.Money.Refundable!.Amount, ours.Money.Refundable.OurAmount!.Value));
        Assert.Contains("full refund of $190", ours.Decide.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Another_section_with_seats_is_where_one_could_move()
    {
        var sums = new SectionSums();
        sums.Add(new SectionContribution(SipHash.Name("excel-05"), 10, 10, 0, 0, 0, 0, 0), 1);
        var choice = Assert.Single(Assert.Single(Maria().Card(At(2026, 11, 19), sums).Sections).CouldMove);
        Assert.Equal(("excel-05", "Excel 05", "Thu 18:00", 6), (choice.Section, choice.Title, choice.Meets, choice.Seats));
        sums.Add(new SectionContribution(SipHash.Name("excel-05"), 6, 6, 0, 0, 0, 0, 0), 1);
        Assert.Empty(Maria().Card(At(2026, 11, 19), sums).Sections[0].CouldMove);
    }

    [Fact]
    public void Another_term_is_a_choice_only_when_this_one_has_none()
    {
        var person = Maria();
        string Choice(Case p) => Assert.Single(p.Card(At(2026, 11, 19), new SectionSums()).Sections).CouldMove[0].Section;
        Assert.Equal("excel-05", Choice(person));
        person.Section("excel-03", CivilZone.DayOf(2026, 11, 17), course: "excel", more: f => f.Set(Fields.Term, "2026-fall"))
            .Section("excel-05", CivilZone.DayOf(2026, 11, 26), course: "excel", more: f => f.Set(Fields.Term, "2027-spring"))
            .Section("excel-07", CivilZone.DayOf(2026, 11, 28), course: "excel", more: f => f.Set(Fields.Term, "2026-fall"));
        Assert.Equal("excel-07", Choice(person));
        // One that is two meetings further has too much to catch up with.
        person.Section("excel-07", CivilZone.DayOf(2026, 11, 4), course: "excel", more: f => f.Set(Fields.Term, "2026-fall"));
        Assert.Equal("excel-05", Choice(person));
    }

    [Fact]
    public void A_section_with_three_chance_low_ratings_is_no_problem_and_a_proven_one_is()
    {
        var chance = new SectionSums();
        var proven = new SectionSums();
        foreach (var rating in new[] { 500, 500, 500, 500, 500, 400, 400, 400, 500, 500, 200, 200, 100 }) chance.Add(Rated(rating), 1);
        foreach (var rating in new[] { 300, 200, 300, 200, 300, 400, 200, 300, 200, 300, 200 }) proven.Add(Rated(rating), 1);
        Assert.Equal(Standing.None, Maria().Card(At(2026, 11, 19), chance).Sections[0].Standing);
        Assert.Equal(Standing.Bad, Maria().Card(At(2026, 11, 19), proven).Sections[0].Standing);
        Assert.Equal("section", Maria().Card(At(2026, 11, 19), proven).SayFirst!.Kind);

        static SectionContribution Rated(int rating) => new(SipHash.Name("excel-03"), 1, 1, 0, 0, 1, rating, (long)rating * rating);
    }

    [Fact]
    public void At_most_two_flags_and_two_needs_and_service_comes_before_offers()
    {
        var now = At(2026, 11, 19);
        var person = Maria()
            .Tell(EventTypes.FeedbackSubmitted, At(2026, 11, 1), f => f.Set(Fields.Section, "a").Set(Fields.CourseRating, 200L))
            .Tell(EventTypes.FeedbackSubmitted, At(2026, 11, 2), f => f.Set(Fields.Section, "b").Set(Fields.CourseRating, 300L))
            .Tell(EventTypes.FeedbackSubmitted, At(2026, 11, 3), f => f.Set(Fields.Section, "c").Set(Fields.CourseRating, 100L))
            .Tell(EventTypes.OrganisationLinked, At(2026, 11, 3), f => f.Set(Fields.Organisation, "Harlan"))
            .Tell(EventTypes.SearchUnmatched, At(2026, 11, 10), f => f.Set(Fields.Topic, "Welding")).Tell(EventTypes.SearchUnmatched, At(2026, 11, 11), f => f.Set(Fields.Topic, "Welding"));
        var inputs = new FrozenInputs(3, Zone.Day(now), long.MaxValue, new Dictionary<ulong, int> { [SipHash.Name("Harlan")] = 3 });
        var card = person.Card(now, inputs: inputs);
        Assert.Equal(["high", "high"], card.Flags.Select(f => f.Severity));
        Assert.Equal(["not-offered", "employer"], card.Needs.Select(n => n.Rule));
        Assert.Null(card.Needs[1].Held);

        person.Tell(EventTypes.TransactionOpened, At(2026, 11, 19, 9), f => f.Set(Fields.Transaction, "t-1").Set(Fields.Kind, "refund").Set(Fields.Section, "excel-03"));
        card = person.Card(now, inputs: inputs);
        Assert.Contains("after the refund", card.Needs[1].Held, StringComparison.Ordinal);
        Assert.Null(card.Needs[0].Held);
        Assert.Equal(("t-1", "refund"), (card.Transaction!.Transaction, card.Transaction.Kind));
    }

    [Fact]
    public void Consent_that_was_taken_back_ends_an_offer_and_a_recent_outreach_holds_it()
    {
        var now = At(2026, 11, 19);
        var inputs = new FrozenInputs(3, Zone.Day(now), long.MaxValue, new Dictionary<ulong, int> { [SipHash.Name("Harlan")] = 3 });
        var refused = Maria().Tell(EventTypes.OrganisationLinked, At(2026, 11, 3), f => f.Set(Fields.Organisation, "Harlan")).Tell(EventTypes.ConsentRevoked, At(2026, 11, 4), f => f.Set(Fields.Purpose, "offers"));
        Assert.Empty(refused.Card(now, inputs: inputs).Needs);
        Assert.Equal("No: consent taken back", refused.Card(now).Consent.Single(c => c.Purpose == "offers").Text);

        var asked = Maria().Tell(EventTypes.OrganisationLinked, At(2026, 11, 3), f => f.Set(Fields.Organisation, "Harlan"))
            .Tell(EventTypes.NeedOffered, At(2026, 11, 6), f => f.Set(Fields.Rule, "job").Set(Fields.Cause, "other"));
        Assert.Contains("14 days", Assert.Single(asked.Card(now, inputs: inputs).Needs).Held, StringComparison.Ordinal);
        Assert.Null(Assert.Single(asked.Card(At(2026, 11, 20), inputs: inputs).Needs).Held);
    }

    [Fact]
    public void Under_18_there_is_no_score_and_no_value_and_the_guardian_is_addressed()
    {
        var ada = new Case().Tell(EventTypes.ParticipantIdentified, At(2026, 9, 1), f => f.Set(Fields.GivenName, "Ada").Set(Fields.BirthDate, (long)CivilZone.DayOf(2016, 3, 2)))
            .Tell(EventTypes.HouseholdLinked, At(2026, 9, 1, 13), f => f.Set(Fields.Guardian, "p-ngozi"))
            .Kept("camp", At(2026, 10, 2), "2026-fall");
        var card = ada.Card(At(2026, 11, 19), resolve: key => key == "p-ngozi" ? new HouseholdPerson("g", "Ngozi Okafor", 41, null) : null);
        Assert.True(card.Person.Minor);
        Assert.Null(card.Score);
        Assert.Null(card.Value);
        Assert.Equal("Ngozi Okafor", Assert.Single(card.Person.Guardians).Name);
        Assert.Contains("speak with Ngozi Okafor", card.SayFirst!.Because, StringComparison.Ordinal);
        // The day before the eighteenth birthday, and the day itself.
        Assert.True(ada.Card(At(2034, 3, 1)).Person.Minor);
        Assert.False(ada.Card(At(2034, 3, 2)).Person.Minor);
    }

    [Fact]
    public void The_header_verifies_without_showing_all()
    {
        var person = Maria().Card(At(2026, 11, 19)).Person;
        Assert.Equal(("Maria", "Delgado", 1984, "4471", "1st term with us"), (person.PreferredName, person.FamilyName, person.BirthYear!.Value, person.PhoneEnd, person.Tenure));
    }

    [Fact]
    public void The_timeline_scores_each_month_as_it_was()
    {
        var person = Maria()
            .Tell(EventTypes.FeedbackSubmitted, At(2026, 8, 10), f => f.Set(Fields.CourseRating, 500L).Set(Fields.Easy, 500L))
            .Tell(EventTypes.FeedbackSubmitted, At(2026, 10, 10), f => f.Set(Fields.CourseRating, 100L).Set(Fields.Easy, 100L));
        var program = person.Snapshot();
        var moments = ScoreTimeline.MonthEnds(program, At(2026, 11, 19));
        var timeline = new ScoreTimeline(program, moments);
        foreach (var fact in person.Facts()) timeline.Add(fact.View());
        var scores = timeline.Finish();
        Assert.Equal(moments, scores.Select(s => s.At));
        Assert.Equal([null, null, null, null, null, 10_000, 10_000, 5_000], scores.Select(s => s.Score));
        for (var i = 0; i < moments.Count; i++) Assert.Equal(scores[i].Score ?? -1, person.Assess(moments[i]).Row.Score);
    }

    [Fact]
    public void Every_type_of_the_vocabulary_reads_as_a_line_in_plain_words()
    {
        var program = Maria().Snapshot();
        foreach (var type in EventTypes.All.Append(EventTypes.Unknown))
        {
            foreach (var full in new[] { true, false })
            {
                var builder = new FactBuilder(type, "/t", "e", "p", At(2026, 11, 1));
                foreach (var (field, required) in type.Fields)
                {
                    if (!required && !full) continue;
                    if (field.Kind == FieldKind.Instants) builder.Set(field, [1L]);
                    else if (field.IsNumber) builder.Set(field, Math.Max(field.Min, 1));
                    else builder.Set(field, "word");
                }

                var fact = builder.Build();
                var line = JourneyText.Line(new JourneyFact(fact.Id, type, fact.Time, fact.Clear, fact.Personal, fact.Source, false), program);
                Assert.False(string.IsNullOrWhiteSpace(line.Text), type.Name);
                Assert.False(line.Text.StartsWith("Recorded:", StringComparison.Ordinal) && type != EventTypes.Unknown, $"{type.Name} has no words of its own");
                Assert.False(line.Text.EndsWith(' ') || line.Text.EndsWith(','), $"{type.Name}: '{line.Text}'");
            }
        }
    }
}
