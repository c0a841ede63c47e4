using System.Text;
using Experience.Domain.Port;
using Experience.Domain.Voice;

namespace Experience.Domain.People;

/// <summary>
/// Which streams are one person: the connected sets of streams under the merges that stand. A pure function of the set of merge and unmerge facts: of each
/// pair the newest one stands, by stamp, so nothing depends on what came first, twice or late.
/// </summary>
/// <remarks>
/// Each link is a fact of both streams. It stands when either of them has it: a process that ended between the two leaves no half, and the sender's retry brings
/// the other. Somebody who was erased and somebody who was not are never one person: who comes back after an erasure is new, whatever an old merge says.
/// A stream without facts of its own may connect others; it is no person. A voice (<see cref="Voices"/>) connects nobody: it is at most one person's, as the newest of all
/// its links says, so that who attributes it anew need not know whose it was.
/// </remarks>
public sealed class Kinship
{
    private readonly Dictionary<UInt128, Node> _nodes = [];

    /// <summary>
    /// The order of a person's streams. The first one names the person, which a voice never does: the smallest (source, key), as in the state hash; who was erased has no key, and
    /// then the stream decides.
    /// </summary>
    public static int Compare((SourceKey Key, UInt128 Stream) one, (SourceKey Key, UInt128 Stream) other)
    {
        if (Voices.IsVoice(one.Stream) != Voices.IsVoice(other.Stream)) return Voices.IsVoice(one.Stream) ? 1 : -1;
        var order = StateHash.Compare(Utf8(one.Key.Source), Utf8(one.Key.Key), Utf8(other.Key.Source), Utf8(other.Key.Key));
        return order != 0 ? order : one.Stream.CompareTo(other.Stream);

        static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
    }

    /// <summary>Streams that have, or are named by, a link.</summary>
    public int Streams => _nodes.Count;

    public void Clear() => _nodes.Clear();

    /// <summary>Takes all links of a stream's history, in place of what was known of it before.</summary>
    public void Put(UInt128 stream, IReadOnlyCollection<StreamLink> links, bool erased)
    {
        ArgumentNullException.ThrowIfNull(links);
        var node = Of(stream);
        node.Erased = erased;
        foreach (var other in node.Told.Keys)
        {
            var neighbour = _nodes[other];
            neighbour.Heard.Remove(stream);
            if (neighbour.Bare) _nodes.Remove(other);
        }

        node.Told.Clear();
        foreach (var link in links)
        {
            // Nobody is joined to themselves.
            if (link.Other == stream) continue;
            if (!node.Told.TryGetValue(link.Other, out var known) || link.Beats(known)) node.Told[link.Other] = link;
        }

        foreach (var (other, link) in node.Told) Of(other).Heard[stream] = link;
        if (node.Bare) _nodes.Remove(stream);
    }

    /// <summary>The newest link of a pair, told by either side; null when there is none.</summary>
    public StreamLink? Between(UInt128 stream, UInt128 other)
    {
        if (!_nodes.TryGetValue(stream, out var node)) return null;
        var told = node.Told.TryGetValue(other, out var own);
        var heard = node.Heard.TryGetValue(other, out var theirs);
        if (told && heard) return own.Beats(theirs) ? own : theirs;
        return told ? own : heard ? theirs : null;
    }

    /// <summary>Whether any link, of whatever it says, has or names the stream.</summary>
    public bool Touches(UInt128 stream) => _nodes.TryGetValue(stream, out var node) && (node.Told.Count > 0 || node.Heard.Count > 0);

    /// <summary>The streams whose person a change of this stream's links may have changed: it, each that a link names together with it, and whom those are one with.</summary>
    public IReadOnlyCollection<UInt128> Around(UInt128 stream)
    {
        var around = new HashSet<UInt128>(PersonOf(stream));
        if (!_nodes.TryGetValue(stream, out var node)) return around;
        foreach (var other in node.Told.Keys.Concat(node.Heard.Keys)) around.UnionWith(PersonOf(other));
        return around;
    }

    /// <summary>All pairs that a merge holds together now, each once; voices and whom they are attributed to left out.</summary>
    public IEnumerable<(UInt128 First, UInt128 Second, StreamLink Link)> Merges() => _nodes.Keys.Where(static s => !Voices.IsVoice(s)).SelectMany(
        stream => Standing(stream).Where(l => l.Link.Merged && stream < l.Other && !Voices.IsVoice(l.Other)).Select(l => (stream, l.Other, l.Link)));

    /// <summary>Whether somebody said that these two are two people, and nobody said otherwise since.</summary>
    public bool Apart(UInt128 stream, UInt128 other) => Between(stream, other) is { Merged: false };

    /// <summary>The streams that a stream is one person with, itself among them, in ascending order.</summary>
    public IReadOnlyList<UInt128> PersonOf(UInt128 stream)
    {
        if (!_nodes.ContainsKey(stream)) return [stream];
        var found = new SortedSet<UInt128> { stream };
        var open = new Queue<UInt128>([stream]);
        while (open.TryDequeue(out var next))
        {
            foreach (var (other, link) in Standing(next))
            {
                if (link.Merged && found.Add(other)) open.Enqueue(other);
            }
        }

        return [.. found];
    }

    /// <summary>The newest link of a stream with each stream that it has one with, those between erased and not erased left out.</summary>
    public IEnumerable<(UInt128 Other, StreamLink Link)> Standing(UInt128 stream)
    {
        if (!_nodes.TryGetValue(stream, out var node)) yield break;
        foreach (var other in node.Told.Keys.Concat(node.Heard.Keys.Where(o => !node.Told.ContainsKey(o))))
        {
            if (_nodes[other].Erased == node.Erased && Between(stream, other) is { } link && Decides(stream, other)) yield return (other, link);
        }
    }

    // Whether what stands between two streams has a say: of a voice only its newest link has.
    private bool Decides(UInt128 stream, UInt128 other) => (Voices.IsVoice(stream), Voices.IsVoice(other)) switch
    {
        (false, false) => true,
        (true, true) => false,
        (true, false) => Newest(stream) == other,
        (false, true) => Newest(other) == stream,
    };

    private UInt128 Newest(UInt128 voice)
    {
        var node = _nodes[voice];
        var newest = UInt128.Zero;
        StreamLink? best = null;
        foreach (var (other, link) in node.Told.Concat(node.Heard))
        {
            if (best is { } known && !link.Beats(known)) continue;
            (newest, best) = (other, link);
        }

        return newest;
    }

    private Node Of(UInt128 stream)
    {
        if (!_nodes.TryGetValue(stream, out var node)) _nodes[stream] = node = new Node();
        return node;
    }

    private sealed class Node
    {
        public bool Erased { get; set; }

        /// <summary>The newest link with each other stream, as this stream's own history has it.</summary>
        public Dictionary<UInt128, StreamLink> Told { get; } = [];

        /// <summary>The same as the other streams' histories have it.</summary>
        public Dictionary<UInt128, StreamLink> Heard { get; } = [];

        /// <summary>Nothing to remember: no link touches it, and it was not erased before one does.</summary>
        public bool Bare => !Erased && Told.Count == 0 && Heard.Count == 0;
    }
}
