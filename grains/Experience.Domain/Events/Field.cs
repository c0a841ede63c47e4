namespace Experience.Domain.Events;

/// <summary>What a field holds. The kind fixes the JSON form, the stored form and the limits.</summary>
public enum FieldKind
{
    /// <summary>A clear, low-cardinality name (section, desk, category): 1–80 characters, interned, hashed in state.</summary>
    Name,

    /// <summary>A clear reference to one thing (a registration, a complaint): 1–200 characters, hashed in state.</summary>
    Key,

    /// <summary>Money in minor units of the folder's one currency; |value| ≤ 10^12.</summary>
    Money,

    /// <summary>A whole number within the field's own range.</summary>
    Int,

    /// <summary>A number with two decimals, stored as hundredths (a rating of 4.5 is 450).</summary>
    Hundredths,

    /// <summary>An instant: RFC 3339 with a zone, or without one in the source's zone; stored as µs since 1970 UTC.</summary>
    Instant,

    /// <summary>Instants in order, at most 64 (the meetings of a section).</summary>
    Instants,

    /// <summary>A civil date, stored as days since 1970-01-01.</summary>
    Date,

    /// <summary>true or false.</summary>
    Bool,

    /// <summary>One of the field's own codes, stored by its place in the list: codes are only ever appended.</summary>
    Code,

    /// <summary>Text about or by a person: at most the field's length; always sealed.</summary>
    Text,

    /// <summary>The key of another person at the same source: 1–200 characters; always sealed.</summary>
    Person,

    /// <summary>A JSON value kept as it came (a policy, a segment's rule): clear.</summary>
    Json,
}

/// <summary>
/// One named field of the vocabulary. A field means the same in every event type that has it, so that the fold, the
/// stored form, the JSON Schema and the import mapping have one definition to share.
/// </summary>
/// <param name="Number">Stored tag, 1–4095; never reused.</param>
/// <param name="Name">JSON name, camelCase.</param>
/// <param name="Kind">Kind, which fixes form and limits.</param>
/// <param name="Description">One sentence for the schema.</param>
public sealed record Field(int Number, string Name, FieldKind Kind, string Description)
{
    /// <summary>Accepted codes, in stored order; only for <see cref="FieldKind.Code"/>.</summary>
    public IReadOnlyList<string> Codes { get; init; } = [];

    /// <summary>Smallest accepted value of a number, in stored units.</summary>
    public long Min { get; init; } = long.MinValue;

    /// <summary>Largest accepted value of a number, in stored units.</summary>
    public long Max { get; init; } = long.MaxValue;

    /// <summary>Longest accepted text, in UTF-16 units.</summary>
    public int MaxLength { get; init; } = 200;

    /// <summary>An example as it stands in JSON.</summary>
    public string Example { get; init; } = "\"\"";

    /// <summary>Whether the field goes into the sealed part of the record.</summary>
    public bool Personal => Kind is FieldKind.Text or FieldKind.Person || Sealed;

    /// <summary>Sealed although its kind is clear (a birth date).</summary>
    public bool Sealed { get; init; }

    /// <summary>Whether the stored form is one signed integer.</summary>
    public bool IsNumber => Kind is FieldKind.Money or FieldKind.Int or FieldKind.Hundredths or FieldKind.Instant
        or FieldKind.Date or FieldKind.Bool or FieldKind.Code;
}

/// <summary>Which fold an event of a type belongs to.</summary>
public enum EventTarget
{
    /// <summary>The subject's own stream.</summary>
    Person,

    /// <summary>The program's own stream: catalogue, rules, staff.</summary>
    Program,
}

/// <summary>The families of the vocabulary; the first five say where on the journey an event of a person stands.</summary>
public enum EventFamily
{
    Person,
    Before,
    Transaction,
    Learning,
    Voice,
    Staff,
    Catalogue,
    Correction,
    Answer,
    Observation,
    Unknown,
}

/// <summary>A field as one event type uses it.</summary>
public readonly record struct FieldUse(Field Field, bool Required);

/// <summary>
/// One event type of the vocabulary: its typed fields, with validation, schema, example and stored form derived from them.
/// </summary>
public sealed class EventType
{
    /// <summary>Stored code, 1–254; never reused. 255 is the unknown type, whose name stands in the record.</summary>
    public required byte Code { get; init; }

    /// <summary>CloudEvents type, such as <c>registration.confirmed</c>.</summary>
    public required string Name { get; init; }

    public required EventFamily Family { get; init; }

    public required EventTarget Target { get; init; }

    /// <summary>One sentence that says what happened.</summary>
    public required string Description { get; init; }

    public required IReadOnlyList<FieldUse> Fields { get; init; }

    /// <summary>The field that names the other person of a two-sided fact, and as what that person's copy names this one.</summary>
    public (Field Other, Field As)? Mirror { get; init; }

    /// <summary>At least one of these fields must be present, when there are any.</summary>
    public IReadOnlyList<Field> OneOf { get; init; } = [];

    public override string ToString() => Name;
}
