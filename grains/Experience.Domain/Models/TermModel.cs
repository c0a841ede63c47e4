namespace Experience.Domain.Models;

/// <summary>
/// BG/BB as one of the models of counts: a main term is an opportunity, and a purchase after the first is coming back in one. Where the others see weeks, it sees how many
/// terms have passed and in which of them the person came, so a summer without a term is no silence.
/// </summary>
/// <param name="weeks">From one main term to the next, on average: a horizon in weeks holds so many opportunities.</param>
public sealed class TermModel(BetaBernoulliModel model, double weeks) : CountModel
{
    public override string Name => BetaBernoulliModel.Name;

    public override IReadOnlyList<string> ParameterNames => BetaBernoulliModel.ParameterNames;

    public override IReadOnlyList<double> Parameters => model.Parameters;

    /// <summary>From one main term to the next.</summary>
    public double Weeks => weeks;

    internal override double TimeScale => weeks;

    /// <summary>A fit for histories that know their terms (<see cref="PurchaseHistory.Terms"/>).</summary>
    public static FitOutcome<CountModel> Fit(PurchaseData data, double weeks, ParameterPrior? prior)
    {
        ArgumentNullException.ThrowIfNull(data);
        var people = data.Rows.Select((row, i) => new OpportunityHistory(row.Count, row.LastTerm, row.Terms, data.Weights[i]));
        return BetaBernoulliFit.Fit(people, prior) switch
        {
            Fitted<BetaBernoulliModel> fit => new Fitted<CountModel>(new TermModel(fit.Model, weeks), fit.Parameters, fit.LogLikelihood, fit.People, fit.Determined),
            NotEnoughHistory<BetaBernoulliModel> none => new NotEnoughHistory<CountModel>(none.Reason),
            _ => throw new InvalidOperationException("A fit has two outcomes."),
        };
    }

    public override double LogLikelihood(PurchaseHistory person) => model.LogLikelihood(Of(person));

    public override double ProbabilityActive(PurchaseHistory person) => model.ProbabilityActive(Of(person));

    public override double Expected(double t) => Between(t, model.Expected);

    public override double ExpectedAfter(PurchaseHistory person, double t) => Between(t, n => model.ExpectedAfter(Of(person), n));

    public override double Probability(int n, double t) => model.Probability(n, Opportunities(n, t));

    public override double ProbabilityAfter(PurchaseHistory person, int n, double t) => model.ProbabilityAfter(Of(person), n, Opportunities(n, t));

    /// <summary>By the person's own rate while active, (α + x) ÷ (α + β + n), and the chance of staying for each opportunity to come.</summary>
    internal override double ActiveExpectedAfter(int count, int phase, double age, double t)
    {
        var n = age / weeks;
        var rate = (model.Alpha + count) / (model.Alpha + model.Beta + n);
        return Between(t, opportunities =>
        {
            double sum = 0, stays = 1;
            for (var i = 1; i <= opportunities; i++)
            {
                sum += stays;
                // The chance of not being lost before the next one: (δ + n + i) ÷ (γ + δ + n + i).
                stays *= (model.Delta + n + i) / (model.Gamma + model.Delta + n + i);
            }

            return rate * sum;
        });
    }

    /// <summary>Between two whole numbers of opportunities what is expected grows evenly.</summary>
    private double Between(double t, Func<int, double> expected)
    {
        var exact = Math.Max(0, t) / weeks;
        var whole = (int)exact;
        var low = expected(whole);
        return exact > whole ? low + (exact - whole) * (expected(whole + 1) - low) : low;
    }

    private int Opportunities(int count, double t) => Math.Max(count, (int)Math.Round(t / weeks));

    /// <summary>Seen earlier or later than it was counted, a history has missed as many terms less or more.</summary>
    private OpportunityHistory Of(PurchaseHistory person)
    {
        var passed = person.Terms + (int)Math.Floor((person.Age - person.SeenAt) / weeks);
        return new OpportunityHistory(person.Count, person.LastTerm, Math.Max(person.LastTerm, passed));
    }
}
