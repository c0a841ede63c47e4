using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.Models.Learning;
using Experience.Domain.Models.Needs;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Domain.Tests.Assessments;
using static Experience.Domain.Tests.Assessments.Case;

namespace Experience.Domain.Tests.Cards;

/// <summary>What a card names as the next course, and why; what it does not name.</summary>
public sealed class LearnedNeedTests
{
    private const string Next = "next-offering";

    private static readonly string[] Names = ["pottery", "robotics", "spanish-1", "spanish-2"];
    private static readonly ulong[] Courses = [.. Names.Select(n => SipHash.Name(n)).Order()];

    private static int Item(string course) => Array.IndexOf(Courses, SipHash.Name(course));

    private static Case Program(NeedAnswers? answers = null)
    {
        // Of 150 who took Spanish 1, 120 went on to Spanish 2; pottery is what everybody takes.
        var people = new List<IReadOnlyList<Taking>>();
        for (var i = 0; i < 150; i++) people.Add(i < 120 ? [new(Item("spanish-1"), i), new(Item("spanish-2"), 90 + i)] : [new(Item("spanish-1"), i)]);
        for (var i = 0; i < 200; i++) people.Add([new(Item("pottery"), i), .. i < 60 ? new[] { new Taking(Item("robotics"), 40 + i) } : []]);
        double[] weights = [0.2, 0, 0, 0, 0, 0, 1, 0, 0];
        var tables = OfferingTables.Of(new TakingData(Courses.Length, NeedsModel.Segments, 3, people) { Certificates = [-1, -1, -1, -1] }, 4);
        Benefit[][] benefits = [.. Courses.Select(_ => Enumerable.Repeat(new Benefit(20, 16), NeedsModel.Segments).ToArray())];
        // Online, in every segment, goes half as well.
        Benefit[][] modes = [[.. Enumerable.Repeat(new Benefit(100, 90), NeedsModel.Segments)], [.. Enumerable.Repeat(new Benefit(100, 45), NeedsModel.Segments)]];
        var model = new NeedsModel(Courses, new OfferingModel(tables, weights, weights), benefits, modes, answers ?? NeedAnswers.None);
        var document = new ModelDocument(new ModelReceipt(ModelKinds.Needs, "blend", new DateOnly(2025, 1, 1), new DateOnly(2026, 1, 1), 350, "Planted.", []), NeedsDocument.Write(model));
        var starts = CivilZone.DayOf(2026, 9, 14);
        return new Case()
            .Program(EventTypes.ModelFitted, At(2026, 1, 2), f => f.Set(Fields.Model, ModelKinds.Needs).Set(Fields.Version, 1L).Set(Fields.Document, document.Write()))
            .Section("sp1", CivilZone.DayOf(2026, 1, 19), course: "spanish-1", more: f => f.Set(Fields.Term, "2026-spring").Set(Fields.Title, "Spanish 1 01").Set(Fields.Program, "Languages"))
            .Section("sp2", starts, course: "spanish-2", more: f => f.Set(Fields.Term, "2026-fall").Set(Fields.Title, "Spanish 2 01").Set(Fields.Prerequisite, "spanish-1"))
            .Section("pot", starts, course: "pottery", more: f => f.Set(Fields.Term, "2026-fall").Set(Fields.Title, "Pottery 01"))
            .Section("rob", starts, course: "robotics", more: f => f.Set(Fields.Term, "2026-fall").Set(Fields.Title, "Robotics 01").Set(Fields.Audience, "youth").Set(Fields.MinimumAge, 9L).Set(Fields.MaximumAge, 12L));
    }

    private static List<NeedView> Named(Case person, long at) => [.. person.Card(at).Needs.Where(n => n.Rule == Next)];

    private static readonly long Open = At(2026, 7, 15);

