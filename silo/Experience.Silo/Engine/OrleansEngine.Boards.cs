using System.Globalization;
using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Grains.Contracts;
using Experience.Grains.People;
using Experience.Grains.Roster;

namespace Experience.Silo.Engine;

/// <summary>Boards, lists, flags and search: partial answers of segments and shards, merged here.</summary>
internal sealed partial class OrleansEngine
{
    private const int MaxListed = 500;
    private const int MaxFlags = 300;
    private const int MaxHits = 50;

    /// <summary>Rounds of shards that move while a board is asked for.</summary>
    private const int MaxMoves = 5;

    public async ValueTask<BoardView?> BoardAsync(string segment, Access access, CancellationToken cancellation)
    {
        ThrowUnlessReady();
        var pulses = await SettleAsync(cancellation).ConfigureAwait(false);
        await RefreshTrendsAsync(pulses, cancellation).ConfigureAwait(false);
        await _past.RefreshAsync(_program, _parts.Zone.Day(BoardMoment().AsOf), Status.Events, cancellation).ConfigureAwait(false);
        return await BuildBoardAsync(segment, cancellation).ConfigureAwait(false);
    }

    public async ValueTask<PeoplePage> PeopleAsync(PeopleQuery query, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        ThrowUnlessReady();
        await SettleAsync(cancellation).ConfigureAwait(false);
        var program = _program;
        var scope = ScopeFilter.Of(query.Segment, program);
        if (!PeopleLists.TryParse(query.List, out var list) || scope is null) return new PeoplePage(query.List, "", 0, [], null, null);
        var most = PeopleLists.LimitOf(list, program);
        var limit = Math.Min(Math.Clamp(query.Limit, 1, MaxListed), most);
        var question = new RankQuestion((int)list, string.IsNullOrEmpty(query.Of) ? 0 : SipHash.Name(query.Of), scope.Scope.ToString(), ParseRank(query.After), limit + 1);
        var found = await ShardsAsync(shard => shard.RankAsync(question), cancellation).ConfigureAwait(false);
        var best = found.SelectMany(f => f.Best).OrderByDescending(b => b.Rank).ThenBy(b => b.Stream).Take(limit + 1).ToList();
        var more = best.Count > limit;
        if (more) best.RemoveAt(limit);

        // A list with an end is one page, so that nobody is called who is beyond it.
        if (most < int.MaxValue) more = false;
        var copies = await Task.WhenAll(best.Select(b => CopyAsync(b.Stream, list == PeopleList.Answers ? CardFacts : 0, observations: false, cancellation))).ConfigureAwait(false);
        var rows = copies.OfType<PersonCopy>().Select(copy => Describe(list, copy, program)).ToList();
        AnswerHistogram? histogram = null;
        SegmentSums? sums = null;
        if (list == PeopleList.Answers)
        {
            histogram = new AnswerCounts().Build() with { Counts = [.. Enumerable.Range(0, 5).Select(i => found.Sum(f => f.Answers[i]))] };
            sums = scope.Scope.IsSegment
                ? (await SumsAsync(scope.Segment.Bit, cancellation).ConfigureAwait(false)).Sums
                : (await ScopedAsync(scope, cancellation).ConfigureAwait(false)).Sums;
        }

        await LookedAsync(access, $"list {query.List}", cancellation).ConfigureAwait(false);
        return new PeoplePage(
            query.List, PeopleLists.Title(list, string.IsNullOrEmpty(query.Of) ? null : query.Of, scope, sums), Math.Min(most, found.Sum(f => f.Total)), rows,
            more ? $"{best[^1].Rank:x16}{best[^1].Stream:x32}" : null, histogram);
    }

