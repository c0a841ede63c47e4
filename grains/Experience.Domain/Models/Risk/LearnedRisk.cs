using System.Buffers;
using System.Text.Json;
using Experience.Domain.Models.Gam;
using Experience.Domain.Programs;

namespace Experience.Domain.Models.Risk;

/// <summary>One depth of the list of everybody by chance, the highest first.</summary>
/// <param name="Share">Of all whom the question applies to, up to here.</param>
/// <param name="Chance">The lowest chance up to here, of those at present.</param>
/// <param name="Precision">Share with the outcome up to here, of those held out; null where none were.</param>
public sealed record RiskDepth(double Share, double Chance, double? Precision);

/// <summary>
/// A learned risk in force: the additive model over named numbers, and how deep into the list of everybody staff can reach. Immutable; asked by
/// every event, so it is look-ups and additions.
/// </summary>
public sealed class LearnedRisk
{
    /// <summary>Working days of a fortnight: a flag stands for as long as it takes to call all who have one.</summary>
    public const int DaysOfCalls = 10;

    /// <summary>Reasons that a flag names.</summary>
    public const int MostReasons = 2;

    /// <summary>Shares are kept in ten-thousandths of log-odds.</summary>
    private const double Unit = 1e-4;

    private const int MostColumns = 64;

    private readonly AdditiveModel? _model;
    private readonly int[] _index;

    private LearnedRisk(IReadOnlyList<RiskFeature> features, AdditiveModel? model, string? off, long applies, IReadOnlyList<RiskDepth> depths, double share)
    {
        Features = features;
        _model = model;
        Off = off;
        Applies = applies;
        Depths = depths;
        Share = share;
        _index = model?.IndexIn([.. features.Select(static f => f.Name)]) ?? [];
        if (_index.Length > MostColumns) throw new ArgumentException($"A learned risk has at most {MostColumns} columns.", nameof(model));
    }

    public IReadOnlyList<RiskFeature> Features { get; }

    /// <summary>Why the rules stand in for it: it no longer fits what happens. Null while it is asked.</summary>
    public string? Off { get; }

    /// <summary>How many people, or places, the question applied to when it was fitted.</summary>
    public long Applies { get; }

    public IReadOnlyList<RiskDepth> Depths { get; }

    /// <summary>Share with the outcome among all that it learned from: the chance of anybody.</summary>
    public double Share { get; }

    internal AdditiveModel? Model => _model;

