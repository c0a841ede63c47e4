using System.Collections.Concurrent;
using Experience.Domain.Cards;
using Experience.Domain.Events;
using Experience.Domain.Identity;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Voice;
using Experience.Grains.Contracts;
using Experience.Grains.People;
using Experience.Grains.Storage;

namespace Experience.Silo.Engine;

/// <summary>Public voice: shards say which streams are voices and whose they are, the store what was said.</summary>
internal sealed partial class OrleansEngine : IVoices
{
    // What was read of a voice of so many records; read again when there are more.
    private readonly ConcurrentDictionary<UInt128, (long Version, VoiceFace Face)> _faces = [];

    public async ValueTask<VoicePage> VoicesAsync(VoiceQuery query, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        await SettleAsync(cancellation).ConfigureAwait(false);
        var rows = (await ShardsAsync(static shard => shard.VoicesAsync(), cancellation).ConfigureAwait(false)).SelectMany(static r => r).Where(static r => r.Key.Length > 0).ToArray();
        var faces = new List<(UInt128, bool, VoiceFace)>(rows.Length);
        foreach (var some in rows.Chunk(MaxAtOnce))
            faces.AddRange(await Task.WhenAll(some.Select(async row => (row.Stream, row.Home != UInt128.Zero, await FaceAsync(row).ConfigureAwait(false)))).ConfigureAwait(false));
        var (streams, page) = VoiceList.Choose(faces, query, _program);
        var chosen = rows.ToDictionary(static r => r.Stream);
        var views = await Task.WhenAll(streams.Select(s => ViewAsync(chosen[s], cancellation))).ConfigureAwait(false);
        await LookedAsync(access, "list voice", cancellation).ConfigureAwait(false);
        return page with { Voices = [.. views.OfType<VoiceView>()] };
    }

    public async ValueTask<VoiceView?> VoiceAsync(string source, string key, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ArgumentNullException.ThrowIfNull(key);
        ThrowUnlessReady();
        if (!Voices.IsKey(key)) return null;
        var stream = _parts.StreamOf(source, key);
        if (await WhereAsync(stream, cancellation).ConfigureAwait(false) is not { Known: true } where) return null;
        await LookedAsync(access, "list voice", cancellation).ConfigureAwait(false);
        return await ViewAsync(new VoiceRow(stream, 0, where.Home == stream ? UInt128.Zero : where.Home, source, key), cancellation).ConfigureAwait(false);
    }

    private async Task<VoiceFace> FaceAsync(VoiceRow row)
    {
        if (_faces.TryGetValue(row.Stream, out var known) && known.Version == row.Version) return known.Face;
        var face = VoiceFace.Of(await SaidAsync(row).ConfigureAwait(false));
        _faces[row.Stream] = (row.Version, face);
        return face;
    }

    private async Task<VoiceView?> ViewAsync(VoiceRow row, CancellationToken cancellation)
    {
        if (VoiceFace.Spoken(await SaidAsync(row).ConfigureAwait(false)) is not { } said) return null;
        VoicePerson? person = null;
        if (row.Home != UInt128.Zero && await CopyAsync(row.Home, 0, observations: false, cancellation).ConfigureAwait(false) is { } copy)
        {
            var state = new PersonState();
            state.Read(copy.State);
            var id = Streams.IdOf(copy.Stream);
            person = PersonFace.Of(id, state, [new SourceKey(copy.Source, copy.Key)]) is { } face ? new VoicePerson(id, face.Sketch.Name) : null;
        }

        return VoiceList.View(said, new SourceKey(row.Source, row.Key), person, _program);
    }

    /// <summary>The facts of a voice's stream; none of one that was erased, since nothing of it can be read.</summary>
    private async Task<List<JourneyFact>> SaidAsync(VoiceRow row)
    {
        var secret = await _parts.Store.SecretAsync(row.Stream, create: false).ConfigureAwait(false);
        if (secret.Length == 0) return [];
        using var sealer = new Sealer(Sealer.DataKey(_parts.MasterKey, secret, row.Stream));
        var facts = Array.ConvertAll(await _parts.Store.RecordsAsync(row.Stream, 0).ConfigureAwait(false), r => Ledger.Read(row.Stream, r, sealer));
        var voids = facts.Where(static f => f.Type == EventTypes.EventVoided.Code).Select(f => VoidTarget.Of(Ledger.View(f), row.Source)).ToHashSet();
        return [.. facts.Select(f => new JourneyFact(f.Event, EventTypes.Of(f.Type), f.Time, f.Clear, f.Personal, row.Source, voids.Contains(f.Event)))];
    }
}
