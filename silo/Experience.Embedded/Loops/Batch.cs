using System.Runtime.CompilerServices;
using Experience.Domain.Events;
using Experience.Domain.Port;

namespace Experience.Embedded.Loops;

/// <summary>
/// A caller's batch on its way: split by loop, each loop answers for its facts, and the caller gets one completion when the last of them is durable.
/// </summary>
internal sealed class Batch
{
    private readonly TaskCompletionSource<BatchReceipt> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RecordOutcome[] _outcomes;
    private Exception? _failure;
    private int _pending;

    public Batch(IReadOnlyList<Fact> facts, UInt128[] streams, int loops)
    {
        Facts = facts;
        Streams = streams;
        _outcomes = new RecordOutcome[facts.Count];
        Order = new int[facts.Count];
        Starts = new int[loops + 1];
    }

    public IReadOnlyList<Fact> Facts { get; }

    public UInt128[] Streams { get; }

    /// <summary>Indexes of facts, those of loop l from Starts[l] to Starts[l + 1].</summary>
    public int[] Order { get; }

    public int[] Starts { get; }

    public Task<BatchReceipt> Done => _done.Task;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(int index, RecordOutcome outcome) => _outcomes[index] = outcome;

    /// <summary>Something of it is of a person of several streams: who belongs together is settled before the caller is answered.</summary>
    public bool Unsettled { get; set; }

    public void Expect(int parts) => _pending = parts;

    /// <summary>One loop's part is durable, or failed.</summary>
    public void Finish(Exception? failure)
    {
        if (failure is not null) Interlocked.CompareExchange(ref _failure, failure, null);
        if (Interlocked.Decrement(ref _pending) > 0) return;
        if (_failure is { } reason) _done.SetException(new EngineUnavailableException("The journal did not take the batch; nothing of it is acknowledged. Send it again.", reason));
        else _done.SetResult(new BatchReceipt(_outcomes));
    }
}

/// <summary>One loop's part of a batch.</summary>
internal sealed class BatchPart(Batch batch, int loop) : IReleasable
{
    public Batch Batch { get; } = batch;

    public ReadOnlySpan<int> Facts => Batch.Order.AsSpan(Batch.Starts[loop], Batch.Starts[loop + 1] - Batch.Starts[loop]);

    void IReleasable.Release(Exception? failure) => Batch.Finish(failure);
}
