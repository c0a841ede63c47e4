using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Experience.Web.Hooks;

/// <summary>
/// JSONPath as RFC 9535 has it, without function extensions: name and wildcard selectors, indices (negative ones too), slices, descendants, unions and
/// filters with comparisons, existence, <c>&amp;&amp;</c>, <c>||</c>, <c>!</c> and parentheses. A path begins with <c>$</c> (the whole payload) or <c>@</c> (the item at hand). JSON
/// Pointer (RFC 6901) is the other form: it begins with <c>/</c> and means one place of the item.
/// </summary>
internal sealed class JsonPath
{
    /// <summary>Places that all paths of one payload visit together at most: a deep payload and a mapping of descendants would multiply.</summary>
    public const int MaxVisits = 2_000_000;

    private const int MaxLength = 500;
    private const int MaxDepth = 16;

    private readonly List<(bool Descend, List<Selector> Selectors)> _segments;

    private JsonPath(bool root, List<(bool, List<Selector>)> segments)
    {
        IsRoot = root;
        _segments = segments;
    }

    /// <summary>Whether it begins at the payload, not at the item.</summary>
    public bool IsRoot { get; }

    private delegate IEnumerable<JsonElement> Selector(JsonElement node, Evaluation evaluation);

    private delegate bool Test(JsonElement node, Evaluation evaluation);

    /// <summary>What one payload may still cost. Once it is spent, paths find nothing more, and <see cref="IsSpent"/> says so.</summary>
    internal sealed class Budget
    {
        private int _left = MaxVisits;

        public bool IsSpent => _left <= 0;

        public bool Take() => --_left > 0;
    }

    private sealed record Evaluation(JsonElement Root, Budget Budget);

    public static bool LooksLikeOne(string text) => text.StartsWith('$') || text.StartsWith('@') || text.StartsWith('/');

    /// <exception cref="FormatException">With what is wrong and where.</exception>
    public static JsonPath Parse(string text)
    {
        if (text.Length > MaxLength) throw new FormatException($"a path has at most {MaxLength} characters");
        if (text.StartsWith('/')) return Pointer(text);
        var parser = new Parser(text);
        var path = parser.Path(0);
        parser.End();
        return path;
    }

    public IEnumerable<JsonElement> Find(JsonElement root, JsonElement item, Budget budget) => Find(IsRoot ? root : item, new Evaluation(root, budget));

    private IEnumerable<JsonElement> Find(JsonElement start, Evaluation evaluation)
    {
        IEnumerable<JsonElement> nodes = [start];
        foreach (var (descend, selectors) in _segments)
        {
            var from = nodes;
            nodes = (descend ? from.SelectMany(n => Descendants(n, evaluation, 0)) : from).SelectMany(n => selectors.SelectMany(s => s(n, evaluation)));
        }

        return nodes.TakeWhile(_ => evaluation.Budget.Take());
    }

    private static IEnumerable<JsonElement> Descendants(JsonElement node, Evaluation evaluation, int depth)
    {
        if (!evaluation.Budget.Take() || depth > 64) yield break;
        yield return node;
        foreach (var child in Children(node))
        {
            foreach (var deeper in Descendants(child, evaluation, depth + 1)) yield return deeper;
        }
    }

    private static IEnumerable<JsonElement> Children(JsonElement node) => node.ValueKind switch
    {
        JsonValueKind.Array => node.EnumerateArray(),
        JsonValueKind.Object => node.EnumerateObject().Select(p => p.Value),
        _ => [],
    };

    private static JsonPath Pointer(string text) => new(false,
        [.. text[1..].Split('/').Select(token => (false, new List<Selector> { PointerToken(token) }))]);

