using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Experience.Grains.People;
using Experience.Grains.Storage;
using StackExchange.Redis;

namespace Experience.Silo.Redis;

/// <summary>
/// Journals, snapshots and secrets on Redis. One list of records for each stream, so that its length is the version; everything of a roster
/// shard under one hash tag, so that a flush is one atomic script also on Redis Cluster. Any thread.
/// </summary>
/// <remarks>
/// Keys, with {s17} for shard 17: <c>name:{s17}:epoch</c>, <c>:people</c> (identities), <c>:snap</c>, <c>:open</c>, <c>:kin</c>, <c>:f:stream</c> (facts),
/// <c>:o:stream</c> (observations), <c>:mark</c> (<see cref="ReplicaWait"/>); <c>name:{k17}</c> (secrets); <c>name:{program}:…</c>; <c>name:{names}:…</c>; <c>name:{looks}:actor</c>.
/// </remarks>
internal sealed class RedisStore : IClusterStore
{
    /// <summary>People whose records are fetched at once when a shard is loaded.</summary>
    private const int PagePeople = 500;

    // With the header Redis refuses to start it when it is out of memory, so it runs whole or not at all (Redis 7).
    private const string FlushScript = """
        #!lua
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {-1} end
        local done, a = {}, 2
        for k = 6, #KEYS, 2 do
          local field, expected, facts, seen, kin = ARGV[a], tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3]), tonumber(ARGV[a + 7])
          local first = a + 8
          if redis.call('LLEN', KEYS[k]) ~= expected then
            done[#done + 1] = 0
          else
            if facts > 0 then redis.call('RPUSH', KEYS[k], unpack(ARGV, first, first + facts - 1)) end
            if seen > 0 then redis.call('RPUSH', KEYS[k + 1], unpack(ARGV, first + facts, first + facts + seen - 1)) end
            if ARGV[a + 4] ~= '' then redis.call('HSET', KEYS[2], field, ARGV[a + 4]) end
            if ARGV[a + 5] == 'x' then redis.call('HDEL', KEYS[3], field)
            elseif ARGV[a + 5] ~= '' then redis.call('HSET', KEYS[3], field, ARGV[a + 5]) end
            if ARGV[a + 6] ~= '' then redis.call('HSET', KEYS[4], field, ARGV[a + 6]) end
            if kin > 0 then redis.call('RPUSH', KEYS[5], unpack(ARGV, first + facts + seen, first + facts + seen + kin - 1)) end
            done[#done + 1] = 1
          end
          a = first + facts + seen + kin
        end
        return done
        """;

    private const string BeginKinScript = """
        #!lua
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
        if redis.call('LLEN', KEYS[2]) > 0 then return 0 end
        for i = 2, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end
        return 1
        """;

    private const string ProgramScript = """
        #!lua
        if redis.call('LLEN', KEYS[1]) ~= tonumber(ARGV[1]) then return 0 end
        redis.call('RPUSH', KEYS[1], unpack(ARGV, 2))
        return 1
        """;

    private const string NamesScript = """
        #!lua
        for i = 1, #ARGV do
          if redis.call('SADD', KEYS[1], ARGV[i]) == 1 then redis.call('RPUSH', KEYS[2], ARGV[i]) end
        end
        return #ARGV
        """;

    private readonly IDatabase _redis;
    private readonly IDatabase _keys;
    private readonly string _name;
    private readonly ShardKeys[] _shards;
    private readonly ReplicaWait? _replicas;
    private readonly ReplicaWait? _keyReplicas;

    /// <param name="replicas">Waited for with all that is written; null where none is.</param>
    /// <param name="keyReplicas">The same of the people's keys.</param>
    public RedisStore(IConnectionMultiplexer redis, IConnectionMultiplexer keys, string name, ReplicaWait? replicas = null, ReplicaWait? keyReplicas = null)
    {
        _redis = redis.GetDatabase();
        _keys = keys.GetDatabase();
        (_replicas, _keyReplicas) = (replicas, keyReplicas);
        _name = name;
        _shards = [.. Enumerable.Range(0, Streams.Shards).Select(s => new ShardKeys(name, s))];
    }

