using System.Globalization;
using System.Text.Json;
using Experience.Domain.Assessments;
using Experience.Domain.Models.Needs;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Models.Learning;

/// <summary>What the value model says of one person, quantised, so that sums over people are exact in any order.</summary>
/// <param name="Expected">Discounted expected margin of five years, minor units; 0 without a forecast.</param>
/// <param name="Costs">Allocated costs of the terms that the person was kept in, minor units.</param>
/// <param name="Active">P(active) in 1/10,000; −1 for somebody who never bought.</param>
/// <param name="Forecast">There is a forecast; it may be 0.</param>
public readonly record struct ValueMeasures(long Expected, long Costs, short Active, bool Forecast)
{
    public static ValueMeasures None { get; } = new(0, 0, -1, false);
}

/// <summary>
/// The value model in force: when people come back, what they spend, what of it is left, and what past terms cost. Immutable; a pure function of
/// its document. Time is in weeks, spend in hundreds of minor units, as in the published results.
/// </summary>
public sealed class ValueModel
{
    private const double DaysAWeek = 7;
    private const double WeeksAYear = 365.25 / DaysAWeek;

    /// <summary>Minor units in one unit of spend.</summary>
    private const double Minor = 100;

    private const int FewestTerms = 4;
    private const int QuarterDays = 91;
    private const int OutsideTerms = 1_000_000;

    private readonly Dictionary<ulong, long> _costs;
    private readonly CountModel[] _segments;
    private readonly ResidualTable[] _tables;

    private ValueModel(CountModel counts, CountModel[] segments, bool byTerm, GammaGammaModel? spend, double margin, Dictionary<ulong, long> costs)
    {
        (Counts, _segments, ByTerm, Spend, Margin, _costs) = (counts, segments, byTerm, spend, margin, costs);
        _tables = [.. (segments.Length == 0 ? [counts] : segments).Select(static model =>
            new ResidualTable(model, model.TimeScale, Math.Log(1 + LifetimeValue.AnnualDiscount) / WeeksAYear, LifetimeValue.Years * WeeksAYear))];
    }

    /// <summary>Of the whole program.</summary>
    public CountModel Counts { get; }

    /// <summary>Each segment has parameters of its own, which lean on the program's.</summary>
    public bool BySegment => _segments.Length > 0;

    /// <summary>As the person comes back: by the segment that the person began in, where segments differ.</summary>
    public CountModel CountsOf(PersonState person, ProgramSnapshot program) => BySegment ? _segments[CourseHistory.EntrySegment(person, program)] : Counts;

    /// <summary>Null where too few came back and paid.</summary>
    public GammaGammaModel? Spend { get; }

    /// <summary>What is left of a fee after costs: 1 when no costs are recorded.</summary>
    public double Margin { get; }

    public bool HasCosts => _costs.Count > 0;

    /// <summary>
    /// What counts as one purchase: a day with one; or, where the policy names terms, a term with one, on the first day of it. People who come every
    /// term do so at regular gaps, while the days on which they pay for one term follow each other at random.
    /// </summary>
    public bool ByTerm { get; }

    /// <summary>Terms to count by, or null to count by day: with fewer than four begun, a rhythm of terms does not show.</summary>
    public static TermCalendar? GrainOf(ProgramSnapshot program, int day)
    {
        ArgumentNullException.ThrowIfNull(program);
        return program.Terms.Named && program.Terms.Main.Count(t => t.Starts <= day) >= FewestTerms ? program.Terms : null;
    }

    /// <summary>The purchases that count, by day, ascending; the first one apart, as only the newest days are kept one by one.</summary>
    /// <param name="days">At least <see cref="PersonState.MaxPurchaseDays"/> places.</param>
    public static int DaysOf(PersonState person, TermCalendar? terms, Span<int> days)
    {
        ArgumentNullException.ThrowIfNull(person);
        var count = 0;
        var main = terms?.Main;
        int term = 0, last = int.MinValue;
        foreach (var day in person.Purchases.RecentDays)
        {
            if (main is not null)
            {
                var key = KeyOf(main, day, ref term);
                if (last == key) continue;
                last = key;
            }

            days[count++] = day;
        }

        return count;
    }

