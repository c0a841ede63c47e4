using System.Buffers;
using System.Text.Json;
using Experience.Web.Contracts;

namespace Experience.Web.Live;

/// <summary>A place in a topic: the last frame that a connection was sent.</summary>
internal readonly record struct LivePlace(long Epoch, long Sequence);

/// <summary>
/// One watched view: its newest state, the deltas that led to it, and who is told when it changes. One subscription to the
/// engine feeds it, however many connections watch.
/// </summary>
/// <remarks>
/// State and the set of listeners change under one lock, so a connection that joins is either told of a change or already sees it
/// in the snapshot: never neither. Frames are immutable and shared. A listener is only ever signalled here, never written to.
/// </remarks>
internal sealed class LiveTopic(string name, long epoch)
{
    /// <summary>Deltas kept for resuming; older places get a snapshot.</summary>
    public const int MaxDeltas = 64;

    /// <summary>A connection further behind than this gets the newest state at once instead of every step to it.</summary>
    public const int MaxBehind = 16;

    private readonly Lock _gate = new();
    private readonly Queue<LiveFrame> _deltas = new(MaxDeltas);
    private readonly HashSet<LiveConnection> _listeners = [];
    private JsonElement? _view;
    private long _sequence;

    public string Name => name;

    public long Epoch => epoch;

    public int Listeners
    {
        get
        {
            lock (_gate) return _listeners.Count;
        }
    }

    /// <summary>Takes a new state of the view. Equal states make no frame.</summary>
    public void Publish(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var view = document.RootElement.Clone();
        lock (_gate)
        {
            if (_view is not { } before)
            {
                _sequence = 1;
            }
            else
            {
                var delta = LiveDelta.Between(before, view, out var whole);
                if (delta is null && !whole) return;
                _sequence++;
                if (delta is { } body)
                {
                    if (_deltas.Count == MaxDeltas) _deltas.Dequeue();
                    _deltas.Enqueue(new LiveFrame(name, epoch, _sequence, FrameKind.Delta, body));
                }
                else
                {
                    // What cannot be said as a delta ends the chain: everybody goes on from a snapshot.
                    _deltas.Clear();
                }
            }

            _view = view;
            foreach (var listener in _listeners) listener.Signal();
        }
    }

    public void Join(LiveConnection listener)
    {
        lock (_gate) _listeners.Add(listener);
    }

    public void Leave(LiveConnection listener)
    {
        lock (_gate) _listeners.Remove(listener);
    }

    /// <summary>The frames from a place to the newest state: a few deltas, or a snapshot; nothing when the place is the newest.</summary>
    public void Since(LivePlace place, List<LiveFrame> frames)
    {
        lock (_gate)
        {
            if (_view is not { } view || (place.Epoch == epoch && place.Sequence == _sequence)) return;
            var behind = _sequence - place.Sequence;
            if (place.Epoch == epoch && behind is > 0 and <= MaxBehind && behind <= _deltas.Count)
            {
                foreach (var delta in _deltas)
                {
                    if (delta.Sequence > place.Sequence) frames.Add(delta);
                }

                return;
            }

            frames.Add(new LiveFrame(name, epoch, _sequence, FrameKind.Snapshot, view));
        }
    }
}

/// <summary>The difference of two states of a view, as docs/live.md states it.</summary>
internal static class LiveDelta
{
    private const string Tiles = "tiles";

    /// <summary>Null with <paramref name="whole"/> false: nothing changed. Null with it true: only a snapshot can say it.</summary>
    public static JsonElement? Between(JsonElement before, JsonElement after, out bool whole)
    {
        whole = false;
        var buffer = new ArrayBufferWriter<byte>(1024);
        var changed = false;
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var property in after.EnumerateObject())
            {
                if (!before.TryGetProperty(property.Name, out var old))
                {
                    whole = true;
                    return null;
                }

                if (JsonElement.DeepEquals(old, property.Value)) continue;
                changed = true;
                if (property.NameEquals(Tiles) && property.Value.ValueKind == JsonValueKind.Array)
                {
                    if (!WriteTiles(writer, old, property.Value))
                    {
                        whole = true;
                        return null;
                    }
                }
                else
                {
                    property.WriteTo(writer);
                }
            }

            writer.WriteEndObject();
        }

        if (!changed) return null;
        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private static bool WriteTiles(Utf8JsonWriter writer, JsonElement before, JsonElement after)
    {
        if (before.ValueKind != JsonValueKind.Array || before.GetArrayLength() != after.GetArrayLength()) return false;
        writer.WriteStartArray(Tiles);
        foreach (var (old, tile) in before.EnumerateArray().Zip(after.EnumerateArray()))
        {
            if (!old.GetProperty("id").ValueEquals(tile.GetProperty("id").GetString())) return false;
            if (!JsonElement.DeepEquals(old, tile)) tile.WriteTo(writer);
        }

        writer.WriteEndArray();
        return true;
    }
}
