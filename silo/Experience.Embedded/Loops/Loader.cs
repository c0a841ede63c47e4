using Experience.Embedded.Journal;
using Experience.Embedded.Memory;
using Experience.Embedded.Shards;
using Microsoft.Extensions.Logging;

namespace Experience.Embedded.Loops;

/// <summary>
/// Brings shards to what the journal says: image, then the records after it. At a start for all shards of a loop, after a failed commit for
/// those that had uncommitted records. Runs on the loop's own thread, or before it started.
/// </summary>
internal sealed class Loader(Checkpoints checkpoints, ILogger log)
{
    /// <summary>Records folded again.</summary>
    public long Load(EventLoop loop, ulong shards, bool program)
    {
        var cx = loop.Context;
        cx.Replaying = true;
        cx.Erased.Clear();
        long replayed = 0;
        try
        {
            var from = long.MaxValue;
            var image = new FixedBuffer(1024 * 1024);
            foreach (var shard in loop.Shards)
            {
                if ((shards >> shard.Index & 1) == 0) continue;
                from = Math.Min(from, LoadImage(cx, shard, image));
            }

            if (program && loop.Program is { } owner)
            {
                owner.Reset();
                var scan = checkpoints.ScanFrom(Shard.Count);
                if (scan > 0 && checkpoints.Read(Shard.Count, image) && owner.LoadImage(cx, image.Written)) from = Math.Min(from, scan);
                else from = 0;
            }

            if (from == long.MaxValue)
            {
                FinishErasures(cx);
                return 0;
            }

            var group = new ReplayGroup(loop);
            cx.History.Reader.Scan(from, (id, bytes) =>
            {
                var block = Block.Read(id, bytes);
                var offset = Block.HeaderSize;
                var begun = false;
                while (block.TryNext(ref offset, out var record))
                {
                    if ((record.Header.Flags & RecordFlags.Program) != 0)
                    {
                        if (!program || loop.Program is not { } stream) continue;
                        stream.Replay(cx, record);
                        replayed++;
                        continue;
                    }

                    if (!IsOwed(loop, record, shards)) continue;
                    if (!begun) group.Begin(block);
                    begun = true;
                    group.Add(record);
                    replayed++;
                }

                if (group.Full) group.Replay(cx);
                return true;
            });
            group.Replay(cx);
            cx.Flush();
            loop.Sweeper.RefoldAll();
            FinishErasures(cx);
            return replayed;
        }
        finally
        {
            cx.Replaying = false;
        }
    }

    // The process ended between the fact and the end of the secret.
    private static void FinishErasures(LoopContext cx)
    {
        if (cx.Erased.Count == 0) return;
        cx.Keys.Erase(cx.Erased.Select(static e => e.KeySlot));
        foreach (var person in cx.Erased)
        {
            cx.Parts.Search.Remove(person.Stream);
            cx.Parts.Erased[person.Stream] = true;
        }

        cx.Erased.Clear();
    }

    private long LoadImage(LoopContext cx, Shard shard, FixedBuffer image)
    {
        var scan = checkpoints.ScanFrom(shard.Index);
        if (scan > 0)
        {
            if (checkpoints.Read(shard.Index, image) && shard.LoadImage(cx, image.Written)) return scan;
            EngineLog.CheckpointDropped(log, shard.Index);
        }

        shard.Reset();
        return 0;
    }

    // Whether a record is of a shard that is being loaded, and not in its image.
    private static bool IsOwed(EventLoop loop, in RecordView record, ulong shards)
    {
        var index = Shard.Of(record.Header.Stream);
        return (shards >> index & 1) != 0 && loop.Owns(index) && record.Position > loop.Shards[loop.ShardSlot(index)].LastPosition;
    }
}