    [Fact]
    public void What_followed_for_others_is_named_with_its_numbers()
    {
        var person = Program().Kept("sp1", At(2026, 1, 5), "2026-spring");
        var need = Named(person, Open).Single(n => n.Title == "Next course: Spanish 2");
        Assert.StartsWith("Spanish 2 01 starts ", need.Detail, StringComparison.Ordinal);
        Assert.Contains("120 of 150 people who took Spanish 1 went on to it", need.Detail, StringComparison.Ordinal);
        Assert.Contains(need.Receipt.Events, e => e.Text.StartsWith("Benefit 80 %: 112 of 140 places", StringComparison.Ordinal));
        Assert.Contains(need.Receipt.Events, e => e.Text.StartsWith("Chance of being the next course", StringComparison.Ordinal));
        Assert.Null(need.Held);
        Assert.DoesNotContain(Named(person, Open), n => n.Title.Contains("Robotics", StringComparison.Ordinal) || n.Title.Contains("Spanish 1", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_is_named_without_its_prerequisite_an_open_registration_or_the_right_age()
    {
        var stranger = Program().Tell(EventTypes.ParticipantIdentified, At(2026, 1, 1), f => f.Set(Fields.GivenName, "Sam"));
        Assert.Equal("Next course: Pottery", Assert.Single(Named(stranger, Open)).Title);
        Assert.Empty(Named(stranger, At(2026, 6, 25)));
        Assert.Empty(Named(stranger, At(2026, 9, 25)));
        var child = Program().Tell(EventTypes.ParticipantIdentified, At(2026, 1, 1), f => f.Set(Fields.BirthDate, (long)CivilZone.DayOf(2016, 3, 1)));
        Assert.Equal("Next course: Robotics", Assert.Single(Named(child, Open)).Title);
    }

    [Fact]
    public void A_declined_course_is_not_named_again_for_a_year_and_an_accepted_one_not_in_its_term()
    {
        var person = Program().Kept("sp1", At(2026, 1, 5), "2026-spring").Program(EventTypes.SectionCancelled, At(2026, 1, 6), f => f.Set(Fields.Section, "pot"));
        var need = Assert.Single(Named(person, Open));
        var declined = Answer(EventTypes.NeedDeclined);
        Assert.Equal("declined", Assert.Single(Named(declined, Open + 1)).Answer);
        Assert.Empty(Named(declined, Open + CivilZone.MicrosPerDay));
        // The next fall's section is another need, of the same course.
        declined.Section("sp2-later", CivilZone.DayOf(2027, 9, 13), course: "spanish-2", more: f => f.Set(Fields.Term, "2027-fall").Set(Fields.Title, "Spanish 2 01"));
        Assert.Empty(Named(declined, At(2027, 7, 10)));
        Assert.Single(Named(declined, At(2027, 7, 20)));
        Assert.Empty(Named(Answer(EventTypes.NeedAccepted), Open + CivilZone.MicrosPerDay));

        Case Answer(EventType type) => Program().Kept("sp1", At(2026, 1, 5), "2026-spring")
            .Program(EventTypes.SectionCancelled, At(2026, 1, 6), f => f.Set(Fields.Section, "pot"))
            .Tell(type, Open, f => f.Set(Fields.Rule, Next).Set(Fields.Cause, need.Cause));
    }

    [Fact]
    public void Refused_consent_ends_an_offer_and_a_fresh_outreach_holds_it()
    {
        var refused = Program().Tell(EventTypes.ConsentRevoked, At(2026, 1, 1), f => f.Set(Fields.Purpose, "offers"));
        Assert.Empty(Named(refused, Open));
        var asked = Program().Tell(EventTypes.NeedOffered, At(2026, 7, 10), f => f.Set(Fields.Rule, "job").Set(Fields.Cause, "0"));
        Assert.StartsWith("Held: one outreach in 14 days", Assert.Single(Named(asked, Open)).Held, StringComparison.Ordinal);
    }

    [Fact]
    public void A_moment_that_answers_prove_worse_holds_an_offer()
    {
        var answers = new NeedAnswers();
        answers.Add(RuleId.NextOffering, 6, AskTiming.Later, new Answered(60, 3));
        answers.Add(RuleId.NextOffering, 6, AskTiming.AtTheDesk, new Answered(60, 40));
        var person = Program(answers).Tell(EventTypes.ParticipantIdentified, At(2026, 1, 1), f => f.Set(Fields.GivenName, "Sam"));
        Assert.Equal("Held: 40 of 60 said yes at the desk, 3 of 60 later.", Assert.Single(Named(person, Open)).Held);
    }

    [Fact]
    public void Who_fared_ill_online_is_asked_about_the_room()
    {
        var starts = CivilZone.DayOf(2026, 9, 14);
        var person = Program()
            .Section("on-1", CivilZone.DayOf(2026, 1, 20), course: "drawing", more: f => f.Set(Fields.Mode, "online").Set(Fields.Term, "2026-spring"))
            .Section("on-2", starts, course: "writing", more: f => f.Set(Fields.Mode, "online").Set(Fields.Term, "2026-fall"))
            .Section("room-2", starts, course: "writing", more: f => f.Set(Fields.Mode, "room").Set(Fields.Term, "2026-fall"))
            .Kept("on-1", At(2026, 1, 5), "2026-spring").Tell(EventTypes.RegistrationWithdrawn, At(2026, 2, 1), f => f.Set(Fields.Section, "on-1"))
            .Kept("on-2", At(2026, 7, 5), "2026-fall");
        var need = Assert.Single(person.Card(Open).Needs, n => n.Rule == "delivery-mode");
        Assert.True(need.Service);
        Assert.Equal("Rather in a room?", need.Title);
        Assert.Contains("0 of 1 places online went well", need.Detail, StringComparison.Ordinal);
        Assert.Contains("estimated", need.Receipt.Formula, StringComparison.Ordinal);

        // Lists and the board know of it too, and it is gone when the class begins.
        var row = person.Assess(Open).Row;
        Assert.True(person.Raised(RuleId.DeliveryMode, Open));
        Assert.NotEqual(PeopleLists.NotInList, PeopleLists.Rank(PeopleList.Needs, 0, row));
        Assert.False(person.Raised(RuleId.DeliveryMode, person.Snapshot().Section(SipHash.Name("on-2"))!.BeginsAt(Case.Zone) + 1));
    }

    [Fact]
    public void Three_courses_of_one_area_without_a_certificate_are_one_of_their_own()
    {
        var person = Program();
        for (var i = 0; i < 3; i++)
        {
            var key = $"art-{i}";
            person.Section(key, CivilZone.DayOf(2026, 1, 20), course: key, more: f => f.Set(Fields.Program, "Arts"))
                .Kept(key, At(2026, 1, 5), "2026-spring").Tell(EventTypes.SectionCompleted, At(2026, 4, 1 + i), f => f.Set(Fields.Section, key));
            Assert.Equal(i == 2, person.Card(Open).Needs.Any(n => n.Rule == "own-certificate"));
            Assert.Equal(i == 2, person.Raised(RuleId.OwnCertificate, Open));
        }

        person.Tell(EventTypes.CertificateProgressed, At(2026, 5, 3), f => f.Set(Fields.Certificate, "art").Set(Fields.Completed, 1L).Set(Fields.Required, 4L));
        Assert.DoesNotContain(person.Card(Open).Needs, n => n.Rule == "own-certificate");
    }

    [Fact]
    public void A_service_comes_before_any_offer()
    {
        var person = Program().Kept("sp1", At(2026, 1, 5), "2026-spring").Tell(EventTypes.CredentialExpiring, At(2026, 6, 1), f => f
            .Set(Fields.Credential, "RN").Set(Fields.Expires, (long)CivilZone.DayOf(2026, 9, 1)).Set(Fields.HoursRequired, 1200L));
        var needs = person.Card(Open).Needs;
        Assert.Equal(["licence", Next], needs.Select(n => n.Rule));
        Assert.Contains(needs[0].Receipt.Events, e => e.Text.Contains("has answered a need like this yet", StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_person_is_named_the_same_all_fortnight()
    {
        var person = Program().Kept("sp1", At(2026, 1, 5), "2026-spring");
        var day = CivilZone.DayOf(2026, 7, 15) / 14 * 14;
        Assert.Equal(Named(person, At(day)).Select(n => n.Cause), Named(person, At(day + 13)).Select(n => n.Cause));
    }
}
