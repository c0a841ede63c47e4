using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Voice;
using Experience.Embedded.Journal;
using Experience.Embedded.Loops;
using Experience.Embedded.Persons;

namespace Experience.Embedded.Shards;

/// <summary>
/// People of several streams. Each stream keeps its row, its chain of records and its dedupe where it is; its facts are recorded there and not folded. One of
/// the rows is the home: it holds the fold of all of them, and is assessed and summed, while the others count nowhere. The engine's <c>UniteAsync</c> says who
/// belongs together and when there is something new, so that no loop ever waits for another one.
/// </summary>
internal sealed partial class Shard
{
    /// <summary>Links of one stream, and streams of one person; a source that says more has mistaken something. Beyond it links are refused.</summary>
    private const int MaxLinks = 500;

    private readonly Dictionary<UInt128, List<StreamLink>> _links = [];
    private readonly Dictionary<int, Union> _unions = [];
    private readonly HashSet<UInt128> _unsettled = [];
    private readonly List<int> _voices = [];

    /// <summary>Whether the row counts nowhere, because another one holds its person, or because it is a voice that nobody is known for.</summary>
    public bool IsElsewhere(int row) => (_rows[row].Flags & StreamFlags.Home) == 0 && IsApart(row);

    // Its facts are recorded and not folded here.
    private bool IsApart(int row) => (_rows[row].Flags & StreamFlags.United) != 0 || Voices.IsVoice(_rows[row].Stream);

    /// <summary>The streams of the person that a row holds; null for a person of one stream.</summary>
    public IReadOnlyList<UnitedStream>? StreamsOf(int row) => _unions.TryGetValue(row, out var union) ? union.Streams : null;

    /// <summary>What happened to streams that are linked since this was asked last; of everything, all that are.</summary>
    public void TakeUnsettled(bool everything, List<ToldStream> into)
    {
        if (everything)
        {
            foreach (var stream in _links.Keys) into.Add(Tell(stream));
            for (var row = 0; row < _rows.Count; row++)
            {
                if ((_rows[row].Flags & StreamFlags.United) != 0 && !_links.ContainsKey(_rows[row].Stream)) into.Add(Tell(_rows[row].Stream));
            }
        }
        else
        {
            foreach (var stream in _unsettled) into.Add(Tell(stream));
        }

        _unsettled.Clear();
    }

    public ToldStream Tell(UInt128 stream)
    {
        var row = _table.Find(stream);
        return new ToldStream(stream, _links.TryGetValue(stream, out var links) ? [.. links] : [], row >= 0 && (_rows[row].Flags & StreamFlags.Erased) != 0);
    }

    /// <summary>From now on the stream's facts are recorded only. Answers where it stands; null when nothing was recorded for it.</summary>
    /// <param name="elsewhere">Whether it counted nowhere already.</param>
    public UnitedStream? Join(UInt128 stream, out bool elsewhere)
    {
        elsewhere = false;
        if (_table.Find(stream) is not (var row and >= 0)) return null;
        _context.FoldWaiting(this, row);
        ref var r = ref _rows[row];
        elsewhere = IsElsewhere(row) && r.StateLength == 0;
        r.Flags = (r.Flags | StreamFlags.United) & ~StreamFlags.Stale;
        _unsettled.Remove(stream);
        DropSnapshots(row, new Stamp(long.MinValue, 0));
        return new UnitedStream(stream, r.Source, Key(row), r.KeySlot, r.Last, r.Events, r.LiveSince, (r.Flags & StreamFlags.Erased) != 0);
    }

    /// <summary>What a person was seen to have open.</summary>
    public OpenEntry[] Shown(UInt128 stream) => _table.Find(stream) is var row and >= 0 ? Open(row).ToArray() : [];

