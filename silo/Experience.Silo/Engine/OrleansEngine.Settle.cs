using Experience.Domain.Boards;
using Experience.Grains.Contracts;
using Experience.Grains.People;
using Experience.Grains.Roster;

namespace Experience.Silo.Engine;

/// <summary>
/// Boards are right when every shard has assessed its rows by the same program, clocks and day. One round of pulses tells whether that
/// is so; the shards that are behind are told the moment and answer when they are through.
/// </summary>
internal sealed partial class OrleansEngine
{
    /// <summary>Up to so many people a pass is cheap enough to follow every change of a clock.</summary>
    private const int SmallProgram = 20_000;

    /// <summary>In a larger program what is merely the moving end of an import is looked at so often.</summary>
    private static readonly TimeSpan LargePassEvery = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _settling = new(1, 1);
    private SourceClock[] _clocks = [];
    private long _clocksAt;

    private TrendSet? _trends;
    private (int Day, int Program, long Version) _trendsOf;
    private readonly SemaphoreSlim _trendTurn = new(1, 1);
    private readonly PastKeeper _past;

    /// <summary>The pulses of all shards when every row is as of one moment.</summary>
    internal async Task<ShardPulse[]> SettleAsync(CancellationToken cancellation)
    {
        await _settling.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var program = await RefreshProgramAsync(cancellation).ConfigureAwait(false);
            var pulses = await PulsesAsync(cancellation).ConfigureAwait(false);
            var clocks = Clocks.Merge(pulses.SelectMany(p => p.Clocks));
            if (!Clocks.Same(clocks, _clocks) && (MayPassAgain(pulses) || Turned(clocks)))
            {
                _clocks = clocks;
                _clocksAt = _time.GetTimestamp();
            }

            var moment = new Moment(program, _clocks);
            var behind = pulses.Where(p => p.News > 0 || !p.OfToday || !p.Settled.Program.Covers(program) || !Clocks.Same(p.Settled.Clocks, _clocks)).ToArray();
            await Task.WhenAll(behind.Select(async p =>
            {
                var shard = p.Totals.Shard;
                pulses[shard] = await TryAsync(() => _shards[shard].SettleAsync(moment), cancellation).ConfigureAwait(false);
                Count(pulses[shard].Totals);
            })).ConfigureAwait(false);
            return pulses;
        }
        finally
        {
            _settling.Release();
        }
    }

    private async Task<ShardPulse[]> PulsesAsync(CancellationToken cancellation)
    {
        var pulses = await Task.WhenAll(Enumerable.Range(0, Streams.Shards).Select(s =>
            TryAsync(() => _shards[s].PulseAsync(), cancellation))).ConfigureAwait(false);
        foreach (var pulse in pulses) Count(pulse.Totals);
        return pulses;
    }

    private async Task<ProgramMark> RefreshProgramAsync(CancellationToken cancellation)
    {
        var mark = await TryAsync(Program.MarkAsync, cancellation).ConfigureAwait(false);
        var known = await _parts.Programs.AtLeastAsync(mark).ConfigureAwait(false);
        _program = known.Snapshot;
        lock (_counting) _programTotals = (known.Events, known.FirstAt, known.LastAt);
        return known.Mark;
    }

    private bool MayPassAgain(ShardPulse[] pulses) => pulses.Sum(p => (long)p.Totals.People) <= SmallProgram || _time.GetElapsedTime(_clocksAt) >= LargePassEvery;

    // A source that has just become live changes how everybody of it is judged.
    private bool Turned(SourceClock[] clocks) =>
        clocks.Any(c => c.Live && Array.Find(_clocks, k => k.Source == c.Source) is not { Live: true });

    /// <summary>Now, when any source is live or nothing is there yet; else the end of the imported history.</summary>
    private (long AsOf, bool History) BoardMoment()
    {
        var now = _parts.Now();
        if (_clocks.Length == 0 || Array.Exists(_clocks, c => c.Live)) return (now, false);
        return (Math.Min(now, _clocks.Max(c => c.End)), true);
    }

    /// <summary>Past points of boards, and the day's frozen inputs, by one pass over everybody.</summary>
    private async Task RefreshTrendsAsync(ShardPulse[] pulses, CancellationToken cancellation)
    {
        await _trendTurn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var people = pulses.Sum(p => (long)p.Totals.People);
            var now = (Day: _parts.Zone.Day(BoardMoment().AsOf), Program: _program.Number, Version: VersionOf(pulses));
            if (now == _trendsOf || (people > SmallProgram && (now.Day, now.Program) == (_trendsOf.Day, _trendsOf.Program) && _trends is not null)) return;
            var pass = await TrendPassAsync(now.Day, cancellation).ConfigureAwait(false);
            var frozen = await FrozenAsync(pass, now.Day, people, cancellation).ConfigureAwait(false);
            if (frozen)
            {
                pulses = await SettleAsync(cancellation).ConfigureAwait(false);
                now = (now.Day, _program.Number, VersionOf(pulses));
                pass = await TrendPassAsync(now.Day, cancellation).ConfigureAwait(false);
            }

            _trends = pass.Finish();
            _trendsOf = now;
        }
        finally
        {
            _trendTurn.Release();
        }
    }

    /// <summary>True when the day's inputs are other ones now.</summary>
    private async Task<bool> FrozenAsync(TrendPass pass, int day, long people, CancellationToken cancellation)
    {
        var known = await _parts.Programs.AtLeastAsync(ProgramMark.None).ConfigureAwait(false);
        if (known.Snapshot.Frozen.Day == day && people <= known.FrozenPeople + (known.FrozenPeople / 5)) return false;
        var inputs = pass.Inputs(day);
        var command = new FrozenCommand(day, inputs.BestThreshold, people, [.. inputs.SelfPayers.Keys], [.. inputs.SelfPayers.Values]);
        var mark = await TryAsync(() => Program.FreezeAsync(command), cancellation).ConfigureAwait(false);
        return mark.Frozen != known.Mark.Frozen;
    }

    private async Task<TrendPass> TrendPassAsync(int day, CancellationToken cancellation)
    {
        var known = await _parts.Programs.AtLeastAsync(ProgramMark.None).ConfigureAwait(false);
        var total = new TrendPass(known.Snapshot, day);
        foreach (var part in await ShardsAsync(shard => shard.TrendsAsync(day, known.Mark), cancellation).ConfigureAwait(false)) total.Add(part);
        return total;
    }

    // Epochs only grow, so the sum changes when a shard changes or moves.
    private static long VersionOf(ShardPulse[] pulses) => pulses.Sum(p => (p.Totals.Epoch << 32) + p.Version);
}
