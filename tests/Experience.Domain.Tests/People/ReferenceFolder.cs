using System.Buffers;
using Experience.Domain.Events;
using Experience.Domain.People;

namespace Experience.Domain.Tests.People;

/// <summary>
/// The least folder of one person's facts that is right: it knows all facts, takes each (source, id) once, applies newer ones, tries older
/// ones late and refolds where that is refused. The state rests as bytes between facts, as in an engine.
/// </summary>
internal sealed class ReferenceFolder(CivilZone zone)
{
    private readonly Dictionary<UInt128, Fact> _facts = [];
    private readonly HashSet<UInt128> _voided = [];
    private readonly PersonState _state = new();

    public byte[] Bytes { get; private set; } = [];

    /// <summary>Late facts by type: taken late, refolded.</summary>
    public Dictionary<EventType, (int Late, int Refolded)> Lates { get; } = [];

    /// <summary>Compare each late result with a refold.</summary>
    public bool Check { get; init; }

    public void Add(Fact fact)
    {
        if (!_facts.TryAdd(fact.Id, fact)) return;
        if (fact.Type == EventTypes.EventVoided && _voided.Add(TargetOf(fact)) && _facts.ContainsKey(TargetOf(fact)))
        {
            Refold();
            return;
        }

        if (IsVoided(fact)) return;
        _state.Read(Bytes);
        if (_state.Facts == 0 || fact.Stamp > _state.Last)
        {
            PersonFold.Apply(_state, fact.View(), zone);
            Bytes = Write(_state);
            return;
        }

        var (late, refolded) = Lates.GetValueOrDefault(fact.Type);
        if (!PersonFold.TryApplyLate(_state, fact.View(), zone))
        {
            Lates[fact.Type] = (late, refolded + 1);
            Assert.Equal(Bytes, Write(_state));
            Refold();
            return;
        }

        Lates[fact.Type] = (late + 1, refolded);
        Bytes = Write(_state);
        if (!Check) return;
        var expected = Folded();
        if (!expected.AsSpan().SequenceEqual(Bytes)) Assert.Fail($"{fact.Type} {fact.Id:x} applied late differs from a refold.");
    }

    /// <summary>The fold of the set, from nothing and in order.</summary>
    public byte[] Folded()
    {
        var state = new PersonState();
        foreach (var fact in _facts.Values.Where(f => !IsVoided(f)).OrderBy(f => f.Stamp)) PersonFold.Apply(state, fact.View(), zone);
        return state.Facts == 0 ? [] : Write(state);
    }

    public static byte[] Write(PersonState state)
    {
        var output = new ArrayBufferWriter<byte>();
        state.Write(output);
        return output.WrittenSpan.ToArray();
    }

    private void Refold() => Bytes = Folded();

    private bool IsVoided(Fact fact) => PersonFold.CanBeVoided(fact.Type) && _voided.Contains(fact.Id);

    private static UInt128 TargetOf(Fact fact)
    {
        string source = fact.Source, id = "";
        for (var r = fact.Fields(); r.Next();)
        {
            if (r.Number == Fields.TargetSource.Number) source = r.Text;
            if (r.Number == Fields.TargetId.Number) id = r.Text;
        }

        return Fact.IdOf(source, id);
    }
}
