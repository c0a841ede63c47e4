using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.Models;
using Experience.Domain.Models.Learning;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Tests.Assessments;

/// <summary>The flag by the value model: whose own rhythm has broken, when, by which model, and that the rule of silence is there before it.</summary>
public sealed class LapseTests
{
    private static readonly int First = CivilZone.DayOf(2024, 1, 10);
    private static readonly BetaGeometricModel Model = new(8, 60, 1, 3, lostAtFirst: true, k: 3);

    /// <summary>The day of the eighth purchase, one every five weeks.</summary>
    private static readonly int Last = First + 7 * 35;

    [Fact]
    public void It_is_raised_on_the_day_on_which_the_chance_falls_to_the_policys_percent()
    {
        var person = With(Bought(8, 35));
        var fell = Fell(8, 35, .25);
        Assert.False(person.Raised(RuleId.Lapse, Case.At(fell - 1)));
        var item = person.Item(RuleId.Lapse, Case.At(fell));
        Assert.Equal(Case.Zone.StartOfDay(fell), item.Since);
        Assert.True(item.Alert);
        Assert.Equal(item.Cause, person.Item(RuleId.Lapse, Case.At(fell + 44)).Cause);
        Assert.Equal(item.Since, person.Item(RuleId.Lapse, Case.At(fell + 44)).Since);
        Assert.False(person.Raised(RuleId.Lapse, Case.At(fell + 46)), "somebody long lost is no news");
    }

