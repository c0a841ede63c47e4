using System.Globalization;
using Experience.Domain.Events;
using Experience.Domain.Identity;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Domain.Voice;
using Experience.Grains.Contracts;
using Experience.Grains.Kin;
using Experience.Grains.People;

namespace Experience.Silo.Engine;

/// <summary>Who may be whom. Grains find and compare; what people are now, and what was said of them, decides.</summary>
internal sealed partial class OrleansEngine : IIdentities
{
    private const int MaxSuggestions = 200;
    private const int MaxMerged = 100;

    public async ValueTask<SuggestionsView> SuggestionsAsync(string? after, int limit, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        await SettleAsync(cancellation).ConfigureAwait(false);
        limit = Math.Clamp(limit, 1, MaxSuggestions);
        var from = int.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var skip) ? skip : 0;
        var page = await TryAsync(() => _grains.GetGrain<ISuggestionsGrain>(0).PageAsync(from, limit), cancellation).ConfigureAwait(false);
        var faces = await FacesAsync([.. page.Pairs.SelectMany(static p => new[] { p.First, p.Second }).Distinct()], cancellation).ConfigureAwait(false);
        var suggestions = new List<SuggestionView>(page.Pairs.Length);
        foreach (var pair in page.Pairs)
        {
            // Whoever changed since is left out; the next page finds them as they are.
            if (faces.TryGetValue(pair.First, out var a) && faces.TryGetValue(pair.Second, out var b) && PersonFace.Compare(a, b) is { } evidence) suggestions.Add(PersonFace.Suggest(a, b, evidence));
        }

        var merged = await MergedAsync(cancellation).ConfigureAwait(false);
        await LookedAsync(access, "list same", cancellation).ConfigureAwait(false);
        var next = from + page.Pairs.Length;
        return new SuggestionsView(page.Total, suggestions, merged, next < page.Total ? next.ToString(CultureInfo.InvariantCulture) : null, true);
    }

    public async ValueTask<MergePreview?> PreviewAsync(string first, string second, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        if (!Streams.TryParse(first, out var a) || !Streams.TryParse(second, out var b)) return null;
        if (await CardAsync(first, access, cancellation).ConfigureAwait(false) is not { } one || await CardAsync(second, access, cancellation).ConfigureAwait(false) is not { } two || one.Id == two.Id) return null;
        if (await CopyAsync(a, CardFacts, observations: false, cancellation).ConfigureAwait(false) is not { } own
            || await CopyAsync(b, CardFacts, observations: false, cancellation).ConfigureAwait(false) is not { } other) return null;
        await _parts.Kin.RefreshAsync().ConfigureAwait(false);
        var streams = await Union.KnownAsync(_parts, own.All().Concat(other.All()).Select(static s => s.Stream)).ConfigureAwait(false);
        var union = await Union.FoldAsync(_parts, streams, before: null).ConfigureAwait(false);
        var facts = Together(own).Concat(Together(other)).DistinctBy(static f => f.Fact.Event).ToArray();
        var both = new PersonCopy(
            union.Home, union.Streams[0].Source, union.Streams[0].Key, union.State, union.LiveSince, [.. facts.Select(static f => f.Fact)], union.Message(), [.. facts.Select(static f => f.Origin)]);
        return new MergePreview(one, two, await CardOfAsync(both, cancellation).ConfigureAwait(false));

        IEnumerable<(FactMessage Fact, int Origin)> Together(PersonCopy copy) => copy.Facts.Select((f, i) => (f, streams.FindIndex(s => s.Stream == copy.Of(i).Stream)));
    }

    public async ValueTask<IReadOnlyList<string>> WithIdentityAsync(IdentityKind kind, string value, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ArgumentNullException.ThrowIfNull(value);
        ThrowUnlessReady();
        var text = IdentityText.Of(kind, value);
        if (text.Length == 0) return [];
        var part = IdentityGrain.PartOf(SipHash.FromKey(_parts.Facts.StreamKey), kind, text);
        var people = await TryAsync(() => _grains.GetGrain<IIdentityGrain>(part).FindAsync((int)kind, text), cancellation).ConfigureAwait(false);
        return [.. people.Take(MaxHits).Select(Streams.IdOf)];
    }

    public async ValueTask<StatedIdentities?> StatedAsync(string person, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        if (!Streams.TryParse(person, out var stream) || await CopyAsync(stream, 0, observations: false, cancellation).ConfigureAwait(false) is not { } copy) return null;
        await LookedAsync(access, person, cancellation).ConfigureAwait(false);
        var state = new PersonState();
        state.Read(copy.State);
        return StatedIdentities.Of(state.Profile);
    }

    /// <summary>Grows with what anybody says to be, and when a shard moves.</summary>
    internal async Task<long> SaidAsync(CancellationToken cancellation) => (await PulsesAsync(cancellation).ConfigureAwait(false)).Sum(static p => p.Said);

    internal async Task<IdentityRules> IdentityRulesAsync(CancellationToken cancellation)
    {
        await RefreshProgramAsync(cancellation).ConfigureAwait(false);
        return _program.Policy.Identity;
    }

    /// <summary>People as they are now, by the streams that name them; who was erased, or is named by another stream now, is left out.</summary>
    internal async Task<Dictionary<UInt128, PersonFace>> FacesAsync(UInt128[] people, CancellationToken cancellation)
    {
        var faces = new Dictionary<UInt128, PersonFace>();
        var state = new PersonState();
        foreach (var some in people.Chunk(MaxAtOnce))
        {
            foreach (var copy in await Task.WhenAll(some.Select(p => TryAsync(() => Shard(p).PersonAsync(p, 0, false), cancellation))).ConfigureAwait(false))
            {
                if (copy is null) continue;
                state.Read(copy.State);
                if (PersonFace.Of(Streams.IdOf(copy.Stream), state, [.. copy.All().Where(static s => !Voices.IsVoice(s.Stream)).Select(static s => new SourceKey(s.Source, s.Key))]) is { } face) faces[copy.Stream] = face;
            }
        }

        return faces;
    }

    private async Task<IReadOnlyList<MergedView>> MergedAsync(CancellationToken cancellation)
    {
        await _parts.Kin.RefreshAsync().ConfigureAwait(false);
        var merged = new List<MergedView>();
        var state = new PersonState();
        foreach (var (first, second, link) in _parts.Kin.Merges(MaxMerged))
        {
            if (await CopyAsync(first, 0, observations: false, cancellation).ConfigureAwait(false) is not { Streams: { } streams } copy) continue;
            if (KeyOf(first) is not { } one || KeyOf(second) is not { } two) continue;
            state.Read(copy.State);
            var name = PersonFace.Of(Streams.IdOf(copy.Stream), state, [one])?.Sketch.Name;
            if (name is not null) merged.Add(new MergedView(Streams.IdOf(copy.Stream), name, one, two, link.Stamp.Time / 1000));

            SourceKey? KeyOf(UInt128 stream) => Array.Find(streams, s => s.Stream == stream) is { Key.Length: > 0 } s ? new SourceKey(s.Source, s.Key) : null;
        }

        return merged;
    }
}
