using Experience.Domain.Events;
using Experience.Web.Contracts;

namespace Experience.Web.Imports.Mapping;

/// <summary>One event that a row may become: which cells are which fields, and for which rows. Made once for a header.</summary>
internal sealed class RowRule
{
    public required EventType Type { get; init; }

    /// <summary>What its ids end with, so that the events of one row have one each.</summary>
    public required string Suffix { get; init; }

    /// <summary>The row's own event, which keeps the columns that nobody mapped.</summary>
    public bool Main { get; init; }

    /// <summary>Who the person is: said once for each distinct statement of a file.</summary>
    public bool Who { get; init; }

    public required IReadOnlyList<(int Column, Field Field)> Fields { get; init; }

    /// <summary>What is not its own, but the row's: said only when the event is made for something of its own.</summary>
    public IReadOnlyList<(int Column, Field Field)> Shared { get; init; } = [];

    public required IReadOnlyList<(Field Field, string Value)> Values { get; init; }

    public int Subject { get; init; } = -1;

    public int Time { get; init; } = -1;

    public int Id { get; init; } = -1;

    public int FullName { get; init; } = -1;

    /// <summary>µs that it comes after the row's own event.</summary>
    public long After { get; init; }

    public (int Column, IReadOnlyList<string> Is)? When { get; init; }

    /// <summary>Whether the row becomes this event.</summary>
    public bool Takes(string[] row)
    {
        if (When is { } when && !Holds(when, row)) return false;
        if (Main || (Fields.Count == 0 && FullName < 0)) return true;
        return Cell(row, FullName).Length > 0 || Fields.Any(f => Cell(row, f.Column).Length > 0);
    }

    public static bool Holds((int Column, IReadOnlyList<string> Is) condition, string[] row)
    {
        var cell = Cell(row, condition.Column);
        return condition.Is.Any(v => v == "*" ? cell.Length > 0 : v.Equals(cell, StringComparison.OrdinalIgnoreCase));
    }

    public static string Cell(string[] row, int column) => (uint)column < (uint)row.Length ? row[column] : "";
}

/// <summary>The rules of a mapping over a header, or the first column that the header lacks.</summary>
internal sealed class RowRules
{
    private RowRules(IReadOnlyList<RowRule> all, (int, IReadOnlyList<string>)? skip, IReadOnlyList<int> extras)
    {
        All = all;
        Skip = skip;
        Extras = extras;
    }

    public IReadOnlyList<RowRule> All { get; }

    public (int Column, IReadOnlyList<string> Is)? Skip { get; }

    /// <summary>Columns that are kept as they are.</summary>
    public IReadOnlyList<int> Extras { get; }

