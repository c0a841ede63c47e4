using System.Globalization;
using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Embedded.Loops;
using Experience.Embedded.Shards;

namespace Experience.Embedded;

/// <summary>Boards, lists and flags: partial answers of the loops, merged outside of them.</summary>
public sealed partial class EmbeddedEngine
{
    /// <summary>In a large folder what is counted over everybody stands for so long while facts come in.</summary>
    private static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(5);

    private const int MaxListed = 500;

    private const int MaxFlags = 300;

    /// <summary>How often a board is gathered again when loops stood at different generations; then it shows what it found.</summary>
    private const int MaxGathers = 100;

    private readonly Lock _caching = new();
    private (long Version, SectionSums Sums)? _sectionCache;

    public async ValueTask<BoardView?> BoardAsync(string segment, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        await SettleAsync(cancellation).ConfigureAwait(false);
        await RefreshTrendsAsync(cancellation).ConfigureAwait(false);
        await RefreshPastAsync(cancellation).ConfigureAwait(false);
        return await BuildBoardAsync(segment, cancellation).ConfigureAwait(false);
    }

    public async ValueTask<PeoplePage> PeopleAsync(PeopleQuery query, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        await SettleAsync(cancellation).ConfigureAwait(false);
        var program = Volatile.Read(ref _program);
        var scope = ScopeFilter.Of(query.Segment, program);
        if (!PeopleLists.TryParse(query.List, out var list) || scope is null) return new PeoplePage(query.List, "", 0, [], null, null);
        var of = string.IsNullOrEmpty(query.Of) ? 0 : SipHash.Name(query.Of);
        var most = PeopleLists.LimitOf(list, program);
        var limit = Math.Min(Math.Clamp(query.Limit, 1, MaxListed), most);
        (long Rank, UInt128 Stream)? after = TryParseRank(query.After, out var parsed) ? parsed : null;
        var found = (await Task.WhenAll(_loops.Select(loop => RankAsync(loop, list, of, scope, after, limit))).WaitAsync(cancellation).ConfigureAwait(false)).ToArray();
        var best = found.SelectMany(f => f.Best).OrderByDescending(b => b.Rank).ThenBy(b => b.Stream).Take(limit + 1).ToList();
        var more = best.Count > limit;
        if (more) best.RemoveAt(limit);
        // A list with an end is one page, so that nobody is called who is beyond it.
        if (most < int.MaxValue) more = false;
        var rows = new List<PersonRow>(best.Count);
        foreach (var (_, stream) in best)
        {
            if (await CopyAsync(stream, cancellation).ConfigureAwait(false) is { } copy) rows.Add(_readers.Use(reader => Describe(reader, list, copy)));
        }

        AnswerHistogram? histogram = null;
        SegmentSums? sums = null;
        if (list == PeopleList.Answers)
        {
            var counts = new long[5];
            foreach (var part in found)
            {
                for (var i = 0; i < counts.Length; i++) counts[i] += part.Answers.Counts[i];
            }

            histogram = found[0].Answers with { Counts = counts };
            sums = scope.Scope.IsSegment
                ? (await GatherAsync(scope.Segment.Bit, cancellation).ConfigureAwait(false)).Sums
                : (await ScopedAsync(scope, cancellation).ConfigureAwait(false)).Sums;
        }

        await _looks.RecordAsync(access, $"list {query.List}", Now(), cancellation).ConfigureAwait(false);
        return new PeoplePage(
            query.List, PeopleLists.Title(list, string.IsNullOrEmpty(query.Of) ? null : query.Of, scope, sums), Math.Min(most, found.Sum(f => f.Total)), rows,
            more ? $"{best[^1].Rank:x16}{best[^1].Stream:x32}" : null, histogram);
    }

    public ValueTask<OpenFlagsView> FlagsAsync(Access access, CancellationToken cancellation) => FlagsAsync(folded: true, cancellation);