    public bool Connected => _redis.Multiplexer.IsConnected && _keys.Multiplexer.IsConnected;

    // An epoch that a failover forgot would be given twice.
    public Task<long> TakeOverAsync(int shard) => Wrote(_redis.StringIncrementAsync(_shards[shard].Epoch), _shards[shard].Mark);

    public async IAsyncEnumerable<StoredPerson> PeopleAsync(int shard)
    {
        var page = new List<HashEntry>(PagePeople);
        await foreach (var entry in ScanAsync(_redis, _shards[shard].People, PagePeople))
        {
            page.Add(entry);
            if (page.Count < PagePeople) continue;
            foreach (var person in await PageAsync(_shards[shard], page)) yield return person;
            page.Clear();
        }

        if (page.Count == 0) yield break;
        foreach (var person in await PageAsync(_shards[shard], page)) yield return person;
    }

    public async Task<StoredPerson> PersonAsync(UInt128 stream)
    {
        var keys = _shards[Streams.ShardOf(stream)];
        var field = Bytes(stream);
        var identity = _redis.HashGetAsync(keys.People, field);
        var snapshot = (byte[]?)await Ask(_redis.HashGetAsync(keys.Snapshots, field));
        var tail = await RecordsAsync(stream, snapshot is null ? 0 : Snapshots.Version(snapshot));
        return new StoredPerson(stream, await Ask(identity), snapshot, tail, null, 0);
    }

    public async Task<byte[]?> IdentityAsync(UInt128 stream) => await Ask(_redis.HashGetAsync(_shards[Streams.ShardOf(stream)].People, Bytes(stream)));

    public async Task<byte[]?> OpenAsync(UInt128 stream) => await Ask(_redis.HashGetAsync(_shards[Streams.ShardOf(stream)].Open, Bytes(stream)));

    public async Task<byte[][][]> KinAsync(long[] from) =>
        await Task.WhenAll(_shards.Select(async (keys, shard) => Blobs(await Ask(_redis.ListRangeAsync(keys.Kin, from[shard]), nameof(KinAsync)))));

    public async Task BeginKinAsync(int shard, long epoch, IReadOnlyList<byte[]> entries)
    {
        RedisValue[] values = [epoch, KinRecord.Mark, .. entries.Select(e => (RedisValue)e)];
        if ((int)await Wrote(_redis.ScriptEvaluateAsync(BeginKinScript, [_shards[shard].Epoch, _shards[shard].Kin], values), _shards[shard].Mark) < 0) throw new ShardFencedException(shard);
    }

    public async Task<byte[][]> RecordsAsync(UInt128 stream, long from) => Blobs(await Ask(_redis.ListRangeAsync(_shards[Streams.ShardOf(stream)].Facts(stream), from)));

    public async Task<byte[][]> NewestRecordsAsync(UInt128 stream, int count) => Blobs(await Ask(_redis.ListRangeAsync(_shards[Streams.ShardOf(stream)].Facts(stream), -count)));

    public async Task<byte[][]> NewestObservationsAsync(UInt128 stream, int count) => Blobs(await Ask(_redis.ListRangeAsync(_shards[Streams.ShardOf(stream)].Observations(stream), -count)));

    public async Task<bool[]> FlushAsync(int shard, long epoch, IReadOnlyList<StreamWrite> writes)
    {
        var names = _shards[shard];
        var keys = new RedisKey[5 + (2 * writes.Count)];
        (keys[0], keys[1], keys[2], keys[3], keys[4]) = (names.Epoch, names.People, names.Snapshots, names.Open, names.Kin);
        var values = new List<RedisValue>(1 + (9 * writes.Count)) { epoch };
        for (var i = 0; i < writes.Count; i++)
        {
            var write = writes[i];
            keys[5 + (2 * i)] = names.Facts(write.Stream);
            keys[6 + (2 * i)] = names.Observations(write.Stream);
            values.Add(Bytes(write.Stream));
            values.Add(write.Expected);
            values.Add(write.Records.Count);
            values.Add(write.Observations.Count);
            values.Add(write.Identity ?? []);
            values.Add(write.Snapshot ?? []);
            values.Add(write.Open ?? []);
            values.Add(write.Kin?.Count ?? 0);
            foreach (var record in write.Records) values.Add(record);
            foreach (var observation in write.Observations) values.Add(observation);
            foreach (var said in write.Kin ?? []) values.Add(said);
        }

        var done = (int[])(await Wrote(_redis.ScriptEvaluateAsync(FlushScript, keys, [.. values]), names.Mark))!;
        if (done is [-1]) throw new ShardFencedException(shard);
        return Array.ConvertAll(done, d => d == 1);
    }

