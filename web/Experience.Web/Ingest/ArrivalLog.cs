using Experience.Web.Contracts;

namespace Experience.Web.Ingest;

/// <summary>The newest events that came in one by one, for "listening" on the start page. In memory only, and few.</summary>
internal sealed class ArrivalLog
{
    public const int Kept = 20;

    private readonly Lock _gate = new();
    private readonly Queue<ArrivalView> _recent = new(Kept);
    private long _events;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(ArrivalView arrival) => Change(1, arrival);

    /// <summary>Counts events of a stream or a large batch, which are not shown one by one.</summary>
    public void Count(long events) => Change(events, null);

    /// <summary>What is known now, and a task that completes with the next change.</summary>
    public (ArrivalsView View, Task Changed) Read()
    {
        lock (_gate) return (new ArrivalsView(_events, [.. _recent.Reverse()]), _changed.Task);
    }

    private void Change(long events, ArrivalView? arrival)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _events += events;
            if (arrival is not null)
            {
                if (_recent.Count == Kept) _recent.Dequeue();
                _recent.Enqueue(arrival);
            }

            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }
}