    /// <param name="mapping">One that <see cref="MappingCheck"/> found nothing wrong with.</param>
    /// <param name="missing">A column that the mapping names and the header has not.</param>
    public static RowRules? Bind(ImportMapping mapping, IReadOnlyList<string> header, out string? missing)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < header.Count; i++) index.TryAdd(header[i], i);
        missing = mapping.Columns.Keys.Concat((mapping.Also ?? []).SelectMany(a => a.Columns.Keys))
            .Concat(new[] { mapping.When, mapping.Skip }.Concat((mapping.Also ?? []).Select(a => a.When)).OfType<ImportCondition>().Select(c => c.Column))
            .FirstOrDefault(c => !index.ContainsKey(c));
        if (missing is not null) return null;

        int At(string field) => mapping.Columns.FirstOrDefault(c => c.Value == field).Key is { } column ? index[column] : -1;
        (int, IReadOnlyList<string>)? When(ImportCondition? condition) => condition is null ? null : (index[condition.Column], condition.Is);
        var type = MappingCheck.TypeOf(mapping.Type)!;
        var own = Mapped(mapping.Columns, type, index);
        var subject = At(ImportTargets.Subject);
        var time = At(ImportTargets.Time);
        var fullName = At(ImportTargets.FullName);
        var rules = new List<RowRule>();
        var who = type == EventTypes.ParticipantIdentified || type.Target == EventTarget.Program ? [] : Mapped(mapping.Columns, EventTypes.ParticipantIdentified, index).Where(f => own.All(o => o.Column != f.Column)).ToList();
        if (who.Count > 0 || (fullName >= 0 && type != EventTypes.ParticipantIdentified))
        {
            rules.Add(new RowRule { Type = EventTypes.ParticipantIdentified, Suffix = "#who", Who = true, Fields = who, Values = [], Subject = subject, Time = time, FullName = fullName });
        }

        rules.Add(new RowRule
        {
            Type = type,
            Suffix = "",
            Main = true,
            Fields = own,
            Values = Constant(mapping.Values, type),
            Subject = subject,
            Time = time,
            Id = At(ImportTargets.Id),
            FullName = type == EventTypes.ParticipantIdentified ? fullName : -1,
            When = When(mapping.When),
        });
        if (At(ImportTargets.Paid) is >= 0 and var paid)
        {
            var amount = EventTypes.PaymentReceived.Fields.First(f => f.Field.Name == Experience.Domain.Events.Fields.Amount.Name).Field;
            rules.Add(new RowRule { Type = EventTypes.PaymentReceived, Suffix = "#paid", Fields = [(paid, amount)], Shared = Common(own, EventTypes.PaymentReceived, []), Values = [], Subject = subject, Time = time });
        }

        foreach (var also in mapping.Also ?? [])
        {
            var alsoType = MappingCheck.TypeOf(also.Type)!;
            int Its(string field, int otherwise) => also.Columns.FirstOrDefault(c => c.Value == field).Key is { } column ? index[column] : otherwise;
            var fields = Mapped(also.Columns, alsoType, index);
            var values = Constant(also.Values, alsoType);
            var number = rules.Count(r => r.Type == alsoType && !r.Who && !r.Main);
            rules.Add(new RowRule
            {
                Type = alsoType,
                Suffix = $"#{alsoType.Name}{(number == 0 ? "" : "." + (number + 1))}",
                Fields = fields,
                Values = values,
                Shared = Common(own, alsoType, [.. fields.Select(f => f.Field), .. values.Select(v => v.Field)]),
                // Another person's names beside a row are not said of the row's own person.
                Subject = Its(ImportTargets.Subject, alsoType == EventTypes.ParticipantIdentified ? -1 : subject),
                Time = Its(ImportTargets.Time, time),
                Id = Its(ImportTargets.Id, -1),
                After = rules.Count,
                FullName = Its(ImportTargets.FullName, -1),
                When = When(also.When),
            });
        }

        var mapped = mapping.Columns.Keys.Concat((mapping.Also ?? []).SelectMany(a => a.Columns.Keys)).Concat(mapping.Ignore ?? []).ToHashSet(StringComparer.Ordinal);
        var extras = Enumerable.Range(0, header.Count).Where(i => header[i].Length > 0 && !mapped.Contains(header[i])).ToList();
        return new RowRules(rules, When(mapping.Skip), extras);
    }

    private static List<(int Column, Field Field)> Mapped(IReadOnlyDictionary<string, string> columns, EventType type, Dictionary<string, int> index) =>
        [.. columns.Select(c => (index[c.Key], type.Fields.FirstOrDefault(f => f.Field.Name == c.Value && ImportTargets.MayBeMapped(f.Field)).Field)).Where(f => f.Item2 is not null)];

    private static List<(Field Field, string Value)> Constant(IReadOnlyDictionary<string, string>? values, EventType type) =>
        [.. (values ?? new Dictionary<string, string>()).Select(v => (type.Fields.First(f => f.Field.Name == v.Key).Field, v.Value))];

    /// <summary>What an event is about is shared with the row's own event; money, numbers and text never are, or one fee would be counted as two.</summary>
    private static List<(int Column, Field Field)> Common(List<(int Column, Field Field)> own, EventType type, List<Field> stated) =>
        [.. own.Where(o => o.Field.Kind is FieldKind.Name or FieldKind.Key or FieldKind.Person or FieldKind.Code && type.Fields.Any(f => f.Field == o.Field) && !stated.Contains(o.Field))];
}
