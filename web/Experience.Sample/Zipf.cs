namespace Experience.Sample;

/// <summary>
/// Ranks 1..n with probability proportional to rank^-s, in constant time and memory: rejection-inversion
/// (Hörmann, Derflinger, "Rejection-inversion to generate variates from monotone discrete distributions", 1996).
/// </summary>
internal sealed class Zipf
{
    private readonly int _n;
    private readonly double _s;
    private readonly double _hx1;
    private readonly double _hn;
    private readonly double _cut;

    public Zipf(int n, double s)
    {
        _n = n;
        _s = s;
        _hx1 = H(1.5) - 1;
        _hn = H(n + 0.5);
        _cut = 2 - HInverse(H(2.5) - Math.Exp(-_s * Math.Log(2)));
    }

    public int Next(SeededRandom random)
    {
        while (true)
        {
            var u = _hn + random.Double() * (_hx1 - _hn);
            var x = HInverse(u);
            var k = Math.Clamp((int)(x + 0.5), 1, _n);
            if (k - x <= _cut || u >= H(k + 0.5) - Math.Exp(-_s * Math.Log(k))) return k;
        }
    }

    // H is an integral of x^-s; s = 1 is the logarithm.
    private double H(double x) => _s == 1 ? Math.Log(x) : Math.Exp((1 - _s) * Math.Log(x)) / (1 - _s);

    private double HInverse(double x) => _s == 1 ? Math.Exp(x) : Math.Exp(Math.Log(x * (1 - _s)) / (1 - _s));
}
