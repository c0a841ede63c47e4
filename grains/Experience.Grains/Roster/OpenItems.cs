using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.Programs;
using Experience.Grains.Storage;

namespace Experience.Grains.Roster;

/// <summary>One observed flag or need: what people were shown. A cleared one stays for a while, so that its cause raises once.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct OpenEntry
{
    /// <summary>Kept for each person; beyond it the oldest cleared one leaves.</summary>
    public const int MaxKept = 48;

    public ulong Rule;
    public ulong Cause;
    public long Since;
    public byte High;
    public byte Need;

    /// <summary>1 while it stands.</summary>
    public byte Standing;

    /// <summary>1 when an observation was written: history and imported causes are shown without one.</summary>
    public byte Recorded;

    /// <summary>The newest answer of staff + 1, 0 when there is none.</summary>
    public byte Answer;
}

/// <summary>A transition that people are shown: of a flag or need, or, where <paramref name="Segment"/> names one, of a segment.</summary>
internal readonly record struct Transition(EventType Type, RuleId Rule, ulong Cause, bool High, string? Segment = null);

/// <summary>The segments that somebody was last shown in, and the rules that said so; nothing for somebody who is not served live.</summary>
internal readonly record struct ShownSegments(ulong Rules, ulong Mask);

/// <summary>
/// Compares what is open with what stood open before. Pure: the entries before go in, the entries after and the transitions come out. One cause
/// raises once: a cleared entry stays, and the same cause opens it again without a new record.
/// </summary>
internal static class OpenItems
{
    private const byte Layout = 1;
    private const int HeadSize = 17;

    /// <summary>
    /// Who entered and left: told once for each transition, to somebody who is served live. What a change of the rules themselves moves is told to nobody.
    /// </summary>
    public static ShownSegments Compare(ShownSegments before, ulong mask, bool live, ProgramSnapshot program, List<Transition> transitions)
    {
        if (!live) return default;
        var rules = program.SegmentRules;
        if (before.Rules == rules && before.Mask != 0 && before.Mask != mask)
        {
            foreach (var segment in program.Segments.All)
            {
                var (was, now) = ((before.Mask >> segment.Bit & 1) != 0, (mask >> segment.Bit & 1) != 0);
                if (was != now) transitions.Add(new Transition(now ? EventTypes.SegmentEntered : EventTypes.SegmentLeft, RuleId.None, segment.Hash, false, segment.Key));
            }
        }

        return new ShownSegments(rules, mask);
    }

    /// <summary>The entries after; null when nothing changed.</summary>
    public static OpenEntry[]? Compare(ReadOnlySpan<OpenEntry> before, Assessed assessed, List<Transition> transitions)
    {
        if (assessed.Open.Count == 0 && before.IsEmpty) return null;
        var entries = new List<OpenEntry>(before.Length + assessed.Open.Count);
        entries.AddRange(before);
        var seen = new List<bool>(new bool[before.Length]);
        var changed = false;
        foreach (ref readonly var item in CollectionsMarshal.AsSpan(assessed.Open))
        {
            var at = Find(entries, (ulong)item.Rule, item.Cause);
            if (at < 0)
            {
                if (entries.Count == OpenEntry.MaxKept && !Drop(entries, seen)) continue;
                at = entries.Count;
                entries.Add(new OpenEntry { Rule = (ulong)item.Rule, Cause = item.Cause, Need = item.Need ? (byte)1 : (byte)0 });
                seen.Add(true);
                changed = true;
            }

            seen[at] = true;
            ref var entry = ref CollectionsMarshal.AsSpan(entries)[at];
            var high = item.High ? (byte)1 : (byte)0;
            var answer = item.Answer is { } a ? (byte)(a + 1) : (byte)0;
            if (entry.Standing != 1 || entry.Since != item.Since || entry.High != high || entry.Answer != answer) changed = true;
            entry.Standing = 1;
            entry.Since = item.Since;
            entry.High = high;
            entry.Answer = answer;
            if (!item.Alert || entry.Recorded == 1) continue;
            entry.Recorded = 1;
            changed = true;
            transitions.Add(new Transition(item.Need ? EventTypes.NeedRaised : EventTypes.RiskRaised, item.Rule, item.Cause, item.High));
        }

        foreach (var i in Enumerable.Range(0, entries.Count))
        {
            ref var entry = ref CollectionsMarshal.AsSpan(entries)[i];
            if (seen[i] || entry.Standing == 0) continue;
            entry.Standing = 0;
            changed = true;
            if (entry.Recorded == 1) transitions.Add(new Transition(entry.Need == 1 ? EventTypes.NeedCleared : EventTypes.RiskCleared, (RuleId)entry.Rule, entry.Cause, false));
        }

        // What was neither recorded nor stands is forgotten: nobody was shown it.
        entries.RemoveAll(static e => e.Standing == 0 && e.Recorded == 0);
        return changed || entries.Count != before.Length ? [.. entries] : null;
    }

