using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Grains.Contracts;
using Experience.Grains.Roster;
using Experience.Grains.Storage;

namespace Experience.Grains.People;

/// <summary>
/// One person. Decides what is new, folds it, and asks the roster shard to make it durable; what it holds changes only when the shard
/// said so. One append of a person is under way at a time; records that come meanwhile wait for the next, which takes them all: a person is decoded, assessed and
/// written once for all of them. Copies interleave and see committed state.
/// </summary>
[BesideRoster]
internal sealed class ParticipantGrain(SiloParts parts, RosterOwners owners) : Grain, IParticipantGrain
{
    /// <summary>Facts of one append; a longer batch is appended in parts.</summary>
    private const int MaxAppended = 256;

    /// <summary>Loads after a refused version, before the caller is told to come again.</summary>
    private const int MaxReloads = 3;

    private UInt128 _stream;
    private Ledger? _ledger;
    private Task<Ledger>? _loading;

    // Null while nothing waits and no append is under way: who is idle keeps nothing of it.
    private Queue<Waiting>? _queue;
    private byte[]? _dataKey;
    private string _source = "";
    private string _key = "";

    /// <summary>A call that waits for its answer, with what is known of it so far.</summary>
    private sealed class Waiting(RecordCommand command)
    {
        private ShardTotals? _totals;

        public RecordCommand Command => command;

        public byte[] Outcomes { get; } = new byte[command.Facts.Length];

        public TaskCompletionSource<RecordReply> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Facts that were taken for an append.</summary>
        public int Taken { get; set; }

        public int Left => command.Facts.Length - Taken;

        public void Appended(ShardTotals? totals)
        {
            _totals = totals ?? _totals;
            if (Left == 0) Done.TrySetResult(new RecordReply(Outcomes, _totals));
        }
    }

