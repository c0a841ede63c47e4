using System.Runtime.InteropServices;
using Experience.Domain.Assessments;
using Experience.Domain.Models.Learning;
using Experience.Grains.Contracts;
using Experience.Grains.Kin;

namespace Experience.Grains.Roster;

/// <summary>What a shard keeps of one person besides measures and value: 104 bytes; state, key and open flags lie in the shard's arena.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Row
{
    public UInt128 Stream;

    /// <summary>Earliest live fact, µs; 0 when none was live.</summary>
    public long LiveSince;

    /// <summary>When the mere passage of time may change the assessment, µs.</summary>
    public long Deadline;

    public ShownSegments Shown;

    /// <summary>Hash of what the person adds to sections, 0 while nothing was added: an event that moves none of it needs no look at the state before.</summary>
    public ulong Sections;

    public uint State;
    public uint Key;
    public uint Open;

    public int StateLength;

    /// <summary>Facts of the person that are durable.</summary>
    public int Version;

    public ushort KeyLength;
    public ushort OpenCount;
    public ushort Source;
}

/// <summary>What becomes of a row: computed first, applied when it is durable.</summary>
/// <param name="Row">−1 for somebody who is not among the others yet.</param>
/// <param name="Command">What it comes from; null when only time or rules moved.</param>
/// <param name="Open">Null when they are as before.</param>
/// <param name="Newest">Tie of the newest fact.</param>
/// <param name="Sections">As in the row; 0 for somebody who adds nothing.</param>
/// <param name="Only">It is recorded only: what counts of it another row shows, or this one when the person was folded.</param>
/// <param name="Turns">The row becomes what <paramref name="Role"/> says; null for a person of one stream.</param>
internal sealed record Change(
    int Row, UInt128 Stream, AppendCommand? Command, RowMeasures Measures, OpenEntry[]? Open, bool OpenMoved, long Deadline, Transition[] Transitions, bool Erased, ValueMeasures Value,
    ShownSegments Shown, ulong Newest, ulong Sections = 0, bool Only = false, bool Turns = false, KinRole? Role = null);
