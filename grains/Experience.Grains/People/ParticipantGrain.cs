using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Grains.Contracts;
using Experience.Grains.Roster;
using Experience.Grains.Storage;

namespace Experience.Grains.People;

/// <summary>
/// One person. Decides what is new, folds it, and asks the roster shard to make it durable; what it holds changes only when the shard
/// said so. Not reentrant for records: one append of a person is under way at a time. Copies interleave and see committed state.
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
    private Task? _loading;
    private byte[]? _dataKey;
    private string _source = "";
    private string _key = "";

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _stream = Streams.Parse(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    public async Task<RecordReply> RecordAsync(RecordCommand command)
    {
        var outcomes = new byte[command.Facts.Length];
        ShardTotals? totals = null;
        for (var from = 0; from < command.Facts.Length; from += MaxAppended)
        {
            var count = Math.Min(MaxAppended, command.Facts.Length - from);
            totals = await AppendAsync(command, from, count, outcomes) ?? totals;
        }

        Follow();
        return new RecordReply(outcomes, totals);
    }

    public async Task<PersonCopy?> CopyAsync(int facts, bool observations)
    {
        await LoadAsync();
        var ledger = _ledger!;
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

    private async Task<ShardTotals?> AppendAsync(RecordCommand command, int from, int count, byte[] outcomes)
    {
        for (var tries = 0; tries < MaxReloads; tries++)
        {
            await LoadAsync();
            var ledger = _ledger!;
            var kin = new List<byte[]>();
            var added = New(command, from, count, outcomes, ledger, kin);
            if (added.Count == 0) return null;
            var first = ledger.Version == 0;
            if (first) await BeginAsync(command);
            await parts.Names.LearnAsync(added);
            var erases = !ledger.Erased && added.Exists(f => f.Type == EventTypes.ParticipantErased.Code);
            if (erases) added = added.ConvertAll(Ledger.Strip);
            var state = erases ? null : ledger.TryFold(_source, added, parts.Zone);
            state ??= ledger.Refold(_source, await HistoryAsync(erases), added, parts.Zone);
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
    private List<FactMessage> New(RecordCommand command, int from, int count, byte[] outcomes, Ledger ledger, List<byte[]> kin)
    {
        var added = new List<FactMessage>(count);
        HashSet<UInt128>? seen = count > 8 ? new HashSet<UInt128>(count) : null;
        for (var i = from; i < from + count; i++)
        {
            var fact = ledger.Erased ? Ledger.Strip(command.Facts[i]) : command.Facts[i];
            var known = ledger.Knows(fact.Event) || (seen is null ? added.Exists(a => a.Event == fact.Event) : !seen.Add(fact.Event));
            var refused = !known && PersonFold.Links(EventTypes.Of(fact.Type)) && parts.Kin.IsFull(_stream);
            outcomes[i] = (byte)(known ? RecordOutcome.Duplicate : refused ? RecordOutcome.Refused : RecordOutcome.Accepted);
            if (known || refused) continue;
            added.Add(fact);
            if (KinRecord.Of(parts, _stream, command.Source, command.Facts[i]) is { } said) kin.Add(said.Write());
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
        await LoadAsync();
        if (_ledger!.Version == 0) return null;
        var records = await parts.Store.RecordsAsync(_stream, 0);
        var hidden = 1 + records.Count(r => !new RecordReader(r).Sealed.IsEmpty);
        var secret = await parts.Store.SecretAsync(_stream, create: false);
        var person = await parts.Store.PersonAsync(_stream);
        return new ErasureReply(_ledger.State, secret.Length == 0, person.Snapshot is null, records.Length, hidden, secret.Length == 0 ? 0 : hidden);
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
            return await GrainFactory.GetGrain<IRosterShardGrain>(Streams.ShardOf(_stream)).AppendAsync(command);
        }
        catch
        {
            // Whether it is durable is not known: what the store says is loaded before anything else is decided.
            Forget();
            Follow();
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

    private Task<FactMessage[]> HistoryAsync(bool erases) => _ledger!.Version == 0 ? Task.FromResult<FactMessage[]>([]) : HistoryOfAsync(erases);

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
    private Task LoadAsync() => _ledger is not null ? Task.CompletedTask : _loading is { IsCompleted: false } loading ? loading : _loading = LoadOnceAsync();

    private async Task LoadOnceAsync()
    {
        var person = await parts.Store.PersonAsync(_stream);
        if (person.Identity is null)
        {
            _ledger = new Ledger();
            return;
        }

        // An erasure that ended between its record and the end of the secret is finished first.
        if (Ledger.HoldsErasure(person.Tail)) await parts.Store.EraseSecretAsync(_stream);
        var secret = await parts.Store.SecretAsync(_stream, create: false);
        _dataKey = secret.Length == 0 ? null : Sealer.DataKey(parts.MasterKey, secret, _stream);
        var ledger = Read(person);
        if (ledger.Incomplete) ledger.Complete(_source, await HistoryOfAsync(), parts.Zone);
        _ledger = ledger;
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
