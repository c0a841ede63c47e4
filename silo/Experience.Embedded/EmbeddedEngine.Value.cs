using Experience.Domain.Models.Learning;
using Experience.Domain.Port;
using Experience.Embedded.Shards;

namespace Experience.Embedded;

/// <summary>Everybody's value, by generations: see <see cref="ValueGeneration"/>.</summary>
public sealed partial class EmbeddedEngine
{
    private readonly SemaphoreSlim _valueTurn = new(1, 1);
    private (ValueModel? Model, int Day, long Clocks) _valuedBy;
    private long _generation;
    private Task _valuing = Task.CompletedTask;

    /// <summary>
    /// Values everybody by the model, the day and the clocks in force, where those are others than before: every loop beside what it shows, in steps
    /// between traffic; then all of them change over.
    /// </summary>
    private async Task ValueAsync(CancellationToken cancellation)
    {
        await _valueTurn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var by = (Model: Volatile.Read(ref _program).Models.Of<ValueModel>(ModelKinds.Value), Day: Volatile.Read(ref _passDay), Clocks: Interlocked.Read(ref _passClocks));
            if (by == _valuedBy || (by.Model is null && _valuedBy.Model is null)) return;
            var generation = new ValueGeneration(++_generation, by.Model);
            await Task.WhenAll(_loops.Select(loop =>
            {
                var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return loop.Post(() => loop.Sweeper.AwaitValues(generation, done)) ? done.Task : Task.FromException(new EngineUnavailableException("The engine is closing."));
            })).WaitAsync(cancellation).ConfigureAwait(false);
            var switched = await Task.WhenAll(_loops.Select(loop => loop.AskAsync(l =>
            {
                var all = true;
                foreach (var shard in l.Shards) all &= shard.SwitchValue(generation.Number);
                l.PublishTail();
                return all;
            }))).WaitAsync(cancellation).ConfigureAwait(false);

            // A shard that was loaded anew meanwhile has it not: the next look makes a generation for all again.
            if (Array.TrueForAll(switched, static s => s)) _valuedBy = by;

            // Flags read P(active).
            RequestPass();
        }
        finally
        {
            _valueTurn.Release();
        }
    }

    // Not waited for by the tick: a large folder takes seconds.
    private void NoteValues()
    {
        if (_valueTurn.CurrentCount == 0) return;
        _valuing = ValueQuietlyAsync();
    }

    private async Task ValueQuietlyAsync()
    {
        try
        {
            await ValueAsync(_closing.Token).ConfigureAwait(false);
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or EngineUnavailableException)
        {
            // Closing, or a loop is being loaded again: the next tick sees that it is still owed.
        }
    }
}
