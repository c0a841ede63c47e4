namespace Experience.Domain.Models.Learning;

/// <summary>What is chosen of what was held out: a model of counts by <see cref="ModelChoice"/>, and what may take its place.</summary>
internal sealed class ValueChoice
{
    public const string OfEach = " of each segment";

    public const string NoBetter = "Not eligible: its chance of being active told who came back no better than chance.";

    private readonly HeldOut _held;
    private readonly List<ModelScore> _scores;
    private ModelChoice.Candidate _best;

    public ValueChoice(List<ModelChoice.Candidate> candidates, HeldOut held, List<ModelScore> scores)
    {
        (_held, _scores) = (held, scores);
        _best = ModelChoice.Choose(candidates, held.People);
        Fit = CountModels.All.First(c => c.Name == _best.Name).Fit;
    }

    /// <summary>A candidate's row of the table that the choice is shown by.</summary>
    public static ModelScore Row(ModelChoice.Candidate candidate, Dictionary<string, double> figures, string? note = null) =>
        new(candidate.Name, false, figures, candidate.Active.BetterThanChance ? note : NoBetter);

    public string Name => _best.Name;

    public Func<PurchaseData, ParameterPrior?, FitOutcome<CountModel>> Fit { get; private set; }

    public bool BySegment { get; private set; }

    /// <summary>No candidate may do, and then what is chosen of them is for counts alone.</summary>
    public bool TellsActive => _best.Active.BetterThanChance;

    public void Challenge(string name, Func<PurchaseData, ParameterPrior?, FitOutcome<CountModel>> fit)
    {
        if (Wins(name, fit, bySegment: false, null)) Fit = fit;
    }

    public void ChallengeBySegment() => BySegment = Wins(Name + OfEach, Fit, bySegment: true, "Each segment's parameters lean on the program's.");

    /// <summary>
    /// Better in likelihood by Vuong's test, with no larger error of what is forecast, and telling who comes back no worse: flags and money hang on all three, and likelihood
    /// alone takes what counts terms for better than it forecasts. Who tells what no other candidate does wins by that.
    /// </summary>
    private bool Wins(string name, Func<PurchaseData, ParameterPrior?, FitOutcome<CountModel>> fit, bool bySegment, string? note)
    {
        if (_held.Score(name, fit, bySegment) is not { } other) return false;
        var tells = other.Candidate.Active.BetterThanChance;
        _scores.Add(Row(other.Candidate, other.Figures, note));
        if (ModelChoice.Choose([_best, other.Candidate], _held.People) != other.Candidate) return false;
        if ((TellsActive || !tells) && (other.Candidate.Error > _best.Error || other.Candidate.Active.Auroc < _best.Active.Auroc)) return false;
        _best = other.Candidate;
        return true;
    }
}
