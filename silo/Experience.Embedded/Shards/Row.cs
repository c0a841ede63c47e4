using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Experience.Embedded.Shards;

[Flags]
internal enum StreamFlags : ushort
{
    None = 0,

    /// <summary>At least one void names an event of this person (or one that has not come yet).</summary>
    HasVoids = 1,

    /// <summary>Waits to be folded anew; the state is that of before.</summary>
    Stale = 4,

    /// <summary>The person's data were erased: facts are folded without their personal part, recorded before or after.</summary>
    Erased = 8,

    /// <summary>The state is kept decoded and is newer than its bytes; never in an image.</summary>
    Decoded = 16,

    /// <summary>One of several streams of a person: facts are recorded only, and folded in the row that is the person's home.</summary>
    United = 32,

    /// <summary>Holds the person of several streams.</summary>
    Home = 64,
}

/// <summary>
/// What a shard keeps of one person besides the measures that boards sum: 64 bytes, saved in images as they stand. An in-order new event touches
/// this row, its state and its measures, and nothing else.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Row
{
    public UInt128 Stream;

    /// <summary>Position of the newest record.</summary>
    public long Last;

    /// <summary>Earliest live fact, µs; 0 when none was live.</summary>
    public long LiveSince;

    /// <summary>Canonical state, in the arena.</summary>
    public uint State;

    /// <summary>The key at the source, UTF-8, in the arena.</summary>
    public uint Identity;

    /// <summary>Observed flags and needs, <see cref="OpenEntry"/> each, in the arena.</summary>
    public uint Open;

    public int StateLength;
    public ushort IdentityLength;
    public ushort OpenCount;
    public ushort Source;
    public StreamFlags Flags;

    /// <summary>Facts recorded, voided ones included, observations not.</summary>
    public int Events;

    /// <summary>Slot of the person's secret.</summary>
    public int KeySlot;
}

/// <summary>One observed flag or need: what people were shown. A cleared one stays for a while, so that its cause raises once.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct OpenEntry
{
    /// <summary>Kept for each person; beyond it the oldest cleared one leaves.</summary>
    public const int MaxKept = 48;

    public static int Size => Unsafe.SizeOf<OpenEntry>();

    public ulong Rule;
    public ulong Cause;
    public long Since;
    public byte Severity;
    public byte Need;

    /// <summary>1 while it stands.</summary>
    public byte Standing;

    /// <summary>1 when an observation was written: history and imported causes are shown without one.</summary>
    public byte Recorded;

    /// <summary>The newest answer of staff + 1, 0 when there is none.</summary>
    public byte Answer;
}
