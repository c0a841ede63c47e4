using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.Identity;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Voice;
using Experience.Embedded.Loops;
using Experience.Embedded.Persons;
using Experience.Embedded.Shards;

namespace Experience.Embedded;

/// <summary>Who may be whom. The index says who shares something; what people are now, and what was said of them, decides.</summary>
public sealed partial class EmbeddedEngine : IIdentities
{
    /// <summary>Pairs compared before an answer is given; the rest are compared for the next one.</summary>
    private const int PairsAtOnce = 5_000;

    /// <summary>Pairs compared at a tick.</summary>
    private const int PairsAtTick = 1_000;

    private const int MaxSuggestions = 200;

    private const int MaxMerged = 100;

    private readonly SemaphoreSlim _likenessTurn = new(1, 1);
    private readonly Dictionary<(UInt128 First, UInt128 Second), int> _alike = [];
    private readonly Queue<Fact[]> _meant = [];

    public async ValueTask<SuggestionsView> SuggestionsAsync(string? after, int limit, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();

        // Before it is looked who is alike: what was filled in meanwhile is not in the answer.
        var ready = _search.Ready;
        await PeopleOwedAsync(cancellation).ConfigureAwait(false);
        limit = Math.Clamp(limit, 1, MaxSuggestions);
        var from = int.TryParse(after, out var skip) && skip > 0 ? skip : 0;
        await _likenessTurn.WaitAsync(cancellation).ConfigureAwait(false);
        List<SuggestionView> page;
        int total;
        try
        {
            await CompareFreshAsync(PairsAtOnce, cancellation).ConfigureAwait(false);

            // What is shown is compared once more, so that nobody is asked about a pair that is settled; who falls out makes room.
            while (true)
            {
                var pairs = _alike.OrderByDescending(static p => p.Value).ThenBy(static p => p.Key).Skip(from).Take(limit).Select(static p => p.Key).ToArray();
                page = await CompareAsync(pairs, cancellation).ConfigureAwait(false);
                if (page.Count == pairs.Length) break;
            }

            total = _alike.Count;
        }
        finally
        {
            _likenessTurn.Release();
        }

        var merged = await MergedAsync(cancellation).ConfigureAwait(false);
        await _looks.RecordAsync(access, "list same", Now(), cancellation).ConfigureAwait(false);
        return new SuggestionsView(total, page, merged, from + page.Count < total ? (from + page.Count).ToString(System.Globalization.CultureInfo.InvariantCulture) : null, ready);
    }

    public async ValueTask<MergePreview?> PreviewAsync(string first, string second, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        if (!TryParseId(first, out var a) || !TryParseId(second, out var b)) return null;
        if (await CardAsync(first, access, cancellation).ConfigureAwait(false) is not { } one || await CardAsync(second, access, cancellation).ConfigureAwait(false) is not { } two) return null;
        if (await CopyAsync(a, cancellation).ConfigureAwait(false) is not { } own || await CopyAsync(b, cancellation).ConfigureAwait(false) is not { } other || own.Stream == other.Stream) return null;
        (SourceKey Key, Chain Chain)[] streams = [.. own.Keys.Zip(own.Chains), .. other.Keys.Zip(other.Chains)];
        Array.Sort(streams, static (x, y) => Kinship.Compare((x.Key, x.Chain.Stream), (y.Key, y.Chain.Stream)));
        var both = (streams[0].Chain.Stream == own.Stream ? own : other) with
        {
            Chains = [.. streams.Select(static s => s.Chain)],
            Keys = [.. streams.Select(static s => s.Key)],
            AsOf = new AsOf(Math.Max(own.AsOf.Instant, other.AsOf.Instant), own.AsOf.History && other.AsOf.History, Math.Min(own.AsOf.LiveSince, other.AsOf.LiveSince)),
        };

        // A history may be long: it is folded beside the loops, and whoever asks waits.
        both = both with { State = await Task.Run(() => _readers.Use(reader => reader.Fold(both.Chains, _zone, cancellation)), cancellation).ConfigureAwait(false) };
        var sections = await SectionsAsync(cancellation).ConfigureAwait(false);
        var household = await HouseholdAsync(both, cancellation).ConfigureAwait(false);
        return new MergePreview(one, two, _readers.Use(reader => Card(reader, both, sections, household)));
    }

