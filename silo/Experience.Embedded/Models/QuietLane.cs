using System.Collections.Concurrent;
using Experience.Embedded.Memory;

namespace Experience.Embedded.Models;

/// <summary>
/// One thread for heavy background work. <see cref="Parallel"/> loops inside of it find a scheduler of one lane and stay on it, so a fit takes
/// one core at most, and on Linux, where threads have a niceness of their own, only what the event loops leave.
/// </summary>
internal sealed class QuietLane : TaskScheduler, IDisposable
{
    private readonly BlockingCollection<Task> _tasks = [];
    private readonly Thread _thread;

    public QuietLane()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "models", Priority = ThreadPriority.Lowest };
        _thread.Start();
    }

    public override int MaximumConcurrencyLevel => 1;

    public Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellation) => Task.Factory.StartNew(work, cancellation, TaskCreationOptions.None, this);

    /// <summary>Waits for the work at hand, which its own cancellation ends.</summary>
    public void Dispose()
    {
        _tasks.CompleteAdding();
        _thread.Join();
        _tasks.Dispose();
    }

    protected override IEnumerable<Task> GetScheduledTasks() => [.. _tasks];

    protected override void QueueTask(Task task) => _tasks.Add(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => Thread.CurrentThread == _thread && TryExecuteTask(task);

    private void Run()
    {
        Niceness.Take(Niceness.Last);
        foreach (var task in _tasks.GetConsumingEnumerable()) TryExecuteTask(task);
    }
}
