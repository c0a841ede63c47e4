using System.Text;
using Experience.Domain.Assessments;
using Experience.Domain.Events;

namespace Experience.Domain.Programs;

/// <summary>A segment as <c>segment.defined</c> set it.</summary>
public sealed record SegmentDefinition(ulong Hash, string Key, string Title, SegmentRule Rule);

/// <summary>A segment in force; <see cref="Bit"/> is its place in the mask of a row.</summary>
public sealed record CompiledSegment(int Bit, ulong Hash, string Key, string Title, string Kind, SegmentTest? Test, string? Rule);

/// <summary>
/// All segments in force: everyone, the seven market segments (the first that matches wins, so they sum to everyone), the
/// stages of the lifecycle (one each), best, and the program's own. A program may set the rule of a market segment by its key.
/// </summary>
public sealed class SegmentSet
{
    /// <summary>Segments in all; a program's own beyond this are not in force, the oldest stay.</summary>
    public const int Max = 48;

    public const int MarketFirst = 1;
    public const int MarketCount = 7;
    public const int LifecycleFirst = MarketFirst + MarketCount;
    public const int LifecycleCount = 7;
    public const int BestBit = LifecycleFirst + LifecycleCount;
    public const int OwnFirst = BestBit + 1;

    public static IReadOnlyList<string> LifecycleKeys { get; } = ["prospect", "new", "active", "loyal", "lapsing", "lapsed", "won-back"];

    private static readonly string[] LifecycleTitles = ["Prospects", "New", "Active", "Loyal", "Lapsing", "Lapsed", "Won back"];

    private static readonly string[] LifecycleWords =
    [
        "Nothing bought or registered for yet.",
        "First purchase or registration within 12 months.",
        "Bought or registered within 12 months, the first time before that.",
        "Active, and kept something in at least 3 of the last 4 usual terms.",
        "Last purchase or registration 12 to 24 months ago.",
        "Last purchase or registration 24 months ago or longer.",
        "Back within 12 months, after an absence of more than 18 months.",
    ];

    /// <summary>Recent is 24 months.</summary>
    private static readonly (string Key, string Title, string Rule)[] Market =
    [
        ("youth-families", "Youth families",
            """{"any":[{"all":[{"field":"minor"},{"field":"kept","is":">","value":0,"days":730}]},{"all":[{"field":"guardian"},{"field":"forOthers","days":730}]}]}"""),
        ("employer-sponsored", "Employer-sponsored", """{"field":"organisationPays"}"""),
        ("certificate", "Certificate and licence",
            """{"any":[{"field":"certificateOpen"},{"field":"credentialDays","is":"<=","value":365}]}"""),
        ("seniors", "Seniors",
            """{"any":[{"field":"age","is":">=","value":60},{"field":"audience","is":"=","value":"senior","days":730}]}"""),
        ("career", "Career builders",
            """{"all":[{"field":"audience","is":"in","value":["professional","licence"],"days":730},{"field":"selfPaid"}]}"""),
        ("enrichment", "Personal enrichment",
            """{"field":"audience","is":"in","value":["leisure","language"],"days":730}"""),
    ];

    private readonly CompiledSegment[] _market;
    private readonly CompiledSegment[] _own;

    private SegmentSet(CompiledSegment[] market, CompiledSegment[] own, int left)
    {
        _market = market;
        _own = own;
        LeftOut = left;
        var all = new List<CompiledSegment> { new(0, SipHash.Name("everyone"), "everyone", "Everyone", "everyone", null, null) };
        all.AddRange(market);
        for (var i = 0; i < LifecycleCount; i++)
            all.Add(new CompiledSegment(LifecycleFirst + i, SipHash.Name(LifecycleKeys[i]), LifecycleKeys[i], LifecycleTitles[i], "lifecycle", null, null));
        all.Add(new CompiledSegment(BestBit, SipHash.Name("best"), "best", "Best", "best", null, null));
        all.AddRange(own);
        All = all;
    }

    public IReadOnlyList<CompiledSegment> All { get; }

    /// <summary>Definitions that found no place.</summary>
    public int LeftOut { get; }

    /// <summary>The rule of a segment in words where it is code; null where the segment has a document.</summary>
    public static string? DescriptionOf(CompiledSegment segment)
    {
        ArgumentNullException.ThrowIfNull(segment);
        if (segment.Rule is not null) return null;
        if (segment.Bit == 0) return "Everybody of whom anything was recorded.";
        if (segment.Bit == BestBit) return "The top fifth by net paid in 24 months, of those who bought or registered within 12 months.";
        if (segment.Bit < LifecycleFirst) return "Whoever is in none of the market segments before it.";
        return LifecycleWords[segment.Bit - LifecycleFirst];
    }

    public CompiledSegment? Find(string key) => All.FirstOrDefault(s => s.Key == key);

    internal static SegmentSet Compile(IReadOnlyList<SegmentDefinition> definitions)
    {
        var market = new CompiledSegment[MarketCount];
        for (var i = 0; i < Market.Length; i++)
        {
            var (key, title, rule) = Market[i];
            var hash = SipHash.Name(key);
            var set = definitions.FirstOrDefault(d => d.Hash == hash && d.Rule.Test is not null);
            var effective = set?.Rule ?? SegmentRule.Of(rule);
            market[i] = new CompiledSegment(MarketFirst + i, hash, key, set?.Title ?? title, "market", effective.Test, effective.Json);
        }

        market[^1] = new CompiledSegment(MarketFirst + MarketCount - 1, SipHash.Name("occasional"), "occasional", "Occasional", "market", null, null);
        var reserved = market.Select(m => m.Hash).Concat(LifecycleKeys.Select(k => SipHash.Name(k))).Append(SipHash.Name("everyone")).Append(SipHash.Name("best")).ToHashSet();
        var own = definitions.Where(d => d.Rule.Test is not null && !reserved.Contains(d.Hash)).ToList();
        var placed = own.Take(Max - OwnFirst)
            .Select((d, i) => new CompiledSegment(OwnFirst + i, d.Hash, d.Key, d.Title, "own", d.Rule.Test, d.Rule.Json))
            .ToArray();
        return new SegmentSet(market, placed, own.Count - placed.Length);
    }

    internal ulong Fingerprint(string policy, long bestThreshold)
    {
        var text = new StringBuilder(policy).Append('\n').Append(bestThreshold);
        foreach (var segment in All) text.Append('\n').Append(segment.Bit).Append(' ').Append(segment.Key).Append(' ').Append(segment.Rule);
        return SipHash.Name(text.ToString());
    }

    /// <summary>The mask of a person whose other measures are known: bit 0, one market segment, one stage, best, and the program's own.</summary>
    internal ulong MaskOf(Assessed person)
    {
        var mask = 1UL | 1UL << (LifecycleFirst + person.Row.Lifecycle);
        if (person.Row.Best) mask |= 1UL << BestBit;
        var market = MarketCount - 1;
        for (var i = 0; i < MarketCount - 1; i++)
        {
            if (!_market[i].Test!(person)) continue;
            market = i;
            break;
        }

        mask |= 1UL << (MarketFirst + market);
        foreach (var segment in _own)
        {
            if (segment.Test!(person)) mask |= 1UL << segment.Bit;
        }

        return mask;
    }
}
