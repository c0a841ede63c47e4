namespace Experience.Domain.Models.Needs;

/// <summary>
/// Draws that are functions of their seed: the same person, rule and period give the same draw on every engine and as often as it is asked.
/// </summary>
public ref struct BetaDraw(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Uniform in (0, 1): SplitMix64 (Steele, Lea, Flood 2014).</summary>
    public double Uniform()
    {
        var x = _state += 0x9e37_79b9_7f4a_7c15UL;
        x = (x ^ (x >> 30)) * 0xbf58_476d_1ce4_e5b9UL;
        x = (x ^ (x >> 27)) * 0x94d0_49bb_1331_11ebUL;
        return (((x ^ (x >> 31)) >> 11) + 0.5) * (1.0 / (1UL << 53));
    }

    /// <summary>Beta(a, b) as Γ(a) ÷ (Γ(a) + Γ(b)), for a, b &gt; 0.</summary>
    public double Beta(double a, double b)
    {
        var x = Gamma(a);
        return x / (x + Gamma(b));
    }

    /// <summary>Γ(shape, 1): Marsaglia and Tsang, ACM TOMS 26 (2000); below shape 1 by their boost.</summary>
    private double Gamma(double shape)
    {
        if (shape < 1) return Gamma(shape + 1) * Math.Pow(Uniform(), 1 / shape);
        var d = shape - 1.0 / 3;
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var z = Normal();
            var v = 1 + c * z;
            if (v <= 0) continue;
            v = v * v * v;
            if (Math.Log(Uniform()) < z * z / 2 + d - d * v + d * Math.Log(v)) return d * v;
        }
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(Uniform())) * Math.Cos(2 * Math.PI * Uniform());
}
