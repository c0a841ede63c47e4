using System.Globalization;
using Experience.Domain.Models.Learning;
using Experience.Domain.Models.Reports;

namespace Experience.Domain.Models.Risk;

/// <summary>The value model in force as it tells who may not come back, with its version: what flags, cards and receipts name.</summary>
internal sealed record LapseInForce(ValueModel Model, ModelInForce Source)
{
    public static LapseInForce? Of(ModelInForce? model) => model is { Model: ValueModel value } ? new LapseInForce(value, model) : null;

    private string Name => Source.Receipt.Name + (Model.ByTerm ? " by term" : "");

    private string FittedTo => Source.Receipt.To.ToString("d MMMM yyyy", CultureInfo.InvariantCulture);

    public string By => $"{Name}, version {Source.Version}, fitted to {FittedTo}";

    /// <summary>What stands behind one chance, for whoever asks.</summary>
    /// <param name="active">In 1/10,000.</param>
    public string Receipt(long active) =>
        $"Here the chance is {Figures.Share(active / 10_000.0)}, by {Name}, version {Source.Version}, fitted to {FittedTo} on {Figures.Count(Source.Receipt.People)} people.";
}
