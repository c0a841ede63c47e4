using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Grains.Contracts;
using Experience.Grains.Storage;

namespace Experience.Grains.Programs;

/// <summary>The one writer of the program's stream: counts each event once, appends, and tells how far the stream is. Everybody folds it from the store.</summary>
internal sealed class ProgramGrain(SiloParts parts) : Grain, IProgramGrain, IDisposable
{
    /// <summary>Facts of the program's stream; beyond it more are refused: people's facts belong to people.</summary>
    private const int MaxFacts = 1_000_000;

    private readonly HashSet<UInt128> _ids = [];
    private Sealer? _sealer;
    private long _facts;
    private long _events;
    private bool _stale = true;
    private int _frozen;
    private long _firstAt = long.MaxValue;
    private long _lastAt = long.MinValue;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await LoadAsync();
        await base.OnActivateAsync(cancellationToken);
    }

    public async Task<ProgramReply> RecordAsync(ProgramCommand command)
    {
        if (_stale) await LoadAsync();
        var outcomes = new byte[command.Facts.Length];
        var records = new List<byte[]>();
        var added = new List<FactMessage>();
        for (var i = 0; i < command.Facts.Length; i++)
        {
            var fact = command.Facts[i];
            var outcome = _ids.Contains(fact.Event) || added.Exists(a => a.Event == fact.Event) ? RecordOutcome.Duplicate
                : _facts + added.Count >= MaxFacts ? RecordOutcome.Refused
                : RecordOutcome.Accepted;
            outcomes[i] = (byte)outcome;
            if (outcome != RecordOutcome.Accepted) continue;
            added.Add(fact);
            records.Add(ProgramRecords.Write(command.Sources[i], fact, _sealer!));
        }

        if (added.Count > 0)
        {
            await parts.Names.LearnAsync(added);

            // Until the store has answered nobody knows how far the stream is: a failure loads it again.
            _stale = true;
            if (!await parts.Store.AppendProgramAsync(_facts, records)) throw new EngineBusyException("The program is being moved.", TimeSpan.FromMilliseconds(200));
            _stale = false;
            _facts += added.Count;
            foreach (var fact in added) Note(fact);
        }

        return new ProgramReply(outcomes, new ProgramMark(_facts, _frozen), _firstAt, _lastAt, _events);
    }

    public Task<ProgramMark> MarkAsync() => Task.FromResult(new ProgramMark(_facts, _frozen));

    public async Task<ProgramMark> FreezeAsync(FrozenCommand inputs)
    {
        if (_stale) await LoadAsync();
        var stands = await parts.Store.FrozenAsync() is { } bytes ? FrozenRecord.Read(bytes) : null;
        if (stands is null || stands.Inputs.Day != inputs.Day || inputs.People > stands.People + (stands.People / 5))
        {
            var payers = inputs.Organisations.Zip(inputs.SelfPayers).ToDictionary(p => p.First, p => p.Second);
            var next = new FrozenRecord(new FrozenInputs(inputs.Day, inputs.Day, inputs.BestThreshold, payers), inputs.People, (stands?.Generation ?? 0) + 1);
            await parts.Store.StoreFrozenAsync(next.Write());
            _frozen = next.Generation;
        }

        return new ProgramMark(_facts, _frozen);
    }

    public void Dispose() => _sealer?.Dispose();

    private async Task LoadAsync()
    {
        if (_sealer is null)
        {
            var secret = await parts.Store.SecretAsync(ProgramRecords.Stream, create: true);
            _sealer = new Sealer(Sealer.DataKey(parts.MasterKey, secret, ProgramRecords.Stream));
        }

        var records = await parts.Store.ProgramRecordsAsync(0);
        _ids.Clear();
        _events = 0;
        foreach (var record in records) Note(ProgramRecords.Read(record).Fact);
        _frozen = await parts.Store.FrozenAsync() is { } bytes ? FrozenRecord.Read(bytes).Generation : 0;
        _facts = records.Length;
        _stale = false;
    }

    private void Note(FactMessage fact)
    {
        _ids.Add(fact.Event);

        // What the engine fitted is its own, not an event.
        if (fact.Type == EventTypes.ModelFitted.Code) return;
        _events++;
        _firstAt = Math.Min(_firstAt, fact.Time);
        _lastAt = Math.Max(_lastAt, fact.Time);
    }
}
