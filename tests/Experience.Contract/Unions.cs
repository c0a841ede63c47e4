using System.Buffers;
using System.Text;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Voice;

namespace Experience.Contract;

/// <summary>Merges as the edge makes them, and what people of several streams must be, computed from the facts alone.</summary>
public static class Unions
{
    public const string Second = "/shop";

    /// <summary>Both sides of a merge.</summary>
    public static Fact[] Merge(string who, string other, string id, DateTimeOffset at, string source = Given.Source, string otherSource = Given.Source) =>
        Link(EventTypes.ParticipantMerged, who, other, id, at, source, otherSource);

    /// <summary>Both sides of an unmerge.</summary>
    public static Fact[] Unmerge(string who, string other, string id, DateTimeOffset at, string source = Given.Source, string otherSource = Given.Source) =>
        Link(EventTypes.ParticipantUnmerged, who, other, id, at, source, otherSource);

    private static Fact[] Link(EventType type, string who, string other, string id, DateTimeOffset at, string source, string otherSource) =>
    [
        new FactBuilder(type, source, id, who, at.Micros()) { Live = true }.Set(Fields.Other, other).Set(Fields.OtherSource, source == otherSource ? null : otherSource).Build(),
        new FactBuilder(type, otherSource, id + "#mirror", other, at.Micros()) { Live = true }.Set(Fields.Other, who).Set(Fields.OtherSource, source == otherSource ? null : source).Build(),
    ];

    /// <summary>The same fact, as if it had been sent of another key of the source.</summary>
    public static Fact Under(Fact fact, string key) => new()
    {
        Type = fact.Type,
        Time = fact.Time,
        Source = fact.Source,
        Subject = key,
        Id = fact.Id,
        Clear = fact.Clear,
        Personal = fact.Personal,
        Live = fact.Live,
    };

    /// <summary>
    /// The state hash that any engine must come to, by the shortest way there is: of each pair of keys the newest link, people by flooding over the merges, each
    /// person's facts once, in order, without those that the person's voids undo.
    /// </summary>
    public static string HashOf(IEnumerable<Fact> facts)
    {
        var streams = facts.Where(f => f.Type.Target == EventTarget.Person && f.Subject.Length > 0).GroupBy(f => (f.Source, f.Subject))
            .ToDictionary(g => g.Key, g => g.DistinctBy(f => f.Id).ToList());
        var newest = new Dictionary<string, (Stamp, UInt128, bool, (string, string), (string, string))>(StringComparer.Ordinal);
        foreach (var (stream, history) in streams)
        {
            foreach (var link in history.Where(f => PersonFold.Links(f.Type)))
            {
                var other = OtherOf(link);
                var pair = string.Join('\n', new[] { $"{stream.Source} {stream.Subject}", $"{other.Source} {other.Subject}" }.Order(StringComparer.Ordinal));
                var says = (link.Stamp, link.Id, link.Type == EventTypes.ParticipantMerged, stream, other);
                if (!newest.TryGetValue(pair, out var known) || (known.Item1, known.Item2).CompareTo((link.Stamp, link.Id)) < 0) newest[pair] = says;
            }
        }

        // Of a voice only the newest of all links has a say.
        var links = newest.Values.ToList();
        foreach (var voice in links.SelectMany(l => new[] { l.Item4, l.Item5 }).Where(s => Voices.IsKey(s.Item2)).Distinct().ToArray())
        {
            var mine = links.Where(l => l.Item4 == voice || l.Item5 == voice).OrderByDescending(l => (l.Item1, l.Item2)).Skip(1).ToArray();
            links.RemoveAll(mine.Contains);
        }

        var merges = links.Where(l => l.Item3).Select(l => (A: l.Item4, B: l.Item5)).ToArray();
        var left = streams.Keys.ToHashSet();
        var people = new List<(byte[] Source, byte[] Key, byte[] State)>();
        while (left.Count > 0)
        {
            var person = new HashSet<(string Source, string Subject)> { left.First() };
            for (var before = 0; before != person.Count;)
            {
                before = person.Count;
                foreach (var (a, b) in merges)
                {
                    if (person.Contains(a) || person.Contains(b)) person.UnionWith([a, b]);
                }
            }

            left.ExceptWith(person);
            if (person.Where(streams.ContainsKey).All(p => Voices.IsKey(p.Subject))) continue;
            var name = person.Where(streams.ContainsKey).Select(p => (Source: Encoding.UTF8.GetBytes(p.Source), Key: Encoding.UTF8.GetBytes(p.Subject), Stream: p))
                .Order(Comparer<(byte[] Source, byte[] Key, (string, string) Stream)>.Create((a, b) => IsVoice(a.Key) != IsVoice(b.Key) ? IsVoice(a.Key).CompareTo(IsVoice(b.Key)) : StateHash.Compare(a.Source, a.Key, b.Source, b.Key))).ToArray();
            people.Add((name[0].Source, name[0].Key, Fold(name.SelectMany(n => streams[n.Stream]))));
        }

        people.Sort((a, b) => StateHash.Compare(a.Source, a.Key, b.Source, b.Key));
        using var hash = new StateHash();
        foreach (var (source, key, state) in people) hash.Add(source, key, state);
        return hash.Current();
    }

    private static bool IsVoice(byte[] key) => Voices.IsKey(Encoding.UTF8.GetString(key));

    private static byte[] Fold(IEnumerable<Fact> facts)
    {
        // OrderBy is stable: of two copies with one time the one of the smaller stream comes first.
        var all = facts.Where(f => PersonFold.Folds(f.Type)).OrderBy(f => f.Time).ThenBy(f => f.Id).DistinctBy(f => f.Id).ToArray();
        var voided = all.Where(f => f.Type == EventTypes.EventVoided).Select(TargetOf).ToHashSet();
        var state = new PersonState();
        foreach (var fact in all)
        {
            if (!PersonFold.CanBeVoided(fact.Type) || !voided.Contains(fact.Id)) PersonFold.Apply(state, fact.View(), CivilZone.Utc);
        }

        var output = new ArrayBufferWriter<byte>();
        state.Write(output);
        return output.WrittenSpan.ToArray();
    }

    private static (string Source, string Subject) OtherOf(Fact link)
    {
        string source = link.Source, subject = "";
        for (var r = link.Fields(); r.Next();)
        {
            if (r.Number == Fields.OtherSource.Number) source = r.Text;
        }

        for (var r = link.PersonalFields(); r.Next();)
        {
            if (r.Number == Fields.Other.Number) subject = r.Text;
        }

        return (source, subject);
    }

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
