using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Sample.Tests;

/// <summary>The sample's facts as models see them, without an engine: the program, and person after person.</summary>
internal sealed class Told
{
    private readonly Dictionary<string, List<Fact>> _people;

    public Told(IEnumerable<Fact> facts, string timeZone)
    {
        var zone = new CivilZone(TimeZoneInfo.FindSystemTimeZoneById(timeZone));
        var state = new ProgramState(zone, "Riverbend College", "USD");
        _people = [];
        foreach (var fact in facts.OrderBy(static f => f.Stamp))
        {
            if (fact.Type.Target == EventTarget.Program || fact.Subject.Length == 0) state.Apply(fact.View());
            else if (_people.TryGetValue(fact.Subject, out var list)) list.Add(fact);
            else _people[fact.Subject] = [fact];
        }

        Program = state.Snapshot(1);
    }

    public ProgramSnapshot Program { get; }

    public IEnumerable<string> Keys => _people.Keys;

    public void Walk(IHistoryVisitor visitor)
    {
        foreach (var (key, facts) in _people)
        {
            if (!visitor.Visit(new Person(SipHash.Name(key), facts))) return;
        }
    }

    private sealed class Person(UInt128 number, List<Fact> facts) : IPersonHistory
    {
        UInt128 IPersonHistory.Person => number;

        public long LiveSince => long.MaxValue;

        public int Count => facts.Count;

        public FactView this[int index] => facts[index].View();
    }
}
