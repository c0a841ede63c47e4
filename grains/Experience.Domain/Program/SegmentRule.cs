using System.Text.Json;
using Experience.Domain.Assessments;
using Experience.Domain.Events;

namespace Experience.Domain.Programs;

/// <summary>Whether an assessed person belongs. Evaluated for every change of everybody: no allocation in the common fields.</summary>
public delegate bool SegmentTest(Assessed person);

/// <summary>
/// A segment's rule: JSON of fields, comparisons, all, any and not, with windows in days, compiled to a delegate.
/// <code>{"all":[{"field":"age","is":">=","value":60},{"not":{"field":"audience","is":"in","value":["contract"],"days":730}}]}</code>
/// </summary>
public sealed class SegmentRule
{
    public const int MaxDepth = 12;
    public const int MaxNodes = 64;
    public const int MaxValues = 32;
    public const int MaxDays = 3_660;

    private SegmentRule(SegmentTest? test, string json)
    {
        Test = test;
        Json = json;
    }

    /// <summary>Null when the definition retires the segment.</summary>
    public SegmentTest? Test { get; }

    public string Json { get; }

    /// <summary>Names of the fields that a rule may use, for pages and errors.</summary>
    public static IReadOnlyList<string> FieldNames { get; } = [.. SegmentField.All.Select(f => f.Name)];

