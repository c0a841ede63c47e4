using System.Buffers.Binary;
using System.Security.Cryptography;
using Experience.Embedded.Journal;
using Experience.Embedded.Keys;
using Experience.Embedded.Memory;

namespace Experience.Embedded.Shards;

/// <summary>
/// Checkpoint files: an image sealed under a key of its own. The key lies in <c>keys.db</c> and is replaced at each writing, in one
/// transaction that also names the new file; the old file is then noise, whoever has a copy of it. So a crash at any moment leaves
/// either the old file and its key or the new one and its key.
/// </summary>
/// <remarks>
/// The noise is written over by the image after: a file that is deleted and another that grows instead of it, some megabytes each second under load, have the file system write down where
/// they lie, and whatever is synced meanwhile, a commit of the journal above all, waits for that.
/// </remarks>
internal sealed class Checkpoints(DataFolder folder, KeyStore keys)
{
    private const uint Magic = 0x31_43_50_58;
    private const int HeaderSize = 16;

    /// <summary>
    /// An image is sealed and synced in pieces of this size, each with its number as the nonce and authenticated together with the head, so that no checksum is needed beside the tags: a commit of the journal that comes meanwhile finds that much before it on the disk, and not
    /// the whole image.
    /// </summary>
    private const int Piece = 1024 * 1024;

    private readonly byte[] _sealed = new byte[Piece + 16];

    /// <summary>Writes the image over the file before the last, and gives the last one up. One thread at a time.</summary>
    /// <param name="scrub">The image before holds somebody who was erased since: nothing of its key may be left, in the WAL either, and nothing of it.</param>
    public void Write(int shard, ReadOnlySpan<byte> image, long scanFrom, bool scrub = false)
    {
        var before = Meta(shard);
        var generation = (before?.Generation ?? 0) + 1;
        var key = RandomNumberGenerator.GetBytes(16);
        var path = folder.CheckpointFile(shard, generation);
        var noise = folder.CheckpointFile(shard, generation - 2);
        if (File.Exists(noise)) File.Move(noise, path, overwrite: true);
        using (var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1))
        {
            Span<byte> head = stackalloc byte[HeaderSize];
            BinaryPrimitives.WriteUInt32LittleEndian(head, Magic);
            BinaryPrimitives.WriteInt64LittleEndian(head[4..], image.Length);
            file.Write(head);
            using var aes = new AesGcm(key, 16);
            Span<byte> nonce = stackalloc byte[12];
            for (var piece = 0; piece * (long)Piece < image.Length; piece++)
            {
                var plain = image.Slice(piece * Piece, Math.Min(Piece, image.Length - (piece * Piece)));
                BinaryPrimitives.WriteInt32LittleEndian(nonce, piece);
                aes.Encrypt(nonce, plain, _sealed.AsSpan(0, plain.Length), _sealed.AsSpan(plain.Length, 16), head);
                file.Write(_sealed.AsSpan(0, plain.Length + 16));
                DataSync.Flush(file.SafeFileHandle);
            }

            if (file.Length > file.Position) file.SetLength(file.Position);

            // Its new name too, before the key says that it has one.
            file.Flush(flushToDisk: true);
        }

        Put(shard, generation, scanFrom, key);
        if (!scrub) return;
        keys.Scrub();
        if (before is { } old) File.Delete(folder.CheckpointFile(shard, old.Generation));
    }

    /// <summary>Notes that nothing of the shard stands in blocks up to <paramref name="scanFrom"/> but what its image has.</summary>
    public void Advance(int shard, long scanFrom)
    {
        if (Meta(shard) is { } meta) Put(shard, meta.Generation, scanFrom, meta.Key);
    }

    /// <summary>The block after which a shard's image has to be completed; 0 when there is no image.</summary>
    public long ScanFrom(int shard) => Meta(shard)?.ScanFrom ?? 0;

    /// <summary>Reads the image; false when there is none, or it does not open: then the shard is folded from the journal.</summary>
    public bool Read(int shard, FixedBuffer image)
    {
        image.Clear();
        if (Meta(shard) is not { } meta) return false;
        var path = folder.CheckpointFile(shard, meta.Generation);
        if (!File.Exists(path)) return false;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            Span<byte> head = stackalloc byte[HeaderSize];
            file.ReadExactly(head);
            var length = BinaryPrimitives.ReadInt64LittleEndian(head[4..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(head) != Magic || length < 0 || length > file.Length) return false;
            image.Reserve(checked((int)length));
            using var aes = new AesGcm(meta.Key, 16);
            Span<byte> nonce = stackalloc byte[12];
            var piece = new byte[Math.Min(length, Piece) + 16];
            for (long done = 0, n = 0; done < length; n++)
            {
                var size = (int)Math.Min(Piece, length - done);
                file.ReadExactly(piece.AsSpan(0, size + 16));
                BinaryPrimitives.WriteInt32LittleEndian(nonce, (int)n);
                aes.Decrypt(nonce, piece.AsSpan(0, size), piece.AsSpan(size, 16), image.Take(size), head);
                done += size;
            }

            return true;
        }
        catch (Exception unreadable) when (unreadable is CryptographicException or IOException)
        {
            return false;
        }
    }

    private (long Generation, long ScanFrom, byte[] Key)? Meta(int shard)
    {
        if (keys.GetMeta($"checkpoint/{shard}") is not { Length: 32 } meta) return null;
        return (BinaryPrimitives.ReadInt64LittleEndian(meta), BinaryPrimitives.ReadInt64LittleEndian(meta.AsSpan(8)), meta[16..]);
    }

    private void Put(int shard, long generation, long scanFrom, ReadOnlySpan<byte> key)
    {
        Span<byte> meta = stackalloc byte[32];
        BinaryPrimitives.WriteInt64LittleEndian(meta, generation);
        BinaryPrimitives.WriteInt64LittleEndian(meta[8..], scanFrom);
        key.CopyTo(meta[16..]);
        keys.PutMeta($"checkpoint/{shard}", meta);
    }
}
