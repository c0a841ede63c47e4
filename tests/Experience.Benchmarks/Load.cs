using Experience.Domain.Events;
using Experience.Sample;

namespace Experience.Benchmarks;

/// <summary>The sample's mix over any number of people, made before the clock starts so that making it costs nothing.</summary>
internal sealed class Load
{
    /// <summary>µs between events at most: twenty a second.</summary>
    private const long MaxStep = 50_000;

    private readonly SampleLoad _load;
    private readonly int _people;
    private readonly bool _live;

    /// <param name="most">Events that are drawn at most. They are spread over the time that they may have, so none is of the future.</param>
    /// <param name="overHttp">The load is sent as it would be by sources: all of it is recent enough to count as live when it is sent.</param>
    public Load(int people, LoadDistribution distribution, long most, int seed = 1, bool live = true, double late = 0.05, bool overHttp = false)
    {
        _people = people;
        _live = live && !overHttp;
        var span = overHttp ? TimeSpan.FromHours(46) : TimeSpan.FromDays(12);
        _load = new SampleLoad(people, seed, distribution, DateTimeOffset.UtcNow - span)
        {
            Step = Math.Clamp((long)span.TotalMicroseconds / Math.Max(1, most), 1, MaxStep),
            LateShare = late,
            DuplicateShare = late is 0 or 1 ? 0 : 0.01,
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
