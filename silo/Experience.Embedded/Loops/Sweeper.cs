using System.Diagnostics;
using Experience.Embedded.Shards;

namespace Experience.Embedded.Loops;

/// <summary>
/// What a loop does between traffic: passes (everybody is assessed again: midnight, a new policy, the end of an import moved) and deadlines
/// (a clock ran out). Both in steps of <see cref="Shard.StepRows"/> rows, so that live traffic waits for half a millisecond at most.
/// </summary>
/// <remarks>
/// A pass has a number. Who needs boards that are right for a new policy asks for a pass and waits for its number on every loop. Rows that
/// a pass has not reached are right for the moment before it.
/// </remarks>
internal sealed class Sweeper(EventLoop loop)
{
    private readonly List<(long Target, TaskCompletionSource Done)> _waiting = [];
    private readonly List<(Shard Shard, int Row, TaskCompletionSource Done)> _settling = [];
    private readonly Queue<(Shard Shard, int Row, long Since)> _longs = [];
    private LongRefold? _long;
    private bool _longTurn;

    /// <summary>µs of one step of a long refold.</summary>
    private const long LongStepCost = 1_500;

    /// <summary>Doublings of what is settled at once: 80 ms at most, of somebody who gets tens of thousands of facts a second.</summary>
    private const int MostPatience = 5;

    private readonly RefoldBudget _budget = new(Stopwatch.GetTimestamp());

    // Nobody is assessed before a pass is asked for: a start asks for the first one when the program is known and who belongs together.
    private long _target = -1;
    private long _passed;
    private int _tickRequested;
    private int _shard = -1;
    private int _row;
    private ValueGeneration _valuing = ValueGeneration.None;
    private TaskCompletionSource? _valued;
    private long _valuedAt;

    /// <summary>While events wait, values move on at one step in this time: 2 % of the loop.</summary>
    private static readonly TimeSpan ValuePause = TimeSpan.FromMilliseconds(10);

    /// <summary>While events wait, and nobody waits for what a step does, a step comes after this time at the earliest: who sends goes before, and steps go on.</summary>
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(16);

    /// <summary>Refolds begin within a step for this long.</summary>
    private static readonly TimeSpan RefoldStep = TimeSpan.FromMilliseconds(2);

    private long _steppedAt;

    /// <summary>On the loop's thread: somebody waits to be folded anew.</summary>
    public bool HasStale => _long is not null || _longs.Count > 0 || loop.Context.Stale.Count > 0;

    /// <summary>The last pass that is through.</summary>
    public long Passed => Volatile.Read(ref _passed);

    /// <summary>From the tick, any thread: look at the deadlines.</summary>
    public void RequestTick() => Volatile.Write(ref _tickRequested, 1);

    /// <summary>On the loop's thread: everybody is to be assessed again.</summary>
    public void RequestPass(long target) => _target = Math.Max(_target, target);

    /// <summary>On the loop's thread: completes when the pass is through.</summary>
    public void Await(long target, TaskCompletionSource done)
    {
        RequestPass(target);
        _waiting.Add((target, done));
    }

    /// <summary>On the loop's thread: everybody is to be valued by a generation, beside the one in force; completes when this loop has it.</summary>
    public void AwaitValues(ValueGeneration target, TaskCompletionSource done)
    {
        _valuing = target;
        _valued = done;
    }

    /// <summary>One step; true when there is more to do at once.</summary>
    public bool Step()
    {
        var cx = loop.Context;
        if (loop.Busy && _waiting.Count == 0 && _settling.Count == 0 && Stopwatch.GetElapsedTime(_steppedAt) < BusyPause) return false;
        _steppedAt = Stopwatch.GetTimestamp();
        if (RefoldSome(atOnce: _waiting.Count > 0)) return true;
        foreach (var shard in loop.Shards)
        {
            if (shard.Passed >= _target) continue;
            cx.Now = loop.Now();
            if (!shard.PassStep(cx, _target)) loop.PublishTail();
            return true;
        }

        Volatile.Write(ref _passed, _target);
        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            if (_waiting[i].Target > _target) continue;
            _waiting[i].Done.TrySetResult();
            _waiting.RemoveAt(i);
        }

        if (_shard < 0)
        {
            if (Interlocked.Exchange(ref _tickRequested, 0) == 0) return ValueStep();
            _shard = 0;
            _row = 0;
            cx.Now = loop.Now();
        }

        if (!loop.Shards[_shard].DeadlineStep(cx, ref _row))
        {
            _row = 0;
            if (++_shard == loop.Shards.Length)
            {
                _shard = -1;
                loop.PublishTail();
            }
        }