    [Fact]
    public void It_says_whose_rhythm_and_which_model()
    {
        var person = With(Bought(8, 35));
        var at = Case.At(Fell(8, 35, .25));
        var flag = Assert.Single(person.Card(at).Flags, static f => f.Rule == "lapse");
        Assert.Matches("^nothing for 6 months, usually every 5 weeks: 2[45]\\.[0-9] % likely to be still active$", flag.Detail);
        Assert.Equal("MBG/CNBD-3, version 4, fitted to 1 August 2024", flag.By);
        Assert.Contains("version 4", flag.Receipt.Formula, StringComparison.Ordinal);
        Assert.Contains("at most 25 %", flag.Receipt.Formula, StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_comes_less_often_may_be_silent_for_longer()
    {
        var often = Fell(12, 25, .25) - (First + 11 * 25);
        var seldom = Fell(4, 90, .25) - (First + 3 * 90);
        Assert.True(often < seldom);
        Assert.True(With(Bought(12, 25)).Raised(RuleId.Lapse, Case.At(First + 11 * 25 + often)));
        Assert.False(With(Bought(4, 90)).Raised(RuleId.Lapse, Case.At(First + 3 * 90 + often)));
        Assert.True(With(Bought(4, 90)).Raised(RuleId.Lapse, Case.At(First + 3 * 90 + seldom)));
    }

    [Fact]
    public void What_the_engine_keeps_of_the_chance_changes_nothing()
    {
        var person = With(Bought(8, 35));
        for (var day = Last; day < Last + 300; day += 3)
        {
            var at = Case.At(day);
            var state = person.State(at);
            var kept = new Assessed();
            var active = (short)Math.Round(Model.ProbabilityActive(ValueModel.HistoryOf(state, null, day)!.Value) * 10_000);
            Assessor.Assess(state, person.Snapshot(), AsOf.Live(at) with { Active = active }, kept);
            Assert.Equal(person.Raised(RuleId.Lapse, at), kept.Open.Exists(static i => i.Rule == RuleId.Lapse));
        }
    }

    [Fact]
    public void Without_a_model_nothing_is_said_and_newcomers_and_those_with_a_place_are_left_out()
    {
        var at = Case.At(Fell(8, 35, .25));
        Assert.False(Bought(8, 35).Raised(RuleId.Lapse, at));
        Assert.False(With(Bought(1, 35)).Raised(RuleId.Lapse, Case.At(First + 900)));
        Assert.False(With(Bought(8, 35), policy: true).Raised(RuleId.Lapse, at), "a policy of 10 % is not reached on that day");
        var here = With(Bought(8, 35));
        here.Section("s", Fell(8, 35, .25) - 10, meetings: 10).Kept("s", Case.At(Last));
        Assert.False(here.Raised(RuleId.Lapse, at));
    }

    [Fact]
    public void A_new_purchase_takes_it_back_and_another_silence_is_another_cause()
    {
        var person = With(Bought(8, 35));
        var fell = Fell(8, 35, .25);
        var cause = person.Item(RuleId.Lapse, Case.At(fell)).Cause;
        Pay(person, fell + 5, 9);
        Assert.False(person.Raised(RuleId.Lapse, Case.At(fell + 6)));
        var again = Enumerable.Range(fell + 6, 700).First(day => person.Raised(RuleId.Lapse, Case.At(day)));
        Assert.NotEqual(cause, person.Item(RuleId.Lapse, Case.At(again)).Cause);
    }

    [Fact]
    public void A_switch_of_models_shows_its_flags_and_alerts_nobody()
    {
        var fell = Fell(8, 35, .25);
        var person = With(Bought(8, 35), fitted: Case.At(fell + 3));
        var item = person.Item(RuleId.Lapse, Case.At(fell + 4));
        Assert.False(item.Alert);
    }

    [Fact]
    public void It_is_on_the_list_of_calls_with_how_far_the_chance_fell()
    {
        var person = With(Bought(8, 35));
        var at = Case.At(Fell(8, 35, .25) + 5);
        var assessed = person.Assess(at);
        Assert.Equal((byte)RuleId.Lapse, assessed.Row.ChanceOf);
        Assert.InRange(assessed.Row.Chance, 1_000, 10_000);
        Assert.True(PeopleLists.Rank(PeopleList.Calls, 0, assessed.Row) > 0);
        var row = PeopleLists.Describe(PeopleList.Calls, "p", person.State(at), assessed, person.Snapshot(), null);
        Assert.StartsWith("May not come back: nothing for", row.Why, StringComparison.Ordinal);
    }

    private static Case Bought(int times, int gap, string more = "")
    {
        // No terms named: purchases are counted by day.
        var person = new Case($$"""{"program":"Test College","currency":"USD","timeZone":"America/Chicago"{{more}}}""");
        for (var i = 0; i < times; i++) Pay(person, First + i * gap, i);
        return person;
    }

    private static void Pay(Case person, int day, int number) =>
        person.Tell(EventTypes.PaymentReceived, Case.At(day), f => f.Set(Fields.Amount, 10_000L + number));

    /// <summary>The first day on which the model gives at most this chance, by looking at each.</summary>
    private static int Fell(int times, int gap, double most)
    {
        var last = First + (times - 1) * gap;
        return Enumerable.Range(last, 2_000).First(day => day - First >= 365
            && Model.ProbabilityActive(new PurchaseHistory(times - 1, (last - First) / 7.0, (day - First) / 7.0, (times - 1) * Math.Log(gap / 7.0))) <= most);
    }

    private static Case With(Case person, long? fitted = null, bool policy = false)
    {
        if (policy) person.Program(EventTypes.PolicyPublished, Case.At(2021, 1, 1), static f => f.Set(Fields.Document, """{"program":"Test College","currency":"USD","timeZone":"America/Chicago","rules":{"lapse":{"percent":10}}}"""));
        FittedParameter[] parameters = [new("r", 8, null), new("α", 60, null), new("a", 1, null), new("b", 3, null)];
        var receipt = new ModelReceipt(ModelKinds.Value, Model.Name, new DateOnly(2020, 1, 1), new DateOnly(2024, 8, 1), 1_234, "", []);
        var document = new ModelDocument(receipt, ValueModel.Write(Model, null, byTerm: false, parameters, null, null, 1, new Dictionary<ulong, long>()));
        return person.Program(EventTypes.ModelFitted, fitted ?? Case.At(First - 5), f => f
            .Set(Fields.Model, ModelKinds.Value).Set(Fields.Version, 4L).Set(Fields.Document, document.Write()));
    }
}
