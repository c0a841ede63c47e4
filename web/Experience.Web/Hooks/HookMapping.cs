using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Wire;
using Experience.Web.Ways;

namespace Experience.Web.Hooks;

/// <summary>
/// What a payload means: a list of rules, each of which gives an event for each item of its path. Compiled once from the document that staff write; the
/// document is what is kept and versioned. docs/ways-in.md describes it.
/// </summary>
internal sealed class HookMapping
{
    public const int MaxDocumentBytes = 64 * 1024;
    public const int MaxRules = 20;
    public const int MaxFields = 80;

    /// <summary>Events of one payload.</summary>
    public const int MaxEvents = 1_000;

    private const int MaxLookups = 20;
    private const int MaxEntries = 2_000;

    private readonly List<Rule> _rules;
    private readonly TimeZoneInfo _zone;

    private HookMapping(string source, TimeZoneInfo zone, HookSignature signature, List<Rule> rules, IReadOnlyCollection<string> headers)
    {
        Source = source;
        _zone = zone;
        Signature = signature;
        _rules = rules;
        Headers = headers;
    }

    public string Source { get; }

    public HookSignature Signature { get; }

    /// <summary>Headers that the mapping reads.</summary>
    public IReadOnlyCollection<string> Headers { get; }

    public SenderRules Sender => new(Source, _zone);

    private sealed record Rule(JsonPath? Each, List<(HookExpression Value, HashSet<string> Is)> When, HookExpression Type, HookExpression? Id, HookExpression? Subject, HookExpression? Time, List<(string Field, HookExpression Value)> Data);

    /// <param name="json">The document.</param>
    /// <param name="programZone">Zone of times without one, where the document names none.</param>
    public static HookMapping? Parse(ReadOnlyMemory<byte> json, string programZone, out Refusal? refusal)
    {
        refusal = null;
        var at = "mapping";
        try
        {
            if (json.Length > MaxDocumentBytes) throw new FormatException($"is longer than {MaxDocumentBytes} bytes");
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new FormatException("is not a JSON object");
            Known(root, "source", "timeZone", "signature", "lookups", "events");
            at = "source";
            var source = root.Get("source").Text() ?? throw new FormatException("is missing");
            if (source.Length > EventLimits.MaxSourceLength || string.IsNullOrWhiteSpace(source)) throw new FormatException("is not a source");
            at = "timeZone";
            if (!WireTime.TryZone(root.Get("timeZone").Text() ?? programZone, out var zone)) throw new FormatException("is not a time zone");
            at = "signature";
            var signature = HookSignature.Parse(root.Get("signature") ?? throw new FormatException("is missing"));
            at = "lookups";
            var lookups = Lookups(root.Get("lookups"));
            at = "events";
            var events = root.Get("events") ?? throw new FormatException("is missing");
            if (events.ValueKind != JsonValueKind.Array || events.GetArrayLength() is 0 or > MaxRules) throw new FormatException($"is not a list of 1 to {MaxRules} rules");
            var expressions = new HookExpressions(lookups, zone);
            var rules = new List<Rule>();
            foreach (var rule in events.EnumerateArray())
            {
                at = $"events[{rules.Count}]";
                rules.Add(RuleOf(rule, expressions, ref at));
            }

            return new HookMapping(source, zone, signature, rules, expressions.Headers);
        }
        catch (FormatException e)
        {
            refusal = new Refusal(at, e.Message, Accepts(at));
        }
        catch (JsonException e)
        {
            refusal = new Refusal("mapping", $"is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine})", "a JSON object");
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // A name that stands twice, or text that is not Unicode.
            refusal = new Refusal(at, "holds a name twice or text that is not Unicode", "each name once");
        }

        return null;
    }

    /// <summary>Adds the events that a payload means, or says why it means none.</summary>
    public Refusal? Translate(JsonElement payload, ReadOnlySpan<byte> body, IReadOnlyDictionary<string, string> headers, TranslatedEvents events)
    {
        var budget = new JsonPath.Budget();
        string? hash = null;
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var r = 0; r < _rules.Count; r++)
        {
            var rule = _rules[r];
            var items = rule.Each is null ? [payload] : rule.Each.Find(payload, payload, budget);
            var i = 0;
            foreach (var item in items)
            {
                var context = new HookContext(payload, item, headers, budget);
                i++;
                if (!rule.When.TrueForAll(w => w.Value(context).AsText() is { } value && w.Is.Contains(value))) continue;
                if (events.Count >= MaxEvents) return new Refusal("events", $"are more than {MaxEvents} in one payload", "smaller payloads");
                var type = rule.Type(context).AsText();
                if (string.IsNullOrEmpty(type)) return new Refusal($"events[{r}].type", "gave nothing for this payload", "an event type");
                var id = rule.Id is null ? null : rule.Id(context).AsText()?.Trim();
                if (string.IsNullOrEmpty(id)) id = $"{hash ??= Convert.ToHexStringLower(SHA256.HashData(body))[..32]}.{i}";
                // Several events of one payload may share what names it: each keeps an id of its own, the same one in every replay.
                if (r > 0) id += "#" + r.ToString(CultureInfo.InvariantCulture);
                var times = seen[id] = seen.GetValueOrDefault(id) + 1;
                if (times > 1) id += "." + times.ToString(CultureInfo.InvariantCulture);
                events.Begin(type, id, rule.Subject?.Invoke(context).AsText()?.Trim(), Moment(rule.Time?.Invoke(context).AsText()));
                foreach (var (field, value) in rule.Data) value(context).Write(events, field);
                events.End();
            }
        }