    public async ValueTask<SearchResult> SearchAsync(string text, int limit, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(text);
        ThrowUnlessReady();
        if (text.Length is 0 or > 200) return new SearchResult([], true);
        await RefreshProgramAsync(cancellation).ConfigureAwait(false);
        var program = _program;
        var found = (await ShardsAsync(shard => shard.SearchAsync(text, MaxHits), cancellation).ConfigureAwait(false))
            .SelectMany(f => f).OrderByDescending(f => f.Score).ThenBy(f => f.Stream).Take(MaxHits).ToArray();
        var copies = await Task.WhenAll(found.Select(f => CopyAsync(f.Stream, 0, observations: false, cancellation))).ConfigureAwait(false);
        var state = new PersonState();

        // Of people who match alike, the one who is being served, is owed an answer or was here last is the one who is meant.
        var hits = found.Zip(copies)
            .Where(pair => pair.Second is not null)
            .Select(pair =>
            {
                state.Read(pair.Second!.State);
                return (pair.First.Score, state.Pressing, state.Last.Time, Copy: pair.Second);
            })
            .OrderByDescending(h => h.Score).ThenByDescending(h => h.Pressing).ThenByDescending(h => h.Time)
            .Take(Math.Clamp(limit, 1, MaxHits))
            .Select(h => Hits.Of(h.Copy, AsOf(h.Copy), program, text))
            .ToList();
        return new SearchResult(hits, true);
    }

    public async ValueTask<OpenFlagsView> FlagsAsync(Access access, CancellationToken cancellation)
    {
        ThrowUnlessReady();
        var found = await ShardsAsync(shard => shard.FlagsAsync(MaxFlags), cancellation).ConfigureAwait(false);
        var flags = found.SelectMany(f => f.Newest).OrderByDescending(f => f.Since).Take(MaxFlags).Select(f =>
        {
            var rule = Rules.Of((RuleId)f.Rule);
            return new OpenFlag(
                Streams.IdOf(f.Stream), f.Name, rule.Key, OpenItem.Text(f.Cause), rule.Title, f.High ? Standing.Bad : f.Need ? Standing.None : Standing.Watch, f.Since / 1000,
                f.Answer == 0 ? null : ((ReplyKind)(f.Answer - 1)).ToString().ToLowerInvariant());
        }).OrderByDescending(f => f.Since).ThenBy(f => f.Cause, StringComparer.Ordinal).ToArray();
        return new OpenFlagsView(_parts.Now() / 1000, found.Sum(f => f.Total), found.Sum(f => f.High), flags);
    }

    public async ValueTask<ProgramView> ProgramAsync(CancellationToken cancellation)
    {
        ThrowUnlessReady();
        await RefreshProgramAsync(cancellation).ConfigureAwait(false);
        await _parts.Names.RefreshAsync().ConfigureAwait(false);
        var program = _program;
        var counts = await ShardsAsync(shard => shard.CountsAsync(), cancellation).ConfigureAwait(false);
        return new ProgramView(
            program.Policy.Program, program.Policy.Currency, _parts.Zone.Zone.Id, _sample, program.Policy.Version,
            [.. program.Segments.All.Select(s => new SegmentItem(s.Key, s.Title, counts.Sum(c => c[s.Bit]), s.Kind, s.Rule, SegmentSet.DescriptionOf(s)))],
            Items(Fields.Desk), Items(Fields.Staff), Items(Fields.Category), Items(Fields.Department), Items(Fields.Program));

        NamedItem[] Items(Field field) => [.. _parts.Names.Of(field).Select(n => new NamedItem(n, n, null))];
    }

    public async ValueTask<(string Json, int Version)> PolicyAsync(CancellationToken cancellation)
    {
        ThrowUnlessReady();
        await RefreshProgramAsync(cancellation).ConfigureAwait(false);
        var policy = _program.Policy;
        return (policy.Json, policy.Version);
    }