    public async Task<byte[]> SecretAsync(UInt128 stream, bool create)
    {
        var key = SecretsKey(stream == UInt128.Zero ? 0 : Streams.ShardOf(stream));
        var secret = (byte[]?)await Ask(_keys.HashGetAsync(key, Bytes(stream)));
        if (secret is not null || !create) return secret ?? [];

        // Whoever is first names it: the other one reads that.
        await WroteKeys(_keys.HashSetAsync(key, Bytes(stream), System.Security.Cryptography.RandomNumberGenerator.GetBytes(16), When.NotExists), key);
        return (byte[]?)await Ask(_keys.HashGetAsync(key, Bytes(stream))) ?? [];
    }

    public async Task EraseSecretAsync(UInt128 stream)
    {
        var key = SecretsKey(Streams.ShardOf(stream));
        await WroteKeys(_keys.HashSetAsync(key, Bytes(stream), Array.Empty<byte>()), key);
    }

    public async Task<IReadOnlyDictionary<UInt128, byte[]>> SecretsAsync(int shard)
    {
        var secrets = new Dictionary<UInt128, byte[]>();
        await foreach (var entry in ScanAsync(_keys, SecretsKey(shard), 5_000)) secrets[Stream(entry.Name)] = (byte[]?)entry.Value ?? [];
        return secrets;
    }

    public async Task<byte[][]> ProgramRecordsAsync(long from) => Blobs(await Ask(_redis.ListRangeAsync(Key("{program}:f"), from)));

    public async Task<bool> AppendProgramAsync(long expected, IReadOnlyList<byte[]> records)
    {
        // The arguments of one call are bounded by the script's stack: a long import is appended in parts, each on the version before it.
        const int most = 1_000;
        for (var from = 0; from < records.Count; from += most)
        {
            RedisValue[] values = [expected + from, .. records.Skip(from).Take(most).Select(r => (RedisValue)r)];
            if ((int)await Wrote(_redis.ScriptEvaluateAsync(ProgramScript, [Key("{program}:f")], values), Key("{program}:mark")) == 0) return false;
        }

        return true;
    }

    public async Task<byte[]?> FrozenAsync() => await Ask(_redis.StringGetAsync(Key("{program}:frozen")));

    public Task StoreFrozenAsync(byte[] frozen) => Wrote(_redis.StringSetAsync(Key("{program}:frozen"), frozen), Key("{program}:mark"));

    public async Task<IReadOnlyList<(int Field, string Name)>> NamesAsync(long from)
    {
        var names = new List<(int, string)>();
        foreach (var stored in await Ask(_redis.ListRangeAsync(Key("{names}:list"), from)))
        {
            var text = (string)stored!;
            var at = text.IndexOf(':', StringComparison.Ordinal);
            names.Add((int.Parse(text.AsSpan(0, at)), text[(at + 1)..]));
        }

        return names;
    }

    public Task LearnNamesAsync(IReadOnlyList<(int Field, string Name)> names) =>
        Wrote(_redis.ScriptEvaluateAsync(NamesScript, [Key("{names}:set"), Key("{names}:list")], [.. names.Select(n => (RedisValue)$"{n.Field}:{n.Name}")]), Key("{names}:mark"));

    public Task StoreLookAsync(string actor, byte[] look) => Wrote(_redis.ListRightPushAsync(Key($"{{looks}}:{actor}"), look), Key("{looks} mark"));

