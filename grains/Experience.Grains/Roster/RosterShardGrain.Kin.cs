using Experience.Domain.Events;
using Experience.Domain.Identity;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Voice;
using Experience.Grains.Contracts;
using Experience.Grains.Kin;
using Experience.Grains.People;
using Experience.Grains.Storage;
using Microsoft.Extensions.Logging;

namespace Experience.Grains.Roster;

/// <summary>
/// People of several streams, whose rows lie in several shards. The shard that recorded something of such a person tells the others, and answers its own caller when
/// they show it; what each shows it reads from the store, where everything is durable before anybody is told of it.
/// </summary>
/// <remarks>
/// Why this is exact without a coordinator: what a row shows of a person is computed from links, streams and records as the store has them, at some moment after the
/// shard was told of the newest of them. Telling goes in two rounds. In the first each shard that has to do with it comes to know the links, so that what it records from
/// then on is told in turn; in the second each computes. So whatever became durable was either there to be read in the second round, or is told by who recorded it. A
/// shard that ends before it could tell is followed by an activation that tells everything it has; a shard that is replaced computes when it loads, and one that does not know
/// that it was replaced is refused by its epoch when it says that it is through. Whoever is told calls nobody, so that no two shards wait for each other.
/// </remarks>
internal sealed partial class RosterShardGrain
{
    /// <summary>People who are put together at one time; the rest waits for the next round.</summary>
    private const int MaxTurned = 64;

    private readonly LinkedList<Turning> _turning = [];

    // Streams whose links, or being there at all, changed; and homes whose streams have something new.
    private readonly HashSet<UInt128> _links = [];
    private readonly HashSet<UInt128> _folds = [];
    private readonly HashSet<UInt128> _asked = [];
    private TaskCompletionSource _told = NewRound();
    private TaskCompletionSource _carrying = NewRound();
    private TaskCompletionSource _computed = NewRound();
    private Task _telling = Task.CompletedTask;
    private Task _computing = Task.CompletedTask;
    private int _carried;

    /// <summary>What becomes of some rows, and what people were shown of them elsewhere.</summary>
    private sealed record Turning((UInt128 Stream, KinRole? Role, OpenEntry[] Shown, bool Standing)[] Rows, TaskCompletionSource Done);

    private bool HasNews => News > 0;

    private int News => _links.Count + _folds.Count + _carried;

    public Task<Whereabouts> WhereAsync(UInt128 stream)
    {
        var row = _rows.Find(stream);
        if (row < 0) return Task.FromResult(new Whereabouts(false, UInt128.Zero, false));
        return Task.FromResult(_rows.RoleOf(row) is { } role ? new Whereabouts(true, role.Home == UInt128.Zero ? stream : role.Home, true) : new Whereabouts(true, stream, false));
    }

    public async Task<PersonCopy?> PersonAsync(UInt128 home, int facts, bool observations)
    {
        if (_rows.Find(home) is not (var row and >= 0) || _rows.IsElsewhere(row)) return null;
        var copy = Copy(row);
        return facts == 0 ? copy : await WithFactsAsync(copy, facts, observations, standing: false);
    }

    public Task<SaidReply> SaidAsync(long epoch, int from, int part) => Task.FromResult(_rows.SaidFrom(_epoch, epoch == _epoch ? from : 0, part));

    public Task<UInt128[]?> SaysAsync(long epoch, int[] rows, int kind, string text)
    {
        if (epoch != _epoch) return Task.FromResult<UInt128[]?>(null);
        return Task.FromResult<UInt128[]?>(Array.ConvertAll(rows, row =>
        {
            if (!_rows.Says(row, (IdentityKind)kind, text)) return UInt128.Zero;
            return _rows.RoleOf(row) is { } role ? role.Home : _rows[row].Stream;
        }));
    }

    public Task KnowAsync() => parts.Kin.RefreshAsync();

    public Task KinAsync(UInt128[] streams)
    {
        if (_ended) throw Moved();
        return ComputeAsync(streams);
    }

    /// <summary>The newest facts of a person, of all streams together, each id once.</summary>
    /// <param name="standing">In the order of folding, without voided ones.</param>
    private async Task<PersonCopy> WithFactsAsync(PersonCopy person, int most, bool observations, bool standing)
    {
        var found = new List<(FactMessage Fact, int Origin)>();
        var streams = person.All();
        for (var i = 0; i < streams.Length; i++)
        {
            var stream = streams[i].Stream;
            var secret = await parts.Store.SecretAsync(stream, create: false);
            using var sealer = secret.Length == 0 || parts.Kin.IsErased(stream) ? null : new Sealer(Sealer.DataKey(parts.MasterKey, secret, stream));
            foreach (var record in most == int.MaxValue ? await parts.Store.RecordsAsync(stream, 0) : await parts.Store.NewestRecordsAsync(stream, most)) found.Add((Ledger.Read(stream, record, sealer), i));
            if (!observations) continue;
            foreach (var record in await parts.Store.NewestObservationsAsync(stream, most)) found.Add((Ledger.Read(stream, record, sealer), i));
        }

        var ordered = found.OrderBy(static f => f.Fact.Time).ThenBy(static f => f.Fact.Event).DistinctBy(static f => f.Fact.Event);
        if (standing)
        {
            var voids = found.Where(static f => f.Fact.Type == EventTypes.EventVoided.Code).Select(f => VoidTarget.Of(Ledger.View(f.Fact), streams[f.Origin].Source)).ToHashSet();
            ordered = ordered.Where(f => !PersonFold.CanBeVoided(EventTypes.Of(f.Fact.Type)) || !voids.Contains(f.Fact.Event));
        }

        var all = ordered.ToArray();
        return person with { Facts = [.. all.Select(static f => f.Fact)], Origins = person.Streams is null ? null : [.. all.Select(static f => f.Origin)] };
    }

