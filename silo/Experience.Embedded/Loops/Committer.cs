using Experience.Embedded.Journal;
using Experience.Embedded.Keys;
using Experience.Embedded.Shards;

namespace Experience.Embedded.Loops;

/// <summary>
/// One thread that makes segments durable: the open segments of all loops go into one transaction, and when it is synced what they hold back is released.
/// While it runs, loops go on folding; what they did meanwhile is the next transaction. So commits get larger as
/// load grows, and an idle engine commits at once.
/// </summary>
internal sealed class Committer : IDisposable
{
    private readonly Lock _lock = new();
    private readonly AutoResetEvent _offered = new(false);
    private readonly IJournal _journal;
    private readonly KeyStore _keys;
    private readonly SourceTable _sources;
    private readonly NameTable _names;
    private readonly Action<Exception> _failed;
    private readonly Action<Counts> _committed;
    private readonly Action<ErasedPerson> _forgotten;
    private readonly Thread _thread;
    private readonly int[] _epochs;
    private readonly List<Block> _blocks = [];
    private readonly List<int> _slots = [];
    private List<Segment> _next = [];
    private List<Segment> _working = [];
    private bool _busy;
    private bool _stopping;
    private EventLoop[] _loops = [];

    public Committer(IJournal journal, KeyStore keys, SourceTable sources, NameTable names, int loops, Action<Counts> committed, Action<Exception> failed, Action<ErasedPerson> forgotten)
    {
        _journal = journal;
        _keys = keys;
        _sources = sources;
        _names = names;
        _failed = failed;
        _committed = committed;
        _forgotten = forgotten;
        _epochs = new int[loops];
        _thread = new Thread(Run) { IsBackground = true, Name = "committer" };
    }

    /// <summary>Transactions committed.</summary>
    public long Commits { get; private set; }

    public void Start(EventLoop[] loops)
    {
        _loops = loops;
        _thread.Start();
    }

    /// <summary>Takes the segment when the committer is free, or when the caller insists because its segment is long.</summary>
    public bool TryOffer(Segment segment, bool insist)
    {
        lock (_lock)
        {
            if (_stopping) return false;
            if (_busy && !insist) return false;
            _next.Add(segment);
        }

        _offered.Set();
        return true;
    }

    /// <summary>Whether <see cref="TryOffer"/> would take a segment now: asked before a loop closes its open block.</summary>
    public bool TryOfferWouldTake(bool insist)
    {
        lock (_lock) return insist || !_busy;
    }

    public void Dispose()
    {
        lock (_lock) _stopping = true;
        _offered.Set();
        if (_thread.IsAlive) _thread.Join();
        _offered.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            lock (_lock)
            {
                (_working, _next) = (_next, _working);
                _busy = _working.Count > 0;
                if (!_busy && _stopping) return;
            }

            if (_working.Count == 0)
            {
                if (!_offered.WaitOne(1000)) _journal.Maintain(idle: true);
                continue;
            }

            Commit();
            _working.Clear();
            _journal.Maintain(idle: false);
            lock (_lock) _busy = false;

            // What the loops did meanwhile is the next transaction.
            foreach (var loop in _loops) loop.CommitterFree();
        }
    }

    private void Commit()
    {
        for (var i = _working.Count - 1; i >= 0; i--)
        {
            var segment = _working[i];
            if (segment.Epoch == _epochs[segment.Loop.Index]) continue;
            // It stands on memory that the loop is about to discard, or has discarded.
            Refuse(segment, new EngineLostException("The journal failed before."));
            segment.Loop.Discard(segment, _epochs[segment.Loop.Index]);
            _working.RemoveAt(i);
        }

        _blocks.Clear();
        _slots.Clear();
        foreach (var segment in _working)
        {
            _blocks.AddRange(segment.Blocks);
            _slots.AddRange(segment.KeySlots);
        }

        try
        {
            if (_blocks.Count > 0)
            {
                _keys.Commit(_slots);
                var sources = _sources.Unsaved();
                var names = _names.Unsaved();
                _journal.Commit(_blocks, sources, names);
                _sources.Saved(sources.Count);
                _names.Saved(names.Count);
                Commits++;
            }
        }
        catch (Exception failure) when (failure is JournalException or IOException)
        {
            Lose(failure);
            return;
        }

        foreach (var segment in _working) _committed(segment.Counts);
        if (!Erase()) return;
        foreach (var segment in _working)
        {
            segment.Loop.Committed(segment);
            foreach (var release in segment.Releases) release.Release(null);
        }
    }

    // Between the fact and the acknowledgement: who is told that somebody was erased may rely on it. Where the secrets cannot be destroyed
    // nothing is acknowledged, and the loops read the journal again, which destroys them before anything else.
    private bool Erase()
    {
        var erased = _working.SelectMany(static s => s.Erased).ToArray();
        if (erased.Length == 0) return true;
        try
        {
            _keys.Erase(erased.Select(static e => e.KeySlot));
        }
        catch (JournalException failure)
        {
            Lose(failure);
            return false;
        }

        foreach (var person in erased) _forgotten(person);
        return true;
    }

    private void Lose(Exception failure)
    {
        _failed(failure);
        foreach (var segment in _working) _epochs[segment.Loop.Index]++;
        foreach (var segment in _working)
        {
            Refuse(segment, failure);
            segment.Loop.Discard(segment, _epochs[segment.Loop.Index]);
        }
    }

    private static void Refuse(Segment segment, Exception failure)
    {
        foreach (var release in segment.Releases) release.Release(failure);
    }
}

/// <summary>What was done is lost, since the journal did not take it: nothing of it was acknowledged.</summary>
internal sealed class EngineLostException(string message) : Exception(message);
