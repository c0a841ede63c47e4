using Experience.Domain.Events;

namespace Experience.Domain.Wire;

/// <summary>Why an event was not taken, so that whoever sent it can mend it without asking.</summary>
/// <param name="Field">Where: an envelope attribute such as "time", or a field such as "data.service".</param>
/// <param name="Reason">What is wrong with it, after the field's name: "is not a time".</param>
/// <param name="Accepted">What is accepted there.</param>
public sealed record Refusal(string Field, string Reason, string Accepted)
{
    public override string ToString() => $"{Field} {Reason}; accepted: {Accepted}";
}

/// <summary>What a field accepts, in words; the same words stand in refusals and in the documentation.</summary>
public static class Accepts
{
    public const string Event = "one CloudEvents 1.0 JSON object";
    public const string Time = "an RFC 3339 time such as 2026-11-23T17:00:00-06:00; without a zone it is read in the source's time zone";

    public static string Of(Field field) => field.Kind switch
    {
        FieldKind.Name => $"text of 1 to {EventLimits.MaxNameLength} characters, such as {field.Example}",
        FieldKind.Key or FieldKind.Person => $"text of 1 to {EventLimits.MaxKeyLength} characters, such as {field.Example}",
        FieldKind.Money => $"a whole number of minor units (cents) from {field.Min} to {field.Max}, such as {field.Example}",
        FieldKind.Int => $"a whole number from {field.Min} to {field.Max}",
        FieldKind.Hundredths => $"a number from {Hundredths(field.Min)} to {Hundredths(field.Max)}",
        FieldKind.Instant => Time,
        FieldKind.Instants => $"at most {InstantList.MaxCount} times such as {field.Example}",
        FieldKind.Date => $"a day such as {field.Example}",
        FieldKind.Bool => "true or false",
        FieldKind.Code => "one of " + string.Join(", ", field.Codes),
        FieldKind.Text => $"text of at most {field.MaxLength} characters",
        FieldKind.Json => $"a JSON object of at most {EventLimits.MaxDocumentBytes} bytes",
        _ => throw new ArgumentOutOfRangeException(nameof(field), field.Kind, "A kind without words."),
    };

    private static string Hundredths(long value) => (value / 100m).ToString("0.##");
}