        return _shard >= 0 || ValueStep();
    }

    // The last of all: events, questions, passes and clocks go before.
    private bool ValueStep()
    {
        if (_valued is null) return false;
        if (loop.Busy && Stopwatch.GetElapsedTime(_valuedAt) < ValuePause) return false;
        _valuedAt = Stopwatch.GetTimestamp();
        var cx = loop.Context;
        cx.Now = loop.Now();
        foreach (var shard in loop.Shards)
        {
            if (shard.ValueReady >= _valuing.Number) continue;
            shard.ValueStep(cx, _valuing);
            return true;
        }

        _valued.TrySetResult();
        _valued = null;
        return false;
    }

    /// <summary>Folds everybody who waits for it: after a replay, before anything is asked.</summary>
    public void RefoldAll()
    {
        var cx = loop.Context;
        while (cx.Stale.TryDequeue(out var next))
        {
            cx.Now = loop.Now();
            next.Shard.Settle(cx, next.Row, whole: true);
        }
    }

    /// <summary>On the loop's thread: completes when a person who waits to be folded anew is.</summary>
    public Task SettledAsync(Shard shard, int row)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _settling.Add((shard, row, done));
        return done.Task;
    }

    // Long histories are folded anew in steps, one after the other; between two steps somebody else has a turn.
    private bool LongStep(bool atOnce)
    {
        var cx = loop.Context;
        if (_long is null)
        {
            if (!_longs.TryDequeue(out var next)) return false;
            if (next.Shard.IsStale(next.Row)) _long = new LongRefold(next.Shard, next.Row);
            return true;
        }

        if (!_long.Stands) return EndLong(again: _long.Shard.IsStale(_long.Row));
        if (!atOnce && !Affords(LongStepCost)) return false;
        cx.Now = loop.Now();
        cx.RefoldSteps++;
        var begun = Stopwatch.GetTimestamp();
        var more = _long.Step(cx) || SettleLong(_long);
        _budget.Charge(Stopwatch.GetElapsedTime(begun));
        return more;
    }

    // Who gets thousands of facts a second has more again after each round: the next one may settle twice as much, so that there is an end.
    private bool SettleLong(LongRefold done)
    {
        if (done.Shard.Settle(loop.Context, done.Row, patience: done.Patience)) return EndLong(again: false);
        done.Release(loop.Context);
        _long = new LongRefold(done.Shard, done.Row, Math.Min(done.Patience + 1, MostPatience));
        return true;
    }

    // Again from its beginning: something that it had folded was voided, or came too late for it.
    private bool EndLong(bool again)
    {
        _long!.Release(loop.Context);
        if (again) _longs.Enqueue((_long.Shard, _long.Row, Stopwatch.GetTimestamp()));
        _long = null;
        return true;
    }

    private void TellSettled()
    {
        for (var i = _settling.Count - 1; i >= 0; i--)
        {
            if (_settling[i].Shard.IsStale(_settling[i].Row)) continue;
            _settling[i].Done.TrySetResult();
            _settling.RemoveAt(i);
        }
    }

    private bool Affords(long cost)
    {
        var since = Math.Min(loop.Context.Stale.TryPeek(out var one) ? one.Since : long.MaxValue, _longs.TryPeek(out var other) ? other.Since : long.MaxValue);
        return _budget.Affords(Stopwatch.GetTimestamp(), since, loop.LastFacts, TimeSpan.FromMicroseconds(cost));
    }

    // Many refolds are short: some of them are a step.
    private bool RefoldSome(bool atOnce)
    {
        var worked = false;
        while (RefoldOne(atOnce))
        {
            worked = true;
            loop.OfferWaiting();
            if (Stopwatch.GetElapsedTime(_steppedAt) >= RefoldStep) break;
        }

        return worked;
    }

    private bool RefoldOne(bool atOnce)
    {
        var cx = loop.Context;
        if (_settling.Count > 0) TellSettled();
        if (_long is not null || _longs.Count > 0)
        {
            _longTurn = !_longTurn;
            if ((_longTurn || cx.Stale.Count == 0) && LongStep(atOnce)) return true;
        }

        while (cx.Stale.TryPeek(out var next))
        {
            if (!next.Shard.IsStale(next.Row))
            {
                cx.Stale.Dequeue();
                continue;
            }

            if (next.Shard.IsLong(next.Row))
            {
                _longs.Enqueue(cx.Stale.Dequeue());
                return true;
            }

            var cost = next.Shard.RefoldCost(next.Row);
            if (!atOnce && !Affords(cost)) return false;
            cx.Stale.Dequeue();
            cx.Now = loop.Now();
            var begun = Stopwatch.GetTimestamp();
            if (!next.Shard.Settle(cx, next.Row)) _longs.Enqueue(next);
            _budget.Charge(Stopwatch.GetElapsedTime(begun));
            if (cx.Stale.Count == 0) loop.PublishTail();
            return true;
        }

        return false;
    }
}
