using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.Models.Gam;
using Experience.Domain.Models.Learning;
using Experience.Domain.Models.Risk;
using Experience.Domain.People;
using Experience.Domain.Programs;
using Experience.Domain.Tests.Models;

namespace Experience.Domain.Tests.Assessments;

/// <summary>Flags of learned chances: who is named, why, by whom, and that nobody is alerted twice or by a mere switch.</summary>
public sealed class LearnedRiskTests
{
    private static readonly int Starts = CivilZone.DayOf(2026, 9, 8);
    private static readonly long Fitted = Case.At(Starts - 30);

    [Fact]
    public void A_high_chance_is_a_flag_with_the_models_own_reasons_and_says_who_says_so()
    {
        var person = Absent(With(Withdrawal(), Fitted));
        var at = Case.At(Starts + 8);
        var item = person.Item(RuleId.Withdrawal, at);
        Assert.Equal(8808, item.Number);
        Assert.True(item.Alert);
        var flag = Assert.Single(person.Card(at).Flags, static f => f.Rule == "withdrawal");
        Assert.Equal("s title: missed 1 meeting", flag.Detail);
        Assert.Equal("How is s title going? What would help?", flag.Words);
        Assert.Equal("learned, version 4, trained to 1 August 2026", flag.By);
        Assert.Contains("88.1 %", flag.Receipt.Formula, StringComparison.Ordinal);
        Assert.Contains("Version 4", flag.Receipt.Formula, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_model_the_rules_stand_alone_and_say_so()
    {
        var person = Registered(new Case()).Tell(EventTypes.AttendanceRecorded, Case.At(Starts, 18), Missed);
        var at = Case.At(Starts + 1);
        Assert.False(person.Raised(RuleId.Withdrawal, at));
        Assert.Equal(0, person.Assess(at).Row.Chance);
        Assert.Equal("by rule", Assert.Single(person.Card(at).Flags).By);
    }

    [Fact]
    public void A_rule_that_stands_for_the_same_place_is_not_said_twice()
    {
        var person = Registered(With(Withdrawal(), Fitted)).Tell(EventTypes.AttendanceRecorded, Case.At(Starts, 18), Missed);
        var at = Case.At(Starts + 1);
        Assert.True(person.Raised(RuleId.NoShow, at));
        Assert.False(person.Raised(RuleId.Withdrawal, at));
        Assert.Equal(8808, person.Assess(at).Row.Chance);
    }

    [Fact]
    public void One_cause_stays_one_cause_whatever_comes_and_whichever_version_says_so()
    {
        var person = Absent(With(Withdrawal(), Fitted));
        var before = person.Item(RuleId.Withdrawal, Case.At(Starts + 8)).Cause;
        person.Tell(EventTypes.ActivityRecorded, Case.At(Starts + 9), static f => f.Set(Fields.Section, "s"));
        With(Withdrawal(), Case.At(Starts + 10), person, version: 5);
        Assert.Equal(before, person.Item(RuleId.Withdrawal, Case.At(Starts + 11)).Cause);
    }

    [Fact]
    public void A_switch_of_versions_shows_its_flags_and_alerts_nobody_until_something_new_is_heard()
    {
        var person = Absent(With(Withdrawal(), Case.At(Starts + 10)));
        Assert.False(person.Item(RuleId.Withdrawal, Case.At(Starts + 11)).Alert);
        person.Tell(EventTypes.NoteAdded, Case.At(Starts + 12), static f => f.Set(Fields.Words, "called"));
        Assert.True(person.Item(RuleId.Withdrawal, Case.At(Starts + 13)).Alert);
    }

    [Fact]
    public void As_many_are_named_as_a_fortnight_of_calls_reaches()
    {
        // Of 10,000 places, 15 calls a day for ten days are 1.5 %: there the chance is .97.
        var person = Absent(With(Withdrawal(applies: 10_000, new RiskDepth(.01, .98, .9), new RiskDepth(.02, .96, .8), new RiskDepth(1, .01, .1)), Fitted));
        Assert.False(person.Raised(RuleId.Withdrawal, Case.At(Starts + 8)));
        // With forty calls a day it is 4 %, and the chance there is lower.
        var more = Absent(With(Withdrawal(applies: 10_000, new RiskDepth(.01, .98, .9), new RiskDepth(.02, .96, .8), new RiskDepth(.05, .5, .4), new RiskDepth(1, .01, .1)), Fitted, policy: ""","alerts":{"callsPerDay":40}"""));
        Assert.True(more.Raised(RuleId.Withdrawal, Case.At(Starts + 8)));
    }

    [Fact]
    public void The_policys_least_chance_holds_however_few_are_above_it()
    {
        var person = Absent(With(Withdrawal(), Fitted, policy: ""","rules":{"withdrawal":{"percent":95}}"""));
        Assert.False(person.Raised(RuleId.Withdrawal, Case.At(Starts + 8)));
    }

    [Fact]
    public void Whoever_was_called_leaves_the_days_list_for_the_quiet_days()
    {
        var person = Absent(With(Withdrawal(), Fitted));
        var at = Case.At(Starts + 8);
        var item = person.Item(RuleId.Withdrawal, at);
        Assert.True(PeopleLists.Rank(PeopleList.Calls, 0, person.Assess(at).Row) > 0);
        person.Tell(EventTypes.RiskAcknowledged, Case.At(Starts + 9), f => f.Set(Fields.Rule, "withdrawal").Set(Fields.Cause, item.CauseText));
        Assert.Equal(PeopleLists.NotInList, PeopleLists.Rank(PeopleList.Calls, 0, person.Assess(Case.At(Starts + 22)).Row));
        Assert.NotEqual(PeopleLists.NotInList, PeopleLists.Rank(PeopleList.Calls, 0, person.Assess(Case.At(Starts + 23)).Row));
    }

    [Fact]
    public void The_call_list_has_learned_chances_first_and_why()
    {
        var person = Absent(With(Withdrawal(), Fitted));
        var at = Case.At(Starts + 8);
        var assessed = person.Assess(at);
        var row = PeopleLists.Describe(PeopleList.Calls, "p", person.State(at), assessed, person.Snapshot(), null);
        Assert.Equal("88 %", row.StandingText);
        Assert.Equal("May not finish: s title, missed 1 meeting", row.Why);
        var byRule = Registered(new Case()).Tell(EventTypes.AttendanceRecorded, Case.At(Starts, 18), Missed).Assess(Case.At(Starts + 1));
        Assert.True(PeopleLists.Rank(PeopleList.Calls, 0, assessed.Row) > PeopleLists.Rank(PeopleList.Calls, 0, byRule.Row));
    }

    [Fact]
    public void A_model_that_was_turned_off_leaves_the_rules_alone()
    {
        var off = LearnedRisk.Read(LearnedRisk.TurnedOff(WithdrawalFeatures.All, "It no longer fits.").Write(), WithdrawalFeatures.All);
        Assert.Equal("It no longer fits.", off.Off);
        var person = Absent(With(off, Fitted));
        Assert.False(person.Raised(RuleId.Withdrawal, Case.At(Starts + 8)));
    }

    [Fact]
    public void A_document_that_names_another_number_changes_nothing()
    {
        var text = Withdrawal().Write().GetRawText().Replace("absences", "shoe size", StringComparison.Ordinal);
        using var json = System.Text.Json.JsonDocument.Parse(text);
        Assert.Throws<ArgumentException>(() => LearnedRisk.Read(json.RootElement, WithdrawalFeatures.All));
    }

    [Fact]
    public void What_came_of_those_called_stands_beside_those_not_called()
    {
        var outcomes = new CallOutcomes(RuleId.Dissatisfaction, Case.At(Starts + 100));
        var rows = new DissatisfactionRows(new Case().Snapshot(), Case.At(Starts + 100));
        for (var i = 0; i < 30; i++)
        {
            var called = i % 3 == 0;
            var person = new Case();
            var cause = OpenItem.Text((ulong)i + 7);
            person.Tell(EventTypes.RiskRaised, Case.At(Starts), f => f.Set(Fields.Rule, "dissatisfaction").Set(Fields.Cause, cause));
            // Another rule's flag is not counted.
            person.Tell(EventTypes.RiskRaised, Case.At(Starts), f => f.Set(Fields.Rule, "low-rating").Set(Fields.Cause, cause));
            if (called) person.Tell(EventTypes.RiskAcknowledged, Case.At(Starts + 2), f => f.Set(Fields.Rule, "dissatisfaction").Set(Fields.Cause, cause));
            if (i % 2 == 0) person.Tell(EventTypes.ComplaintOpened, Case.At(Starts + 20), static f => f.Set(Fields.Complaint, "c").Set(Fields.Category, "Log-in"));
            if (i == 1) person.Tell(EventTypes.RiskRaised, Case.At(Starts + 60), f => f.Set(Fields.Rule, "dissatisfaction").Set(Fields.Cause, "later"));
            rows.Visit(new RiskRowTests.History((UInt128)i, person.Facts()));
        }

        outcomes = rows.Calls;
        Assert.Equal(((10, 5), (20, 10)), (outcomes.Called, outcomes.NotCalled));
        Assert.Contains(CallOutcomes.Caveat, outcomes.Section().Text!, StringComparison.Ordinal);
        Assert.Equal([.5, .5], Assert.Single(outcomes.Section().Charts).Series[0].Y);
        Assert.Equal(new CallCounts(10, 5, 20, 10), outcomes.Counts);
        Assert.Equal(
            "With the outcome within 90 days: 50 % of 10 called (95 % 24 to 76), 50 % of 20 next in rank and not called (95 % 30 to 70); staff chose, so this is no experiment.",
            CallOutcomes.Sentence(RuleId.Dissatisfaction, outcomes.Counts!));
    }

    private static void Missed(FactBuilder f) => f.Set(Fields.Section, "s").Set(Fields.Presence, "absent");

    private static Case Registered(Case person) => person.Section("s", Starts, meetings: 10).Kept("s", Case.At(Starts - 20));

    /// <summary>Came once, missed once: no rule names it.</summary>
    private static Case Absent(Case person) => Registered(person)
        .Tell(EventTypes.AttendanceRecorded, Case.At(Starts, 18), static f => f.Set(Fields.Section, "s").Set(Fields.Presence, "present"))
        .Tell(EventTypes.AttendanceRecorded, Case.At(Starts + 7, 18), Missed);

    private static Case With(LearnedRisk risk, long fitted, Case? person = null, int version = 4, string policy = "")
    {
        var receipt = new ModelReceipt(ModelKinds.Withdrawal, "Additive model", new DateOnly(2024, 1, 1), new DateOnly(2026, 8, 1), 1_234, "", []);
        return (person ?? new Case(Case.PolicyJson(policy))).Program(EventTypes.ModelFitted, fitted, f => f
            .Set(Fields.Model, ModelKinds.Withdrawal).Set(Fields.Version, (long)version).Set(Fields.Document, new ModelDocument(receipt, risk.Write()).Write()));
    }

    /// <summary>One missed meeting makes 12 % of it 88 %.</summary>
    private static LearnedRisk Withdrawal(long applies = 100, params RiskDepth[] depths)
    {
        var model = new AdditiveModel([Binning.OfEdges("absences", Monotone.Rising, [.5])], [[0, -1, 3]], [], -1);
        return LearnedRisk.Read(LearnedRisk.Of(WithdrawalFeatures.All, model, applies, depths.Length > 0 ? depths : [new RiskDepth(1, .05, .5)], .1).Write(), WithdrawalFeatures.All);
    }
}
