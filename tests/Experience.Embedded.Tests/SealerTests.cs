using System.Buffers.Binary;
using System.Security.Cryptography;
using Experience.Embedded.Keys;
using Xunit.Abstractions;

namespace Experience.Embedded.Tests;

/// <summary>Personal parts are AES-128-GCM as anybody's: the platform's own cipher opens them, and they open for nobody else's record.</summary>
public sealed class SealerTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("experience-keys-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_platforms_cipher_writes_the_same(bool remember)
    {
        const int seed = 11;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var keys = Open();
        using var sealer = new Sealer(keys, remember);
        using var deriver = keys.Master.Deriver();
        var slots = Enumerable.Range(0, 20).Select(_ => keys.Create()).ToArray();
        for (var i = 0; i < 400; i++)
        {
            var slot = slots[random.Next(slots.Length)];
            var (stream, id) = (new UInt128((ulong)slot, 1), new UInt128((ulong)random.NextInt64(), 2));
            var (nonceBase, offset) = (random.NextInt64(), random.Next(8_192));
            var plain = new byte[random.Next(1, 300)];
            random.NextBytes(plain);
            var written = new byte[plain.Length + Sealer.TagSize];
            sealer.Seal(slot, stream, id, nonceBase, offset, plain, written);

            Assert.Equal(Platform(keys, deriver, slot, stream, id, nonceBase, offset, plain), written);
            var opened = new byte[plain.Length];
            Assert.True(sealer.Open(slot, stream, id, nonceBase, offset, written, opened));
            Assert.Equal(plain, opened);
        }
    }

    [Xunit.Fact]
    public void What_was_changed_or_is_of_another_record_does_not_open_and_shows_nothing()
    {
        using var keys = Open();
        using var sealer = new Sealer(keys);
        var (slot, other) = (keys.Create(), keys.Create());
        var (stream, id) = (new UInt128(7, 1), new UInt128(8, 2));
        byte[] plain = [.. "Asked twice for the room"u8];
        var written = new byte[plain.Length + Sealer.TagSize];
        sealer.Seal(slot, stream, id, 5, 64, plain, written);
        for (var at = 0; at < written.Length; at++)
        {
            byte[] changed = [.. written];
            changed[at] ^= 1;
            Refused(slot, stream, id, 5, 64, changed);
        }

        Refused(other, stream, id, 5, 64, written);
        Refused(slot, stream + 1, id, 5, 64, written);
        Refused(slot, stream, id + 1, 5, 64, written);
        Refused(slot, stream, id, 6, 64, written);
        Refused(slot, stream, id, 5, 65, written);
        Refused(slot, stream, id, 5, 64, written.AsSpan(0, 10).ToArray());

        // A refusal leaves nothing behind for the next record.
        var opened = new byte[plain.Length];
        Assert.True(sealer.Open(slot, stream, id, 5, 64, written, opened));
        Assert.Equal(plain, opened);
        keys.Commit([slot]);
        keys.Erase([slot]);
        Assert.False(sealer.Open(slot, stream, id, 5, 64, written, opened));

        void Refused(int by, UInt128 of, UInt128 named, long nonceBase, int offset, byte[] sealedPart)
        {
            var shown = new byte[plain.Length];
            Assert.ThrowsAny<CryptographicException>(() => sealer.Open(by, of, named, nonceBase, offset, sealedPart, shown));
            Assert.All(shown, b => Assert.Equal(0, b));
        }
    }

    private KeyStore Open() => new(Path.Combine(_folder, "keys.db"), MasterKey.Open(Path.Combine(_folder, "master.key"), create: true));

    private static byte[] Platform(KeyStore keys, IncrementalHash deriver, int slot, UInt128 stream, UInt128 id, long nonceBase, int offset, byte[] plain)
    {
        var key = new byte[16];
        MasterKey.DataKey(deriver, keys.Secret(slot), stream, key);
        using var cipher = new AesGcm(key, Sealer.TagSize);
        var nonce = new byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(nonce, nonceBase);
        BinaryPrimitives.WriteInt32LittleEndian(nonce.AsSpan(8), offset);
        var bound = new byte[32];
        BinaryPrimitives.WriteUInt128LittleEndian(bound, stream);
        BinaryPrimitives.WriteUInt128LittleEndian(bound.AsSpan(16), id);
        var written = new byte[plain.Length + Sealer.TagSize];
        cipher.Encrypt(nonce, plain, written.AsSpan(0, plain.Length), written.AsSpan(plain.Length), bound);
        return written;
    }
}
