namespace Experience.Web.Imports.Tables;

/// <summary>
/// What a column holds, from all its values: which forms of a date fit, which decimal mark, which words. One value that is a mistake does not decide;
/// one that can only be read one way does.
/// </summary>
internal sealed class ColumnProfile(string name)
{
    public const int MaxWords = 40;

    private const int Samples = 3;
    private const int MaxDistinct = 50_000;

    /// <summary>Values after which forms that fit next to nothing are given up.</summary>
    private const int Settled = 100;

    private const double Most = 0.9;

    private readonly HashSet<string> _distinct = new(StringComparer.Ordinal);
    private readonly List<string> _samples = [];
    private List<Candidate> _dates = [.. DateText.Forms.Select(f => new Candidate(f))];
    private long _dots;
    private long _commas;
    private long _numbers;
    private long _serials;
    private long _iso;

    private sealed class Candidate(string form)
    {
        public string Form => form;

        public long Fits { get; set; }

        /// <summary>The first value that fits this form and not its rival, and where it stands.</summary>
        public (string Value, long Line)? Proof { get; set; }
    }

    public string Name => name;

    public long Filled { get; private set; }

    /// <summary>Some value came more than once.</summary>
    public bool Repeats { get; private set; }

    public IReadOnlyList<string> FirstValues => _samples;

    /// <summary>Its words, when there are few: a column of states or kinds.</summary>
    public IReadOnlyList<string> Words => _distinct.Count <= MaxWords ? [.. _distinct] : [];

    /// <summary>Nearly all values are numbers or amounts.</summary>
    public bool IsNumeric => Filled > 0 && _numbers >= Filled * Most;

    public bool IsDates => _iso >= Filled * Most || Dates(true) is not null;

    /// <summary>Cents or decimals stand in it, or a sign of a currency.</summary>
    public bool HasDecimals { get; private set; }

    /// <summary>The decimal mark, when some value shows one.</summary>
    public string? Mark => _dots == 0 && _commas == 0 ? null : _dots >= _commas ? "." : ",";

    public void Add(string value, long line)
    {
        if (value.Length == 0) return;
        Filled++;
        if (_distinct.Count < MaxDistinct) Repeats |= !_distinct.Add(value);
        else Repeats = true;
        if (_samples.Count < Samples && !_samples.Contains(value)) _samples.Add(value);
        if (value.Length > 40 || !value.AsSpan().ContainsAnyInRange('0', '9')) return;
        AddNumber(value);
        AddDate(value, line);
    }

    /// <summary>
    /// The form in which its dates are read: null for ISO 8601 and for no dates at all. Where both orders of day and month fit every value, the one usual
    /// where the program is; <paramref name="note"/> says how it was decided, when there was something to decide.
    /// </summary>
    public string? DateForm(bool monthFirst, out string? note)
    {
        note = null;
        if (Filled == 0 || _iso >= Filled * Most) return null;
        var best = Dates(monthFirst);
        if (best is null)
        {
            if (_serials >= Filled * Most) return DateText.Excel;
            note = $"\"{name}\": dates such as \"{_samples.FirstOrDefault()}\" are not in a form that is known: name their format.";
            return null;
        }

        if (DateText.Rival(best.Form) is not { } rival) return best.Form;
        note = best.Proof is { } proof
            ? $"\"{name}\" is read as {Order(best.Form)}: line {proof.Line} has \"{proof.Value}\"."
            : $"\"{name}\" fits month/day and day/month in every row: {Order(best.Form)} is taken, as is usual where the program is. Change it ({rival}) if that is wrong.";
        return best.Form;
    }

    private Candidate? Dates(bool monthFirst)
    {
        var fitting = _dates.Where(d => d.Fits >= Filled * Most && d.Fits > 0).ToList();
        if (fitting.Count == 0) return null;
        var best = fitting.Max(d => d.Fits);
        var top = fitting.Where(d => d.Fits == best).ToList();
        // "yy" also reads the first two digits of nothing else: the forms with whole years come first in the list.
        return top.Find(d => DateText.Rival(d.Form) is null || (d.Form[0] == 'M') == monthFirst || !top.Exists(o => o.Form == DateText.Rival(d.Form)));
    }

    private void AddNumber(string value)
    {
        if (!MoneyText.TryParse(value, null, out _) && !MoneyText.TryParse(value, ',', out _)) return;
        _numbers++;
        if (DateText.MayBeSerial(value)) _serials++;
        HasDecimals |= value.AsSpan().ContainsAny(".,$€£");
        if (MoneyText.Evidence(value) is not { } mark) return;
        if (mark == '.') _dots++;
        else _commas++;
    }

    private void AddDate(string value, long line)
    {
        if (DateText.IsIso(value)) _iso++;
        if (_dates.Count == 0) return;
        Span<bool> fits = stackalloc bool[DateText.Forms.Length];
        for (var i = 0; i < _dates.Count; i++)
        {
            fits[i] = DateText.Fits(value, _dates[i].Form);
            if (fits[i]) _dates[i].Fits++;
        }

        for (var i = 0; i < _dates.Count; i++)
        {
            if (!fits[i] || _dates[i].Proof is not null || DateText.Rival(_dates[i].Form) is not { } rival) continue;
            var other = _dates.FindIndex(d => d.Form == rival);
            if (other < 0 || !fits[other]) _dates[i].Proof = (value, line);
        }

        if (Filled % Settled == 0) _dates = [.. _dates.Where(d => d.Fits >= Filled / 2)];
    }

    private static string Order(string form) => form[0] == 'M' ? $"month/day ({form})" : $"day/month ({form})";
}

/// <summary>A table's header and what its columns hold.</summary>
internal sealed class TableProfile
{
    /// <summary>Rows that are looked at; beyond it the rest is taken to be alike.</summary>
    public const long MaxRows = 1_000_000;

    private TableProfile(string[] header, ColumnProfile[] columns) => (Header, Columns) = (header, columns);

    public string[] Header { get; }

    public ColumnProfile[] Columns { get; }

    public long Rows { get; private set; }

    /// <summary>Whether every row was looked at.</summary>
    public bool Whole { get; private set; } = true;

    public ColumnProfile? Of(string column) => Array.IndexOf(Header, column) is >= 0 and var at ? Columns[at] : null;

    /// <summary>Null when there is no row below the header.</summary>
    public static TableProfile? Read(IEnumerable<(long Line, string[] Columns)> rows)
    {
        TableProfile? table = null;
        foreach (var (line, cells) in rows)
        {
            if (table is null)
            {
                var header = CsvReader.Named(cells);
                table = new TableProfile(header, [.. header.Select(h => new ColumnProfile(h))]);
                continue;
            }

            if (table.Rows == MaxRows)
            {
                table.Whole = false;
                break;
            }

            table.Rows++;
            for (var i = 0; i < table.Columns.Length && i < cells.Length; i++) table.Columns[i].Add(cells[i], line);
        }

        return table is { Rows: > 0 } ? table : null;
    }
}
