using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Voice;
using Experience.Embedded.Loops;
using Experience.Embedded.Memory;

namespace Experience.Embedded.Shards;

/// <summary>
/// The image of a shard: its memory as it stands, so that writing one is a copy of some megabytes between two batches, and loading one is the
/// same copy back. What is computed from it (index, measures, sums, deadlines) is not in it.
/// </summary>
internal sealed partial class Shard
{
    /// <summary>Any change of <see cref="Shards.Row"/>, the arena, what folds keep, or this order is a new version: an image of another one is dropped.</summary>
    private const int ImageVersion = 10;

    public void WriteImage(FixedBuffer output)
    {
        FoldWaiting();
        _context.Hot.StoreAll(this);
        Number(output, ImageVersion);
        Number(output, Marshal.SizeOf<Row>());
        Number(output, Index);
        Number(output, LastPosition);
        Number(output, Events);
        Number(output, FirstAt);
        Number(output, _rows.Count);
        for (var chunk = 0; chunk * NativeRows<Row>.ChunkRows < _rows.Count; chunk++) output.Write(_rows.ChunkBytes(chunk));
        Number(output, _arena.UsedUnits);
        output.Write(MemoryMarshal.AsBytes(_arena.FreeLists));
        for (var chunk = 0; ; chunk++)
        {
            var bytes = _arena.Chunk(chunk);
            if (bytes.IsEmpty) break;
            output.Write(bytes);
        }

        Number(output, _bloom.Used);
        Number(output, _bloom.Generations.Count);
        foreach (var words in _bloom.Generations)
        {
            Number(output, words.Length);
            output.Write(MemoryMarshal.AsBytes(words.AsSpan()));
        }

        Number(output, _voids.Count);
        foreach (var id in _voids) Id(output, id);
        Number(output, _sourceEnds.Count);
        foreach (var (source, end) in _sourceEnds)
        {
            Number(output, source);
            Number(output, end);
        }

        WriteMasks(output);
        WriteLinks(output);
        Number(output, _heavy.Count);
        foreach (var (row, heavy) in _heavy)
        {
            Number(output, row);
            WriteIds(output, heavy.IdsAfter == 0 ? heavy.Ids : null);
            Number(output, heavy.Snapshots.Count);
            foreach (var snapshot in heavy.Snapshots)
            {
                Number(output, snapshot.After);
                Number(output, snapshot.Taken);
                Number(output, snapshot.Facts);
                Number(output, snapshot.Stamp.Time);
                Number(output, (long)snapshot.Stamp.Tie);
                Number(output, snapshot.Length);
                output.Write(StateOf(snapshot));
            }
        }
    }

    /// <summary>Takes over an image; false, and an empty shard, when it is of another version or does not add up.</summary>
    public bool LoadImage(LoopContext cx, ReadOnlySpan<byte> image)
    {
        Clear();
        try
        {
            if (Number(ref image) != ImageVersion || Number(ref image) != Marshal.SizeOf<Row>() || Number(ref image) != Index) return false;
            LastPosition = Number(ref image);
            Events = Number(ref image);
            FirstAt = Number(ref image);
            var people = (int)Number(ref image);
            _rows.SetCount(people);
            _measures.SetCount(people);
            _deadlines.SetCount(people);
            _waiting.SetCount(people);
            for (var chunk = 0; chunk * NativeRows<Row>.ChunkRows < people; chunk++)
            {
                Copy(ref image, _rows.ChunkBytes(chunk));
                _measures.ChunkBytes(chunk).Clear();
                _waiting.ChunkBytes(chunk).Clear();
                MemoryMarshal.Cast<byte, long>(_deadlines.ChunkBytes(chunk)).Fill(long.MaxValue);
            }

            var used = (uint)Number(ref image);
            var free = MemoryMarshal.Cast<byte, uint>(image[..(ByteArena.Classes * 4)]);
            _arena.Load(used, free);
            image = image[(ByteArena.Classes * 4)..];
            for (var chunk = 0; ; chunk++)
            {
                var bytes = _arena.Chunk(chunk);
                if (bytes.IsEmpty) break;
                Copy(ref image, bytes);
            }

            var bloomUsed = (int)Number(ref image);
            var generations = new ulong[Number(ref image)][];
            for (var g = 0; g < generations.Length; g++)
            {
                generations[g] = new ulong[Number(ref image)];
                Copy(ref image, MemoryMarshal.AsBytes(generations[g].AsSpan()));
            }

            _bloom.Load(generations, bloomUsed);
            for (var n = Number(ref image); n > 0; n--) _voids.Add(Id(ref image));
            for (var n = Number(ref image); n > 0; n--)
            {
                var source = (int)Number(ref image);
                var end = Number(ref image);
                _sourceEnds[source] = end;
                cx.Clocks.SeeEnd(source, end);
            }

            ReadMasks(ref image);
            ReadLinks(ref image);
            for (var n = Number(ref image); n > 0; n--) ReadHeavy(ref image);
        }
        catch (ArgumentOutOfRangeException)
        {
            Clear();
            return false;
        }

        _table.Clear(_rows.Count);
        for (var row = 0; row < _rows.Count; row++)
        {
            ref var r = ref _rows[row];
            _table.Add(r.Stream, row);
            if (Voices.IsVoice(r.Stream)) _voices.Add(row);
            if (r.LiveSince != 0) cx.Clocks.SeeLive(r.Source);
            if ((r.Flags & StreamFlags.Erased) != 0) cx.Parts.Erased[r.Stream] = true;

            // Who belongs together is found anew from the links; until then everybody is their own stream.
            if ((r.Flags & StreamFlags.United) != 0) r.Flags = (r.Flags & ~(StreamFlags.United | StreamFlags.Home)) | (Voices.IsVoice(r.Stream) ? StreamFlags.None : StreamFlags.Stale);
            if (IsStale(row)) SetStale(cx, row);
        }

        FinishErasures(cx);
        return true;
    }

