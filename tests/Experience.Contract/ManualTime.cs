namespace Experience.Contract;

/// <summary>
/// A clock that stands still until it is told to go on. Timers fire inside <see cref="Advance"/>, in the order in which they
/// are due, so a test knows that what time alone causes has been asked for when it returns. A leap of weeks does not fire a timer
/// of each second millions of times: ticks that are too many fall together, as they do on a computer that was busy or asleep.
/// </summary>
public sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    /// <summary>Times that one timer fires within one leap, at most.</summary>
    private const int MaxTicks = 2_000;

    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = start;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        var end = GetUtcNow() + by;
        while (true)
        {
            ManualTimer? next = null;
            lock (_gate)
            {
                foreach (var timer in _timers)
                {
                    if (timer.Due <= end && (next is null || timer.Due < next.Due)) next = timer;
                }

                _now = next is null ? end : next.Due > _now ? next.Due : _now;
                next?.Rearm(end, by / MaxTicks);
            }

            if (next is null) return;
            next.Fire();
        }
    }

    private sealed class ManualTimer(ManualTime clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                clock._timers.Remove(this);
                _period = period;
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = clock._now + dueTime;
                clock._timers.Add(this);
                return true;
            }
        }

        /// <summary>Called under the clock's lock. The last tick before the end of a leap is fired in any case. A period of zero means once, as with the system's timers.</summary>
        public void Rearm(DateTimeOffset end, TimeSpan atLeast)
        {
            if (_period > TimeSpan.Zero) Due += _period * Math.Max(1, Math.Min(Math.Ceiling(atLeast / _period), Math.Floor((end - Due) / _period)));
            else clock._timers.Remove(this);
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (clock._gate) clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