    /// <summary>Layout 1: version byte, rules and mask of the segments shown, entries.</summary>
    public static byte[] Write(ReadOnlySpan<OpenEntry> entries, ShownSegments shown)
    {
        var bytes = new byte[HeadSize];
        bytes[0] = Layout;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(1), shown.Rules);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(9), shown.Mask);
        return [.. bytes, .. MemoryMarshal.AsBytes(entries)];
    }

    public static (OpenEntry[] Entries, ShownSegments Shown) Read(ReadOnlySpan<byte> stored) => stored.Length >= HeadSize && stored[0] == Layout
        ? (MemoryMarshal.Cast<byte, OpenEntry>(stored[HeadSize..]).ToArray(), new ShownSegments(BinaryPrimitives.ReadUInt64LittleEndian(stored[1..]), BinaryPrimitives.ReadUInt64LittleEndian(stored[9..])))
        : throw new InvalidDataException("Open flags of another version.");

    /// <summary>
    /// The record of a transition. Its id is a hash of person, rule, cause and kind, so that it is the same whoever writes it; of a segment, of the newest fact and the
    /// day, which are all that moves somebody while rules stay.
    /// </summary>
    public static byte[] Record(in Transition transition, UInt128 stream, long now, int policyVersion, int day, ulong newest)
    {
        Span<byte> input = stackalloc byte[33];
        BinaryPrimitives.WriteUInt128LittleEndian(input, stream);
        BinaryPrimitives.WriteUInt64LittleEndian(input[16..], transition.Segment is null ? (ulong)transition.Rule : transition.Cause ^ (ulong)day);
        BinaryPrimitives.WriteUInt64LittleEndian(input[24..], transition.Segment is null ? transition.Cause : newest);
        input[32] = transition.Type.Code;
        var output = new System.Buffers.ArrayBufferWriter<byte>(64);
        var fields = new FieldWriter(output);
        if (transition.Segment is { } segment)
        {
            fields.Text(Fields.Segment, segment);
            return RecordReader.Write(transition.Type, live: true, now, SipHash.Public.Hash128(input), output.WrittenSpan, default, stream, null);
        }

        fields.Text(Fields.Rule, Rules.Of(transition.Rule).Key);
        fields.Text(Fields.Cause, OpenItem.Text(transition.Cause));
        if (transition.Type == EventTypes.RiskRaised) fields.Number(Fields.Severity, transition.High ? 1 : 0);
        fields.Number(Fields.Version, policyVersion);
        return RecordReader.Write(transition.Type, live: true, now, SipHash.Public.Hash128(input), output.WrittenSpan, default, stream, null);
    }

    private static int Find(List<OpenEntry> entries, ulong rule, ulong cause) => entries.FindIndex(e => e.Rule == rule && e.Cause == cause);

    // A place is made by the oldest entry that does not stand; false when all stand.
    private static bool Drop(List<OpenEntry> entries, List<bool> seen)
    {
        var at = entries.FindIndex(static e => e.Standing == 0);
        if (at < 0) return false;
        entries.RemoveAt(at);
        seen.RemoveAt(at);
        return true;
    }
}
