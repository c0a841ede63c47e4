using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Models.Reports;

namespace Experience.Domain.Models.Learning;

/// <summary>How one candidate did on what it had not seen: a row of the table that the choice was made by.</summary>
/// <param name="Figures">By name, such as "heldOutLogLikelihood" or "auroc"; units are the figure's own.</param>
/// <param name="Note">Why it was left out, or what the figures are of; null when there is nothing to say.</param>
public sealed record ModelScore(string Model, bool Chosen, IReadOnlyDictionary<string, double> Figures, string? Note = null);

/// <summary>People whom staff called after a flag, and whom they did not, each with how many of them had the outcome in the ninety days after it.</summary>
public sealed record CallCounts(int Called, int CalledOutcomes, int NotCalled, int NotCalledOutcomes);

/// <summary>What a fit can be asked: which model, learned from whom and when, how it did on what it had not seen.</summary>
/// <param name="Kind">One of <see cref="ModelKinds"/>.</param>
/// <param name="Name">The model that was chosen, such as "MBG/NBD".</param>
/// <param name="From">First day of what was learned from.</param>
/// <param name="To">Last day of what was learned from.</param>
/// <param name="People">How many people, or rows, it was learned from.</param>
/// <param name="Scored">What the table's figures are, in a sentence.</param>
public sealed record ModelReceipt(string Kind, string Name, DateOnly From, DateOnly To, long People, string Scored, IReadOnlyList<ModelScore> Scores)
{
    /// <summary>The name under which a document ends a model that no longer holds: the rules stand in, and <see cref="Scored"/> says why.</summary>
    public const string Rules = "Rules";

    /// <summary>What came of the flags that were raised by this kind's earlier versions; null where none is old enough.</summary>
    public CallCounts? Calls { get; init; }

    /// <summary>Events that the folder held; the engine sets it, to see how much has come since.</summary>
    public long Events { get; init; }
}

/// <summary>
/// A fitted model as <c>model.fitted</c> keeps it: receipt and parameters in one JSON object. Written by the engine, read by every version after it.
/// </summary>
public sealed record ModelDocument(ModelReceipt Receipt, JsonElement Parameters)
{
    /// <summary>How the model did, in words, tables and pictures: what the page "Models" and <c>backtest program</c> show. Null when a trainer says nothing.</summary>
    public BacktestReport? Report { get; init; }

    /// <summary>
    /// Bytes of one document. The journal's block holds 128 KiB; what is larger is refused by <see cref="Write()"/>, so a trainer must say less.
    /// </summary>
    public const int MaxBytes = 96 * 1024;

    private const int Format = 1;

    /// <summary>The source of what the engine fitted. Such facts are not counted among the events that others sent.</summary>
    public const string Source = "urn:experience:models";

    /// <summary>Canonical JSON: members in this order, numbers in their shortest exact form.</summary>
    /// <exception cref="InvalidOperationException">It is longer than <see cref="MaxBytes"/>, or a figure is not a finite number.</exception>
    public string Write()
    {
        var output = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            json.WriteString("kind", Receipt.Kind);
            json.WriteString("name", Receipt.Name);
            json.WriteString("from", Receipt.From.ToString("O", CultureInfo.InvariantCulture));
            json.WriteString("to", Receipt.To.ToString("O", CultureInfo.InvariantCulture));
            json.WriteNumber("people", Receipt.People);
            json.WriteNumber("events", Receipt.Events);
            json.WriteString("scored", Receipt.Scored);
            if (Receipt.Calls is { } calls)
            {
                json.WriteStartArray("calls");
                foreach (var count in (ReadOnlySpan<int>)[calls.Called, calls.CalledOutcomes, calls.NotCalled, calls.NotCalledOutcomes]) json.WriteNumberValue(count);
                json.WriteEndArray();
            }

            json.WriteStartArray("scores");
            foreach (var score in Receipt.Scores) Write(json, score);
            json.WriteEndArray();
            json.WritePropertyName("parameters");
            Parameters.WriteTo(json);
            if (Report is not null)
            {
                json.WritePropertyName("report");
                ReportJson.Write(json, Report);
            }

            json.WriteEndObject();
        }

        if (output.WrittenCount > MaxBytes)
            throw new InvalidOperationException($"The document of {Receipt.Kind} has {output.WrittenCount} bytes; at most {MaxBytes} are kept.");
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>Null, with the reason, when the document does not hold.</summary>
    public static ModelDocument? Parse(ReadOnlySpan<byte> utf8, out string? error)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8);
            using var parsed = JsonDocument.ParseValue(ref reader);
            var root = parsed.RootElement;
            if (root.GetProperty("format").GetInt32() != Format) throw new FormatException("The document is of a later format.");
            var scores = new List<ModelScore>();
            foreach (var score in root.GetProperty("scores").EnumerateArray()) scores.Add(ReadScore(score));
            var receipt = new ModelReceipt(
                Text(root, "kind"), Text(root, "name"), Day(root, "from"), Day(root, "to"), root.GetProperty("people").GetInt64(), Text(root, "scored"), scores)
            {
                Events = root.GetProperty("events").GetInt64(),
                Calls = root.TryGetProperty("calls", out var calls) ? new CallCounts(calls[0].GetInt32(), calls[1].GetInt32(), calls[2].GetInt32(), calls[3].GetInt32()) : null,
            };
            error = null;
            return new ModelDocument(receipt, root.GetProperty("parameters").Clone())
            {
                Report = root.TryGetProperty("report", out var report) ? ReportJson.Read(report) : null,
            };
        }
        catch (Exception failure) when (failure is JsonException or FormatException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            error = failure.Message;
            return null;
        }
    }

    /// <summary>The fact that puts this document in force.</summary>
    /// <param name="version">From 1, by kind.</param>
    /// <param name="time">µs since 1970 UTC.</param>
    public Fact ToFact(int version, long time) =>
        new FactBuilder(EventTypes.ModelFitted, Source, $"{Receipt.Kind}#{version}", "", time)
            .Set(Fields.Model, Receipt.Kind).Set(Fields.Version, (long)version).Set(Fields.Document, Write()).Build();

    private static void Write(Utf8JsonWriter json, ModelScore score)
    {
        json.WriteStartObject();
        json.WriteString("model", score.Model);
        json.WriteBoolean("chosen", score.Chosen);
        json.WriteStartObject("figures");
        foreach (var (name, value) in score.Figures.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            if (!double.IsFinite(value)) throw new InvalidOperationException($"The figure {name} of {score.Model} is not a number.");
            json.WriteNumber(name, value);
        }

        json.WriteEndObject();
        if (score.Note is not null) json.WriteString("note", score.Note);
        json.WriteEndObject();
    }

    private static ModelScore ReadScore(JsonElement score)
    {
        var figures = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var figure in score.GetProperty("figures").EnumerateObject()) figures[figure.Name] = figure.Value.GetDouble();
        return new ModelScore(
            Text(score, "model"), score.GetProperty("chosen").GetBoolean(), figures, score.TryGetProperty("note", out var note) ? note.GetString() : null);
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? throw new FormatException($"{name} is missing.");

    private static DateOnly Day(JsonElement element, string name) => DateOnly.ParseExact(Text(element, name), "O", CultureInfo.InvariantCulture);
}