    private async Task<IReadOnlyList<StoredPerson>> PageAsync(ShardKeys keys, List<HashEntry> page)
    {
        var fields = page.ConvertAll(e => e.Name).ToArray();
        var opens = _redis.HashGetAsync(keys.Open, fields);
        var snapshots = await Ask(_redis.HashGetAsync(keys.Snapshots, fields));
        var tails = fields.Select((field, i) => _redis.ListRangeAsync(keys.Facts(Stream(field)), snapshots[i].IsNull ? 0 : Snapshots.Version((byte[])snapshots[i]!))).ToArray();
        var open = await Ask(opens);
        var found = new List<StoredPerson>(page.Count);
        for (var i = 0; i < fields.Length; i++) found.Add(new StoredPerson(Stream(fields[i]), page[i].Value, snapshots[i], Blobs(await Ask(tails[i])), open[i], 0));
        return found;
    }

    private static async IAsyncEnumerable<HashEntry> ScanAsync(IDatabase redis, RedisKey key, int page)
    {
        await using var entries = redis.HashScanAsync(key, pageSize: page).GetAsyncEnumerator();
        while (await Ask(entries.MoveNextAsync().AsTask())) yield return entries.Current;
    }

    private RedisKey Key(string rest) => $"{_name}:{rest}";

    private RedisKey SecretsKey(int shard) => $"{_name}:{{k{shard}}}";

    private static byte[] Bytes(UInt128 stream)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, stream);
        return bytes;
    }

    private static UInt128 Stream(RedisValue field) => BinaryPrimitives.ReadUInt128BigEndian((byte[])field!);

    private static byte[][] Blobs(RedisValue[] values) => Array.ConvertAll(values, v => (byte[])v!);

    private Task<T> Wrote<T>(Task<T> answer, RedisKey mark, [CallerMemberName] string? what = null) => WroteAsync(answer, _replicas, mark, what);

    private Task<T> WroteKeys<T>(Task<T> answer, RedisKey key, [CallerMemberName] string? what = null) => WroteAsync(answer, _keyReplicas, $"{key}:mark", what);

    private static async Task<T> WroteAsync<T>(Task<T> write, ReplicaWait? replicas, RedisKey mark, string? what)
    {
        var answer = await Ask(write, what);
        if (replicas is not null) await Ask(ReachedAsync(replicas, mark), what);
        return answer;
    }

    private static async Task<bool> ReachedAsync(ReplicaWait replicas, RedisKey mark)
    {
        await replicas.ReachedAsync(mark);
        return true;
    }

    private static async Task<T> Ask<T>(Task<T> answer, [CallerMemberName] string? what = null)
    {
        try
        {
            return await answer;
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException or ObjectDisposedException)
        {
            throw new StoreException($"Redis did not answer ({what}).", failure);
        }
    }

    /// <summary>The keys of one shard, all with one hash tag.</summary>
    private sealed class ShardKeys(string name, int shard)
    {
        private readonly byte[] _facts = System.Text.Encoding.ASCII.GetBytes($"{name}:{{s{shard}}}:f:");
        private readonly byte[] _observations = System.Text.Encoding.ASCII.GetBytes($"{name}:{{s{shard}}}:o:");

        public RedisKey Epoch { get; } = $"{name}:{{s{shard}}}:epoch";

        public RedisKey People { get; } = $"{name}:{{s{shard}}}:people";

        public RedisKey Snapshots { get; } = $"{name}:{{s{shard}}}:snap";

        public RedisKey Open { get; } = $"{name}:{{s{shard}}}:open";

        public RedisKey Kin { get; } = $"{name}:{{s{shard}}}:kin";

        /// <summary>Written to be waited for.</summary>
        public RedisKey Mark { get; } = $"{name}:{{s{shard}}}:mark";

        public RedisKey Facts(UInt128 stream) => (byte[])[.. _facts, .. Bytes(stream)];

        public RedisKey Observations(UInt128 stream) => (byte[])[.. _observations, .. Bytes(stream)];
    }
}
