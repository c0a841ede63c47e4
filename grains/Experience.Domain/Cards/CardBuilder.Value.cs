using Experience.Domain.Models;
using Experience.Domain.Models.Learning;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Cards;

/// <summary>What the person is worth, apart from the score, and how likely it is that they are still with us.</summary>
public static partial class CardBuilder
{
    private const int CurvePoints = 25;

    /// <summary>The curve goes on for so many of the person's usual gaps after the newest purchase …</summary>
    private const int CurveGaps = 4;

    /// <summary>… or for two years, where one purchase tells no gap.</summary>
    private const int CurveDays = 730;

    private static ValueView Value(CardContext c)
    {
        var money = c.State.Money;
        var recent = c.Assessed.Row.RecentNetPaid;
        if (c.Program.Models.Find(ModelKinds.Value) is not { Model: ValueModel model } fitted)
            return new ValueView(money.NetPaid, recent, null, null, "Net paid to date. Not enough history to forecast from.");
        var at = c.Input.AsOf;
        long? costs = model.HasCosts ? model.CostsOf(c.State, c.Program) : null;
        var name = $"{fitted.Receipt.Name}{(model.ByTerm ? " by term" : "")}, fitted {Wording.Day(c.Program.Zone.Day(fitted.FittedAt), c.Today)} from {Wording.Count(fitted.Receipt.People, "person", "people")}";
        if (model.Forecast(c.State, c.Program, at) is not { } forecast)
        {
            var why = model.Spend is null ? "Too few have paid twice to forecast spend." : c.State.Purchases.Days == 0 ? "Nothing bought yet, so nothing is forecast." : "Nothing is forecast.";
            return new ValueView(money.NetPaid, recent, null, null, $"Net paid to date. {why}") { Costs = costs, Activity = Activity(c), Model = name };
        }

        var past = money.NetPaid - (costs ?? 0);
        var note = (costs is null ? "Net paid to date" : "Net paid − costs of the terms taken") +
            " + expected margin of five years at 10 % a year. Eight in ten such people bring between low and high from now on.";
        return new ValueView(money.NetPaid, recent, forecast.Expected, past + forecast.Expected, note)
        {
            Costs = costs,
            Low = forecast.Low,
            High = forecast.High,
            Purchases = Math.Round(forecast.Transactions, 2),
            Activity = Activity(c),
            Model = name,
        };
    }

    private static ActivityView? Activity(CardContext c)
    {
        if (c.Program.Models.Of<ValueModel>(ModelKinds.Value) is not { } model || model.HistoryOf(c.State, c.Program, c.Today) is not { } history) return null;

        var counts = model.CountsOf(c.State, c.Program);

        // By what the model counts: a term that was bought in several days is one purchase, on its first day.
        double? gap = history.Count == 0 ? null : history.Last * 7 / history.Count;
        var last = c.State.Purchases.FirstDay + (int)Math.Round(history.Last * 7);
        var silent = Math.Max(0, c.Today - last);
        var days = (int)Math.Ceiling(Math.Max(silent * 1.25, gap is { } usual ? usual * CurveGaps : CurveDays));
        var points = new ActivityPoint[CurvePoints];
        for (var i = 0; i < CurvePoints; i++)
        {
            var after = days * i / (CurvePoints - 1);
            points[i] = new ActivityPoint(c.Program.Zone.StartOfDay(last + after) / 1000, Share(history.SilentUntil(history.Last + after / 7.0)));
        }

        return new ActivityView(Share(history), gap is { } g ? Math.Round(g, 1) : null, silent, points);

        double Share(PurchaseHistory person) => Math.Round(counts.ProbabilityActive(person), 4);
    }
}