    public async ValueTask<IReadOnlyList<string>> WithIdentityAsync(IdentityKind kind, string value, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ArgumentNullException.ThrowIfNull(value);
        ThrowUnlessReady();
        await PeopleOwedAsync(cancellation).ConfigureAwait(false);
        var text = IdentityText.Of(kind, value);
        if (text.Length == 0) return [];
        var streams = await StreamsOfAsync(_parts.Identities.Find(kind, text), (kind, text), cancellation).ConfigureAwait(false);
        return [.. streams.Values.Where(static s => s != UInt128.Zero).Select(_parts.People.HomeOf).Distinct().Order().Take(MaxHits).Select(IdOf)];
    }

    public async ValueTask<StatedIdentities?> StatedAsync(string person, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        if (!TryParseId(person, out var stream) || await CopyAsync(stream, cancellation).ConfigureAwait(false) is not { } copy) return null;
        await _looks.RecordAsync(access, person, Now(), cancellation).ConfigureAwait(false);
        return _readers.Use(reader =>
        {
            reader.State.Read(copy.State);
            return StatedIdentities.Of(reader.State.Profile);
        });
    }

    /// <summary>Compares who began to share something since, and merges whom the policy merges.</summary>
    private async Task MergeByPolicyAsync(CancellationToken cancellation)
    {
        if (!_parts.Identities.HasFresh && _meant.Count == 0) return;
        if (!await _likenessTurn.WaitAsync(0, cancellation).ConfigureAwait(false)) return;
        try
        {
            await CompareFreshAsync(PairsAtTick, cancellation).ConfigureAwait(false);
            while (_meant.TryPeek(out var pair))
            {
                await RecordAsync(pair, Access.System("identity"), cancellation).ConfigureAwait(false);
                _meant.Dequeue();
            }
        }
        catch (EngineBusyException)
        {
            // The next tick goes on.
        }
        finally
        {
            _likenessTurn.Release();
        }
    }

    private async Task CompareFreshAsync(int most, CancellationToken cancellation)
    {
        var fresh = _parts.Identities.TakeFresh(most);
        if (fresh.Length == 0) return;
        var streams = await StreamsOfAsync([.. fresh.SelectMany(static p => new[] { p.First, p.Second }).Distinct()], null, cancellation).ConfigureAwait(false);
        var pairs = new HashSet<(UInt128, UInt128)>();
        foreach (var (first, second) in fresh)
        {
            if (!streams.TryGetValue(first, out var a) || !streams.TryGetValue(second, out var b) || a == UInt128.Zero || b == UInt128.Zero) continue;
            var (x, y) = (_parts.People.HomeOf(a), _parts.People.HomeOf(b));
            if (x != y) pairs.Add(x < y ? (x, y) : (y, x));
        }

        await CompareAsync([.. pairs], cancellation).ConfigureAwait(false);
    }