    private async ValueTask<OpenFlagsView> FlagsAsync(bool folded, CancellationToken cancellation)
    {
        ThrowUnlessReady();
        var parts = await Task.WhenAll(_loops.Select(loop => loop.AskAsync(Flags, folded))).WaitAsync(cancellation).ConfigureAwait(false);
        var flags = parts.SelectMany(p => p.Newest).OrderByDescending(f => f.Since).ThenBy(f => f.Cause, StringComparer.Ordinal).Take(MaxFlags).ToArray();
        return new OpenFlagsView(Now() / 1000, parts.Sum(p => p.Total), parts.Sum(p => p.High), flags);
    }

    public async ValueTask<ProgramView> ProgramAsync(CancellationToken cancellation)
    {
        ThrowUnlessReady();
        await RefreshProgramAsync(force: false).ConfigureAwait(false);
        var program = Volatile.Read(ref _program);
        var counts = new long[64];
        foreach (var part in await Task.WhenAll(_loops.Select(loop => loop.AskAsync(SegmentCounts, folded: true))).WaitAsync(cancellation).ConfigureAwait(false))
        {
            for (var bit = 0; bit < counts.Length; bit++) counts[bit] += part[bit];
        }

        return new ProgramView(
            program.Policy.Program, program.Policy.Currency, _zone.Zone.Id, _folder.Facts.Sample, program.Policy.Version,
            [.. program.Segments.All.Select(s => new SegmentItem(s.Key, s.Title, counts[s.Bit], s.Kind, s.Rule, SegmentSet.DescriptionOf(s)))],
            Items(Fields.Desk), Items(Fields.Staff), Items(Fields.Category), Items(Fields.Department), Items(Fields.Program));

        NamedItem[] Items(Field field) => [.. _parts.Names.Of(field).Select(n => new NamedItem(n, n, null))];
    }

    public async ValueTask<(string Json, int Version)> PolicyAsync(CancellationToken cancellation)
    {
        ThrowUnlessReady();
        await RefreshProgramAsync(force: false).ConfigureAwait(false);
        var policy = Volatile.Read(ref _program).Policy;
        return (policy.Json, policy.Version);
    }

    private async Task<BoardView?> BuildBoardAsync(string segment, CancellationToken cancellation)
    {
        var program = Volatile.Read(ref _program);
        if (ScopeFilter.Of(segment, program) is not { } scope) return null;
        var compiled = scope.Segment;
        if (!scope.Scope.IsSegment) return await BuildScopedAsync(scope, program, cancellation).ConfigureAwait(false);
        var (sums, sections, oldest) = await GatherAsync(compiled.Bit, cancellation).ConfigureAwait(false);
        var (asOf, history) = BoardMoment();
        return BoardBuilder.Build(new BoardInput(program, compiled, sums, sections, asOf, history, oldest, _trends, _past.Of(compiled.Bit)));
    }

    /// <summary>Now, when any source is live or nothing is there yet; else the end of the imported history.</summary>
    private (long AsOf, bool History) BoardMoment()
    {
        var now = Now();
        var end = long.MinValue;
        for (var source = 1; source < _parts.Sources.Count; source++)
        {
            if (_parts.Clocks.Live(source)) return (now, false);
            end = Math.Max(end, _parts.Clocks.End(source));
        }

        return end == long.MinValue ? (now, false) : (Math.Min(now, end), true);
    }

