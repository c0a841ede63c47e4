using System.Text;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Grains.Contracts;
using Experience.Grains.People;

namespace Experience.Silo.Engine;

/// <summary>Everything kept is compared with the journal, shard by shard, while events go on.</summary>
internal sealed partial class OrleansEngine
{
    /// <summary>People of one step: the shard goes back to its traffic between two.</summary>
    private const int VerifyPeople = 64;

    /// <summary>Shards that are verified at the same time.</summary>
    private const int VerifyShards = 8;

    public async ValueTask<VerifyReport> VerifyAsync(VerifyOptions options, IProgress<double>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        ThrowUnlessReady();
        await SettleAsync(cancellation).ConfigureAwait(false);
        var replies = new List<VerifyReply>[Streams.Shards];
        var done = 0;
        await Parallel.ForAsync(0, Streams.Shards, new ParallelOptions { MaxDegreeOfParallelism = VerifyShards, CancellationToken = cancellation }, async (shard, token) =>
        {
            var grain = _shards[shard];
            var pages = replies[shard] = [];
            do
            {
                var from = pages.Count * VerifyPeople;
                pages.Add(await TryAsync(() => grain.VerifyAsync(from, VerifyPeople, options.AsOf), token).ConfigureAwait(false));
            }
            while (pages[^1].More);

            progress?.Report((double)Interlocked.Increment(ref done) / Streams.Shards);
        }).ConfigureAwait(false);

        var all = replies.SelectMany(r => r).ToArray();
        var people = all.SelectMany(r => r.People).Select(p => (Source: Encoding.UTF8.GetBytes(p.Source), Key: Encoding.UTF8.GetBytes(p.Key), p.State)).ToArray();

        // Erased people have no key any more: those of a source are ordered by their states.
        Array.Sort(people, static (a, b) => StateHash.Compare(a.Source, a.Key, b.Source, b.Key) is var order and not 0 ? order : a.State.AsSpan().SequenceCompareTo(b.State));
        using var hash = new StateHash();
        foreach (var (source, key, state) in people) hash.Add(source, key, state);
        long program;
        lock (_counting) program = _programTotals.Facts;
        return new VerifyReport(all.Sum(r => r.Events) + program, people.Length, all.Sum(r => r.Differences), hash.Current(), [.. all.SelectMany(r => r.Examples).Take(20)]);
    }
}