    /// <summary>A fitted model with the depths of its list.</summary>
    public static LearnedRisk Of(IReadOnlyList<RiskFeature> features, AdditiveModel model, long applies, IReadOnlyList<RiskDepth> depths, double share)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new LearnedRisk(features, model, null, applies, depths, share);
    }

    /// <summary>Nothing is asked any more, and why.</summary>
    public static LearnedRisk TurnedOff(IReadOnlyList<RiskFeature> features, string reason) => new(features, null, reason, 0, [], 0);

    /// <summary>Whether it answers; otherwise the rules do.</summary>
    public bool Answers => _model is not null;

    /// <summary>The chance of the outcome, 0–1.</summary>
    /// <param name="values">In the order of <see cref="Features"/>.</param>
    public double Chance(ReadOnlySpan<double> values)
    {
        Span<int> bins = stackalloc int[MostColumns];
        bins = bins[.._index.Length];
        _model!.Fill(bins, values, _index);
        return AdditiveModel.Sigmoid(_model.LogOdds(bins));
    }

    /// <summary>
    /// The features that raise the chance most, by their places, the first the weightiest; at most as many as there is room for. A pair's share is
    /// halved between its two.
    /// </summary>
    /// <returns>How many there are; 0 when nothing raises it above anybody's.</returns>
    public int Reasons(ReadOnlySpan<double> values, Span<int> features)
    {
        Span<int> bins = stackalloc int[MostColumns];
        Span<double> shares = stackalloc double[MostColumns];
        bins = bins[.._index.Length];
        shares = shares[.._index.Length];
        _model!.Fill(bins, values, _index);
        _model.Shares(bins, shares);
        var count = 0;
        while (count < features.Length)
        {
            var best = -1;
            for (var i = 0; i < shares.Length; i++)
            {
                if (shares[i] > LeastReason && (best < 0 || shares[i] > shares[best])) best = i;
            }

            if (best < 0) break;
            features[count++] = _index[best];
            shares[best] = 0;
        }

        return count;
    }

    /// <summary>A tenth of log-odds changes a chance of 20 % by two points: less is no reason to name.</summary>
    private const double LeastReason = 0.1;

    /// <summary>The chance from which a flag is raised: as many are above it as a fortnight's calls reach, and never below the policy's least.</summary>
    public double ThresholdFor(AlertLimits alerts, double least)
    {
        ArgumentNullException.ThrowIfNull(alerts);
        return Math.Max(least, ChanceAt(alerts.CallsPerDay * DaysOfCalls / (double)Math.Max(1, Applies)));
    }

    /// <summary>Share with the outcome among the first <paramref name="people"/> of the list, of those held out; null where not measured.</summary>
    public double? PrecisionAt(int people) =>
        Depths.FirstOrDefault(depth => depth.Share >= people / (double)Math.Max(1, Applies) && depth.Precision is not null)?.Precision;

    private double ChanceAt(double share)
    {
        var (before, chance) = (0.0, 1.0);
        foreach (var depth in Depths)
        {
            // Between two depths the chance falls evenly.
            if (depth.Share >= share) return chance + (depth.Chance - chance) * (share - before) / (depth.Share - before);
            (before, chance) = (depth.Share, depth.Chance);
        }

        return 0;
    }

    /// <summary>The parameters of a model document.</summary>
    public JsonElement Write()
    {
        var output = new ArrayBufferWriter<byte>(16 * 1024);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            if (Off is not null) json.WriteString("off", Off);
            if (_model is not null) WriteModel(json, _model);
            json.WriteEndObject();
        }

        var reader = new Utf8JsonReader(output.WrittenSpan);
        using var parsed = JsonDocument.ParseValue(ref reader);
        return parsed.RootElement.Clone();
    }

    public static LearnedRisk Read(JsonElement parameters, IReadOnlyList<RiskFeature> features)
    {
        if (parameters.TryGetProperty("off", out var off)) return TurnedOff(features, off.GetString() ?? "");
        var columns = new List<Binning>();
        var mains = new List<double[]>();
        foreach (var column in parameters.GetProperty("columns").EnumerateArray())
        {
            var edges = column.GetProperty("edges").EnumerateArray().Select(static e => e.GetDouble()).ToArray();
            var binning = Binning.OfEdges(column.GetProperty("name").GetString()!, (Monotone)column.GetProperty("direction").GetInt32(), edges);
            var shape = Units(column.GetProperty("shares"));
            if (shape.Length != binning.Bins) throw new FormatException($"The column {binning.Column} has {shape.Length} shares for {binning.Bins} bins.");
            columns.Add(binning);
            mains.Add(shape);
        }

        var pairs = new List<PairTerm>();
        foreach (var pair in parameters.GetProperty("pairs").EnumerateArray())
        {
            var (first, second) = (pair.GetProperty("first").GetInt32(), pair.GetProperty("second").GetInt32());
            var shares = Units(pair.GetProperty("shares"));
            if (shares.Length != columns[first].Bins * columns[second].Bins) throw new FormatException("A pair has another number of shares than its columns have bins.");
            pairs.Add(new PairTerm(first, second, columns[second].Bins, shares));
        }

        var depths = parameters.GetProperty("depths").EnumerateArray().Select(static depth => new RiskDepth(
            depth.GetProperty("share").GetDouble(), depth.GetProperty("chance").GetDouble(),
            depth.TryGetProperty("precision", out var precision) ? precision.GetDouble() : null)).ToArray();
        var model = new AdditiveModel([.. columns], [.. mains], [.. pairs], parameters.GetProperty("base").GetDouble());
        return new LearnedRisk(features, model, null, parameters.GetProperty("applies").GetInt64(), depths, parameters.GetProperty("share").GetDouble());
    }

    private void WriteModel(Utf8JsonWriter json, AdditiveModel model)
    {
        json.WriteNumber("base", model.Base);
        json.WriteNumber("share", Share);
        json.WriteNumber("applies", Applies);
        json.WriteStartArray("columns");
        for (var i = 0; i < model.Columns.Count; i++)
        {
            var column = model.Columns[i];
            json.WriteStartObject();
            json.WriteString("name", column.Column);
            json.WriteNumber("direction", (int)column.Monotone);
            json.WriteStartArray("edges");
            foreach (var edge in column.Edges!) json.WriteNumberValue(edge);
            json.WriteEndArray();
            WriteUnits(json, model.Mains[i]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("pairs");
        foreach (var pair in model.PairTerms)
        {
            json.WriteStartObject();
            json.WriteNumber("first", pair.First);
            json.WriteNumber("second", pair.Second);
            WriteUnits(json, pair.Shares);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("depths");
        foreach (var depth in Depths)
        {
            json.WriteStartObject();
            json.WriteNumber("share", depth.Share);
            json.WriteNumber("chance", depth.Chance);
            if (depth.Precision is { } precision) json.WriteNumber("precision", precision);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteUnits(Utf8JsonWriter json, double[] shares)
    {
        json.WriteStartArray("shares");
        foreach (var share in shares) json.WriteNumberValue((long)Math.Round(share / Unit));
        json.WriteEndArray();
    }

    private static double[] Units(JsonElement shares) => [.. shares.EnumerateArray().Select(static share => share.GetInt64() * Unit)];
}
