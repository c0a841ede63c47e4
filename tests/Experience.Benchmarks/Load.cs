using Experience.Domain.Events;
using Experience.Sample;

namespace Experience.Benchmarks;

/// <summary>The sample's mix over any number of people, made before the clock starts so that making it costs nothing.</summary>
internal sealed class Load
{
    private readonly SampleLoad _load;
    private readonly int _people;
    private readonly bool _live;

    public Load(int people, LoadDistribution distribution, int seed = 1, bool live = true, bool onlyLate = false, bool inOrder = false)
    {
        _people = people;
        _live = live;
        _load = new SampleLoad(people, seed, distribution, DateTimeOffset.UtcNow.AddHours(-12))
        {
            // 12 hours hold 40 million events: enough for any run, and none of them is of the future.
            Step = 1_000,
            LateShare = onlyLate ? 1 : inOrder ? 0 : 0.05,
            DuplicateShare = onlyLate || inOrder ? 0 : 0.01,
        };
    }

    public IEnumerable<Fact> Catalogue() => _load.Catalogue();

    /// <summary>One fact a person: who it is.</summary>
    public IEnumerable<Fact> Identities()
    {
        for (var person = 0; person < _people; person++) yield return _load.Identity(person);
    }

    public Fact[] Next(int count)
    {
        var facts = new Fact[count];
        _load.Fill(facts);
        if (!_live) return facts;
        for (var i = 0; i < facts.Length; i++) facts[i] = Live(facts[i]);
        return facts;
    }

    private static Fact Live(Fact fact) => new()
    {
        Type = fact.Type,
        Source = fact.Source,
        Subject = fact.Subject,
        Time = fact.Time,
        Id = fact.Id,
        Clear = fact.Clear,
        Personal = fact.Personal,
        Live = true,
    };
}
