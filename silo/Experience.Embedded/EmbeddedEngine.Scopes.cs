using Experience.Domain.Boards;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Embedded.Shards;

namespace Experience.Embedded;

/// <summary>
/// Boards of scopes. Their sums are not kept: one pass over the people of the segment counts them when they are asked for, in steps between
/// traffic, so that nobody pays for filters that nobody looks at.
/// </summary>
public sealed partial class EmbeddedEngine
{
    /// <summary>Scopes whose counts are remembered; beyond it all are forgotten and counted again.</summary>
    private const int MaxScopes = 64;

    private readonly Dictionary<string, Task<ScopeCount>> _scopes = new(StringComparer.Ordinal);

    private async Task<BoardView> BuildScopedAsync(ScopeFilter scope, ProgramSnapshot program, CancellationToken cancellation)
    {
        var count = await ScopedAsync(scope, cancellation).ConfigureAwait(false);
        var sections = await SectionsAsync(cancellation).ConfigureAwait(false);
        var (asOf, history) = BoardMoment();

        // The pass put the scope in the place of everyone.
        var segment = scope.Segment with { Bit = 0, Key = scope.Scope.ToString(), Title = scope.Title };
        return BoardBuilder.Build(new BoardInput(program, segment, count.Sums, sections, asOf, history, count.OldestOverdue, count.Trends, [], scope));
    }

    /// <summary>
    /// The scope counted as of now; in a large folder as of some seconds ago while events come in, because a pass reads everybody of the segment.
    /// </summary>
    private async Task<ScopeCount> ScopedAsync(ScopeFilter scope, CancellationToken cancellation)
    {
        var key = scope.Scope.ToString();
        var version = BoardVersion;
        Task<ScopeCount> counting;
        lock (_caching)
        {
            var known = _scopes.GetValueOrDefault(key);
            if (known is null || known.IsFaulted || known.IsCanceled || (known.IsCompletedSuccessfully && !StillGood(known.Result, version)))
            {
                if (known is null && _scopes.Count >= MaxScopes) _scopes.Clear();
                _scopes[key] = known = CountAsync(scope, version);
            }

            counting = known;
        }

        return await counting.WaitAsync(cancellation).ConfigureAwait(false);
    }

    private bool StillGood(ScopeCount count, long version)
    {
        if (count.Day != _zone.Day(BoardMoment().AsOf) || count.Program != Volatile.Read(ref _program).Number) return false;
        return count.Version == version || (Status.People > SmallFolder && _time.GetElapsedTime(count.At) < CountEvery);
    }

    private async Task<ScopeCount> CountAsync(ScopeFilter scope, long version)
    {
        var at = _time.GetTimestamp();
        var program = Volatile.Read(ref _program);
        var day = _zone.Day(BoardMoment().AsOf);
        var parts = await Task.WhenAll(_loops.Select(async loop =>
        {
            var sums = new SegmentSums();
            var trends = new TrendPass(program, day);
            long oldest = 0;
            foreach (var shard in loop.Shards)
            {
                for (var from = 0; from < shard.People; from += Shard.StepRows)
                {
                    var start = from;
                    await loop.AskAsync(l =>
                    {
                        l.Context.Now = l.Now();
                        for (var row = start; row < Math.Min(shard.People, start + Shard.StepRows); row++)
                        {
                            var measures = shard.Measures(row);
                            if ((measures.Segments >> scope.Segment.Bit & 1) == 0 || !shard.Takes(l.Context, row, scope, ref measures)) continue;
                            measures.Segments = 1;
                            sums.Add(measures, 1);
                            trends.Add(l.Context.Scratch, measures);
                            if (measures.OldestOverdue != 0 && (oldest == 0 || measures.OldestOverdue < oldest)) oldest = measures.OldestOverdue;
                        }

                        return true;
                    }).ConfigureAwait(false);
                }
            }

            return (Sums: sums, Trends: trends, Oldest: oldest);
        })).ConfigureAwait(false);
        for (var i = 1; i < parts.Length; i++)
        {
            parts[0].Sums.Merge(parts[i].Sums);
            parts[0].Trends.Merge(parts[i].Trends);
        }

        return new ScopeCount(version, program.Number, day, at, parts[0].Sums, parts[0].Trends.Finish(), parts.Where(p => p.Oldest != 0).Select(p => p.Oldest).DefaultIfEmpty(0).Min());
    }

    /// <param name="At">Timestamp of when the counting began.</param>
    private sealed record ScopeCount(long Version, int Program, int Day, long At, SegmentSums Sums, TrendSet Trends, long OldestOverdue);
}
