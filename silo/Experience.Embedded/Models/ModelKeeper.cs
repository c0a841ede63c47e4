using Experience.Domain.Models.Learning;
using Experience.Domain.Port;
using Experience.Embedded.Memory;
using Microsoft.Extensions.Logging;

namespace Experience.Embedded.Models;

/// <summary>What the keeper needs of its engine.</summary>
internal interface IModelHost
{
    /// <summary>Events recorded, as <see cref="ModelReceipt.Events"/> counts them.</summary>
    long Events { get; }

    /// <summary>No event waits, and everybody can be searched for.</summary>
    bool Quiet { get; }

    /// <summary>The civil day that the program is judged as of.</summary>
    int Day { get; }

    ModelSet InForce { get; }

    ITrainingSource NewSource(QuietLane lane);

    /// <summary>Records the document as the next version of its kind, and answers when shards assess by it.</summary>
    Task RecordAsync(ModelDocument document, CancellationToken cancellation);
}

/// <summary>
/// Decides when models are fitted, one kind after the other, and never more than one fit at a time: when the folder has grown by a tenth since
/// the kind's newest version, when its civil day is another one and something came since, and by command. An attempt that found too little
/// history is made again under the same conditions. While an import is under way nothing is fitted: what is chosen is to follow from the history, and not
/// from how much of it had come when a fit began.
/// </summary>
internal sealed partial class ModelKeeper(IReadOnlyList<ITrainer> trainers, IModelHost host, TimeProvider time, ILogger log) : IAsyncDisposable
{
    /// <summary>A tenth more events: parameters move by about a standard error of theirs.</summary>
    private const double Growth = 0.10;

    /// <summary>Below this no model has enough history, and nothing is tried.</summary>
    private const long FewestEvents = 200;

    /// <summary>At least this long between two looks that fit on their own, so that an import does not fit all along.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A folder that grew by more than <see cref="Still"/> of itself, and more than <see cref="FewEvents"/>, since the look before is being filled. Looks count for this when they are
    /// <see cref="Between"/> apart.
    /// </summary>
    private const double Still = 0.005;

