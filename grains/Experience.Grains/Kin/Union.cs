using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Voice;
using Experience.Grains.Contracts;
using Experience.Grains.People;
using Experience.Grains.Storage;

namespace Experience.Grains.Kin;

/// <summary>One of a person's streams, as far as its records were folded.</summary>
/// <param name="Key">Empty when it was erased.</param>
/// <param name="LiveSince">Earliest live fact, µs; 0 when none was live.</param>
internal sealed record UnionStream(UInt128 Stream, string Source, string Key, bool Erased, long Version, long LiveSince);

/// <summary>
/// A person of several streams: the fold of the facts of all of them in one order, each id once, voided ones left out. Computed from what is durable and from nothing
/// else, so that whoever computes it again comes to the same.
/// </summary>
internal sealed class Union
{
    private readonly HashSet<UInt128> _ids;
    private readonly HashSet<UInt128> _voids;

    private Union(IReadOnlyList<UnionStream> streams, byte[] state, HashSet<UInt128> ids, HashSet<UInt128> voids)
    {
        Streams = streams;
        State = state;
        _ids = ids;
        _voids = voids;
    }

    /// <summary>In the order of their names: the first one names the person.</summary>
    public IReadOnlyList<UnionStream> Streams { get; }

    public UInt128 Home => Streams[0].Stream;

    /// <summary>Canonical.</summary>
    public byte[] State { get; }

    public long LiveSince => Streams.Where(static s => s.LiveSince != 0).Select(static s => s.LiveSince).DefaultIfEmpty().Min();

    public PersonKey[] Message() => [.. Streams.Select(static s => new PersonKey(s.Stream, s.Source, s.Key, s.LiveSince))];

    /// <summary>The streams of these that anything was recorded of, in the order of their names: by source and key as in the state hash; erased ones have no key, and go by their numbers.</summary>
    public static async Task<List<UnionStream>> KnownAsync(SiloParts parts, IEnumerable<UInt128> streams)
    {
        var known = new List<UnionStream>();
        foreach (var face in await Task.WhenAll(streams.Select(async s => (Stream: s, Identity: await parts.Store.IdentityAsync(s), Secret: await parts.Store.SecretAsync(s, create: false)))))
        {
            if (face.Identity is null) continue;
            var erased = parts.Kin.IsErased(face.Stream);
            using var sealer = erased || face.Secret.Length == 0 ? null : new Sealer(Sealer.DataKey(parts.MasterKey, face.Secret, face.Stream));
            var (source, key) = Identity.Read(face.Stream, face.Identity, sealer);
            known.Add(new UnionStream(face.Stream, string.Intern(source), key, erased, 0, 0));
        }

        known.Sort(static (a, b) => Kinship.Compare((new SourceKey(a.Source, a.Key), a.Stream), (new SourceKey(b.Source, b.Key), b.Stream)));
        return known;
    }

    /// <summary>Folds what is durable of these streams; on top of what was folded before where they are the same and what came since is newer.</summary>
    /// <param name="upTo">Leaves out what is beyond the versions that the streams name: to fold again what was folded.</param>
    public static async Task<Union> FoldAsync(SiloParts parts, IReadOnlyList<UnionStream> streams, Union? before, bool upTo = false)
    {
        if (before is not null && before.Continues(streams) && before.OnTop(await ReadAsync(parts, before.Streams, upTo: false), parts.Zone) is { } further) return further;
        return All(await ReadAsync(parts, upTo ? streams : [.. streams.Select(static s => s with { Version = 0, LiveSince = 0 })], upTo), parts.Zone);
    }

    private bool Continues(IReadOnlyList<UnionStream> streams) =>
        streams.Count == Streams.Count && streams.Zip(Streams).All(static p => p.First.Stream == p.Second.Stream && p.First.Erased == p.Second.Erased);

