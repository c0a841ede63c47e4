using System.Collections.Concurrent;
using Experience.Domain.Port;
using Experience.Domain.Voice;
using Experience.Embedded.Loops;
using Experience.Embedded.Shards;

namespace Experience.Embedded;

/// <summary>Public voice: loops say which streams are voices and whose they are, the journal what was said.</summary>
public sealed partial class EmbeddedEngine : IVoices
{
    /// <summary>Records of one voice that are looked at: what was said is its first.</summary>
    private const int VoiceFacts = 2_000;

    // What was read of a voice up to a record; read again when there is a newer one.
    private readonly ConcurrentDictionary<UInt128, (long Last, VoiceFace Face)> _faces = [];

    public async ValueTask<VoicePage> VoicesAsync(VoiceQuery query, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        if (Volatile.Read(ref _peopleOwed) != 0) await PeopleOwedAsync(cancellation).ConfigureAwait(false);
        var rows = (await Task.WhenAll(_loops.Select(loop => loop.AskAsync(static l => l.Shards.SelectMany(static s => s.VoiceRows.Select(row => VoiceOf(s, row))).ToArray()))).WaitAsync(cancellation).ConfigureAwait(false))
            .SelectMany(static r => r).ToArray();
        await RefreshProgramAsync(force: false).ConfigureAwait(false);
        var program = Volatile.Read(ref _program);
        var faces = await Task.Run(() => Faces(rows, cancellation), cancellation).ConfigureAwait(false);
        var (streams, page) = VoiceList.Choose(faces, query, program);
        var chosen = rows.ToDictionary(static r => r.Chain.Stream);
        var voices = new List<VoiceView>(streams.Count);
        foreach (var stream in streams)
        {
            if (await ViewAsync(chosen[stream], cancellation).ConfigureAwait(false) is { } view) voices.Add(view);
        }

        await _looks.RecordAsync(access, "list voice", Now(), cancellation).ConfigureAwait(false);
        return page with { Voices = voices };
    }

    public async ValueTask<VoiceView?> VoiceAsync(string source, string key, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ArgumentNullException.ThrowIfNull(key);
        ThrowUnlessReady();
        if (!Voices.IsKey(key) || _parts.Sources.Find(source) == 0) return null;
        var stream = StreamOf(source, key);
        var row = await AskAsync(stream, (_, shard) => shard.Find(stream) is var row and >= 0 ? VoiceOf(shard, row) : null, cancellation).ConfigureAwait(false);
        if (row is null) return null;
        await _looks.RecordAsync(access, "list voice", Now(), cancellation).ConfigureAwait(false);
        return await ViewAsync(row, cancellation).ConfigureAwait(false);
    }

    private static VoiceRow VoiceOf(Shard shard, int row)
    {
        ref var r = ref shard.Row(row);
        return new VoiceRow(new Chain(r.Stream, r.Last, r.KeySlot), r.Source, shard.Key(row), (r.Flags & StreamFlags.Erased) != 0);
    }

    private List<(UInt128 Stream, bool Attributed, VoiceFace Face)> Faces(VoiceRow[] rows, CancellationToken cancellation) => _readers.Use(reader => rows.Where(static r => !r.Erased).Select(row =>
    {
        cancellation.ThrowIfCancellationRequested();
        var (stream, last, _) = row.Chain;
        if (!_faces.TryGetValue(stream, out var known) || known.Last != last) _faces[stream] = known = (last, VoiceFace.Of(reader.Read([row.Chain], VoiceFacts)));
        return (stream, _parts.People.HomeOf(stream) != stream, known.Face);
    }).ToList());

    private async Task<VoiceView?> ViewAsync(VoiceRow row, CancellationToken cancellation)
    {
        if (row.Erased || _readers.Use(reader => VoiceFace.Spoken(reader.Read([row.Chain], VoiceFacts))) is not { } said) return null;
        var home = _parts.People.HomeOf(row.Chain.Stream);
        var name = home == row.Chain.Stream ? null : await AskAsync(home, (cx, shard) => Face(cx.Context, shard, home)?.Sketch.Name, cancellation).ConfigureAwait(false);
        var person = name is null ? null : new VoicePerson(IdOf(home), name);
        return VoiceList.View(said, new SourceKey(_parts.Sources.Name(row.Source), row.Key), person, Volatile.Read(ref _program));
    }

    /// <summary>A voice as its loop has it.</summary>
    private sealed record VoiceRow(Chain Chain, int Source, string Key, bool Erased);
}
