using System.Runtime.InteropServices;
using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Embedded.Loops;
using Experience.Embedded.Memory;

namespace Experience.Embedded.Shards;

/// <summary>
/// Facts that wait to be folded: under load what is recorded of somebody is folded, assessed and stored once for some moments (<see cref="WaitingFacts"/>). Nobody can tell:
/// whoever reads the state has it folded first, an image is of what is folded, and a start folds what the image lacks.
/// </summary>
internal sealed partial class Shard
{
    /// <summary>Facts of one person that wait at most: some milliseconds of folding.</summary>
    private const int MaxWaiting = 8_192;

    /// <summary>The last fact that waits of a row, by which all that wait are known; 0 where none does.</summary>
    private readonly NativeRows<uint> _waiting;

    /// <summary>Whether facts of the person wait.</summary>
    public bool IsWaiting(int row) => row < _waiting.Count && _waiting[row] != 0;

    /// <summary>Folds all that waits in this shard.</summary>
    public void FoldWaiting()
    {
        for (var row = 0; row < _waiting.Count; row++) _context.FoldWaiting(this, row);
    }

    /// <summary>Folds what waits of the person who has just become the one at work: for <see cref="LoopContext.Begin"/>, whom everybody else goes through.</summary>
    public void TakeWaiting(LoopContext cx, int row)
    {
        ref var r = ref _rows[row];
        var last = _waiting[row];
        _waiting[row] = 0;
        int newer;
        try
        {
            newer = cx.Waiting.CountOf(last) == 1 ? FoldWaited(cx, row, last) : FoldWaited(cx, row, Sorted(cx, last));
        }
        catch
        {
            // The journal could not be read: the facts are there, and folded from there in the person's turn.
            SetStale(cx, row);
            throw;
        }
        finally
        {
            cx.Waiting.Free(last);
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
    private static ReadOnlySpan<(Stamp Stamp, UInt128 Id, uint At)> Sorted(LoopContext cx, uint last)
    {
        var list = cx.Waited;
        list.Clear();
        var sorted = true;
        for (var at = last; list.Count < cx.Waiting.CountOf(last);)
        {
            at = cx.Waiting.Behind(at);
            var fact = cx.Waiting[at];
            sorted &= list.Count == 0 || Compare(list[^1], (fact.Stamp, fact.Id, at)) < 0;
            list.Add((fact.Stamp, fact.Id, at));
        }

        if (!sorted) list.Sort(Compare);
        return CollectionsMarshal.AsSpan(list);
    }

    private static int Compare((Stamp Stamp, UInt128 Id, uint At) a, (Stamp Stamp, UInt128 Id, uint At) b) =>
        a.Stamp.Time != b.Stamp.Time ? a.Stamp.Time.CompareTo(b.Stamp.Time) : a.Id.CompareTo(b.Id);

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
        ref var last = ref _waiting[row];
        var before = last;
        last = cx.Waiting.Add(before, fact, position);
        if (before == 0) cx.Waiting.Enqueue(this, row, last, cx.TakenAt);
        else if (cx.Waiting.CountOf(last) >= MaxWaiting) cx.FoldWaiting(this, row);
    }

    // The rows themselves are about to go.
    private void ForgetWaiting()
    {
        for (var row = 0; row < _waiting.Count; row++)
        {
            if (_waiting[row] != 0) _context.Waiting.Free(_waiting[row]);
        }

        _waiting.Clear();
    }
}
