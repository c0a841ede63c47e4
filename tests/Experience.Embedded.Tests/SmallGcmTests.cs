using System.Security.Cryptography;
using Experience.Embedded.Keys;

namespace Experience.Embedded.Tests;

/// <summary>The same bytes as the platform's own AES-GCM, for every length that reaches another branch.</summary>
public sealed class SmallGcmTests
{
    [Fact]
    public void It_seals_and_opens_what_the_platform_does()
    {
        var random = new Random(5);
        for (var length = 0; length <= 300; length++)
        {
            var (key, nonce, plain, bound) = (Bytes(random, 16), Bytes(random, 12), Bytes(random, length), Bytes(random, random.Next(50)));
            var (expected, expectedTag) = (new byte[length], new byte[16]);
            using var platform = new AesGcm(key, 16);
            platform.Encrypt(nonce, plain, expected, expectedTag, bound);

            var (cipher, tag) = (new byte[length], new byte[16]);
            SmallGcm.Seal(key, nonce, plain, cipher, tag, bound);
            Assert.Equal(expected, cipher);
            Assert.Equal(expectedTag, tag);

            var opened = new byte[length];
            SmallGcm.Open(key, nonce, expected, expectedTag, opened, bound);
            Assert.Equal(plain, opened);
        }
    }

    /// <summary>Test cases 1 and 2 of McGrew and Viega, "The Galois/Counter Mode of Operation" (2004), appendix B.</summary>
    [Theory]
    [InlineData("", "", "58e2fccefa7e3061367f1d57a4e7455a")]
    [InlineData("00000000000000000000000000000000", "0388dace60b6a392f328c2b971b2fe78", "ab6e47d42cec13bdf53a67b21257bddf")]
    public void It_gives_the_published_results(string plain, string cipher, string tag)
    {
        var (sealedPart, sealedTag) = (new byte[plain.Length / 2], new byte[16]);
        SmallGcm.Seal(new byte[16], new byte[12], Convert.FromHexString(plain), sealedPart, sealedTag, []);
        Assert.Equal(cipher, Convert.ToHexStringLower(sealedPart));
        Assert.Equal(tag, Convert.ToHexStringLower(sealedTag));
    }

    [Fact]
    public void One_changed_bit_anywhere_is_refused()
    {
        var random = new Random(6);
        var (key, nonce, plain, bound) = (Bytes(random, 16), Bytes(random, 12), Bytes(random, 77), Bytes(random, 32));
        var (cipher, tag) = (new byte[77], new byte[16]);
        SmallGcm.Seal(key, nonce, plain, cipher, tag, bound);
        foreach (var part in new[] { key, nonce, cipher, tag, bound })
        {
            for (var bit = 0; bit < part.Length * 8; bit++)
            {
                part[bit / 8] ^= (byte)(1 << (bit % 8));
                var opened = new byte[77];
                Assert.Throws<AuthenticationTagMismatchException>(() => SmallGcm.Open(key, nonce, cipher, tag, opened, bound));
                Assert.All(opened, b => Assert.Equal(0, b));
                part[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
