using System.Buffers.Binary;
using Experience.Domain.Boards;
using Experience.Domain.Programs;
using Experience.Embedded.Shards;

namespace Experience.Embedded;

/// <summary>Past points of boards and the day's frozen inputs: one pass over everybody, a shard's step at a time.</summary>
public sealed partial class EmbeddedEngine
{
    /// <summary>Up to so many people the pass is cheap enough to repeat whenever a board is asked for and something changed.</summary>
    private const int SmallFolder = 20_000;

    private readonly PastKeeper _past;
    private readonly SemaphoreSlim _trendTurn = new(1, 1);
    private volatile TrendSet? _trends;
    private (int Day, int Program, long Clocks, long Version) _trendsOf;
    private long _frozenPeople = -1;

    private async Task RefreshTrendsAsync(CancellationToken cancellation)
    {
        if (!await _trendTurn.WaitAsync(SettlePatience, cancellation).ConfigureAwait(false)) return;
        try
        {
            var (asOf, _) = BoardMoment();
            var people = Status.People;
            var now = (Day: _zone.Day(asOf), Program: Volatile.Read(ref _program).Number, Clocks: _parts.Clocks.Version, Version);
            var same = now == _trendsOf || (people > SmallFolder && (now.Day, now.Program) == (_trendsOf.Day, _trendsOf.Program) && _trends is not null);
            if (same) return;
            var pass = await TrendPassAsync(now.Day, cancellation).ConfigureAwait(false);

            // Frozen for the day, unless the folder was filled meanwhile: a threshold over a tenth of the people is none.
            if (Volatile.Read(ref _program).Frozen.Day != now.Day || people > _frozenPeople + (_frozenPeople / 5))
            {
                _frozenPeople = people;
                await FreezeAsync(pass.Inputs(now.Day), cancellation).ConfigureAwait(false);
                now.Program = Volatile.Read(ref _program).Number;
                await PassAsync(SettlePatience, cancellation).ConfigureAwait(false);
                pass = await TrendPassAsync(now.Day, cancellation).ConfigureAwait(false);
            }

            now.Version = Version;
            _trends = pass.Finish();
            _trendsOf = now;
        }
        finally
        {
            _trendTurn.Release();
        }
    }

    /// <summary>What no state holds of the past is folded anew from the journal, without anybody waiting for it in a large folder.</summary>
    private Task RefreshPastAsync(CancellationToken cancellation)
    {
        if (!_fitModels && Status.People > SmallFolder) return Task.CompletedTask;
        return _past.RefreshAsync(Volatile.Read(ref _program), _zone.Day(BoardMoment().AsOf), Status.Events, cancellation);
    }

    private async Task<TrendPass> TrendPassAsync(int day, CancellationToken cancellation)
    {
        var program = Volatile.Read(ref _program);
        var passes = await Task.WhenAll(_loops.Select(async loop =>
        {
            var pass = new TrendPass(program, day);
            foreach (var shard in loop.Shards)
            {
                for (var from = 0; from < shard.People; from += Shard.StepRows)
                {
                    var start = from;
                    await loop.AskAsync(l =>
                    {
                        var state = l.Context.Scratch;
                        for (var row = start; row < Math.Min(shard.People, start + Shard.StepRows); row++)
                        {
                            if (shard.IsElsewhere(row)) continue;
                            state.Read(shard.StateBytes(row));
                            pass.Add(state, shard.Measures(row));
                        }

                        return true;
                    }).WaitAsync(cancellation).ConfigureAwait(false);
                }
            }

            return pass;
        })).ConfigureAwait(false);
        for (var i = 1; i < passes.Length; i++) passes[0].Merge(passes[i]);
        return passes[0];
    }

    private async Task FreezeAsync(FrozenInputs inputs, CancellationToken cancellation)
    {
        StoreFrozen(inputs);
        await _loops[0].AskAsync(l =>
        {
            l.Program!.Freeze(inputs);
            return true;
        }).WaitAsync(cancellation).ConfigureAwait(false);
        await RefreshProgramAsync(force: false).ConfigureAwait(false);
    }

    // The inputs stand in the folder: a restart on the same day judges by the same ones.
    private void StoreFrozen(FrozenInputs inputs)
    {
        var bytes = new byte[28 + (inputs.SelfPayers.Count * 12)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, inputs.Number);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), inputs.Day);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), inputs.BestThreshold);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), _frozenPeople);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), inputs.SelfPayers.Count);
        var at = 28;
        foreach (var (organisation, count) in inputs.SelfPayers)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), organisation);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + 8), count);
            at += 12;
        }

        _keys.PutMeta("frozen", bytes);
    }

    private FrozenInputs? LoadFrozen()
    {
        if (_keys.GetMeta("frozen") is not { Length: >= 28 } bytes) return null;
        var payers = new Dictionary<ulong, int>();
        for (var at = 28; at + 12 <= bytes.Length; at += 12) payers[BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at))] = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 8));
        _frozenPeople = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16));
        return new FrozenInputs(BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)), payers);
    }
}
