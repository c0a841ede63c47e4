using Experience.Domain.Events;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Imports.Tables;

namespace Experience.Web.Imports.Mapping;

/// <summary>What is wrong with a mapping, by the name of its part, before any row is read.</summary>
internal static class MappingCheck
{
    public const int MaxColumns = CsvFile.MaxColumns;
    public const int MaxAlso = 20;
    public const int MaxConditionValues = 100;
    public const int MaxWords = 200;

    public static Refusal? Of(ImportMapping mapping)
    {
        if (string.IsNullOrWhiteSpace(mapping.Source) || mapping.Source.Length > EventLimits.MaxSourceLength) return new Refusal("source", "is not a source", "a name such as /import/registrations");
        if (TypeOf(mapping.Type) is not { } type) return new Refusal("type", "is not a type that may be imported", "a type of /v1/schemas");
        if (!WireTime.TryZone(mapping.TimeZone, out _)) return new Refusal("timeZone", "is not a time zone", "an IANA name such as America/Chicago");
        if (mapping.Columns is null || mapping.Columns.Count == 0) return new Refusal("columns", "is empty", "column names, each with what it holds");
        if (mapping.Columns.Count > MaxColumns) return new Refusal("columns", "is too long", $"at most {MaxColumns} columns");
        if (DateText.Check("dateFormat", mapping.DateFormat) is { } format) return format;
        foreach (var (column, form) in mapping.Dates ?? new Dictionary<string, string>())
        {
            if (DateText.Check($"dates[\"{column}\"]", form) is { } wrong) return wrong;
        }

        if (mapping.DecimalMark is not (null or "." or ",")) return new Refusal("decimalMark", $"is \"{mapping.DecimalMark}\"", "\".\", \",\" or null");
        return CsvForm.Check(mapping)
            ?? Columns("columns", mapping.Columns, ImportTargets.For(type))
            ?? Values("values", mapping.Values, type)
            ?? Words(mapping)
            ?? Condition("when", mapping.When)
            ?? Condition("skip", mapping.Skip)
            ?? Also(mapping.Also ?? []);
    }

    public static EventType? TypeOf(string? name) =>
        name is not null && EventTypes.Find(name) is { } type && type.Family != EventFamily.Observation && type != EventTypes.ParticipantErased ? type : null;

    private static Refusal? Also(IReadOnlyList<ImportAlso> also)
    {
        if (also.Count > MaxAlso) return new Refusal("also", "is too long", $"at most {MaxAlso} further events of a row");
        for (var i = 0; i < also.Count; i++)
        {
            var path = $"also[{i}]";
            if (TypeOf(also[i].Type) is not { } type) return new Refusal(path + ".type", "is not a type that may be imported", "a type of /v1/schemas");
            if (also[i].Columns is null) return new Refusal(path + ".columns", "is missing", "column names, each with what it holds");
            var wrong = Columns(path + ".columns", also[i].Columns, ImportTargets.For(type, also: true)) ?? Values(path + ".values", also[i].Values, type) ?? Condition(path + ".when", also[i].When);
            if (wrong is not null) return wrong;
            if (also[i].Columns.Count == 0 && also[i].When is null) return new Refusal(path, "would be made of every row", "columns of its own, or a condition");
        }

        return null;
    }

    private static Refusal? Columns(string path, IReadOnlyDictionary<string, string> columns, IReadOnlyList<ImportField> fields)
    {
        foreach (var (column, field) in columns)
        {
            if (fields.All(f => f.Name != field)) return new Refusal($"{path}[\"{column}\"]", $"is \"{field}\"", string.Join(", ", fields.Select(f => f.Name)));
        }

        var twice = columns.Values.GroupBy(v => v, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
        return twice is null ? null : new Refusal(path, $"maps two columns to \"{twice.Key}\"", "one column each");
    }

    private static Refusal? Values(string path, IReadOnlyDictionary<string, string>? values, EventType type)
    {
        foreach (var (name, value) in values ?? new Dictionary<string, string>())
        {
            if (!type.Fields.Any(f => f.Field.Name == name && ImportTargets.MayBeMapped(f.Field))) return new Refusal($"{path}[\"{name}\"]", "is not a field of " + type.Name, string.Join(", ", type.Fields.Select(f => f.Field.Name)));
            if (string.IsNullOrWhiteSpace(value)) return new Refusal($"{path}[\"{name}\"]", "is empty", "what it is in every row");
        }

        return null;
    }

    private static Refusal? Words(ImportMapping mapping)
    {
        foreach (var (name, words) in mapping.Words ?? new Dictionary<string, IReadOnlyDictionary<string, string>>())
        {
            if (Fields.All.FirstOrDefault(f => f.Name == name && f.Kind == FieldKind.Code) is not { } field) return new Refusal($"words[\"{name}\"]", "is not a field of codes", "presence, channel, mode, costKind and the like");
            if (words.Count > MaxWords) return new Refusal($"words[\"{name}\"]", "is too long", $"at most {MaxWords} words");
            foreach (var (word, code) in words)
            {
                if (!field.Codes.Contains(code, StringComparer.Ordinal)) return new Refusal($"words[\"{name}\"][\"{word}\"]", $"is \"{code}\"", string.Join(", ", field.Codes));
            }
        }

        return null;
    }

    private static Refusal? Condition(string path, ImportCondition? condition)
    {
        if (condition is null) return null;
        if (string.IsNullOrEmpty(condition.Column)) return new Refusal(path + ".column", "is missing", "a column of the file");
        return condition.Is is null or { Count: 0 or > MaxConditionValues } ? new Refusal(path + ".is", "is empty or too long", $"1 to {MaxConditionValues} values of the column; \"\" is an empty cell, \"*\" any that is not") : null;
    }
}