    private async Task<(SegmentSums Sums, SectionSums Sections, long OldestOverdue)> GatherAsync(int bit, CancellationToken cancellation)
    {
        // Loops take up a new generation of values one after the other, within milliseconds: a board is of one of them.
        var parts = await PartsAsync(bit, cancellation).ConfigureAwait(false);
        for (var again = 0; again < MaxGathers && Array.Exists(parts, p => p.Valued != parts[0].Valued); again++)
            parts = await PartsAsync(bit, cancellation).ConfigureAwait(false);
        for (var i = 1; i < parts.Length; i++)
        {
            parts[0].Sums.Merge(parts[i].Sums);
            parts[0].Sections.Merge(parts[i].Sections);
        }

        var oldest = await Task.WhenAll(parts.Select((part, i) => OldestOverdueAsync(_loops[i], part, bit))).WaitAsync(cancellation).ConfigureAwait(false);
        return (parts[0].Sums, parts[0].Sections, oldest.Where(static o => o != 0).DefaultIfEmpty(0).Min());
    }

    private Task<BoardPart[]> PartsAsync(int bit, CancellationToken cancellation) =>
        Task.WhenAll(_loops.Select(loop => loop.AskAsync(l =>
        {
            var part = new BoardPart(new SegmentSums(), new SectionSums(), l.Shards[0].Valued);
            foreach (var shard in l.Shards)
            {
                shard.MergeInto(part.Sums, bit);
                shard.MergeInto(part.Sections);
                if (!shard.TryOldestOverdue(bit, out var oldest)) part.Unlooked.Add(shard);
                else part.SeeOverdue(oldest);
            }

            return part;
        }))).WaitAsync(cancellation);

    // Who had the oldest one has it no more: the shard is looked through, one shard a turn, since that is a scan of some thousand rows.
    private static async Task<long> OldestOverdueAsync(EventLoop loop, BoardPart part, int bit)
    {
        foreach (var shard in part.Unlooked) part.SeeOverdue(await loop.AskAsync(_ => shard.OldestOverdue(bit)).ConfigureAwait(false));
        return part.OldestOverdue;
    }

    /// <summary>The sums of sections over everybody, gathered again only when something changed.</summary>
    private async Task<SectionSums> SectionsAsync(CancellationToken cancellation)
    {
        var version = Version;
        lock (_caching)
        {
            if (_sectionCache is { } cached && cached.Version == version) return cached.Sums;
        }

        var parts = await Task.WhenAll(_loops.Select(loop => loop.AskAsync(l =>
        {
            var sections = new SectionSums();
            foreach (var shard in l.Shards) shard.MergeInto(sections);
            return sections;
        }))).WaitAsync(cancellation).ConfigureAwait(false);
        for (var i = 1; i < parts.Length; i++) parts[0].Merge(parts[i]);
        lock (_caching) _sectionCache = (version, parts[0]);
        return parts[0];
    }

    private long Version
    {
        get
        {
            long version = 0;
            foreach (var loop in _loops) version += loop.Version;
            return version;
        }
    }

    // One shard a turn, so that live traffic waits for one scan of some thousand rows at most.
    private static async Task<(long Total, List<(long Rank, UInt128 Stream)> Best, AnswerHistogram Answers)> RankAsync(
        EventLoop loop, PeopleList list, ulong of, ScopeFilter scope, (long Rank, UInt128 Stream)? after, int limit)
    {
        var best = new PriorityQueue<(long Rank, UInt128 Stream), (long, UInt128)>();
        var answers = new AnswerCounts();
        long total = 0;
        foreach (var shard in loop.Shards)
        {
            total += await loop.AskAsync(l =>
            {
                long inList = 0;
                l.Context.Now = l.Now();
                for (var row = 0; row < shard.People; row++)
                {
                    var measures = shard.Measures(row);
                    if ((measures.Segments >> scope.Segment.Bit & 1) == 0 || PeopleLists.Rank(list, of, measures) == PeopleLists.NotInList) continue;
                    if (!scope.Scope.IsSegment && !shard.Takes(l.Context, row, scope, ref measures)) continue;
                    var rank = PeopleLists.Rank(list, of, measures);
                    if (rank == PeopleLists.NotInList) continue;
                    inList++;
                    if (list == PeopleList.Answers) answers.Add(measures);
                    var stream = shard.Row(row).Stream;
                    if (after is { } a && (rank > a.Rank || (rank == a.Rank && stream <= a.Stream))) continue;

                    // The queue gives up its smallest: smallest rank, largest id.
                    best.Enqueue((rank, stream), (rank, UInt128.MaxValue - stream));
                    if (best.Count > limit + 1) best.Dequeue();
                }

                return inList;
            }).ConfigureAwait(false);
        }

        return (total, [.. best.UnorderedItems.Select(i => i.Element)], answers.Build());
    }

