using System.Runtime.InteropServices;
using Experience.Domain.Identity;
using Experience.Embedded.Persons;
using Experience.Grains.Contracts;
using Experience.Grains.Kin;
using Look = Experience.Domain.Identity.Look;

namespace Experience.Grains.Roster;

/// <summary>
/// What people say to be, in the order in which they said it: the tag of each identity of each stream, 12 bytes. <see cref="IdentityGrain"/> pulls it from a place on; nobody else
/// reads it, and who compares asks the rows what they say now.
/// </summary>
internal sealed partial class ShardRows
{
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private readonly record struct Saying(ulong Tag, int Row);

    private readonly List<Saying> _said = [];

    /// <summary>Grows with what people say.</summary>
    public int Said => _said.Count;

    public SaidReply SaidFrom(long epoch, int from, int part)
    {
        var tags = new List<ulong>();
        var rows = new List<int>();
        foreach (ref readonly var saying in CollectionsMarshal.AsSpan(_said)[Math.Clamp(from, 0, _said.Count)..])
        {
            if (IdentityGrain.PartOf(saying.Tag) != part) continue;
            tags.Add(saying.Tag);
            rows.Add(saying.Row);
        }

        return new SaidReply(epoch, _said.Count, [.. tags], [.. rows]);
    }

    /// <summary>Whether the row's own stream says this now; of kind 0, whether anybody is there who could.</summary>
    public bool Says(int row, IdentityKind kind, string text)
    {
        if (row < 0 || row >= _rows.Count) return false;
        _state.Read(OwnState(row));
        return _state.ErasedAt == 0 && (kind == 0 || IdentityText.Of(_state.Profile).Contains((kind, text)));
    }

    // Null for somebody new. Names count too: who shares an address is compared by them.
    private Look? LookOf(int row)
    {
        _state.Read(OwnState(row));
        return Look.Of(_state.Profile);
    }

    private void Say(int row, Look? before)
    {
        _state.Read(OwnState(row));
        if (_state.ErasedAt != 0 || Look.Of(_state.Profile) == before) return;
        foreach (var (kind, text) in IdentityText.Of(_state.Profile)) _said.Add(new Saying(IdentityIndex.TagOf(_key, kind, text), row));
    }
}