    private static Selector PointerToken(string token)
    {
        if (token.Replace("~0", "", StringComparison.Ordinal).Replace("~1", "", StringComparison.Ordinal).Contains('~')) throw new FormatException("~ stands alone: ~0 means ~, ~1 means /");
        var name = token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
        var index = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) && (name == "0" || !name.StartsWith('0')) ? parsed : -1;
        return (node, _) => node.ValueKind == JsonValueKind.Array ? At(node, index, negative: false) : Named(node, name);
    }

    private static IEnumerable<JsonElement> Named(JsonElement node, string name) =>
        node.ValueKind == JsonValueKind.Object && node.TryGetProperty(name, out var value) ? [value] : [];

    private static IEnumerable<JsonElement> At(JsonElement node, int index, bool negative = true)
    {
        if (node.ValueKind != JsonValueKind.Array) return [];
        var length = node.GetArrayLength();
        if (negative && index < 0) index += length;
        return index >= 0 && index < length ? [node[index]] : [];
    }

    private static IEnumerable<JsonElement> Slice(JsonElement node, int? start, int? end, int step)
    {
        if (node.ValueKind != JsonValueKind.Array || step == 0) yield break;
        var length = node.GetArrayLength();
        int Normal(int i) => i >= 0 ? i : length + i;
        // RFC 9535, 2.3.4.2.2: bounds by the sign of the step.
        var (from, to) = step > 0
            ? (Math.Clamp(Normal(start ?? 0), 0, length), Math.Clamp(Normal(end ?? length), 0, length))
            : (Math.Clamp(Normal(start ?? (length - 1)), -1, length - 1), end is null ? -1 : Math.Clamp(Normal(end.Value), -1, length - 1));
        for (var i = from; step > 0 ? i < to : i > to; i += step) yield return node[i];
    }

    private ref struct Parser(string text)
    {
        private int _at;

        public JsonPath Path(int depth)
        {
            if (depth > MaxDepth) throw Wrong("the path is nested too deep");
            var root = text[_at] == '$';
            if (!root && text[_at] != '@') throw Wrong("a path begins with $, @ or /");
            _at++;
            var segments = new List<(bool, List<Selector>)>();
            while (_at < text.Length)
            {
                if (text[_at] == '.')
                {
                    _at++;
                    var descend = _at < text.Length && text[_at] == '.';
                    if (descend) _at++;
                    if (_at < text.Length && text[_at] == '[' && descend) segments.Add((true, Brackets(depth)));
                    else if (_at < text.Length && text[_at] == '*')
                    {
                        _at++;
                        segments.Add((descend, [(node, _) => Children(node)]));
                    }
                    else
                    {
                        var name = Name();
                        segments.Add((descend, [(node, _) => Named(node, name)]));
                    }
                }
                else if (text[_at] == '[')
                {
                    segments.Add((false, Brackets(depth)));
                }
                else
                {
                    break;
                }
            }

            return new JsonPath(root, segments);
        }

        public void End()
        {
            if (_at < text.Length) throw Wrong("something follows that is no selector");
        }

        private List<Selector> Brackets(int depth)
        {
            _at++;
            var selectors = new List<Selector>();
            while (true)
            {
                Blank();
                selectors.Add(One(depth));
                Blank();
                if (Take(",")) continue;
                if (Take("]")) return selectors;
                throw Wrong("] or , is missing");
            }
        }

        private Selector One(int depth)
        {
            if (_at >= text.Length) throw Wrong("a selector is missing");
            var c = text[_at];
            if (c is '\'' or '"')
            {
                var name = Quoted();
                return (node, _) => Named(node, name);
            }

            if (c == '*')
            {
                _at++;
                return (node, _) => Children(node);
            }

            if (c == '?')
            {
                _at++;
                Blank();
                var test = Or(depth + 1);
                return (node, evaluation) => Children(node).Where(child => evaluation.Budget.Take() && test(child, evaluation));
            }

            var first = Number();
            Blank();
            if (!Take(":")) return first is { } index ? (node, _) => At(node, index) : throw Wrong("a selector is a name in quotes, a number, a slice, * or ?");
            Blank();
            var end = Number();
            Blank();
            var step = Take(":") ? Number() ?? 1 : 1;
            return (node, _) => Slice(node, first, end, step);
        }

        private Test Or(int depth)
        {
            var left = And(depth);
            while (Take("||"))
            {
                var (a, b) = (left, And(depth));
                left = (n, e) => a(n, e) || b(n, e);
            }

            return left;
        }

        private Test And(int depth)
        {
            var left = Basic(depth);
            while (Take("&&"))
            {
                var (a, b) = (left, Basic(depth));
                left = (n, e) => a(n, e) && b(n, e);
            }

            return left;
        }

        private Test Basic(int depth)
        {
            if (depth > MaxDepth) throw Wrong("the filter is nested too deep");
            Blank();
            if (Take("!"))
            {
                var inner = Basic(depth + 1);
                return (n, e) => !inner(n, e);
            }

            if (Take("("))
            {
                var inner = Or(depth + 1);
                Blank();
                if (!Take(")")) throw Wrong(") is missing");
                Blank();
                return inner;
            }

            var (left, path) = Operand(depth);
            Blank();
            var op = Take("==") ? 0 : Take("!=") ? 1 : Take("<=") ? 2 : Take(">=") ? 3 : Take("<") ? 4 : Take(">") ? 5 : -1;
            if (op < 0) return path ? (n, e) => left(n, e) is not null : throw Wrong("a comparison is missing");
            Blank();
            var (right, _) = Operand(depth);
            Blank();
            return (n, e) => Compare(left(n, e), right(n, e), op);
        }

        /// <summary>A literal, or the first node of a path.</summary>
        private (Func<JsonElement, Evaluation, JsonElement?> Value, bool Path) Operand(int depth)
        {
            if (_at >= text.Length) throw Wrong("a value is missing");
            if (text[_at] is '$' or '@')
            {
                var path = Path(depth + 1);
                return ((n, e) => path.Find(path.IsRoot ? e.Root : n, e).Select(v => (JsonElement?)v).FirstOrDefault(), true);
            }

            string json;
            if (text[_at] is '\'' or '"')
            {
                json = JsonSerializer.Serialize(Quoted());
            }
            else
            {
                var start = _at;
                while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '-' or '+' or '.')) _at++;
                json = text[start.._at];
            }

            try
            {
                var literal = JsonSerializer.Deserialize<JsonElement>(json);
                return ((_, _) => literal, false);
            }
            catch (JsonException)
            {
                throw Wrong("a value is a text in quotes, a number, true, false, null or a path");
            }
        }

        private int? Number()
        {
            var start = _at;
            if (_at < text.Length && text[_at] == '-') _at++;
            while (_at < text.Length && char.IsAsciiDigit(text[_at])) _at++;
            if (_at == start) return null;
            return int.TryParse(text.AsSpan(start, _at - start), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : throw Wrong("a number is too large");
        }

        private string Name()
        {
            var start = _at;
            while (_at < text.Length && (char.IsLetterOrDigit(text[_at]) || text[_at] == '_' || text[_at] >= 0x80)) _at++;
            if (_at == start || char.IsAsciiDigit(text[start])) throw Wrong("a name is missing; names with other characters stand in ['…']");
            return text[start.._at];
        }

        private string Quoted()
        {
            var quote = text[_at++];
            var result = new StringBuilder();
            for (; _at < text.Length; _at++)
            {
                var c = text[_at];
                if (c == quote)
                {
                    _at++;
                    return result.ToString();
                }

                if (c != '\\')
                {
                    result.Append(c);
                    continue;
                }

                if (++_at >= text.Length) break;
                c = text[_at];
                if (c == 'u')
                {
                    if (_at + 4 >= text.Length || !ushort.TryParse(text.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)) throw Wrong("\\u needs four hexadecimal digits");
                    result.Append((char)code);
                    _at += 4;
                    continue;
                }

                result.Append(c switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', '\\' or '/' or '\'' or '"' => c, _ => throw Wrong("an escape is not known") });
            }

            throw Wrong("a quote is not closed");
        }

        private void Blank()
        {
            while (_at < text.Length && text[_at] is ' ' or '\t' or '\n' or '\r') _at++;
        }

        private bool Take(string what)
        {
            if (!text.AsSpan(_at).StartsWith(what, StringComparison.Ordinal)) return false;
            _at += what.Length;
            return true;
        }

        private readonly FormatException Wrong(string what) => new($"{what} (character {_at + 1} of {text})");
    }

    /// <summary>RFC 9535, 2.3.5.2.2: nothing equals nothing; order is for numbers and for texts.</summary>
    private static bool Compare(JsonElement? left, JsonElement? right, int op)
    {
        var equal = left is null || right is null ? left is null && right is null : JsonElement.DeepEquals(left.Value, right.Value);
        if (op == 0) return equal;
        if (op == 1) return !equal;
        if (op is 2 or 3 && equal) return true;
        int order;
        if (left is { ValueKind: JsonValueKind.Number } a && right is { ValueKind: JsonValueKind.Number } b) order = a.GetDouble().CompareTo(b.GetDouble());
        else if (left is { ValueKind: JsonValueKind.String } x && right is { ValueKind: JsonValueKind.String } y) order = string.CompareOrdinal(x.GetString(), y.GetString());
        else return false;
        return op is 2 or 4 ? order < 0 : order > 0;
    }
}