    private static PersonRow Describe(PersonReader reader, PeopleList list, PersonCopy copy)
    {
        string? words = null;
        if (list == PeopleList.Answers)
        {
            words = reader.Read(copy.Chains, CardFacts)
                .Where(f => f.Type == EventTypes.FeedbackSubmitted && !f.Voided && f.Number(Fields.Service) is not null)
                .MaxBy(f => f.Stamp)?.Text(Fields.Words);
        }

        reader.State.Read(copy.State);
        Assessor.Assess(reader.State, copy.Program, copy.AsOf, reader.Assessed);
        return PeopleLists.Describe(list, IdOf(copy.Stream), reader.State, reader.Assessed, copy.Program, words);
    }

    private static bool TryParseRank(string? text, out (long Rank, UInt128 Stream) after)
    {
        after = default;
        if (text is null || text.Length != 48 || !long.TryParse(text.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, null, out var rank)
            || !UInt128.TryParse(text.AsSpan(16), NumberStyles.AllowHexSpecifier, null, out var stream)) return false;
        after = (rank, stream);
        return true;
    }

    private static (long Total, long High, List<OpenFlag> Newest) Flags(EventLoop loop)
    {
        var cx = loop.Context;
        long total = 0, high = 0;
        var newest = new PriorityQueue<(Shard Shard, int Row, OpenEntry Entry), long>();
        foreach (var shard in loop.Shards)
        {
            var open = shard.OpenFlags(MaxFlags);
            total += open.Total;
            high += open.High;
            foreach (var (row, entry) in open.Newest)
            {
                newest.Enqueue((shard, row, entry), entry.Since);
                if (newest.Count > MaxFlags) newest.Dequeue();
            }
        }

        var flags = new List<OpenFlag>();
        foreach (var ((shard, row, entry), _) in newest.UnorderedItems)
        {
            cx.Scratch.Read(shard.StateBytes(row));
            var rule = Rules.Of((RuleId)entry.Rule);
            flags.Add(new OpenFlag(
                IdOf(shard.Row(row).Stream), PeopleLists.NameOf(cx.Scratch.Profile), rule.Key, OpenItem.Text(entry.Cause), rule.Title,
                entry.Severity == 1 ? Standing.Bad : entry.Need == 1 ? Standing.None : Standing.Watch, entry.Since / 1000,
                entry.Answer == 0 ? null : ((Domain.People.ReplyKind)(entry.Answer - 1)).ToString().ToLowerInvariant()));
        }

        return (total, high, flags);
    }

    private static long[] SegmentCounts(EventLoop loop)
    {
        var counts = new long[64];
        foreach (var shard in loop.Shards)
        {
            for (var bit = 0; bit < counts.Length; bit++) counts[bit] += shard.PeopleIn(bit);
        }

        return counts;
    }

    /// <summary>What one loop adds to a board.</summary>
    private sealed record BoardPart(SegmentSums Sums, SectionSums Sections, long Valued)
    {
        /// <summary>The earliest overdue complaint so far, µs; 0 when there is none.</summary>
        public long OldestOverdue { get; private set; }

        /// <summary>Shards that have to be looked through for theirs.</summary>
        public List<Shard> Unlooked { get; } = [];

        public void SeeOverdue(long oldest)
        {
            if (oldest != 0 && (OldestOverdue == 0 || oldest < OldestOverdue)) OldestOverdue = oldest;
        }
    }
}