        // Half of a payload would be silently less than all of it.
        if (budget.IsSpent) return new Refusal("payload", "is too large for the paths of the mapping", "smaller payloads, or paths without ..");
        return null;
    }

    /// <summary>A day means its beginning in the hook's zone.</summary>
    private string? Moment(string? text)
    {
        if (text is null || !DateOnly.TryParseExact(text.Trim(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return text;
        var local = (day.DayNumber - new DateOnly(1970, 1, 1).DayNumber) * 86_400_000_000L;
        return WireTime.TryFromLocal(local, _zone, out var at) ? DateTimeOffset.UnixEpoch.AddTicks(at * TimeSpan.TicksPerMicrosecond).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) : text;
    }

    private static Rule RuleOf(JsonElement rule, HookExpressions expressions, ref string at)
    {
        var place = at;
        if (rule.ValueKind != JsonValueKind.Object) throw new FormatException("is not a JSON object");
        Known(rule, "each", "when", "type", "id", "subject", "time", "data");
        at = place + ".each";
        var each = rule.Get("each") is { } path ? JsonPath.Parse(((JsonElement?)path).Text() ?? throw new FormatException("is no path")) : null;
        at = place + ".when";
        var when = new List<(HookExpression, HashSet<string>)>();
        if (rule.Get("when") is { } conditions)
        {
            if (conditions.ValueKind != JsonValueKind.Array || conditions.GetArrayLength() > MaxRules) throw new FormatException("is not a list of conditions");
            foreach (var condition in conditions.EnumerateArray())
            {
                Known(condition, "value", "is");
                var value = expressions.Compile(condition.Get("value") ?? throw new FormatException("lacks a value"));
                var accepted = condition.Get("is") ?? throw new FormatException("lacks \"is\"");
                var list = accepted.ValueKind == JsonValueKind.Array ? [.. accepted.EnumerateArray()] : new[] { accepted };
                when.Add((value, [.. list.Select(v => HookValue.Of(v).AsText() ?? throw new FormatException("\"is\" holds no text"))]));
            }
        }

        HookExpression? Part(string name, ref string at)
        {
            at = $"{place}.{name}";
            return rule.Get(name) is { } json ? expressions.Compile(json) : null;
        }

        var type = Part("type", ref at) ?? throw new FormatException("is missing");
        var id = Part("id", ref at);
        var subject = Part("subject", ref at);
        var time = Part("time", ref at);
        at = place + ".data";
        var data = new List<(string, HookExpression)>();
        if (rule.Get("data") is { } fields)
        {
            if (fields.ValueKind != JsonValueKind.Object) throw new FormatException("is not a JSON object");
            foreach (var field in fields.EnumerateObject())
            {
                at = $"{place}.data.{field.Name}";
                if (data.Count == MaxFields) throw new FormatException($"are more than {MaxFields} fields");
                if (data.Exists(d => d.Item1 == field.Name)) throw new FormatException("stands twice");
                data.Add((field.Name, expressions.Compile(field.Value)));
            }
        }

        return new Rule(each, when, type, id, subject, time, data);
    }

    private static Dictionary<string, Dictionary<string, HookValue>> Lookups(JsonElement? json)
    {
        var lookups = new Dictionary<string, Dictionary<string, HookValue>>(StringComparer.Ordinal);
        if (json is not { } tables) return lookups;
        if (tables.ValueKind != JsonValueKind.Object) throw new FormatException("is not a JSON object of tables");
        foreach (var table in tables.EnumerateObject())
        {
            if (table.Value.ValueKind != JsonValueKind.Object || lookups.Count == MaxLookups) throw new FormatException($"are not at most {MaxLookups} objects");
            var entries = table.Value.EnumerateObject().ToDictionary(e => e.Name, e => HookValue.Of(e.Value.Clone()), StringComparer.Ordinal);
            if (entries.Count > MaxEntries) throw new FormatException($"has more than {MaxEntries} entries");
            lookups.Add(table.Name, entries);
        }

        return lookups;
    }

    private static void Known(JsonElement json, params ReadOnlySpan<string> names)
    {
        if (json.ValueKind != JsonValueKind.Object) throw new FormatException("is not a JSON object");
        foreach (var property in json.EnumerateObject())
        {
            // A slip of the pen in a name would be a rule that is silently not there.
            if (!names.Contains(property.Name)) throw new FormatException($"holds \"{property.Name}\", which is not known here");
        }
    }

    private static string Accepts(string at) => at switch
    {
        "mapping" => "source, timeZone, signature, lookups and events",
        "source" => "a source such as /shop",
        "timeZone" => "an IANA name such as America/Chicago",
        "signature" => HookSignature.Accepted,
        "lookups" => "tables of texts, such as {\"states\": {\"paid\": \"payment.received\"}}",
        "events" => "rules with each, when, type, id, subject, time and data",
        _ when at.EndsWith(".each", StringComparison.Ordinal) => "a path such as $.orders[*]",
        _ when at.EndsWith(".when", StringComparison.Ordinal) => "conditions such as {\"value\": \"/status\", \"is\": [\"paid\"]}",
        _ => HookExpressions.Accepted,
    };
}
