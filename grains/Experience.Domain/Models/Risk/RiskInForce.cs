using System.Globalization;
using Experience.Domain.Models.Learning;
using Experience.Domain.Models.Reports;

namespace Experience.Domain.Models.Risk;

/// <summary>A learned risk with its version: what flags, cards and receipts name.</summary>
internal sealed record RiskInForce(LearnedRisk Risk, int Version, long FittedAt, ModelReceipt Source)
{
    /// <summary>Null when nothing is learned, or what was learned is turned off: then the rules stand alone.</summary>
    public static RiskInForce? Of(ModelInForce? model) =>
        model is { Model: LearnedRisk { Answers: true } risk } ? new RiskInForce(risk, model.Version, model.FittedAt, model.Receipt) : null;

    public string TrainedTo => Source.To.ToString("d MMMM yyyy", CultureInfo.InvariantCulture);

    /// <summary>What stands behind one chance, for whoever asks.</summary>
    /// <param name="chance">In 1/10,000.</param>
    public string Receipt(long chance) =>
        $"Here the chance is {Figures.Share(chance / 10_000.0)}; of all it is {Figures.Share(Risk.Share)}. Version {Version}, trained to {TrainedTo} on {Figures.Count(Source.People)} looks back; the reasons are the model's own terms.";
}
