using System.Text.Json;
using Experience.Domain.Models.Risk;

namespace Experience.Domain.Models.Learning;

/// <summary>
/// What the engine learns, by kind: one line each. A kind names what is learned, not how; its document says which model was chosen.
/// </summary>
public static class ModelKinds
{
    public const string Value = "value";
    public const string Withdrawal = "risk.withdrawal";
    public const string Dissatisfaction = "risk.dissatisfaction";
    public const string Needs = "needs";

    /// <summary>
    /// How the parameters of a kind read. A reader throws <see cref="FormatException"/>, <see cref="JsonException"/>,
    /// <see cref="ArgumentException"/>, <see cref="KeyNotFoundException"/> or <see cref="InvalidOperationException"/> when they do not hold:
    /// then the document changes nothing, and what was in force stays.
    /// </summary>
    private static readonly Dictionary<string, ModelKind> Known = new(StringComparer.Ordinal)
    {
        [Needs] = new(Experience.Domain.Models.Needs.NeedsDocument.Read, Assessed: true),
        [Value] = new(ValueModel.Read, Assessed: true),
        [Withdrawal] = new(static parameters => LearnedRisk.Read(parameters, WithdrawalFeatures.All), Assessed: true),
        [Dissatisfaction] = new(static parameters => LearnedRisk.Read(parameters, DissatisfactionFeatures.All), Assessed: true),
    };

    /// <summary>Null when this version does not know the kind: its documents are kept and read by nobody.</summary>
    public static ModelKind? Find(string kind) => Known.GetValueOrDefault(kind);
}

/// <param name="Read">Parameters as their document has them, to the object that assessments use.</param>
/// <param name="Assessed">Flags, needs or segments depend on it, so a new version means a pass over everybody.</param>
public sealed record ModelKind(Func<JsonElement, object> Read, bool Assessed);
