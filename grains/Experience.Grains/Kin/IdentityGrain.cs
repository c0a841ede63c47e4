using Experience.Domain.Events;
using Experience.Domain.Identity;
using Experience.Embedded.Persons;
using Experience.Grains.Contracts;
using Experience.Grains.People;

namespace Experience.Grains.Kin;

/// <summary>
/// Who shares an identity with whom, of the identities whose tags fall into this part. A shard that moved numbers its rows anew: then all shards are read again, and all pairs
/// are new.
/// </summary>
internal sealed class IdentityGrain(SiloParts parts) : Grain, IIdentityGrain
{
    public const int Parts = 4;

    private readonly SipHash _key = SipHash.FromKey(parts.Facts.StreamKey);
    private readonly (long Epoch, int Next)[] _read = new (long, int)[Streams.Shards];
    private IdentityIndex _index = new(SipHash.FromKey(parts.Facts.StreamKey));

    public static int PartOf(ulong tag) => (int)(tag % Parts);

    public static int PartOf(SipHash key, IdentityKind kind, string text) => PartOf(IdentityIndex.TagOf(key, kind, text));

    public async Task<PersonPair[]> PairsAsync(int most)
    {
        await PullAsync();
        var fresh = _index.TakeFresh(most);
        var people = await PeopleAsync([.. fresh.SelectMany(static p => new[] { p.First, p.Second }).Distinct()], 0, "");
        var pairs = new HashSet<PersonPair>();
        foreach (var (first, second) in fresh)
        {
            if (!people.TryGetValue(first, out var a) || !people.TryGetValue(second, out var b) || a == b) continue;
            pairs.Add(a < b ? new PersonPair(a, b) : new PersonPair(b, a));
        }

        return [.. pairs];
    }

    public async Task<UInt128[]> FindAsync(int kind, string text)
    {
        await PullAsync();
        return [.. (await PeopleAsync(_index.Find(IdentityIndex.TagOf(_key, (IdentityKind)kind, text)), kind, text)).Values.Distinct().Order()];
    }

    private async Task PullAsync()
    {
        var part = (int)this.GetPrimaryKeyLong();
        while (true)
        {
            var replies = await Task.WhenAll(_read.Select((read, shard) => GrainFactory.GetGrain<IRosterShardGrain>(shard).SaidAsync(read.Epoch, read.Next, part)));
            var moved = false;
            for (var shard = 0; shard < replies.Length; shard++) moved |= _read[shard].Epoch != 0 && _read[shard].Epoch != replies[shard].Epoch;
            if (moved)
            {
                Array.Clear(_read);
                _index = new IdentityIndex(_key);
                continue;
            }

            for (var shard = 0; shard < replies.Length; shard++)
            {
                var reply = replies[shard];
                _read[shard] = (reply.Epoch, reply.Next);
                for (var i = 0; i < reply.Rows.Length; i++) _index.Add(new RowRef(shard, reply.Rows[i]), reply.Tags[i]);
            }

            return;
        }
    }

    // Rows of a shard that moved meanwhile are nobody's: the next pull finds them again.
    private async Task<Dictionary<RowRef, UInt128>> PeopleAsync(RowRef[] rows, int kind, string text)
    {
        var people = new Dictionary<RowRef, UInt128>();
        await Task.WhenAll(rows.GroupBy(static r => r.Shard).Select(async mine =>
        {
            RowRef[] asked = [.. mine];
            var found = await GrainFactory.GetGrain<IRosterShardGrain>(mine.Key).SaysAsync(_read[mine.Key].Epoch, Array.ConvertAll(asked, static r => r.Row), kind, text);
            for (var i = 0; found is not null && i < asked.Length; i++)
            {
                if (found[i] != UInt128.Zero) people[asked[i]] = found[i];
            }
        }));
        return people;
    }
}
