using System.Buffers.Binary;
using Experience.Domain.Events;

namespace Experience.Domain.Tests.People;

public sealed class SipHashTests
{
    /// <summary>Known answers of the authors for SipHash-2-4, key 00…0f, input 00, 01, … of the given length.</summary>
    [Theory]
    [InlineData(0, "310e0edd47db6f72", "a3817f04ba25a8e66df67214c7550293")]
    [InlineData(1, "fd67dc93c539f874", "da87c1d86b99af44347659119b22fc45")]
    [InlineData(7, "37d1018bf50002ab", "a1f1ebbed8dbc153c0b84aa61ff08239")]
    [InlineData(8, "6224939a79f5f593", "3b62a9ba6258f5610f83e264f31497b4")]
    [InlineData(15, "e545be4961ca29a1", "5493e99933b0a8117e08ec0f97cfc3d9")]
    [InlineData(16, "db9bc2577fcc2a3f", "6ee2a4ca67b054bbfd3315bf85230577")]
    [InlineData(33, "e37859f94623f3a7", "77c6077146f01c32b6b69d5f4ea9ffcf")]
    [InlineData(63, "724506eb4c328a95", "5150d1772f50834a503e069a973fbd7c")]
    public void The_authors_vectors_hold(int length, string hash64, string hash128)
    {
        var key = Enumerable.Range(0, 16).Select(i => (byte)i).ToArray();
        var input = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        var hash = SipHash.FromKey(key);
        var narrow = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(narrow, hash.Hash64(input));
        Assert.Equal(hash64, Convert.ToHexStringLower(narrow));
        var wide = new byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(wide, hash.Hash128(input));
        Assert.Equal(hash128, Convert.ToHexStringLower(wide));
    }

    [Fact]
    public void No_two_pairs_of_texts_run_together() =>
        Assert.NotEqual(SipHash.Public.Pair("ab", "c"), SipHash.Public.Pair("a", "bc"));
}