    /// <summary>Empties the shard, to be folded from the journal alone.</summary>
    public void Reset() => Clear();

    private void WriteLinks(FixedBuffer output)
    {
        Number(output, _links.Count);
        foreach (var (stream, links) in _links)
        {
            Id(output, stream);
            Number(output, links.Count);
            foreach (var link in links)
            {
                Id(output, link.Other);
                Number(output, link.Stamp.Time);
                Id(output, link.Id);
                Number(output, link.Merged ? 1 : 0);
            }
        }
    }

    private void ReadLinks(ref ReadOnlySpan<byte> image)
    {
        for (var n = Number(ref image); n > 0; n--)
        {
            var stream = Id(ref image);
            var links = _links[stream] = [];
            for (var m = Number(ref image); m > 0; m--)
            {
                var (other, time, id) = (Id(ref image), Number(ref image), Id(ref image));
                links.Add(new StreamLink(other, new Stamp(time, (ulong)(id >> 64)), id, Number(ref image) != 0));
            }
        }
    }

    private void ReadHeavy(ref ReadOnlySpan<byte> image)
    {
        var row = (int)Number(ref image);
        var heavy = _heavy[row] = new HeavyPerson { SinceSnapshot = 0, Ids = ReadIds(ref image) };
        for (var n = Number(ref image); n > 0; n--)
        {
            var (after, taken, facts) = (Number(ref image), Number(ref image), Number(ref image));
            var stamp = new Stamp(Number(ref image), (ulong)Number(ref image));
            var length = (int)Number(ref image);
            heavy.Snapshots.Add(new HeavyPerson.Snapshot(after, taken, facts, facts, stamp, Kept(image[..length], out _), length));
            image = image[length..];
        }
    }

    private static void WriteIds(FixedBuffer output, IdTable? ids)
    {
        Number(output, ids?.Parts.Count() ?? 0);
        foreach (var part in ids?.Parts ?? [])
        {
            Number(output, part.Depth);
            Number(output, part.Count);
            Number(output, part.Slots.Length);
            output.Write(MemoryMarshal.AsBytes(part.Slots.AsSpan()));
        }
    }

    private static IdTable? ReadIds(ref ReadOnlySpan<byte> image)
    {
        var parts = new IdTable.Part[Number(ref image)];
        for (var i = 0; i < parts.Length; i++)
        {
            var (depth, count) = ((int)Number(ref image), (int)Number(ref image));
            parts[i] = new IdTable.Part(new ulong[Number(ref image)], count, depth);
            Copy(ref image, MemoryMarshal.AsBytes(parts[i].Slots.AsSpan()));
        }

        return parts.Length == 0 ? null : IdTable.Of(parts);
    }

    private static void Number(FixedBuffer output, long value) => BinaryPrimitives.WriteInt64LittleEndian(output.Take(8), value);

    private static void Id(FixedBuffer output, UInt128 value) => BinaryPrimitives.WriteUInt128LittleEndian(output.Take(16), value);

    private static long Number(ref ReadOnlySpan<byte> image)
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(image);
        image = image[8..];
        return value;
    }

    private static UInt128 Id(ref ReadOnlySpan<byte> image)
    {
        var value = BinaryPrimitives.ReadUInt128LittleEndian(image);
        image = image[16..];
        return value;
    }

    private static void Copy(ref ReadOnlySpan<byte> image, Span<byte> target)
    {
        image[..target.Length].CopyTo(target);
        image = image[target.Length..];
    }
}