    /// <summary>Names the purchase that a day belongs to. Days are asked for in order, and <paramref name="term"/> goes along from 0.</summary>
    internal static int KeyOf(IReadOnlyList<Term> main, int day, ref int term)
    {
        while (term < main.Count && main[term].Ends < day) term++;

        // Before the calendar begins, and after its last term, quarters of a year stand in.
        return day < main[0].Opens ? day / QuarterDays - OutsideTerms : term == main.Count ? day / QuarterDays + OutsideTerms : term;
    }

    /// <summary>A person's history up to a civil day, in weeks; null for somebody who never bought.</summary>
    public static PurchaseHistory? HistoryOf(PersonState person, TermCalendar? terms, int day)
    {
        ArgumentNullException.ThrowIfNull(person);
        var p = person.Purchases;
        if (p.Days == 0) return null;

        // An event may be up to a day ahead of the moment that it is judged as of.
        var age = (Math.Max(day, p.LastDay) - p.FirstDay) / DaysAWeek;
        if (terms is null)
        {
            var repeats = p.Days - 1;
            return new PurchaseHistory(repeats, (p.LastDay - p.FirstDay) / DaysAWeek, age, p.SumLogGaps / 1e6 - repeats * Math.Log(DaysAWeek));
        }

        Span<int> days = stackalloc int[PersonState.MaxPurchaseDays];
        var count = DaysOf(person, terms, days);
        var gaps = 0.0;
        var before = p.FirstDay;
        var after = 0;
        for (var i = 0; i < count; i++)
        {
            if (days[i] == p.FirstDay) continue;
            gaps += Math.Log((days[i] - before) / DaysAWeek);
            before = days[i];
            after++;
        }

        return TermPositions.Of(new PurchaseHistory(after, (before - p.FirstDay) / DaysAWeek, age, gaps), terms, p.FirstDay, before, Math.Max(day, p.LastDay));
    }

    /// <summary>Mean spend of the purchases after the first, 0 without any.</summary>
    public static double MeanSpendOf(PersonState person, in PurchaseHistory history)
    {
        ArgumentNullException.ThrowIfNull(person);
        var p = person.Purchases;
        return history.Count == 0 ? 0 : Math.Max(0, (p.Spend - p.FirstDaySpend) / Minor / history.Count);
    }

    /// <summary>A person's history as this model reads it.</summary>
    public PurchaseHistory? HistoryOf(PersonState person, ProgramSnapshot program, int day)
    {
        ArgumentNullException.ThrowIfNull(program);
        return HistoryOf(person, ByTerm ? program.Terms : null, day);
    }

    public ValueMeasures Measure(PersonState person, ProgramSnapshot program, in AsOf at)
    {
        ArgumentNullException.ThrowIfNull(program);
        var costs = CostsOf(person, program);
        if (HistoryOf(person, program, program.Zone.Day(at.Instant)) is not { } history) return new ValueMeasures(0, costs, -1, false);
        var (expected, active, forecast) = ValueOf(history, MeanSpendOf(person, history), BySegment ? CourseHistory.EntrySegment(person, program) : 0);
        return new ValueMeasures(expected, costs, (short)Math.Round(active * 10_000), forecast);
    }

    /// <summary>Expected margin of the coming years in minor units, and P(active).</summary>
    internal (long Expected, double Active, bool Forecast) ValueOf(in PurchaseHistory history, double meanSpend, int segment)
    {
        var active = (BySegment ? _segments[segment] : Counts).ProbabilityActive(history);
        return Spend?.ExpectedSpend(history.Count, meanSpend) is { } each
            ? ((long)Math.Round(each * Margin * Minor * _tables[BySegment ? segment : 0].Of(history, active)), active, true)
            : (0, active, false);
    }

    /// <summary>Everything about one person's future, for a card: the same expectation as <see cref="Measure"/>, with its interval.</summary>
    public ValueForecast? Forecast(PersonState person, ProgramSnapshot program, in AsOf at)
    {
        ArgumentNullException.ThrowIfNull(program);
        var measures = Measure(person, program, at);
        if (!measures.Forecast || Spend is null || HistoryOf(person, program, program.Zone.Day(at.Instant)) is not { } history) return null;
        return LifetimeValue.Forecast(CountsOf(person, program), Spend, history, MeanSpendOf(person, history), WeeksAYear, Margin, Minor) is { } forecast
            ? forecast with { Expected = measures.Expected, ProbabilityActive = measures.Active / 10_000.0 }
            : null;
    }