    // Records after each stream's version, or those before it.
    private static Task<(UnionStream Stream, FactMessage[] Facts)[]> ReadAsync(SiloParts parts, IReadOnlyList<UnionStream> streams, bool upTo) => Task.WhenAll(streams.Select(async s =>
    {
        var stored = await parts.Store.RecordsAsync(s.Stream, upTo ? 0 : s.Version);
        if (upTo) stored = [.. stored.Take((int)s.Version)];
        if (stored.Length == 0) return (s, []);
        var secret = s.Erased ? [] : await parts.Store.SecretAsync(s.Stream, create: false);
        using var sealer = secret.Length == 0 ? null : new Sealer(Sealer.DataKey(parts.MasterKey, secret, s.Stream));
        var facts = Array.ConvertAll(stored, r => Ledger.Read(s.Stream, r, sealer));
        var since = facts.Where(static f => f.Live && Ledger.RunsClocks(f)).Select(static f => f.Time).Append(s.LiveSince).Where(static t => t != 0).DefaultIfEmpty().Min();
        return (s with { Version = upTo ? s.Version : s.Version + facts.Length, LiveSince = since }, facts);
    }));

    private static Union All((UnionStream Stream, FactMessage[] Facts)[] read, CivilZone zone)
    {
        HashSet<UInt128> ids = [], voids = Voids(read);
        var scratch = Scratch.Of();
        scratch.State.Clear();
        Fold(scratch.State, read, ids, voids, zone);
        return new Union([.. read.Select(static r => r.Stream)], scratch.Encode(scratch.State), ids, voids);
    }

    // Null where something came late, undoes what was folded, or erases.
    private Union? OnTop((UnionStream Stream, FactMessage[] Facts)[] read, CivilZone zone)
    {
        var scratch = Scratch.Of();
        scratch.State.Clear();
        if (State.Length > 0) scratch.State.Read(State);
        if (scratch.State.Facts == 0 || Voids(read).Count > 0) return null;
        var last = scratch.State.Last;
        foreach (var (_, facts) in read)
        {
            foreach (var fact in facts)
            {
                if (PersonFold.Folds(EventTypes.Of(fact.Type)) && (new Stamp(fact.Time, (ulong)(fact.Event >> 64)) <= last || fact.Type == EventTypes.ParticipantErased.Code)) return null;
            }
        }

        Fold(scratch.State, read, _ids, _voids, zone);
        return new Union([.. read.Select(static r => r.Stream)], scratch.Encode(scratch.State), _ids, _voids);
    }

    // Of two copies of one event with one time that of the smaller stream is folded: sorting is stable.
    private static void Fold(PersonState state, (UnionStream Stream, FactMessage[] Facts)[] read, HashSet<UInt128> ids, HashSet<UInt128> voids, CivilZone zone)
    {
        foreach (var fact in read.SelectMany(static r => r.Facts).OrderBy(static f => f.Time).ThenBy(static f => f.Event))
        {
            var type = EventTypes.Of(fact.Type);
            if (!PersonFold.Folds(type) || !ids.Add(fact.Event) || (PersonFold.CanBeVoided(type) && voids.Contains(fact.Event))) continue;
            PersonFold.Apply(state, new FactView(type, fact.Time, fact.Event, fact.Clear, fact.Personal), zone);
        }
    }

    private static HashSet<UInt128> Voids((UnionStream Stream, FactMessage[] Facts)[] read)
    {
        var voids = new HashSet<UInt128>();
        foreach (var (stream, facts) in read)
        {
            foreach (var fact in facts)
            {
                if (fact.Type == EventTypes.EventVoided.Code) voids.Add(VoidTarget.Of(new FactView(EventTypes.EventVoided, fact.Time, fact.Event, fact.Clear, fact.Personal), stream.Source));
            }
        }

        return voids;
    }
}

/// <summary>What a row is of a person of several streams: their home, which holds the fold of all, or one whose facts are recorded here and counted there.</summary>
/// <param name="Home">Zero while it is not known yet which.</param>
/// <param name="Union">Null for a row that counts nowhere.</param>
internal sealed record KinRole(UInt128 Home, Union? Union)
{
    /// <summary>Of a stream that is joined with none: nothing, but for a voice, which nobody is known for and which counts nowhere.</summary>
    public static KinRole? Alone(UInt128 stream) => Voices.IsVoice(stream) ? new KinRole(stream, null) : null;

    /// <summary>A voice that nobody is known for.</summary>
    public bool IsLoneVoice => Union is null && Voices.IsVoice(Home);
}
