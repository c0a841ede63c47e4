using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Embedded.Journal;
using Experience.Embedded.Loops;
using Experience.Embedded.Shards;

namespace Experience.Embedded;

/// <summary>Everything kept is compared with the journal, shard by shard, while events go on.</summary>
public sealed partial class EmbeddedEngine
{
    /// <summary>People of one step: the loop goes back to its traffic between two.</summary>
    private const int VerifyPeople = 64;

    /// <summary>States fetched at once for the hash: a few megabytes.</summary>
    private const int HashPeople = 8_192;

    public async ValueTask<VerifyReport> VerifyAsync(VerifyOptions options, IProgress<double>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        ThrowUnlessReady();
        await SettleAsync(cancellation).ConfigureAwait(false);
        var checks = new ShardCheck[Shard.Count];
        var done = 0;
        await Task.WhenAll(_loops.Select(async loop =>
        {
            foreach (var shard in loop.Shards)
            {
                checks[shard.Index] = await CheckAsync(loop, shard, options, cancellation).ConfigureAwait(false);
                progress?.Report(0.6 * Interlocked.Increment(ref done) / Shard.Count);
            }
        })).ConfigureAwait(false);

        var scanned = await Task.Run(() => Scan(checks, cancellation), cancellation).ConfigureAwait(false);
        progress?.Report(0.8);
        var examples = checks.SelectMany(c => c.Examples).Take(20).ToList();
        var differences = checks.Sum(c => (long)c.Differences);
        for (var shard = 0; shard < Shard.Count; shard++)
        {
            if (scanned[shard] == checks[shard].Digest) continue;
            differences++;
            examples.Add($"shard {shard}: the journal holds {scanned[shard].Count} facts, its people's histories {checks[shard].Digest.Count}");
        }

        var (hash, assessed) = await HashAsync(checks, cancellation).ConfigureAwait(false);
        progress?.Report(1);
        var events = checks.Sum(c => c.Digest.Count) + _loops[0].Program!.Facts;
        return new VerifyReport(events, checks.Sum(c => (long)(c.People.Count - c.Elsewhere.Count)), differences, hash, examples, options.AsOf is null ? null : assessed);
    }

    // Nothing that moves rows waits to be looked at: no clock, no day, no program.
    private bool Settled => !Volatile.Read(ref _passOwed) && _parts.Clocks.Version == Interlocked.Read(ref _passClocks) && _zone.Day(Now()) == Volatile.Read(ref _passDay);

