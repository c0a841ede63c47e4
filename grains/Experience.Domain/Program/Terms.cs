using Experience.Domain.Events;
using Experience.Domain.People;

namespace Experience.Domain.Programs;

/// <summary>One term of the calendar. Days are civil days since 1970-01-01, both ends included.</summary>
/// <param name="Season">Terms of one season follow each other year by year: "fall".</param>
/// <param name="Main">Counts for repeat rate, silence and pace; youth weeks and the like do not.</param>
public sealed record Term(string Key, string Name, string Season, bool Main, bool Youth, int Opens, int Closes, int Starts, int Ends)
{
    public ulong Hash { get; } = SipHash.Name(Key);

    /// <summary>Place among the calendar's terms, in order of start.</summary>
    public int Index { get; internal set; }

    /// <summary>Place of the season among the calendar's seasons, 0–15.</summary>
    public int SeasonIndex { get; internal set; }
}

/// <summary>
/// The terms in order of start. Where the policy names none, calendar quarters stand in: all are main, registration is open
/// as long as they last.
/// </summary>
public sealed class TermCalendar
{
    public const int MaxTerms = 120;
    public const int MaxSeasons = 16;

    private const int FirstQuarterYear = 1970;
    private const int LastQuarterYear = 2100;

    private readonly Dictionary<ulong, int> _byHash = [];
    private readonly Term?[] _yearBefore;

    public TermCalendar(IEnumerable<Term> terms)
    {
        All = [.. terms.OrderBy(t => t.Starts).ThenBy(t => t.Key, StringComparer.Ordinal)];
        Named = All.Count > 0;
        if (!Named) All = Quarters();
        var seasons = new List<string>();
        for (var i = 0; i < All.Count; i++)
        {
            var term = All[i];
            term.Index = i;
            if (!seasons.Contains(term.Season)) seasons.Add(term.Season);
            term.SeasonIndex = Math.Min(seasons.IndexOf(term.Season), MaxSeasons - 1);
            _byHash[term.Hash] = i;
        }

        Main = [.. All.Where(t => t.Main)];
        _yearBefore = new Term?[All.Count];
        for (var i = 0; i < All.Count; i++) _yearBefore[i] = FindYearBefore(All[i]);
    }

    public IReadOnlyList<Term> All { get; }

    public IReadOnlyList<Term> Main { get; }

    /// <summary>The policy names terms; otherwise quarters stand in.</summary>
    public bool Named { get; }

    public Term? Find(ulong hash) => _byHash.TryGetValue(hash, out var index) ? All[index] : null;

    /// <summary>The same season's term about a year earlier, or null.</summary>
    public Term? YearBefore(Term term) => _yearBefore[term.Index];

    /// <summary>The term of a registration that names none: the first main term that ends after it; a quarter by its day.</summary>
    public Term? OfDay(int day)
    {
        if (!Named)
        {
            var (year, month, _) = CivilZone.Civil(day);
            var index = (year - FirstQuarterYear) * 4 + (month - 1) / 3;
            return (uint)index < (uint)All.Count ? All[index] : null;
        }

        // Few terms, and only registrations without a term come here.
        foreach (var term in Main)
        {
            if (term.Ends >= day) return term;
        }

        return null;
    }

    /// <summary>The term that a section is offered in: the one that its entry names, else that of its first day; null when neither is known.</summary>
    public Term? Of(SectionInfo section)
    {
        ArgumentNullException.ThrowIfNull(section);
        if (section.Term != 0 && Find(section.Term) is { } named) return named;
        return section.Starts == SectionInfo.NoDay ? null : OfDay(section.Starts);
    }

    /// <summary>The main term before another, or null.</summary>
    public Term? MainBefore(Term term)
    {
        for (var i = term.Index - 1; i >= 0; i--)
        {
            if (All[i].Main) return All[i];
        }

        return null;
    }

    /// <summary>The main term after another, or null.</summary>
    public Term? MainAfter(Term term)
    {
        for (var i = term.Index + 1; i < All.Count; i++)
        {
            if (All[i].Main) return All[i];
        }

        return null;
    }

    private Term? FindYearBefore(Term term)
    {
        Term? best = null;
        foreach (var other in All)
        {
            if (other.SeasonIndex != term.SeasonIndex || other.Index >= term.Index) continue;
            var distance = Math.Abs(term.Starts - other.Starts - 365);
            if (distance <= 60 && (best is null || distance < Math.Abs(term.Starts - best.Starts - 365))) best = other;
        }

        return best;
    }

    private static List<Term> Quarters()
    {
        var quarters = new List<Term>();
        for (var year = FirstQuarterYear; year <= LastQuarterYear; year++)
        {
            for (var q = 0; q < 4; q++)
            {
                var starts = CivilZone.DayOf(year, q * 3 + 1, 1);
                var ends = (q == 3 ? CivilZone.DayOf(year + 1, 1, 1) : CivilZone.DayOf(year, q * 3 + 4, 1)) - 1;
                quarters.Add(new Term($"{year}-q{q + 1}", $"Q{q + 1} {year}", $"q{q + 1}", true, false, starts, ends, starts, ends));
            }
        }

        return quarters;
    }
}
