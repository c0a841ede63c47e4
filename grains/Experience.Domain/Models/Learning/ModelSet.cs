using System.Text.Json;
using Experience.Domain.Models.Reports;
using Experience.Domain.Models.Risk;

namespace Experience.Domain.Models.Learning;

/// <summary>A model in force: its receipt, the version of its kind, when it was fitted (µs), and what its parameters read as.</summary>
public sealed record ModelInForce(ModelReceipt Receipt, int Version, long FittedAt, object Model)
{
    public BacktestReport? Report { get; init; }
}

/// <summary>
/// The models in force, the newest of each kind in the order of folding. Immutable and parsed once, so that every loop reads the same ones;
/// part of <see cref="Programs.ProgramSnapshot"/>. Where a kind is missing there is not enough history, and rules stand alone.
/// </summary>
public sealed class ModelSet
{
    private readonly Dictionary<string, ModelInForce> _byKind;

    private ModelSet(Dictionary<string, ModelInForce> byKind)
    {
        _byKind = byKind;
        All = [.. byKind.Values.OrderBy(m => m.Receipt.Kind, StringComparer.Ordinal)];
        Withdrawal = RiskInForce.Of(Find(ModelKinds.Withdrawal));
        Dissatisfaction = RiskInForce.Of(Find(ModelKinds.Dissatisfaction));
        Lapse = LapseInForce.Of(Find(ModelKinds.Value));
    }

    /// <summary>The learned risk of leaving a section; null where the rules stand alone.</summary>
    internal RiskInForce? Withdrawal { get; }

    /// <summary>The learned risk of being unhappy with us; null where the rules stand alone.</summary>
    internal RiskInForce? Dissatisfaction { get; }

    /// <summary>The value model as it tells who may not come back; null where the rule of silence stands alone.</summary>
    internal LapseInForce? Lapse { get; }

    public static ModelSet None { get; } = new([]);

    /// <summary>In order of kind.</summary>
    public IReadOnlyList<ModelInForce> All { get; }

    public ModelInForce? Find(string kind) => _byKind.GetValueOrDefault(kind);

    /// <summary>The model of a kind as its parameters read; null when none is in force.</summary>
    public T? Of<T>(string kind)
        where T : class => _byKind.TryGetValue(kind, out var found) ? found.Model as T : null;

    /// <summary>This set with one kind replaced; null when the document does not hold or its kind is not known to this version.</summary>
    internal ModelSet? With(ReadOnlySpan<byte> document, int version, long fittedAt, out string kind)
    {
        kind = "";
        if (ModelDocument.Parse(document, out _) is not { } parsed) return null;
        kind = parsed.Receipt.Kind;
        if (ModelKinds.Find(kind) is not { } known) return null;
        try
        {
            var model = known.Read(parsed.Parameters);
            return new ModelSet(new Dictionary<string, ModelInForce>(_byKind, StringComparer.Ordinal) { [kind] = new(parsed.Receipt, version, fittedAt, model) { Report = parsed.Report } });
        }
        catch (Exception failure) when (failure is FormatException or JsonException or ArgumentException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