    /// <summary>What of a call one append takes along.</summary>
    private readonly record struct Part(Waiting Waiting, int From, int Count);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _stream = Streams.Parse(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    public Task<RecordReply> RecordAsync(RecordCommand command)
    {
        var waiting = new Waiting(command);
        if (_queue is { } queue)
        {
            queue.Enqueue(waiting);
        }
        else
        {
            (_queue = new Queue<Waiting>()).Enqueue(waiting);
            _ = PumpAsync(_queue);
        }

        return waiting.Done.Task;
    }

    public async Task<PersonCopy?> CopyAsync(int facts, bool observations)
    {
        var ledger = await LoadAsync();
        if (ledger.Version == 0) return null;
        var found = new List<FactMessage>();
        if (facts > 0)
        {
            // One read for both: what is committed after the copy of the state belongs to the next one.
            var state = (ledger.State, ledger.LiveSince);
            var records = await parts.Store.NewestRecordsAsync(_stream, facts);
            var observed = observations ? await parts.Store.NewestObservationsAsync(_stream, facts) : [];
            using var lease = TakeSealer();
            foreach (var record in records) found.Add(Ledger.Read(_stream, record, lease.Sealer));
            foreach (var record in observed) found.Add(Ledger.Read(_stream, record, lease.Sealer));
            return new PersonCopy(_stream, _source, _key, state.State, state.LiveSince, [.. found]);
        }

        return new PersonCopy(_stream, _source, _key, ledger.State, ledger.LiveSince, []);
    }

    private async Task PumpAsync(Queue<Waiting> queue)
    {
        while (queue.Count > 0)
        {
            var taken = Take(queue);
            try
            {
                var totals = await AppendAsync(taken);
                foreach (var part in taken) part.Waiting.Appended(totals);
            }
            catch (Exception failure)
            {
                // What became of it is not known to any of them; each is sent again.
                foreach (var part in taken) part.Waiting.Done.TrySetException(failure);
                if (queue.TryPeek(out var first) && first.Done.Task.IsCompleted) queue.Dequeue();
            }
        }

        _queue = null;
        Follow();
    }

    private static List<Part> Take(Queue<Waiting> queue)
    {
        var taken = new List<Part>();
        for (var room = MaxAppended; room > 0 && queue.TryPeek(out var first);)
        {
            var part = new Part(first, first.Taken, Math.Min(room, first.Left));
            taken.Add(part);
            first.Taken += part.Count;
            room -= part.Count;
            if (first.Left == 0) queue.Dequeue();
        }

        return taken;
    }

    private async Task<ShardTotals?> AppendAsync(List<Part> taken)
    {
        for (var tries = 0; tries < MaxReloads; tries++)
        {
            var ledger = await LoadAsync();
            var kin = new List<byte[]>();
            var added = New(taken, ledger, kin);
            if (added.Count == 0) return null;
            var first = ledger.Version == 0;
            if (first) await BeginAsync(taken[0].Waiting.Command);
            await parts.Names.LearnAsync(added);
            var erases = !ledger.Erased && added.Exists(f => f.Type == EventTypes.ParticipantErased.Code);
            if (erases) added = added.ConvertAll(Ledger.Strip);
            var state = erases ? null : ledger.TryFold(_source, added, parts.Zone);
            state ??= ledger.Refold(_source, await HistoryAsync(ledger, erases), added, parts.Zone);
            var append = Compose(ledger, added, kin, state, first, erases);
            var reply = await CommitAsync(append);
            if (!reply.Durable)
            {
                // Another activation was faster: what it wrote is loaded, and what is still new is decided again.
                Forget();
                continue;
            }

            ledger.Commit(_source, added, state);
            if (erases) await EraseAsync();
            if (append.Snapshot is not null) ledger.SnapshotTaken();
            return reply.Shard;
        }

        throw new EngineBusyException("The person is being moved.", TimeSpan.FromMilliseconds(200));
    }

    /// <summary>Facts that are counted for the first time; what became of each stands in the outcomes.</summary>
    private List<FactMessage> New(List<Part> taken, Ledger ledger, List<byte[]> kin)
    {
        var count = taken.Sum(static p => p.Count);
        var added = new List<FactMessage>(count);
        HashSet<UInt128>? seen = count > 8 ? new HashSet<UInt128>(count) : null;
        foreach (var (waiting, from, length) in taken)
        {
            var command = waiting.Command;
            for (var i = from; i < from + length; i++)
            {
                var fact = ledger.Erased ? Ledger.Strip(command.Facts[i]) : command.Facts[i];
                var known = ledger.Knows(fact.Event) || (seen is null ? added.Exists(a => a.Event == fact.Event) : !seen.Add(fact.Event));
                var refused = !known && PersonFold.Links(EventTypes.Of(fact.Type)) && parts.Kin.IsFull(_stream);
                waiting.Outcomes[i] = (byte)(known ? RecordOutcome.Duplicate : refused ? RecordOutcome.Refused : RecordOutcome.Accepted);
                if (known || refused) continue;
                added.Add(fact);
                if (KinRecord.Of(parts, _stream, command.Source, command.Facts[i]) is { } said) kin.Add(said.Write());
            }
        }

        return added;
    }

    private AppendCommand Compose(Ledger ledger, List<FactMessage> added, List<byte[]> kin, byte[] state, bool first, bool erases)
    {
        using var lease = TakeSealer();
        var sealer = erases ? null : lease.Sealer;
        var snapshot = erases ? Snapshots.Drop
            : sealer is not null && ledger.SnapshotDue(ledger.Version + added.Count) ? ledger.Snapshot(_stream, _source, added, state, sealer)
            : null;
        var records = new byte[added.Count][];
        var (earliest, latest, named) = (long.MaxValue, long.MinValue, first);
        for (var i = 0; i < records.Length; i++)
        {
            var fact = added[i];
            records[i] = RecordReader.Write(EventTypes.Of(fact.Type), fact.Live, fact.Time, fact.Event, fact.Clear, fact.Personal, _stream, sealer);
            if (Ledger.RunsClocks(fact)) (earliest, latest) = (Math.Min(earliest, fact.Time), Math.Max(latest, fact.Time));
            named |= ChangesName(fact);
        }

        return new AppendCommand(
            _stream, _source, _key, ledger.Version, first ? Identity.Write(_stream, _source, _key, lease.Sealer!) : null, records, state, ledger.LiveSinceWith(added), snapshot,
            earliest, latest, named, kin.Count == 0 ? null : [.. kin]);
    }

    private SealerPool.Lease TakeSealer() => _dataKey is { } key ? parts.Sealers.Take(_stream, key) : default;

    public async Task<ErasureReply?> ErasureAsync()
    {
        var ledger = await LoadAsync();
        if (ledger.Version == 0) return null;
        var records = await parts.Store.RecordsAsync(_stream, 0);
        var hidden = 1 + records.Count(r => !new RecordReader(r).Sealed.IsEmpty);
        var secret = await parts.Store.SecretAsync(_stream, create: false);
        var person = await parts.Store.PersonAsync(_stream);
        return new ErasureReply(ledger.State, secret.Length == 0, person.Snapshot is null, records.Length, hidden, secret.Length == 0 ? 0 : hidden);
    }

    // The fact is durable: the secret goes, and with it everything that was sealed, here and in every copy.
    private async Task EraseAsync()
    {
        await parts.Store.EraseSecretAsync(_stream);
        _dataKey = null;
        parts.Sealers.Forget(_stream);
        _key = "";
    }

    private async Task<AppendReply> CommitAsync(AppendCommand command)
    {
        try
        {
            return await owners.Shard(Streams.ShardOf(_stream)).AppendAsync(command);
        }
        catch
        {
            // Whether it is durable is not known: what the store says is loaded before anything else is decided.
            Forget();
            throw;
        }
    }

    // The next call finds it where its shard is. While the shard is still here the person stays: a call to the shard from where it belongs would go to the place that it is about to
    // leave, and a silo that is cut off from that place would not come to know where it went.
    private void Follow()
    {
        var shard = Streams.ShardOf(_stream);
        if (!owners.IsHere(shard) && !owners.Holds(shard)) DeactivateOnIdle();
    }

    private async Task BeginAsync(RecordCommand command)
    {
        _source = string.Intern(command.Source);
        _key = command.Key;
        var secret = await parts.Store.SecretAsync(_stream, create: true);
        _dataKey = secret.Length == 0 ? null : Sealer.DataKey(parts.MasterKey, secret, _stream);
    }

    private Task<FactMessage[]> HistoryAsync(Ledger ledger, bool erases) => ledger.Version == 0 ? Task.FromResult<FactMessage[]>([]) : HistoryOfAsync(erases);

    private async Task<FactMessage[]> HistoryOfAsync(bool erases = false)
    {
        var records = await parts.Store.RecordsAsync(_stream, 0);
        using var lease = erases ? default : TakeSealer();
        return Array.ConvertAll(records, r => Ledger.Read(_stream, r, lease.Sealer));
    }

    private void Forget()
    {
        _ledger = null;
        _loading = null;
    }

    // Copies interleave with records, so two may want the ledger at once: they share one load.
    private ValueTask<Ledger> LoadAsync() => _ledger is { } ledger ? new(ledger) : new(_loading is { IsCompleted: false } loading ? loading : _loading = LoadOnceAsync());

    private async Task<Ledger> LoadOnceAsync()
    {
        var person = await parts.Store.PersonAsync(_stream);
        if (person.Identity is null)
        {
            return _ledger = new Ledger();
        }

        // An erasure that ended between its record and the end of the secret is finished first.
        if (Ledger.HoldsErasure(person.Tail)) await parts.Store.EraseSecretAsync(_stream);
        var secret = await parts.Store.SecretAsync(_stream, create: false);
        _dataKey = secret.Length == 0 ? null : Sealer.DataKey(parts.MasterKey, secret, _stream);
        var ledger = Read(person);
        if (ledger.Incomplete) ledger.Complete(_source, await HistoryOfAsync(), parts.Zone);
        return _ledger = ledger;
    }

    private Ledger Read(StoredPerson person)
    {
        using var lease = TakeSealer();
        (var source, _key) = Identity.Read(_stream, person.Identity, lease.Sealer);
        _source = string.Intern(source);
        return Ledger.Load(person, _source, lease.Sealer, parts.Zone);
    }

    private static bool ChangesName(FactMessage fact) => fact.Type == EventTypes.ParticipantIdentified.Code || fact.Type == EventTypes.EventVoided.Code;
}