    /// <summary>The person's share of the costs of each term that they were kept in: the term's total ÷ the people kept in it, rounded down.</summary>
    public long CostsOf(PersonState person, ProgramSnapshot program)
    {
        ArgumentNullException.ThrowIfNull(person);
        ArgumentNullException.ThrowIfNull(program);
        if (_costs.Count == 0 || person.Registrations.Count == 0) return 0;
        long sum = 0;
        Span<ulong> seen = stackalloc ulong[PersonState.MaxRegistrations];
        var terms = 0;
        foreach (var registration in person.Registrations)
        {
            if (!registration.Kept || program.TermOf(registration) is not { } term || !_costs.TryGetValue(term.Hash, out var each)) continue;
            if (seen[..terms].Contains(term.Hash)) continue;
            seen[terms++] = term.Hash;
            sum += each;
        }

        return sum;
    }

    /// <param name="costs">Per participant, minor units, by the hash of the term.</param>
    internal static JsonElement Write(CountModel counts, IReadOnlyList<CountModel>? segments, bool byTerm, IReadOnlyList<FittedParameter> fitted, GammaGammaModel? spend, IReadOnlyList<FittedParameter>? spendFitted, double margin, IReadOnlyDictionary<ulong, long> costs)
    {
        var regular = counts as BetaGeometricModel;
        return JsonSerializer.SerializeToElement(new
        {
            counts = new { model = counts.Name, by = byTerm ? "term" : "day", k = regular?.K ?? 1, lostAtFirst = regular?.LostAtFirst ?? false, parameters = counts.Parameters, errors = fitted.Select(static f => f.StandardError), segments = segments?.Select(static s => s.Parameters), weeks = (counts as TermModel)?.Weeks },
            spend = spend is null ? null : new { parameters = spend.Parameters, errors = spendFitted!.Select(static f => f.StandardError) },
            margin,
            costs = costs.OrderBy(static c => c.Key).ToDictionary(static c => c.Key.ToString("x16", CultureInfo.InvariantCulture), static c => c.Value),
        });
    }

    internal static ValueModel Read(JsonElement document)
    {
        var counts = document.GetProperty("counts");
        var model = ReadCounts(counts, counts.GetProperty("parameters"));
        CountModel[] segments = counts.TryGetProperty("segments", out var each) && each.ValueKind == JsonValueKind.Array ? [.. each.EnumerateArray().Select(p => ReadCounts(counts, p))] : [];
        if (segments.Length is not (0 or NeedsModel.Segments)) throw new FormatException($"There are parameters of {segments.Length} segments; {NeedsModel.Segments} are needed.");
        GammaGammaModel? spend = null;
        if (document.GetProperty("spend") is { ValueKind: JsonValueKind.Object } stated)
        {
            double[] s = [.. stated.GetProperty("parameters").EnumerateArray().Select(static x => x.GetDouble())];
            if (s.Length != 3) throw new FormatException("The model of spend has three parameters.");
            spend = new GammaGammaModel(s[0], s[1], s[2]);
        }

        var costs = new Dictionary<ulong, long>();
        foreach (var cost in document.GetProperty("costs").EnumerateObject())
            costs.Add(ulong.Parse(cost.Name, NumberStyles.HexNumber, CultureInfo.InvariantCulture), cost.Value.GetInt64());
        return new ValueModel(model, segments, counts.GetProperty("by").GetString() == "term", spend, document.GetProperty("margin").GetDouble(), costs);
    }

    private static CountModel ReadCounts(JsonElement counts, JsonElement parameters)
    {
        double[] p = [.. parameters.EnumerateArray().Select(static x => x.GetDouble())];
        if (p.Length != 4) throw new FormatException("A count model has four parameters.");
        return counts.GetProperty("model").GetString() switch
        {
            "Pareto/NBD" => new ParetoNbdModel(p[0], p[1], p[2], p[3]),
            "BG/BB" => new TermModel(new BetaBernoulliModel(p[0], p[1], p[2], p[3]), counts.GetProperty("weeks").GetDouble()),
            _ => new BetaGeometricModel(p[0], p[1], p[2], p[3], counts.GetProperty("lostAtFirst").GetBoolean(), counts.GetProperty("k").GetInt32()),
        };
    }
}