    /// <summary>Compares pairs as they are now, and keeps those that are worth a look.</summary>
    private async Task<List<SuggestionView>> CompareAsync((UInt128 First, UInt128 Second)[] pairs, CancellationToken cancellation)
    {
        var rules = Volatile.Read(ref _program).Policy.Identity;
        var people = pairs.SelectMany(static p => new[] { p.First, p.Second }).Distinct().ToArray();
        var faces = people.Zip(await EachAsync(people, quiet: false, Face).WaitAsync(cancellation).ConfigureAwait(false)).ToDictionary(static f => f.First, static f => f.Second);
        await _uniteTurn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var alike = new List<SuggestionView>();
            foreach (var pair in pairs)
            {
                var (a, b) = (faces[pair.First], faces[pair.Second]);
                var evidence = a is null || b is null || Apart(pair.First, pair.Second) ? null : PersonFace.Compare(a, b);
                if (evidence is null)
                {
                    _alike.Remove(pair);
                    continue;
                }

                if (rules.Met(evidence) is { } list)
                {
                    _alike.Remove(pair);
                    _meant.Enqueue(PersonFace.MergeByRule(a!.Sketch.Keys[0], b!.Sketch.Keys[0], list, Now()));
                    continue;
                }

                _alike[pair] = evidence.Sum(static e => e.Points);
                alike.Add(PersonFace.Suggest(a!, b!, evidence));
            }

            return alike;
        }
        finally
        {
            _uniteTurn.Release();
        }
    }

    // Somebody said so of any two of their streams.
    private bool Apart(UInt128 first, UInt128 second)
    {
        foreach (var a in _kinship.PersonOf(first))
        {
            foreach (var b in _kinship.PersonOf(second))
            {
                if (_kinship.Apart(a, b)) return true;
            }
        }

        return false;
    }

    private PersonFace? Face(LoopContext cx, Shard shard, UInt128 stream)
    {
        if (shard.Find(stream) is not (var row and >= 0) || shard.IsElsewhere(row) || (shard.Row(row).Flags & StreamFlags.Erased) != 0) return null;
        cx.Scratch.Read(shard.StateBytes(row));
        SourceKey[] keys = shard.StreamsOf(row) is { } streams
            ? [.. streams.Where(static s => !Voices.IsVoice(s.Stream)).Select(s => new SourceKey(_parts.Sources.Name(s.Source), s.Key))]
            : [new SourceKey(_parts.Sources.Name(shard.Row(row).Source), shard.Key(row))];
        return PersonFace.Of(IdOf(stream), cx.Scratch, keys);
    }

    /// <summary>The streams of rows; zero for one that there is not, or that does not say any more what it is asked for.</summary>
    private async Task<Dictionary<RowRef, UInt128>> StreamsOfAsync(RowRef[] rows, (IdentityKind Kind, string Text)? says, CancellationToken cancellation)
    {
        var parts = await Task.WhenAll(rows.Where(static r => r.Shard < Shard.Count).GroupBy(r => r.Shard % _loops.Length).Select(mine => _loops[mine.Key].AskAsync(loop => mine.Select(r =>
        {
            var shard = loop.Shards[loop.ShardSlot(r.Shard)];
            if (r.Row >= shard.People || (shard.Row(r.Row).Flags & StreamFlags.Erased) != 0) return (Ref: r, Stream: UInt128.Zero);

            // What a stream of several said is not in its own row any more; that it said so once is enough.
            if (says is { } identity && !shard.IsElsewhere(r.Row) && shard.StreamsOf(r.Row) is null)
            {
                loop.Context.Scratch.Read(shard.StateBytes(r.Row));
                if (!IdentityText.Of(loop.Context.Scratch.Profile).Contains(identity)) return (Ref: r, Stream: UInt128.Zero);
            }

            return (Ref: r, shard.Row(r.Row).Stream);
        }).ToArray()))).WaitAsync(cancellation).ConfigureAwait(false);
        return parts.SelectMany(static p => p).ToDictionary(static p => p.Ref, static p => p.Stream);
    }

    private async Task<IReadOnlyList<MergedView>> MergedAsync(CancellationToken cancellation)
    {
        var people = _parts.People.All();
        var links = new List<(UnitedPerson Person, UnitedStream First, UnitedStream Second, long At)>();
        await _uniteTurn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            foreach (var person in people)
            {
                var streams = person.Streams.Where(static s => s.Key.Length > 0 && !Voices.IsVoice(s.Stream)).ToDictionary(static s => s.Stream);
                foreach (var stream in streams.Values)
                {
                    foreach (var (other, link) in _kinship.Standing(stream.Stream))
                    {
                        if (link.Merged && stream.Stream < other && streams.TryGetValue(other, out var second)) links.Add((person, stream, second, link.Stamp.Time));
                    }
                }
            }
        }
        finally
        {
            _uniteTurn.Release();
        }

        var newest = links.OrderByDescending(static l => l.At).ThenBy(static l => l.First.Stream).Take(MaxMerged).ToArray();
        var homes = newest.Select(static l => l.Person.Home).Distinct().ToArray();
        var faces = homes.Zip(await EachAsync(homes, quiet: false, Face).WaitAsync(cancellation).ConfigureAwait(false)).ToDictionary(static f => f.First, static f => f.Second);
        return [.. newest.Where(l => faces[l.Person.Home] is not null).Select(l => new MergedView(IdOf(l.Person.Home), faces[l.Person.Home]!.Sketch.Name, KeyOf(l.First), KeyOf(l.Second), l.At / 1000))];

        SourceKey KeyOf(UnitedStream stream) => new(_parts.Sources.Name(stream.Source), stream.Key);
    }
}
