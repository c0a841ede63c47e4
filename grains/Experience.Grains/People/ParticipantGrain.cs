using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Grains.Contracts;
using Experience.Grains.Storage;

namespace Experience.Grains.People;

/// <summary>
/// One person. Decides what is new, folds it, and asks the roster shard to make it durable; what it holds changes only when the shard
/// said so. Not reentrant for records: one append of a person is under way at a time. Copies interleave and see committed state.
/// </summary>
internal sealed class ParticipantGrain(SiloParts parts) : Grain, IParticipantGrain, IDisposable
{
    /// <summary>Facts of one append; a longer batch is appended in parts.</summary>
    private const int MaxAppended = 256;

    /// <summary>Loads after a refused version, before the caller is told to come again.</summary>
    private const int MaxReloads = 3;

    private UInt128 _stream;
    private Ledger? _ledger;
    private Task? _loading;
    private Sealer? _sealer;
    private string _source = "";
    private string _key = "";

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _stream = Streams.Parse(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    public void Dispose() => _sealer?.Dispose();

    public async Task<RecordReply> RecordAsync(RecordCommand command)
    {
        var outcomes = new byte[command.Facts.Length];
        ShardTotals? totals = null;
        for (var from = 0; from < command.Facts.Length; from += MaxAppended)
        {
            var count = Math.Min(MaxAppended, command.Facts.Length - from);
            totals = await AppendAsync(command, from, count, outcomes) ?? totals;
        }

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
            foreach (var record in await parts.Store.NewestRecordsAsync(_stream, facts)) found.Add(Ledger.Read(_stream, record, _sealer));
            if (observations)
            {
                foreach (var record in await parts.Store.NewestObservationsAsync(_stream, facts)) found.Add(Ledger.Read(_stream, record, _sealer));
            }

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
            var added = new List<FactMessage>(count);
            var seen = new HashSet<UInt128>();
            for (var i = from; i < from + count; i++)
            {
                var fact = ledger.Erased ? Ledger.Strip(command.Facts[i]) : command.Facts[i];
                var known = ledger.Knows(fact.Event) || !seen.Add(fact.Event);
                outcomes[i] = (byte)(known ? RecordOutcome.Duplicate : RecordOutcome.Accepted);
                if (!known) added.Add(fact);
            }

            if (added.Count == 0) return null;
            var first = ledger.Version == 0;
            if (first) await BeginAsync(command);
            await parts.Names.LearnAsync(added);
            var erases = !ledger.Erased && added.Exists(f => f.Type == EventTypes.ParticipantErased.Code);
            if (erases) added = added.ConvertAll(Ledger.Strip);
            var sealer = erases ? null : _sealer;
            var state = erases ? null : ledger.TryFold(_source, added, parts.Zone);
            state ??= ledger.Refold(_source, await HistoryAsync(sealer), added, parts.Zone);
            var version = ledger.Version + added.Count;
            var snapshot = erases ? Snapshots.Drop : sealer is not null && ledger.SnapshotDue(version) ? ledger.Snapshot(_stream, _source, added, state, sealer) : null;
            var records = added.ConvertAll(f => RecordReader.Write(EventTypes.Of(f.Type), f.Live, f.Time, f.Event, f.Clear, f.Personal, _stream, sealer));
            var reply = await CommitAsync(new AppendCommand(
                _stream, _source, _key, ledger.Version, first ? Identity.Write(_stream, _source, _key, _sealer!) : null, [.. records], state,
                ledger.LiveSinceWith(added), snapshot, added.Min(f => f.Time), added.Max(f => f.Time), first || added.Exists(ChangesName)));
            if (!reply.Durable)
            {
                // Another activation was faster: what it wrote is loaded, and what is still new is decided again.
                Forget();
                continue;
            }

            ledger.Commit(_source, added, state);
            if (erases) await EraseAsync();
            if (snapshot is not null) ledger.SnapshotTaken();
            return reply.Shard;
        }

        throw new EngineBusyException("The person is being moved.", TimeSpan.FromMilliseconds(200));
    }

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
        _sealer?.Dispose();
        _sealer = null;
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
            throw;
        }
    }

    private async Task BeginAsync(RecordCommand command)
    {
        _source = command.Source;
        _key = command.Key;
        var secret = await parts.Store.SecretAsync(_stream, create: true);
        _sealer = secret.Length == 0 ? null : new Sealer(Sealer.DataKey(parts.MasterKey, secret, _stream));
    }

    private async Task<FactMessage[]> HistoryAsync(Sealer? sealer) =>
        _ledger!.Version == 0 ? [] : Array.ConvertAll(await parts.Store.RecordsAsync(_stream, 0), r => Ledger.Read(_stream, r, sealer));

    private void Forget()
    {
        _ledger = null;
        _loading = null;
    }

    // Copies interleave with records, so two may want the ledger at once: they share one load.
    private Task LoadAsync() => _ledger is not null ? Task.CompletedTask : _loading is { IsFaulted: false } loading ? loading : _loading = LoadOnceAsync();

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
        _sealer?.Dispose();
        _sealer = secret.Length == 0 ? null : new Sealer(Sealer.DataKey(parts.MasterKey, secret, _stream));
        (_source, _key) = Identity.Read(_stream, person.Identity, _sealer);
        var ledger = Ledger.Load(person, _source, _sealer, parts.Zone);
        if (ledger.Incomplete)
        {
            var history = await parts.Store.RecordsAsync(_stream, 0);
            ledger.Complete(_source, history.Select(r => Ledger.Read(_stream, r, _sealer)), parts.Zone);
        }

        _ledger = ledger;
    }

    private static bool ChangesName(FactMessage fact) => fact.Type == EventTypes.ParticipantIdentified.Code || fact.Type == EventTypes.EventVoided.Code;
}
