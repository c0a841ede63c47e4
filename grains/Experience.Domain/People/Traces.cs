using System.Buffers;
using Experience.Domain.Events;

namespace Experience.Domain.People;

/// <summary>
/// What folding needs of personal fields beside the texts themselves: that somebody else paid, that it was for somebody else, that words were written. Three
/// bits that name nobody; they are stored in clear, so that after an erasure a person's money is counted as it was before, and never twice.
/// </summary>
[Flags]
public enum Traces : byte
{
    None = 0,
    PaidByOther = 1,
    ForOther = 2,
    Words = 4,
}

/// <summary>Takes traces from personal fields, and makes fields that fold alike.</summary>
public static class PersonalTraces
{
    private static readonly byte[][] Fields = [.. Enumerable.Range(0, 8).Select(t => Make((Traces)t))];

    public static Traces Of(EventType type, ReadOnlySpan<byte> personal)
    {
        ArgumentNullException.ThrowIfNull(type);
        var traces = Traces.None;
        if (personal.IsEmpty || type == EventTypes.ParticipantIdentified || !PersonFold.ReadsPersonal(type)) return traces;
        var reader = new FieldReader(personal);
        while (reader.Next())
        {
            if (reader.Number == Events.Fields.Payer.Number) traces |= Traces.PaidByOther;
            else if (reader.Number == Events.Fields.Beneficiary.Number) traces |= Traces.ForOther;
            else if (reader.Number == Events.Fields.Words.Number) traces |= Traces.Words;
        }

        return traces;
    }

    /// <summary>Personal fields with a dash for each trace: what an erased person's fact is folded with.</summary>
    public static ReadOnlySpan<byte> FieldsOf(Traces traces) => Fields[(int)traces & 7];

    private static byte[] Make(Traces traces)
    {
        var output = new ArrayBufferWriter<byte>(32);
        var writer = new FieldWriter(output);
        if ((traces & Traces.Words) != 0) writer.Text(Events.Fields.Words, "-");
        if ((traces & Traces.PaidByOther) != 0) writer.Text(Events.Fields.Payer, "-");
        if ((traces & Traces.ForOther) != 0) writer.Text(Events.Fields.Beneficiary, "-");
        return output.WrittenSpan.ToArray();
    }
}
