using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Experience.Embedded.Models;

/// <summary>
/// One thread for heavy background work. <see cref="Parallel"/> loops inside of it find a scheduler of one lane and stay on it, so a fit takes
/// one core at most, and on Linux, where threads have a niceness of their own, only what the event loops leave.
/// </summary>
internal sealed partial class QuietLane : TaskScheduler, IDisposable
{
    /// <summary>Weight 15 of 1,024: about one part in seventy while somebody else wants the core.</summary>
    private const int Niceness = 19;

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
        // A kernel that refuses leaves the thread as it is: slower for others, not wrong.
        if (OperatingSystem.IsLinux()) _ = SetPriority(0, 0, Niceness);
        foreach (var task in _tasks.GetConsumingEnumerable()) TryExecuteTask(task);
    }

    /// <summary>Linux: process 0 is the calling thread (setpriority(2), "C library/kernel differences").</summary>
    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
