using Experience.Embedded.Journal;
using Experience.Embedded.Loops;
using Experience.Embedded.Memory;
using Microsoft.Extensions.Logging;

namespace Experience.Embedded.Shards;

/// <summary>
/// Writes checkpoints, one shard at a time, the one with the longest tail first. What a start would have to fold again is bounded: it is kept at half of
/// the limit, and beyond the limit callers are told that the engine is busy.
/// </summary>
/// <remarks>
/// The limit counts records of all shards together. Each image takes the longest tail away, a thirty-second of all, so under load there is one image every
/// limit / 64 records however fast they come, and a pass over everybody every limit records: the images' share of the work falls with the limit, and a start's
/// grows with it. A shard's loop is held for the copy of its image only (some milliseconds for 16,000 people); sealing and writing happen here, on a
/// thread that gives way to those that serve.
/// </remarks>
internal sealed class Checkpointer(EventLoop[] loops, Checkpoints checkpoints, IJournal journal, int limit, ILogger log) : IDisposable
{
    /// <summary>Below this share of the limit nothing is written: an idle or small folder folds its tail at the next start.</summary>
    private const int IdleShare = 16;

    /// <summary>Blocks, 128 MiB of them, after which the program is written again.</summary>
    private const int BlocksBetweenPrograms = 128 * 1024 * 1024 / Block.PageBytes;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Between two images while the tail is short: a folder that has come to rest is soon one that starts at once.</summary>
    private static readonly TimeSpan Leisure = TimeSpan.FromMilliseconds(500);

    private readonly AutoResetEvent _wake = new(false);
    private readonly FixedBuffer _image = new(1024 * 1024);
    private readonly int[] _lengths = new int[Shard.Count];
    private readonly CancellationTokenSource _stop = new();
    private Thread? _thread;

    /// <summary>Checkpoints written.</summary>
    public long Written { get; private set; }

    public void Start()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "checkpoints" };
        _thread.Start();
    }

    public void Wake() => _wake.Set();

    /// <summary>Writes every shard that has a tail, and the program. For tests, and for benchmarks that want whole passes.</summary>
    public void WriteAll()
    {
        foreach (var loop in loops)
        {
            foreach (var shard in loop.Shards) Write(loop, shard);
        }

        WriteProgram();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _wake.Set();
        _thread?.Join();
        _wake.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        Niceness.Take(Niceness.Behind);
        long programAt = 0;
        while (!_stop.IsCancellationRequested)
        {
            long tail = 0;
            foreach (var loop in loops) tail += loop.Tail;
            if (RenewOwed() is { } owed)
            {
                if (!owed) _wake.WaitOne(TimeSpan.FromSeconds(1));
                continue;
            }

            if (tail < limit / IdleShare)
            {
                _wake.WaitOne(Look);
                continue;
            }

            var (owner, longest) = Longest();
            try
            {
                if (longest is not null) Write(owner!, longest);
                if (journal.LastBlock - programAt > BlocksBetweenPrograms)
                {
                    WriteProgram();
                    programAt = journal.LastBlock;
                }
            }
            catch (Exception failure) when (failure is IOException or JournalException or Domain.Port.EngineUnavailableException)
            {
                EngineLog.CheckpointFailed(log, longest?.Index ?? Shard.Count, failure);
                _wake.WaitOne(TimeSpan.FromSeconds(1));
            }

            if (tail < limit / 2) _wake.WaitOne(Leisure);
        }
    }

    /// <summary>Writes a shard's image anew when it is older than an erasure, and returns when no file holds an older one.</summary>
    public void Renew(EventLoop loop, Shard shard)
    {
        lock (_image)
        {
            if (shard.ImageOwed) WriteLocked(loop, shard);
        }
    }

    // Null when none was owed, true when one was written, false when that failed.
    private bool? RenewOwed()
    {
        foreach (var loop in loops)
        {
            foreach (var shard in loop.Shards)
            {
                if (!shard.ImageOwed) continue;
                try
                {
                    Renew(loop, shard);
                    return true;
                }
                catch (Exception failure) when (failure is IOException or JournalException or Domain.Port.EngineUnavailableException)
                {
                    EngineLog.CheckpointFailed(log, shard.Index, failure);
                    return false;
                }
            }
        }

        return null;
    }

    // Tails are read from another thread than their loop's: an old value only changes the order.
    private (EventLoop? Loop, Shard? Shard) Longest()
    {
        EventLoop? owner = null;
        Shard? longest = null;
        foreach (var loop in loops)
        {
            foreach (var shard in loop.Shards)
            {
                if (shard.Tail == 0 || (longest is not null && shard.Tail <= longest.Tail)) continue;
                (owner, longest) = (loop, shard);
            }
        }

        return (owner, longest);
    }

    private void Write(EventLoop loop, Shard shard)
    {
        lock (_image) WriteLocked(loop, shard);
    }

    private void WriteLocked(EventLoop loop, Shard shard)
    {
        var owed = false;

        // Room is made here: a buffer that grows while it is filled would hold the loop for as long again.
        _image.Clear();
        _image.Reserve(_lengths[shard.Index]);
        var (tail, scanFrom) = loop.AskAsync(l =>
        {
            shard.WriteImage(_image);
            owed = shard.ImageOwed;
            shard.ImageTaken();
            return (shard.Tail, l.Context.Writer.LastId - 1);
        }).GetAwaiter().GetResult();
        _lengths[shard.Index] = _image.Length + (_image.Length / 8);
        try
        {
            checkpoints.Write(shard.Index, _image.Written, Math.Max(scanFrom, 0), scrub: owed);
        }
        catch when (owed)
        {
            shard.OweImage();
            throw;
        }

        loop.Post(() =>
        {
            shard.Tail -= tail;
            loop.PublishTail();
        });
        Written++;
    }

    private void WriteProgram()
    {
        lock (_image) WriteProgramLocked();
    }

    private void WriteProgramLocked()
    {
        var loop = loops[0];
        var scanFrom = loop.AskAsync(l =>
        {
            _image.Clear();
            l.Program!.WriteImage(_image);
            return l.Context.Writer.LastId - 1;
        }).GetAwaiter().GetResult();
        checkpoints.Write(Shard.Count, _image.Written, Math.Max(scanFrom, 0));
    }
}
