namespace Experience.Sample;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014). Its own, so that a seed means
/// the same sample in every version of the runtime.
/// </summary>
internal sealed class SeededRandom(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9e37_79b9_7f4a_7c15UL;
        return Mix(_state);
    }

    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58_476d_1ce4_e5b9UL;
        z = (z ^ (z >> 27)) * 0x94d0_49bb_1331_11ebUL;
        return z ^ (z >> 31);
    }

    /// <summary>A generator that depends on this one's seed and the purpose, not on how often this one was asked.</summary>
    public static SeededRandom For(int seed, string purpose)
    {
        var hash = 0xcbf2_9ce4_8422_2325UL;
        foreach (var c in purpose) hash = (hash ^ c) * 0x0000_0100_0000_01b3UL;
        return new SeededRandom(Mix(hash ^ ((ulong)(uint)seed << 17)));
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double Double() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, below). The bias is below 2^-32 for every range used here.</summary>
    public int Int(int below) => (int)(((Next() >> 32) * (ulong)below) >> 32);

    /// <summary>Uniform in [from, to].</summary>
    public int Between(int from, int to) => from + Int(to - from + 1);

    public bool Chance(double probability) => Double() < probability;

    public T Pick<T>(IReadOnlyList<T> items) => items[Int(items.Count)];

    /// <summary>An index with probability proportional to its weight.</summary>
    public int Weighted(ReadOnlySpan<double> weights)
    {
        double sum = 0;
        foreach (var w in weights) sum += w;
        var at = Double() * sum;
        for (var i = 0; i < weights.Length; i++)
        {
            at -= weights[i];
            if (at < 0) return i;
        }

        return weights.Length - 1;
    }

    public void Shuffle<T>(IList<T> items)
    {
        for (var i = items.Count - 1; i > 0; i--)
        {
            var j = Int(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
