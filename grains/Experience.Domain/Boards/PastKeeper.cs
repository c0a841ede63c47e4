using Experience.Domain.Models.Learning;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Boards;

/// <summary>
/// Gathers <see cref="PastSums"/> when a board is looked at: before it is answered while the histories are few, beside it otherwise, so that nobody
/// waits for a walk over everybody. Facts that come in meanwhile change today's figure, which is not part of them; a late one changes the past at
/// the next walk. Safe to call from anywhere.
/// </summary>
public sealed class PastKeeper(IHistories histories, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Up to so many events a walk takes some milliseconds: whoever asks waits for it.</summary>
    private const long AtOnce = 5_000;

    /// <summary>Beyond them the past is gathered anew with each day, with other rules, and when there is a tenth more to walk over.</summary>
    private const double Growth = 0.10;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _starting = new();
    private volatile Gathered? _last;
    private Task _gathering = Task.CompletedTask;
    private long _version;

    /// <summary>Grows with every past that was gathered: boards that show one are built again.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>A segment's sums at the ends of past weeks, oldest first; empty before the first walk.</summary>
    public IReadOnlyList<DaySums> Of(int segment) => _last?.Sums.Of(segment) ?? [];

    /// <param name="day">Today, or the last day of an imported history.</param>
    /// <param name="events">Recorded so far.</param>
    public async Task RefreshAsync(ProgramSnapshot program, int day, long events, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(program);
        var wanted = new Basis(day, program.Policy.Version, program.Models, program.Segments);
        if (events <= AtOnce)
        {
            await GatherAsync(program, wanted, events, cancellation).ConfigureAwait(false);
            return;
        }

        if (!Due(wanted, events)) return;
        lock (_starting)
        {
            if (_gathering.IsCompleted && !_stop.IsCancellationRequested) _gathering = Task.Run(() => GatherQuietlyAsync(program, wanted, events), CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        Task running;
        lock (_starting) running = _gathering;
        await running.ConfigureAwait(false);
        _stop.Dispose();
        _turn.Dispose();
    }

    private bool Due(Basis wanted, long events)
    {
        if (_last is not { } last) return true;
        if (last.Of == wanted && events <= last.Events * (1 + Growth)) return false;
        return last.Of.Day != wanted.Day || time.GetElapsedTime(last.At) >= Pause;
    }

    private async Task GatherAsync(ProgramSnapshot program, Basis wanted, long events, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_last is { } last && last.Of == wanted && last.Events == events) return;
            var sums = new PastSums(program, wanted.Day);
            await histories.WalkAsync(sums, long.MaxValue, cancellation).ConfigureAwait(false);
            _last = new Gathered(sums, wanted, events, time.GetTimestamp());
            Interlocked.Increment(ref _version);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task GatherQuietlyAsync(ProgramSnapshot program, Basis wanted, long events)
    {
        try
        {
            await GatherAsync(program, wanted, events, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is EngineUnavailableException or OperationCanceledException or ObjectDisposedException)
        {
            // The engine closes, or cannot read just now: whoever looks next asks again.
        }
    }

    /// <summary>What a past is judged by.</summary>
    private sealed record Basis(int Day, int Policy, ModelSet Models, SegmentSet Segments);

    /// <param name="At">Timestamp of when it was through.</param>
    private sealed record Gathered(PastSums Sums, Basis Of, long Events, long At);
}