    // Of a stream that belongs to a person of several only records are taken here: what they count the home says.
    private bool IsUnited(UInt128 stream, int row) => row >= 0 ? _rows.RoleOf(row) is not null : Voices.IsVoice(stream) || (parts.Kin.Touches(stream) && parts.Kin.PersonOf(stream).Count > 1);

    /// <summary>What a durable append means to others, and when they were told; null for almost all.</summary>
    private Task? NewsOf(AppendCommand command, Change change)
    {
        var role = _rows.RoleOf(_rows.Find(command.Stream));
        if (command.Kin is not null || (role is not null && role.Home == UInt128.Zero) || (change.Row < 0 && parts.Kin.Touches(command.Stream))) _links.Add(command.Stream);
        else if (role is { IsLoneVoice: false }) _folds.Add(role.Home);
        else return null;
        return CarriedAsync();
    }

    private async Task AnswerAfterAsync(Waiting waiting, Task told)
    {
        try
        {
            await told;
            waiting.Done.TrySetResult(new AppendReply(true, Totals()));
        }
        catch (Exception failure)
        {
            // It is durable; who shows it was not reached yet. The caller sends it again, and it counts once.
            waiting.Done.TrySetException(new EngineBusyException($"A person of several keys is not shown yet: {failure.Message}", TimeSpan.FromMilliseconds(200)));
        }
    }

    /// <summary>Completes when everybody was told what waits to be told now.</summary>
    private Task CarriedAsync()
    {
        if (_ended) return Task.FromException(Moved());
        var round = _told.Task;
        if (_links.Count + _folds.Count == 0) return _telling;
        if (_telling.IsCompleted) _telling = TellAsync();
        return round;
    }

    private async Task TellAsync()
    {
        while (!_ended && _links.Count + _folds.Count > 0)
        {
            UInt128[] links = [.. _links], folds = [.. _folds];
            _carrying = _told;
            _links.Clear();
            _folds.Clear();
            _told = NewRound();
            _carried = links.Length + folds.Length;
            try
            {
                await TellAsync(links, folds);
                _carried = 0;
                _carrying.TrySetResult();
            }
            catch (Exception failure)
            {
                // The next tick tells it again. Who came meanwhile does not wait for that: an activation that goes has no more ticks, and is not gone while anybody waits.
                if (!_ended) LogNotTold(log, failure, _shard, links.Length + folds.Length);
                _links.UnionWith(links);
                _folds.UnionWith(folds);
                _carried = 0;
                FailTold(failure);
                return;
            }
        }

        if (_ended) FailTold(Moved());
    }

    private void FailTold(Exception failure)
    {
        Fail(_carrying, failure);
        Fail(_told, failure);
        _told = NewRound();
    }

    private async Task TellAsync(UInt128[] links, UInt128[] folds)
    {
        HashSet<UInt128> whom = [.. folds];
        if (links.Length > 0)
        {
            await parts.Kin.RefreshAsync();
            var around = parts.Kin.Around(links);
            whom.UnionWith(around);
            await Task.WhenAll(around.Select(Streams.ShardOf).Distinct().Where(s => s != _shard).Select(s => GrainFactory.GetGrain<IRosterShardGrain>(s).KnowAsync()));
        }

        await Task.WhenAll(whom.GroupBy(Streams.ShardOf).Select(mine => mine.Key == _shard ? ComputeAsync([.. mine]) : GrainFactory.GetGrain<IRosterShardGrain>(mine.Key).KinAsync([.. mine])));
    }

    /// <summary>Completes when the rows of these streams show what was durable when this was called.</summary>
    private Task ComputeAsync(UInt128[] streams)
    {
        _asked.UnionWith(streams.Where(s => Streams.ShardOf(s) == _shard));
        var round = _computed.Task;
        if (_computing.IsCompleted) _computing = ComputeAsync();
        return round;
    }

    private async Task ComputeAsync()
    {
        while (!_ended && _asked.Count > 0)
        {
            UInt128[] streams = [.. _asked];
            var round = _computed;
            _asked.Clear();
            _computed = NewRound();
            try
            {
                foreach (var some in streams.Chunk(MaxTurned))
                {
                    var turning = new Turning(await RolesAsync(some), NewRound());
                    if (_ended) throw Moved();
                    _turning.AddLast(turning);
                    Wake();
                    await turning.Done.Task;
                }

                round.SetResult();
            }
            catch (Exception failure)
            {
                Fail(round, failure);
            }
        }

        if (_ended) Fail(_computed, Moved());
    }

