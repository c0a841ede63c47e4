using System.Runtime.InteropServices;
using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Embedded.Loops;

namespace Experience.Embedded.Shards;

/// <summary>
/// Facts that wait to be folded: under load what is recorded of somebody is folded, assessed and stored once for some moments (<see cref="WaitingFacts"/>). Nobody can tell:
/// whoever reads the state has it folded first, an image is of what is folded, and a start folds what the image lacks.
/// </summary>
internal sealed partial class Shard
{
    /// <summary>Facts of one person that wait at most: some milliseconds of folding.</summary>
    private const int MaxWaiting = 8_192;

    /// <summary>The first fact that waits of a row, the last one, and how many do.</summary>
    private readonly Dictionary<int, (uint First, uint Last, int Count)> _waiting = [];

    /// <summary>Whether facts of the person wait.</summary>
    public bool IsWaiting(int row) => row < _rows.Count && (_rows[row].Flags & StreamFlags.Waiting) != 0;

    /// <summary>Folds all that waits in this shard.</summary>
    public void FoldWaiting()
    {
        foreach (var row in _waiting.Keys.ToArray()) _context.FoldWaiting(this, row);
    }

    /// <summary>Folds what waits of the person who has just become the one at work: for <see cref="LoopContext.Begin"/>, whom everybody else goes through.</summary>
    public void TakeWaiting(LoopContext cx, int row)
    {
        ref var r = ref _rows[row];
        r.Flags &= ~StreamFlags.Waiting;
        _waiting.Remove(row, out var waiting);
        int newer;
        try
        {
            newer = waiting.Count == 1 ? FoldWaited(cx, row, waiting.First) : FoldWaited(cx, row, Sorted(cx, waiting.First));
        }
        catch
        {
            // The journal could not be read: the facts are there, and folded from there in the person's turn.
            SetStale(cx, row);
            throw;
        }
        finally
        {
            cx.Waiting.Free(waiting.First);
        }

        // All that stands before the newest record is folded.
        if (newer > 0 && r.Events >= _snapshotsFrom) KeepSome(cx, row, r.Last, newer);
    }

    // Answers how many of them are newer than all before and than the snapshots that are kept on the way.
    private int FoldWaited(LoopContext cx, int row, ReadOnlySpan<(Stamp Stamp, UInt128 Id, uint At)> facts)
    {
        var newer = 0;
        ref var r = ref _rows[row];
        var places = facts.Length > HeavyPerson.Spacing && r.Events >= _snapshotsFrom ? WaitedPlaces(cx, facts) : [];
        for (int i = 0, next = 0; i < facts.Length; i++)
        {
            var folded = FoldWaited(cx, row, facts[i].At);
            if (folded < 0) return 0;
            newer += folded;
            if (next == places.Count || places[next].Index != i) continue;
            if (folded > 0)
            {
                Keep(HeavyOf(row), new HeavyPerson.Snapshot(
                    places[next].After, r.Last, cx.State.Facts, r.Events - (facts.Length - 1 - i), cx.State.Last, Kept(cx.Encode(cx.State), out var length), length));
                newer = 0;
            }

            next++;
        }

        return newer;
    }

    private static List<(int Index, long After)> WaitedPlaces(LoopContext cx, ReadOnlySpan<(Stamp Stamp, UInt128 Id, uint At)> facts)
    {
        var places = new SnapshotPlaces(HeavyPerson.Spacing);
        for (var i = facts.Length - 2; i >= 0; i--) places.Look(i, facts.Length - 1 - i, facts[i].Stamp == facts[i + 1].Stamp, cx.Waiting.PositionOf(facts[i + 1].At));
        return places.Found();
    }

    // 1 for a fact that was newer than all, 0 for one that came late, −1 when all that was recorded has been folded anew, or waits for that: all that waited too.
    private int FoldWaited(LoopContext cx, int row, uint at)
    {
        var fact = cx.Waiting[at];
        if (Assessor.TouchesSections(fact.Type)) cx.TouchSections();
        if (cx.State.Facts == 0 || fact.Stamp > cx.State.Last)
        {
            PersonFold.Apply(cx.State, fact, cx.Zone);
            return 1;
        }

        if (PersonFold.TryApplyLate(cx.State, fact, cx.Zone)) return 0;
        FoldAnew(cx, row, fact.Stamp);
        return -1;
    }

    // As far as they are in order, they are folded in order.
    private static ReadOnlySpan<(Stamp Stamp, UInt128 Id, uint At)> Sorted(LoopContext cx, uint first)
    {
        var list = cx.Waited;
        list.Clear();
        for (var at = first; at != 0; at = cx.Waiting.Behind(at)) list.Add((cx.Waiting[at].Stamp, cx.Waiting[at].Id, at));
        var facts = CollectionsMarshal.AsSpan(list);
        facts.Sort(static (a, b) => a.Stamp.Time != b.Stamp.Time ? a.Stamp.Time.CompareTo(b.Stamp.Time) : a.Id.CompareTo(b.Id));
        return facts;
    }

    /// <summary>
    /// Whether a fact may wait: one that only the state and the assessment follow from, of somebody who is known and whom nobody watches. Who was voided, erased or
    /// is called otherwise from now on is folded at once, and whoever is at work already.
    /// </summary>
    private bool MayWait(LoopContext cx, int row, in FactView fact)
    {
        if (!cx.Defers || cx.IsAtWork(this, row)) return false;
        ref var r = ref _rows[row];
        const StreamFlags rather = StreamFlags.HasVoids | StreamFlags.Erased;
        return (r.Flags & rather) == 0 && r.Events > 0
            && fact.Type != EventTypes.ParticipantIdentified && fact.Type != EventTypes.ParticipantErased && fact.Type != EventTypes.EventVoided && !PersonFold.Links(fact.Type)
            && fact.Clear.Length + fact.Personal.Length <= WaitingFacts.MaxBytes
            && (Watched.Count == 0 || !Watched.ContainsKey(r.Stream));
    }

    private void Wait(LoopContext cx, int row, in FactView fact, long position)
    {
        ref var r = ref _rows[row];

        // Whoever waits to be folded anew is folded with this one too.
        if ((r.Flags & StreamFlags.Stale) != 0) return;
        ref var waiting = ref CollectionsMarshal.GetValueRefOrAddDefault(_waiting, row, out var waits);
        var at = cx.Waiting.Add(waiting.Last, fact, position);
        waiting = (waits ? waiting.First : at, at, waiting.Count + 1);
        if (!waits)
        {
            r.Flags |= StreamFlags.Waiting;
            cx.Waiting.Enqueue(this, row, at, cx.TakenAt);
        }

        if (waiting.Count >= MaxWaiting) cx.FoldWaiting(this, row);
    }

    private void ForgetWaiting()
    {
        foreach (var (first, _, _) in _waiting.Values) _context.Waiting.Free(first);
        _waiting.Clear();
    }
}