    /// <summary>Reads a document strictly; null, and the path, when it is refused. <c>{"retired":true}</c> ends a segment.</summary>
    public static SegmentRule? Parse(ReadOnlySpan<byte> json, out DocumentError? error)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth * 2 + 4 });
            using var document = JsonDocument.ParseValue(ref reader);
            error = null;
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("retired", out var retired) && retired.ValueKind == JsonValueKind.True)
                return new SegmentRule(null, root.GetRawText());
            var nodes = 0;
            return new SegmentRule(Node(root, "rule", 0, ref nodes), root.GetRawText());
        }
        catch (DocumentException refused)
        {
            error = refused.Error;
            return null;
        }
        catch (JsonException broken)
        {
            error = new DocumentError("rule", "is not JSON: line " + (broken.LineNumber + 1), "a JSON object");
            return null;
        }
    }

    internal static SegmentRule Of(string json) =>
        Parse(System.Text.Encoding.UTF8.GetBytes(json), out var error) ?? throw new InvalidOperationException($"{error!.Field} {error.Reason}");

    private static SegmentTest Node(JsonElement element, string path, int depth, ref int nodes)
    {
        if (depth > MaxDepth) throw new DocumentException(path, "is nested too deep", $"at most {MaxDepth} levels");
        if (++nodes > MaxNodes) throw new DocumentException(path, "is one condition too many", $"at most {MaxNodes} conditions");
        var reader = new ObjectReader(element, path);
        SegmentTest test;
        if (reader.Find("all", out _)) test = All(Children(reader, "all", depth, ref nodes));
        else if (reader.Find("any", out _)) test = Any(Children(reader, "any", depth, ref nodes));
        else if (reader.Find("not", out var not))
        {
            var inner = Node(not, path + ".not", depth + 1, ref nodes);
            test = person => !inner(person);
        }
        else if (reader.Find("field", out _)) test = Comparison(reader, path);
        else throw new DocumentException(path, "asks nothing", "all, any, not or field");
        reader.Close();
        return test;
    }

    private static SegmentTest[] Children(ObjectReader reader, string member, int depth, ref int nodes)
    {
        var tests = new List<SegmentTest>();
        foreach (var item in reader.Items(member, MaxNodes)) tests.Add(Node(item, $"{reader.PathOf(member)}[{tests.Count}]", depth + 1, ref nodes));
        if (tests.Count == 0) throw new DocumentException(reader.PathOf(member), "is empty", "at least one condition");
        return [.. tests];
    }

    private static SegmentTest All(SegmentTest[] tests) => person =>
    {
        foreach (var test in tests)
        {
            if (!test(person)) return false;
        }

        return true;
    };

    private static SegmentTest Any(SegmentTest[] tests) => person =>
    {
        foreach (var test in tests)
        {
            if (test(person)) return true;
        }

        return false;
    };

    private static SegmentTest Comparison(ObjectReader reader, string path)
    {
        var name = reader.Text("field", "");
        var field = SegmentField.Find(name) ?? throw new DocumentException(path + ".field", $"'{name}' is not known", string.Join(", ", FieldNames));
        var days = 0;
        if (field.Windowed) days = reader.Whole("days", 0, 1, MaxDays);
        else if (reader.Find("days", out _)) throw new DocumentException(path + ".days", $"{name} has no window", "no days here");
        var op = reader.Text("is", "=", 4);
        if (!reader.Find("value", out var value))
        {
            if (field.Kind != SegmentFieldKind.Flag) throw new DocumentException(path + ".value", "is missing", Accepted(field));
            return person => field.Value!(person, days) != 0;
        }

        return field.Kind switch
        {
            SegmentFieldKind.Flag => FlagTest(field, days, op, value, path),
            SegmentFieldKind.Text => TextTest(field, days, op, value, path),
            _ => NumberTest(field, days, op, value, path),
        };
    }

    private static SegmentTest FlagTest(SegmentField field, int days, string op, JsonElement value, string path)
    {
        if (op != "=") throw new DocumentException(path + ".is", $"'{op}' does not fit true or false", "=");
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) throw new DocumentException(path + ".value", "is not true or false", "true or false");
        var wanted = value.GetBoolean();
        return person => field.Value!(person, days) != 0 == wanted;
    }

    private static SegmentTest NumberTest(SegmentField field, int days, string op, JsonElement value, string path)
    {
        var scale = field.Kind == SegmentFieldKind.Hundredths ? 100 : 1;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDecimal(out var number) || Math.Abs(number) > 1_000_000_000_000m || number * scale != decimal.Truncate(number * scale))
            throw new DocumentException(path + ".value", "is not a number that fits", Accepted(field));
        var wanted = (long)(number * scale);
        var get = field.Value!;
        return op switch
        {
            "=" => person => get(person, days) == wanted,
            "!=" => person => get(person, days) is var v && v != wanted && v != SegmentField.Unknown,
            ">" => person => get(person, days) > wanted,
            ">=" => person => get(person, days) >= wanted,
            "<" => person => get(person, days) is var v && v < wanted && v != SegmentField.Unknown,
            "<=" => person => get(person, days) is var v && v <= wanted && v != SegmentField.Unknown,
            _ => throw new DocumentException(path + ".is", $"'{op}' is not a comparison of numbers", "=, !=, >, >=, <, <="),
        };
    }

    private static SegmentTest TextTest(SegmentField field, int days, string op, JsonElement value, string path)
    {
        var wanted = new List<ulong>();
        if (op == "in")
        {
            if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is 0 or > MaxValues)
                throw new DocumentException(path + ".value", "is not a list of the right length", $"1–{MaxValues} texts");
            foreach (var item in value.EnumerateArray()) wanted.Add(TextValue(field, item, path + ".value"));
        }
        else if (op is "=" or "!=") wanted.Add(TextValue(field, value, path + ".value"));
        else throw new DocumentException(path + ".is", $"'{op}' is not a comparison of texts", "=, !=, in");
        ulong[] values = [.. wanted];
        var has = field.Has!;
        SegmentTest any = person =>
        {
            foreach (var v in values)
            {
                if (has(person, days, v)) return true;
            }

            return false;
        };
        return op == "!=" ? person => !any(person) : any;
    }

    private static ulong TextValue(SegmentField field, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: > 0 } text) throw new DocumentException(path, "is not a text", Accepted(field));
        if (field.Codes is null) return SipHash.Name(text);
        for (var i = 0; i < field.Codes.Count; i++)
        {
            if (field.Codes[i] == text) return (ulong)i;
        }

        throw new DocumentException(path, $"'{text}' is not a code of {field.Name}", Accepted(field));
    }

    private static string Accepted(SegmentField field) => field.Kind switch
    {
        SegmentFieldKind.Flag => "true or false",
        SegmentFieldKind.Hundredths => "a number with at most two decimals",
        SegmentFieldKind.Number => "a whole number",
        _ => field.Codes is null ? "a text" : string.Join(", ", field.Codes),
    };
}