    /// <summary>What these streams' rows are to be, by what is durable now.</summary>
    private async Task<(UInt128 Stream, KinRole? Role, OpenEntry[] Shown, bool Standing)[]> RolesAsync(UInt128[] streams) => await Task.WhenAll(streams.Where(s => _rows.Find(s) >= 0).Select(async stream =>
    {
        var role = _rows.RoleOf(_rows.Find(stream));
        var person = parts.Kin.PersonOf(stream);
        var before = role?.Union;

        // Nobody came or went: what is new of them is folded on top.
        if (before is not null && before.Streams.Count == person.Count && before.Streams.All(s => person.Contains(s.Stream) && s.Erased == parts.Kin.IsErased(s.Stream)))
            return (stream, new KinRole(stream, await Union.FoldAsync(parts, before.Streams, before)), Array.Empty<OpenEntry>(), false);
        var known = person.Count == 1 ? [] : await Union.KnownAsync(parts, person);
        if (known.Count <= 1 || Voices.IsVoice(known[0].Stream)) return (stream, KinRole.Alone(stream), await ShownAsync(role is { Union: null } && role.Home != UInt128.Zero ? [role.Home] : []), false);
        if (known[0].Stream != stream) return (stream, (KinRole?)new KinRole(known[0].Stream, null), Array.Empty<OpenEntry>(), false);
        return (stream, new KinRole(stream, await Union.FoldAsync(parts, known, before)), await ShownAsync(known.Skip(1).Select(static s => s.Stream)), true);
    }));

    private async Task<OpenEntry[]> ShownAsync(IEnumerable<UInt128> streams) =>
        [.. (await Task.WhenAll(streams.Select(parts.Store.OpenAsync))).Where(static o => o is not null).SelectMany(static o => OpenItems.Read(o).Entries)];

    private void TakeTurns(List<(Turning Turning, Change[] Changes)> turns, HashSet<UInt128> touched)
    {
        var now = parts.Now();
        while (_turning.First is { } first && turns.Count < MaxTurned)
        {
            var changes = new List<Change>();
            foreach (var (stream, role, shown, standing) in first.Value.Rows)
            {
                // A stream that is turned twice in one flush waits for the next.
                if (!touched.Contains(stream)) changes.Add(_rows.Become(_rows.Find(stream), role, shown, standing, _program.Snapshot, now, observe: _settled is not null));
            }

            if (changes.Count < first.Value.Rows.Length) return;
            foreach (var change in changes) touched.Add(change.Stream);
            _turning.RemoveFirst();
            turns.Add((first.Value, [.. changes]));
        }
    }

    /// <summary>At the start: who belongs to whom, before anybody is assessed or asked for; then others are told what this shard's forerunner may not have told them.</summary>
    private async Task BeginKinAsync()
    {
        await parts.Kin.RefreshAsync();
        if (!parts.Kin.Begun(_shard))
        {
            await parts.Store.BeginKinAsync(_shard, _epoch, await FindKinAsync());
            await parts.Kin.RefreshAsync();
        }

        UInt128[] linked = [.. Enumerable.Range(0, _rows.Count).Select(row => _rows[row].Stream).Where(parts.Kin.Touches)];
        foreach (var some in linked.Chunk(MaxTurned))
        {
            foreach (var (stream, role, shown, _) in await RolesAsync(some))
            {
                if (role is not null) _rows.Begin(_rows.Find(stream), role, shown);
            }
        }

        _links.UnionWith(linked);
    }

    // A store from before links were carried out: they are looked for once, in all histories of the shard.
    private async Task<List<byte[]>> FindKinAsync()
    {
        var found = new List<byte[]>();
        for (var row = 0; row < _rows.Count; row++)
        {
            var (stream, source) = (_rows[row].Stream, _rows.Source(row));
            var secret = await parts.Store.SecretAsync(stream, create: false);
            using var sealer = secret.Length == 0 ? null : new Sealer(Sealer.DataKey(parts.MasterKey, secret, stream));
            foreach (var stored in await parts.Store.RecordsAsync(stream, 0))
            {
                if (KinRecord.Of(parts, stream, source, Ledger.Read(stream, stored, sealer)) is { } said) found.Add(said.Write());
            }
        }

        return found;
    }

    private static TaskCompletionSource NewRound() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Nobody may be waiting for it.
    private static void Fail(TaskCompletionSource round, Exception failure)
    {
        if (round.TrySetException(failure)) _ = round.Task.Exception;
    }

    [LoggerMessage(EventId = 4, Level = LogLevel.Warning, Message = "Roster shard {Shard} could not tell others of {Count} people of several keys; it tries again")]
    private static partial void LogNotTold(ILogger logger, Exception failure, int shard, int count);
}