    private const long FewEvents = 200;

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);

    /// <summary>Without an event for so long, nobody is held up when all threads stand still for the holes of the heap to be closed.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    private readonly QuietLane _lane = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, Attempt> _attempts = [];
    private readonly Lock _noting = new();
    private long _lookedAt;
    private bool _looked;
    private long _countedAt;
    private long _counted = -1;
    private bool _filling = true;
    private long _seen = -1;
    private long? _movedAt;
    private Task _running = Task.CompletedTask;

    public bool Fitting => _turn.CurrentCount == 0;

    /// <summary>From the tick: begins a fit where one is due. Returns at once.</summary>
    public void Look()
    {
        if (_seen >= 0 && host.Events != _seen) _movedAt = time.GetTimestamp();
        _seen = host.Events;
        if (Filling() || !_running.IsCompleted || Fitting || !host.Quiet || host.Events < FewestEvents) return;
        if (_looked && time.GetElapsedTime(_lookedAt) < Pause) return;
        var due = trainers.Where(Due).ToArray();
        if (due.Length == 0) return;
        (_looked, _lookedAt) = (true, time.GetTimestamp());
        _running = Task.Run(() => FitQuietlyAsync(due), CancellationToken.None);
    }

    /// <summary>Fits now, whatever has changed. Unknown kinds fit nothing.</summary>
    public async Task FitAsync(string? kind, CancellationToken cancellation)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stop.Token);
        await FitAsync([.. trainers.Where(t => kind is null || t.Kind == kind)], both.Token).ConfigureAwait(false);
    }

    /// <summary>What training would give now, put in force by nobody. Waits its turn as a fit does.</summary>
    public async Task<IReadOnlyList<(string Kind, TrainingOutcome Outcome)>> TryAsync(string? kind, CancellationToken cancellation)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stop.Token);
        await _turn.WaitAsync(both.Token).ConfigureAwait(false);
        try
        {
            var outcomes = new List<(string, TrainingOutcome)>();
            foreach (var trainer in trainers.Where(t => kind is null || t.Kind == kind)) outcomes.Add((trainer.Kind, await TrainAsync(trainer, both.Token).ConfigureAwait(false)));
            return outcomes;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Why the newest attempt of a kind gave no model; null when it gave one, or none was made.</summary>
    public string? NoteOf(string kind)
    {
        lock (_noting) return _attempts.TryGetValue(kind, out var attempt) ? attempt.Reason : null;
    }

    public IEnumerable<string> Kinds => trainers.Select(t => t.Kind);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await _turn.WaitAsync().ConfigureAwait(false);
        await Task.Run(_lane.Dispose).ConfigureAwait(false);
        _turn.Dispose();
        _stop.Dispose();
    }

    // No event came for a while: between two batches of a stream nobody waits either, but the next one would.
    private bool Resting => host.Events == _seen && (_movedAt is not { } at || time.GetElapsedTime(at) >= Rest);

    /// <summary>Counts events now and then, so that a pause between two batches of an import is not taken for its end.</summary>
    private bool Filling()
    {
        if (_counted >= 0 && time.GetElapsedTime(_countedAt) < Between) return _filling;
        var events = host.Events;
        _filling = _counted < 0 || events - _counted > Math.Max(FewEvents, events * Still);
        (_countedAt, _counted) = (time.GetTimestamp(), events);
        return _filling;
    }

    private bool Due(ITrainer trainer)
    {
        long events;
        int day;
        lock (_noting)
        {
            if (_attempts.TryGetValue(trainer.Kind, out var attempt)) (events, day) = (attempt.Events, attempt.Day);
            else if (host.InForce.Find(trainer.Kind) is { } known) (events, day) = (known.Receipt.Events, DayOf(known.Receipt.To));
            else return true;
        }

        return host.Events > events && (host.Day != day || host.Events >= events * (1 + Growth));
    }

    private async Task FitQuietlyAsync(ITrainer[] due)
    {
        try
        {
            await FitAsync(due, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception stopped) when (stopped is OperationCanceledException || (stopped is ObjectDisposedException && _stop.IsCancellationRequested))
        {
            // The engine closes, and its readers may have been told before this was: what was not fitted is fitted after the next start.
        }
        catch (Exception failure) when (failure is EngineUnavailableException or EngineBusyException or IOException)
        {
            LogDeferred(log, failure);
        }
    }

    private async Task FitAsync(IReadOnlyList<ITrainer> due, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            foreach (var trainer in due) await FitAsync(trainer, cancellation).ConfigureAwait(false);
            if (Resting) Holes.Close(host.Events);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task FitAsync(ITrainer trainer, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var (events, day) = (host.Events, host.Day);

        // A fit holds much for a while, and what the one before has left is not to be beside it.
        if (Resting) Holes.Close(events);
        var outcome = await TrainAsync(trainer, cancellation).ConfigureAwait(false);
        if (outcome is TrainedModel trained)
        {
            var document = trained.Document with { Receipt = trained.Document.Receipt with { Events = events } };
            await host.RecordAsync(document, cancellation).ConfigureAwait(false);
            var took = time.GetElapsedTime(started);
            LogFitted(log, trainer.Kind, document.Receipt.Name, document.Receipt.People, took);
        }

        lock (_noting) _attempts[trainer.Kind] = new Attempt(events, day, (outcome as NotTrained)?.Reason);
    }

    private async Task<TrainingOutcome> TrainAsync(ITrainer trainer, CancellationToken cancellation)
    {
        try
        {
            return await trainer.TrainAsync(host.NewSource(_lane), cancellation).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or EngineUnavailableException or EngineBusyException or IOException or ObjectDisposedException))
        {
            // A fault of one trainer leaves its last model in force, and is not to stop the others.
            LogFailed(log, trainer.Kind, failure);
            return new NotTrained("Fitting failed; the log says why.");
        }
    }

    private static int DayOf(DateOnly day) => day.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    private sealed record Attempt(long Events, int Day, string? Reason);

    [LoggerMessage(EventId = 30, Level = LogLevel.Information, Message = "Fitted {Kind}: {Name} from {People} people in {Duration}")]
    private static partial void LogFitted(ILogger log, string kind, string name, long people, TimeSpan duration);

    [LoggerMessage(EventId = 31, Level = LogLevel.Error, Message = "Fitting {Kind} failed; its last version stays in force")]
    private static partial void LogFailed(ILogger log, string kind, Exception failure);

    [LoggerMessage(EventId = 32, Level = LogLevel.Warning, Message = "Fitting was put off")]
    private static partial void LogDeferred(ILogger log, Exception failure);
}