    private async Task<ShardCheck> CheckAsync(EventLoop loop, Shard shard, VerifyOptions options, CancellationToken cancellation)
    {
        var check = new ShardCheck();
        var from = 0;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var more = await loop.AskAsync(l =>
            {
                var digest = check.Digest;
                var settled = Settled && shard.SettledFor(l.Context, Interlocked.Read(ref _passTarget));
                check.Differences += shard.Verify(l.Context, from, VerifyPeople, options.AsOf, settled, ref digest, check.Assessed, check.Examples);
                check.Digest = digest;
                for (var row = from; row < Math.Min(shard.People, from + VerifyPeople); row++)
                {
                    var key = shard.KeyBytes(row).ToArray();
                    check.People.Add((shard.Row(row).Source, key, row, shard.Row(row).Stream, key.Length == 0 ? shard.StateBytes(row).ToArray() : null));
                    check.Through[row] = shard.Row(row).Last;
                    if (shard.IsElsewhere(row)) check.Elsewhere.Add(row);
                }

                from += VerifyPeople;
                if (from < shard.People) return true;
                check.Differences += shard.VerifySums(check.Examples) + shard.VerifySections(l.Context, check.Examples);
                return false;
            }, folded: true).ConfigureAwait(false);
            if (!more) return check;
        }
    }

    // The journal from its first block to its last, without following any pointer: every block's checksum, and every fact once.
    private FactDigest[] Scan(ShardCheck[] checks, CancellationToken cancellation)
    {
        var digests = new FactDigest[Shard.Count];
        var through = new Dictionary<UInt128, long>[Shard.Count];
        for (var shard = 0; shard < Shard.Count; shard++)
        {
            through[shard] = [];
            foreach (var (source, key, row, stream, _) in checks[shard].People)
            {
                // An erased person has no key any more; everybody else must stand where the key says.
                var expected = key.Length == 0 ? stream : StreamOf(_parts.Sources.Name(source), Encoding.UTF8.GetString(key));
                through[shard][expected] = checks[shard].Through[row];
            }
        }

        using var reader = _journal.OpenReader();
        reader.Scan(0, (id, bytes) =>
        {
            cancellation.ThrowIfCancellationRequested();
            var block = Block.Read(id, bytes);
            var offset = Block.HeaderSize;
            while (block.TryNext(ref offset, out var record))
            {
                ref readonly var header = ref record.Header;
                if ((header.Flags & (RecordFlags.Observation | RecordFlags.Program)) != 0) continue;
                var shard = Shard.Of(header.Stream);

                // What came after the person was checked is not part of this verification.
                if (through[shard].TryGetValue(header.Stream, out var last) && record.Position <= last) digests[shard].Add(header.Id);
            }

            return true;
        });
        return digests;
    }

    private async Task<(string States, string Assessed)> HashAsync(ShardCheck[] checks, CancellationToken cancellation)
    {
        var sources = Enumerable.Range(0, _parts.Sources.Count).Select(n => Encoding.UTF8.GetBytes(_parts.Sources.Name(n))).ToArray();
        var people = checks.SelectMany((c, shard) => c.People.Select((p, index) => (p.Source, p.Key, Shard: shard, p.Row, p.State, Index: index)).Where(p => !c.Elsewhere.Contains(p.Row))).ToArray();
        Array.Sort(people, (a, b) =>
        {
            var order = StateHash.Compare(sources[a.Source], a.Key, sources[b.Source], b.Key);
            return order != 0 || a.State is null ? order : a.State.AsSpan().SequenceCompareTo(b.State);
        });
        using var hash = new StateHash();
        for (var from = 0; from < people.Length; from += HashPeople)
        {
            var count = Math.Min(HashPeople, people.Length - from);
            var states = new byte[count][];
            await Task.WhenAll(_loops.Select(loop => loop.AskAsync(l =>
            {
                for (var i = 0; i < count; i++)
                {
                    var (_, _, shard, row, erased, _) = people[from + i];
                    if (erased is not null) states[i] = erased;
                    else if (l.Owns(shard)) states[i] = l.Shards[l.ShardSlot(shard)].StateBytes(row).ToArray();
                }

                return true;
            }))).WaitAsync(cancellation).ConfigureAwait(false);
            for (var i = 0; i < count; i++) hash.Add(sources[people[from + i].Source], people[from + i].Key, states[i]);
        }

        using var assessed = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var bytes = new byte[16];
        foreach (var person in people)
        {
            if (person.Index >= checks[person.Shard].Assessed.Count) continue;
            BinaryPrimitives.WriteUInt128LittleEndian(bytes, checks[person.Shard].Assessed[person.Index]);
            assessed.AppendData(bytes);
        }

        return (hash.Current(), Convert.ToHexStringLower(assessed.GetHashAndReset()));
    }

    private sealed class ShardCheck
    {
        public FactDigest Digest { get; set; }

        public int Differences { get; set; }

        public List<string> Examples { get; } = [];

        /// <summary>A hash of each row as of the moment asked for, in the order of <see cref="People"/>.</summary>
        public List<UInt128> Assessed { get; } = [];

        /// <summary>The state only where the key is gone: erased people of a source are ordered by it.</summary>
        public List<(int Source, byte[] Key, int Row, UInt128 Stream, byte[]? State)> People { get; } = [];

        /// <summary>Rows whose person another row holds.</summary>
        public HashSet<int> Elsewhere { get; } = [];

        /// <summary>Position of each row's newest record when it was checked.</summary>
        public Dictionary<int, long> Through { get; } = [];
    }
}