    /// <summary>Takes the row out of everything that counts people; answers what it was seen to have open.</summary>
    public OpenEntry[] Withdraw(LoopContext cx, UInt128 stream)
    {
        if (_table.Find(stream) is not (var row and >= 0)) return [];
        cx.Flush();
        cx.FoldWaiting(this, row);
        ref var r = ref _rows[row];
        r.Flags = (r.Flags | StreamFlags.United) & ~(StreamFlags.Home | StreamFlags.Stale);
        _unions.Remove(row);
        ref var measures = ref _measures[row];
        if (measures.Segments != 0)
        {
            cx.Scratch.Read(StateBytes(row));
            cx.SectionsAfter.Clear();
            Assessor.Sections(cx.Scratch, cx.SectionsAfter);
            foreach (var contribution in cx.SectionsAfter) _sections.Add(contribution, -1);
            Sum(measures, default);
            MoveValue(row, measures.Segments, 0);
            measures = default;
            Version++;
        }

        if (r.StateLength > 0 && (r.Flags & StreamFlags.Erased) == 0)
        {
            // Whoever says the same as this stream means the person.
            cx.Scratch.Read(StateBytes(row));
            cx.Parts.Identities.Add(new RowRef(Index, row), cx.Scratch.Profile);
        }

        _deadlines[row] = long.MaxValue;
        cx.Hot.Find(this, row)?.Clear();
        _arena.Free(r.State, r.StateLength);
        r.State = 0;
        r.StateLength = 0;
        r.Flags &= ~StreamFlags.Decoded;
        var open = Open(row).ToArray();
        if (open.Length > 0)
        {
            SetOpen(row, default);
            OpenVersion++;
        }

        cx.Parts.Search.Remove(stream);
        return open;
    }

    /// <summary>Makes the row the home of these streams, and folds what is new of them.</summary>
    /// <param name="shown">What the others were seen to have open: a cause that was told of is not told of again.</param>
    public bool Unite(LoopContext cx, UInt128 stream, IReadOnlyList<UnitedStream> streams, IEnumerable<OpenEntry> shown)
    {
        var row = _table.Find(stream);
        cx.Flush();
        Show(row, shown, standing: true);
        cx.Begin(this, row);
        cx.TouchSections();
        _rows[row].Flags |= StreamFlags.United | StreamFlags.Home;
        if (!_unions.TryGetValue(row, out var union))
        {
            _unions[row] = union = new Union([]);

            // What the stream said of itself leads to the person, whatever the others said since.
            if ((_rows[row].Flags & StreamFlags.Erased) == 0) cx.Parts.Identities.Add(new RowRef(Index, row), cx.State.Profile);
        }

        if (streams.Any(static s => s.Erased)) cx.Parts.Identities.Remove(new RowRef(Index, row), cx.State.Profile);
        if (!union.Continues(streams) || !FoldNew(cx, union, streams, cx.State))
        {
            union.Streams = streams;
            FoldAll(cx, union, cx.State);
        }

        union.Streams = streams;
        if (union.AnyErased) OweImage();
        cx.ProfileChanged = !cx.Replaying;
        cx.Flush();
        return true;
    }

    /// <summary>The stream is a person of its own again, as if it had never been anything else.</summary>
    public bool Part(LoopContext cx, UInt128 stream, IEnumerable<OpenEntry> shown)
    {
        if (_table.Find(stream) is not (var row and >= 0) || (_rows[row].Flags & StreamFlags.United) == 0) return false;
        if (Voices.IsVoice(stream))
        {
            _rows[row].Flags &= ~StreamFlags.United;
            return true;
        }

        cx.Flush();
        Show(row, shown, standing: false);
        cx.Begin(this, row);
        cx.TouchSections();
        _rows[row].Flags &= ~(StreamFlags.United | StreamFlags.Home);
        _unions.Remove(row);
        if ((_rows[row].Flags & StreamFlags.Erased) != 0) cx.Parts.Identities.Remove(new RowRef(Index, row), cx.State.Profile);
        Refold(cx, row, cx.State, null);
        if ((_rows[row].Flags & StreamFlags.Erased) != 0) OweImage();
        cx.ProfileChanged = !cx.Replaying;
        cx.Flush();
        return true;
    }

    /// <summary>Raises whoever watches a stream whose person is held elsewhere.</summary>
    public void Signal(UInt128 stream)
    {
        if (Watched.TryGetValue(stream, out var signal)) signal.Raise();
    }

    /// <summary>Who is found by this row's line: by every key. A line holds words between line feeds, so that keys stand in it as words.</summary>
    public string SearchKeys(int row) => _unions.TryGetValue(row, out var union) ? string.Join('\n', union.Streams.Select(static s => s.Key).Where(static k => k.Length > 0 && !Voices.IsKey(k))) : Key(row);

    private bool HasTooManyLinks(LoopContext cx, UInt128 stream) =>
        (_links.TryGetValue(stream, out var links) && links.Count >= MaxLinks) || cx.Parts.People.Find(stream) is { Streams.Count: >= MaxLinks };

    // A record of a stream that is linked, or that a link names.
    private void NoteUnsettled(LoopContext cx, UInt128 stream)
    {
        _unsettled.Add(stream);
        cx.Unsettled = true;
    }