    private async Task<BoardView?> BuildBoardAsync(string segment, CancellationToken cancellation)
    {
        var program = _program;
        if (ScopeFilter.Of(segment, program) is not { } scope) return null;
        var (asOf, history) = BoardMoment();
        var (sums, sections, oldest) = await SumsAsync(scope.Segment.Bit, cancellation).ConfigureAwait(false);
        if (scope.Scope.IsSegment) return BoardBuilder.Build(new BoardInput(program, scope.Segment, sums, sections, asOf, history, oldest, _trends, _past.Of(scope.Segment.Bit)));
        var scoped = await ScopedAsync(scope, cancellation).ConfigureAwait(false);

        // The pass put the scope in the place of everyone.
        var narrowed = scope.Segment with { Bit = 0, Key = scope.Scope.ToString(), Title = scope.Title };
        return BoardBuilder.Build(new BoardInput(program, narrowed, scoped.Sums, sections, asOf, history, scoped.OldestOverdue, scoped.Trends.Finish(), [], scope));
    }

    /// <summary>A scope's sums are not kept: one pass over the people of its segment counts them when they are asked for.</summary>
    private async Task<(SegmentSums Sums, TrendPass Trends, long OldestOverdue)> ScopedAsync(ScopeFilter scope, CancellationToken cancellation)
    {
        var known = await _parts.Programs.AtLeastAsync(ProgramMark.None).ConfigureAwait(false);
        var day = _parts.Zone.Day(BoardMoment().AsOf);
        var sums = new SegmentSums();
        var trends = new TrendPass(known.Snapshot, day);
        long oldest = 0;
        foreach (var part in await ShardsAsync(shard => shard.ScopedAsync(scope.Scope.ToString(), day, known.Mark), cancellation).ConfigureAwait(false))
        {
            if (part is null) continue;
            sums.Add(part.Segment);
            trends.Add(part.Trends);
            if (part.OldestOverdue != 0 && (oldest == 0 || part.OldestOverdue < oldest)) oldest = part.OldestOverdue;
        }

        return (sums, trends, oldest);
    }

    private async Task<(SegmentSums Sums, SectionSums Sections, long OldestOverdue)> SumsAsync(int segment, CancellationToken cancellation)
    {
        var reply = await AssessedAsync(() => _grains.GetGrain<ISegmentGrain>(segment).SumsAsync(), cancellation).ConfigureAwait(false);
        var sums = new SegmentSums();
        sums.Add(reply.Segment);
        var sections = new SectionSums();
        sections.Add(reply.Sections);
        return (sums, sections, reply.OldestOverdue);
    }

    private Task<T[]> ShardsAsync<T>(Func<IRosterShardGrain, Task<T>> ask, CancellationToken cancellation) =>
        Task.WhenAll(Enumerable.Range(0, Streams.Shards).Select(s => AssessedAsync(() => ask(_shards[s]), cancellation)));

    /// <summary>A shard that moved has loaded its people and assessed none of them yet: it is told the moment, and asked again.</summary>
    private async Task<T> AssessedAsync<T>(Func<Task<T>> ask, CancellationToken cancellation)
    {
        for (var tries = 0; tries < MaxMoves; tries++)
        {
            try
            {
                return await TryAsync(ask, cancellation).ConfigureAwait(false);
            }
            catch (ShardUnsettledException)
            {
                await SettleAsync(cancellation).ConfigureAwait(false);
            }
        }

        throw new EngineBusyException("Shards are being moved.", TimeSpan.FromMilliseconds(200));
    }

    private PersonRow Describe(PeopleList list, PersonCopy copy, ProgramSnapshot program)
    {
        var words = list != PeopleList.Answers ? null : Journey(copy)
            .Where(f => f.Type == EventTypes.FeedbackSubmitted && !f.Voided && f.Number(Fields.Service) is not null)
            .MaxBy(f => f.Stamp)?.Text(Fields.Words);
        var state = new PersonState();
        state.Read(copy.State);
        var assessed = new Assessed();
        Assessor.Assess(state, program, AsOf(copy), assessed);
        return PeopleLists.Describe(list, Streams.IdOf(copy.Stream), state, assessed, program, words);
    }

    private static RankedPerson? ParseRank(string? text) =>
        text is { Length: 48 } && long.TryParse(text.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, null, out var rank)
            && UInt128.TryParse(text.AsSpan(16), NumberStyles.AllowHexSpecifier, null, out var stream) ? new RankedPerson(rank, stream) : null;
}
