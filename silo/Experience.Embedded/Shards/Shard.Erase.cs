using Experience.Embedded.Loops;

namespace Experience.Embedded.Shards;

/// <summary>
/// Erasing a person: docs/architecture.md, "Erasure". In here memory forgets at once; the committer destroys the secret when the fact is
/// durable, and the shard's image is written anew, because the one before holds what was known.
/// </summary>
internal sealed partial class Shard
{
    private int _imageOwed;

    /// <summary>Somebody was erased since the last image was taken. Read by other threads.</summary>
    public bool ImageOwed => Volatile.Read(ref _imageOwed) != 0;

    /// <summary>The image is taken, by the loop, in the same turn as its bytes.</summary>
    public void ImageTaken() => Volatile.Write(ref _imageOwed, 0);

    /// <summary>The image could not be stored: it is still owed.</summary>
    public void OweImage() => Volatile.Write(ref _imageOwed, 1);

    /// <summary>The slot to open records with: none for somebody who was erased, even while the secret still stands.</summary>
    public static int SlotOf(in Row row) => (row.Flags & StreamFlags.Erased) != 0 ? 0 : row.KeySlot;

    private void Erase(LoopContext cx, int row)
    {
        cx.Parts.Identities.Remove(new Persons.RowRef(Index, row), cx.State.Profile);
        cx.TouchSections();
        ForgetKey(cx, row);
        _rows[row].Flags &= ~StreamFlags.Stale;
        DropSnapshots(row, new Domain.Events.Stamp(long.MinValue, 0));
        Refold(cx, row, cx.State, null);
        cx.Refolds++;
        cx.ProfileChanged = false;
    }

    private void ForgetKey(LoopContext cx, int row)
    {
        ref var r = ref _rows[row];
        var again = (r.Flags & StreamFlags.Erased) != 0;
        r.Flags |= StreamFlags.Erased;
        _arena.Free(r.Identity, r.IdentityLength);
        r.Identity = 0;
        r.IdentityLength = 0;
        if (_links.ContainsKey(r.Stream)) NoteUnsettled(cx, r.Stream);
        if (again && cx.Keys.Secret(r.KeySlot) == UInt128.Zero) return;
        OweImage();
        cx.Erased.Add(new ErasedPerson(r.Stream, r.KeySlot));
    }

    /// <summary>After an image was loaded: whoever is erased in it and still has a secret, since the process ended between the two.</summary>
    private void FinishErasures(LoopContext cx)
    {
        for (var row = 0; row < _rows.Count; row++)
        {
            ref var r = ref _rows[row];
            if ((r.Flags & StreamFlags.Erased) != 0 && cx.Keys.Secret(r.KeySlot) != UInt128.Zero) cx.Erased.Add(new ErasedPerson(r.Stream, r.KeySlot));
        }
    }
}