    private void NoteLink(LoopContext cx, UInt128 stream, in FactView view, int source)
    {
        var other = LinkBytes.Other(cx.Parts, cx.Sources.Name(source), view.Clear, view.Personal);
        if (other == UInt128.Zero || other == ProgramOwner.Stream) return;
        if (!_links.TryGetValue(stream, out var links)) _links[stream] = links = [];
        links.Add(new StreamLink(other, view.Stamp, view.Id, view.Type == EventTypes.ParticipantMerged));
        NoteUnsettled(cx, stream);
    }

    /// <summary>Folds all facts of a person: of all streams in one order, each id once, voided ones left out.</summary>
    private static void FoldAll(LoopContext cx, Union union, PersonState into)
    {
        union.Ids.Clear();
        union.Voids.Clear();
        var pages = cx.Pages;
        pages.Clear();
        for (var rank = 0; rank < union.Streams.Count; rank++) Collect(cx, union.Streams[rank], rank, 0, union.Voids);
        pages.Sort();
        into.Clear();
        for (var i = 0; i < pages.Count; i++)
        {
            if (IsNew(union, pages[i])) PersonFold.Apply(into, pages[i], cx.Zone);
        }
    }

    /// <summary>Folds what came since, where all of it is newer than everything folded and undoes nothing; else changes nothing and answers false.</summary>
    private static bool FoldNew(LoopContext cx, Union union, IReadOnlyList<UnitedStream> streams, PersonState into)
    {
        if (into.Facts == 0) return false;
        var pages = cx.Pages;
        pages.Clear();
        var voids = union.Voids.Count;
        for (var rank = 0; rank < streams.Count; rank++)
        {
            if (streams[rank].Last > union.Streams[rank].Last) Collect(cx, streams[rank], rank, union.Streams[rank].Last, union.Voids);
        }

        if (union.Voids.Count != voids) return false;
        for (var i = 0; i < pages.Count; i++)
        {
            if (pages.StampOf(i) <= into.Last || pages[i].Type == EventTypes.ParticipantErased) return false;
        }

        pages.Sort();
        for (var i = 0; i < pages.Count; i++)
        {
            if (IsNew(union, pages[i])) PersonFold.Apply(into, pages[i], cx.Zone);
        }

        return true;
    }

    private static bool IsNew(Union union, in FactView fact) => union.Ids.Add(fact.Id) && !(PersonFold.CanBeVoided(fact.Type) && union.Voids.Contains(fact.Id));

    private static void Collect(LoopContext cx, UnitedStream stream, int rank, long until, HashSet<UInt128> voids)
    {
        var pages = cx.Pages;
        cx.History.Walk(stream.Stream, stream.Last, until, dense: stream.Events >= 256, (in RecordView record) =>
        {
            ref readonly var header = ref record.Header;
            var type = EventTypes.Of(header.Type);
            if ((header.Flags & RecordFlags.Observation) != 0 || PersonFold.Links(type)) return true;
            if (type == EventTypes.EventVoided) voids.Add(Voids.TargetOf(new FactView(type, header.Time, header.Id, record.Clear, default), cx.Sources.Name(header.Source)));
            pages.Add(record.Position, header.Type, header.Time, header.Id, record.Clear, PersonFold.ReadsPersonal(type) ? cx.PersonalOfOther(record, stream.OpenSlot) : default, rank);
            return true;
        });
    }

    // Adds what was shown of the person elsewhere: as standing where that goes on here, as known and not standing where it may begin here.
    private void Show(int row, IEnumerable<OpenEntry> shown, bool standing)
    {
        Span<OpenEntry> entries = stackalloc OpenEntry[OpenEntry.MaxKept];
        var known = Open(row);
        var count = Math.Min(known.Length, OpenEntry.MaxKept);
        known[..count].CopyTo(entries);
        var before = count;
        foreach (var entry in shown)
        {
            if (count == OpenEntry.MaxKept || entry.Recorded == 0 || Find(entries[..count], entry.Rule, entry.Cause) >= 0) continue;
            entries[count] = entry;
            if (!standing) entries[count].Standing = 0;
            count++;
        }

        if (count == before) return;
        SetOpen(row, entries[..count]);
        OpenVersion++;
    }
}

/// <summary>What a shard says of a stream that is linked.</summary>
internal sealed record ToldStream(UInt128 Stream, StreamLink[] Links, bool Erased);
