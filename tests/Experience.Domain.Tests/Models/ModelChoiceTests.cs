using Experience.Domain.Models;
using FsCheck;
using FsCheck.Fluent;

namespace Experience.Domain.Tests.Models;

/// <summary>Likelihood decides as far as it can tell, then the forecast; and only among those that know who comes back.</summary>
public class ModelChoiceTests
{
    private static readonly double[] People = [100, 200, 150, 50];
    private static readonly Ranking Well = new(.72, .01);
    private static readonly Ranking ByChance = new(.51, .01);

    private static readonly Arbitrary<(bool Tells, int Error, int Level)[]> Candidates = Arb.From(Gen.NonEmptyListOf(
        from tells in Gen.Choose(0, 1)
        from error in Gen.Choose(0, 9)
        from level in Gen.Choose(-100, 0)
        select (tells == 1, error, level)).Select(static list => list.ToArray()));

    private static readonly Arbitrary<(double Chance, bool Outcome, double People)[]> Ranked = Arb.From(Gen.ArrayOf(
        from chance in Gen.Choose(0, 7)
        from outcome in Gen.Choose(0, 1)
        from people in Gen.Choose(1, 5)
        select (chance / 8.0, outcome == 1, (double)people)));

    [Fact]
    public void The_clearly_likelier_is_chosen_though_it_forecasts_with_a_larger_error() =>
        Assert.Equal("likely", Choose(Of("likely", -1, .9, Well), Of("exact", -2, .5, Well)));

    [Fact]
    public void Of_those_that_likelihood_cannot_tell_apart_the_smaller_error_is_chosen() =>
        Assert.Equal("exact", Choose(new("likely", [-1, -1.2, -.9, -1], .9, Well), new("exact", [-1.01, -1.19, -.91, -.992], .5, Well)));

    [Fact]
    public void A_model_that_tells_who_comes_back_no_better_than_chance_is_out_whatever_its_likelihood_and_its_error() =>
        Assert.Equal("tells", Choose(Of("likely", -1, .5, ByChance), Of("tells", -2, .9, Well)));

    [Fact]
    public void Where_none_tells_who_comes_back_the_counts_decide() =>
        Assert.Equal("likely", Choose(Of("likely", -1, .5, ByChance), Of("other", -2, .5, new(.3, .01))));

    [Fact]
    public void No_order_of_the_candidates_changes_the_choice() => Prop.ForAll(Candidates, static each =>
    {
        // Each has a likelihood and an error of its own: equally good ones are exchangeable.
        ModelChoice.Candidate[] all = [.. each.Select((c, i) => Of($"{i}", c.Level / 64.0, c.Error + i / 1_000.0, c.Tells ? Well : ByChance)).DistinctBy(static c => c.LogLikelihoods[0])];
        var chosen = ModelChoice.Choose(all, People);
        return ModelChoice.Choose([.. all.Reverse()], People) == chosen && (chosen.Active.BetterThanChance || Array.TrueForAll(all, static c => !c.Active.BetterThanChance));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_ranking_is_the_share_of_pairs_in_order() => Prop.ForAll(Ranked, static each =>
    {
        double pairs = 0, wins = 0;
        foreach (var with in each.Where(static c => c.Outcome))
        {
            foreach (var without in each.Where(static c => !c.Outcome))
            {
                pairs += with.People * without.People;
                wins += with.People * without.People * (with.Chance > without.Chance ? 1 : with.Chance == without.Chance ? .5 : 0);
            }
        }

        var ranking = Ranking.Of([.. each]);
        return pairs == 0 ? ranking == new Ranking(.5, 0) : Math.Abs(ranking.Auroc - wins / pairs) < 1e-9;
    }).QuickCheckThrowOnFailure();

    private static string Choose(params ModelChoice.Candidate[] candidates) => ModelChoice.Choose(candidates, People).Name;

    /// <summary>As likely as its level says, more or less by group.</summary>
    private static ModelChoice.Candidate Of(string name, double level, double error, Ranking active) => new(name, [level, level * 1.2, level * .8, level], error, active);
}
