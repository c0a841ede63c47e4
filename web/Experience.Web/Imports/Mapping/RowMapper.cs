using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Imports.Tables;

namespace Experience.Web.Imports.Mapping;

/// <summary>One event that a row became.</summary>
/// <param name="Suffix">Which of the row's events it is.</param>
internal sealed record RowEvent(EventType Type, string Suffix, string Id, ReadOnlyMemory<byte> Json, List<Fact> Facts);

/// <summary>What became of a row: its events, or why it became none.</summary>
/// <param name="Column">The column that is at fault.</param>
internal readonly record struct RowResult(List<RowEvent> Events, Refusal? Refusal, string? Column, bool Skipped);

/// <summary>
/// Rows of a table as events, by a mapping. Each is written as a CloudEvent and read by the same reader as all others. A row is taken whole or not
/// at all. Belongs to one thread.
/// </summary>
internal sealed class RowMapper
{
    private readonly ImportMapping _mapping;
    private readonly IReadOnlyList<string> _header;
    private readonly RowRules _rules;
    private readonly TimeZoneInfo _zone;
    private readonly TimeProvider _time;
    private readonly EventReader _reader;
    private readonly char? _mark;
    private readonly HashSet<UInt128>? _stated;
    private UInt128? _added;
    private string? _column;

    private RowMapper(ImportMapping mapping, IReadOnlyList<string> header, RowRules rules, TimeZoneInfo zone, TimeProvider time, bool history, bool whoOnce)
    {
        _mapping = mapping;
        _header = header;
        _rules = rules;
        _zone = zone;
        _time = time;
        _reader = new EventReader(new SenderRules(null, zone, history));
        _mark = mapping.DecimalMark is [var mark] ? mark : null;
        _stated = whoOnce ? [] : null;
    }

    public IReadOnlyList<RowRule> Rules => _rules.All;

    /// <summary>The id that the row states itself, if it does.</summary>
    public string? OwnId(string[] row) => RowRule.Cell(row, Main.Id) is { Length: > 0 } own ? own : null;

    /// <summary>Whose row it is, as far as that can be read of a row that may be wrong.</summary>
    public string? SubjectOf(string[] row) => Main.Type.Target == EventTarget.Program ? null : SubjectOf(row, Main);

    private RowRule Main => _rules.All.First(r => r.Main);

    /// <param name="history">The rows are a backfill: nothing of them is live.</param>
    /// <param name="whoOnce">Who a person is, is said once for each distinct statement, however many rows repeat it.</param>
    public static Refusal? Create(ImportMapping mapping, IReadOnlyList<string> header, TimeProvider time, bool history, bool whoOnce, out RowMapper? mapper)
    {
        mapper = null;
        if (MappingCheck.Of(mapping) is { } wrong) return wrong;
        if (RowRules.Bind(mapping, header, out var missing) is not { } rules) return new Refusal("columns", $"names \"{missing}\", which the table has not", string.Join(", ", header.Take(50)));
        WireTime.TryZone(mapping.TimeZone, out var zone);
        mapper = new RowMapper(mapping, header, rules, zone!, time, history, whoOnce);
        return null;
    }

    /// <param name="id">The id of the row: its events' ids are made of it, unless a column holds them.</param>
    public RowResult Map(string[] row, Func<string> id)
    {
        _column = null;
        _added = null;
        for (var i = _header.Count; i < row.Length; i++)
        {
            if (row[i].Length > 0) return Refused(new Refusal("row", $"has {row.Length} cells, the header {_header.Count}", "as many cells as the header has; a cell that holds the delimiter stands in quotes"));
        }

        if (_rules.Skip is { } skip && RowRule.Holds(skip, row)) return new RowResult([], null, null, true);
        var events = new List<RowEvent>(3);
        string? rowId = null;
        var main = Main;
        var first = _rules.All.FirstOrDefault(r => !r.Who && r.Takes(row));
        foreach (var rule in _rules.All)
        {
            if (!rule.Takes(row)) continue;
            if (rule.Who && SubjectOf(row, rule) is null) continue;
            if (Event(rule, main, row, rule == first, ref rowId, id, out var made) is { } refusal) return Refused(refusal);
            if (made is not null) events.Add(made);
        }

        if (events.Count > 0) return new RowResult(events, null, null, false);
        // A statement that was made before is no refusal; a row that no rule takes is, or it would be lost in silence.
        if (_rules.All.Any(r => r.Takes(row))) return new RowResult([], null, null, false);
        var when = main.When ?? _rules.All.FirstOrDefault(r => r.When is not null)?.When;
        _column = when is { } w ? _header[w.Column] : null;
        return Refused(new Refusal("row", when is { } c ? $"fits no event: \"{Cut(RowRule.Cell(row, c.Column))}\"" : "says nothing", "a row that a condition of the mapping takes, or that its skip leaves out"));
    }

    private RowResult Refused(Refusal refusal)
    {
        // What a refused row said of a person was not recorded: the next row that says it must say it.
        if (_added is { } hash) _stated!.Remove(hash);
        return new RowResult([], refusal with { Field = refusal.Field.StartsWith("data.", StringComparison.Ordinal) ? refusal.Field[5..] : refusal.Field }, _column, false);
    }

    private Refusal? Event(RowRule rule, RowRule main, string[] row, bool extras, ref string? rowId, Func<string> makeId, out RowEvent? made)
    {
        made = null;
        var subject = rule.Type.Target == EventTarget.Program ? null : SubjectOf(row, rule);
        if (subject is null && rule.Type.Target == EventTarget.Person && !MayBeNobodys(rule.Type))
        {
            _column = rule.Subject < 0 ? null : _header[rule.Subject];
            return new Refusal("subject", "is missing", "the participant's key, or a name with a birth date or an e-mail");
        }

        long? at = null;
        _column = null;
        // An event of its own time has that; the others happen when the row's does, one after another, since a drop at the very time of its registration could come before it.
        var timed = RowRule.Cell(row, rule.Time).Length > 0 ? rule.Time : main.Time;
        if (RowRule.Cell(row, timed) is { Length: > 0 } time)
        {
            _column = _header[timed];
            if (!DateText.TryInstant(time, Format(timed), _zone, out var instant)) return new Refusal("time", $"is not a date: \"{Cut(time)}\"", Format(timed) ?? "yyyy-MM-dd, or a dateFormat in the mapping");
            at = timed == main.Time ? instant + rule.After : instant;
        }

        string id;
        if (rule.Who && _stated is not null)
        {
            var hash = SipHash.Public.Pair(subject, string.Join('\u001f', Said(rule, row)));
            if (_stated.Count < RowIds.MaxRows && !_stated.Add(hash)) return null;
            _added = hash;
            id = $"who-{hash:x32}";
        }
        else if (RowRule.Cell(row, rule.Id) is { Length: > 0 } own)
        {
            id = own;
        }
        else
        {
            rowId ??= RowRule.Cell(row, main.Id) is { Length: > 0 } mains ? mains : makeId();
            id = rowId + rule.Suffix;
        }

        var buffer = new ArrayBufferWriter<byte>(512);
        if (Write(buffer, rule, row, extras, id, subject, at) is { } refusal) return refusal;
        var facts = new List<Fact>(1);
        var now = (_time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        if (_reader.Read(buffer.WrittenSpan, now + rule.After, facts) is { } unread)
        {
            _column = ColumnOf(rule, unread.Field);
            return unread;
        }

        made = new RowEvent(rule.Type, rule.Suffix, id, buffer.WrittenMemory, facts);
        return null;
    }

    private Refusal? Write(ArrayBufferWriter<byte> buffer, RowRule rule, string[] row, bool extras, string id, string? subject, long? at)
    {
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("specversion", "1.0");
        writer.WriteString("id", id);
        writer.WriteString("source", _mapping.Source);
        writer.WriteString("type", rule.Type.Name);
        if (at is { } microseconds) writer.WriteString("time", DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        if (subject is not null) writer.WriteString("subject", subject);
        writer.WriteStartObject("data");
        var (given, family) = rule.FullName >= 0 ? NameParts(RowRule.Cell(row, rule.FullName)) : ("", "");
        foreach (var (column, field) in rule.Fields.Concat(rule.Shared))
        {
            if (RowRule.Cell(row, column) is not { Length: > 0 } value) continue;
            if (field == Fields.GivenName) given = "";
            if (field == Fields.FamilyName) family = "";
            _column = _header[column];
            if (Write(writer, field, value, Format(column)) is { } refusal) return refusal;
        }

        _column = null;
        if (given.Length > 0) writer.WriteString(Fields.GivenName.Name, given);
        if (family.Length > 0) writer.WriteString(Fields.FamilyName.Name, family);
        foreach (var (field, value) in rule.Values)
        {
            if (rule.Fields.Any(f => f.Field == field && RowRule.Cell(row, f.Column).Length > 0)) continue;
            if (Write(writer, field, value, null) is { } refusal) return refusal;
        }

        if (extras)
        {
            foreach (var column in _rules.Extras)
            {
                if (RowRule.Cell(row, column) is { Length: > 0 } value && rule.Type.Fields.All(f => f.Field.Name != _header[column])) writer.WriteString(_header[column], value);
            }
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
        return null;
    }

    private Refusal? Write(Utf8JsonWriter writer, Field field, string value, string? format)
    {
        switch (field.Kind)
        {
            case FieldKind.Money:
                if (!MoneyText.TryParse(value, _mark, out var money)) return Wrong("is not an amount");
                money *= _mapping.DecimalMoney ? 100 : 1;
                if (money % 1 != 0 || Math.Abs(money) > field.Max) return Wrong("is not an amount in whole cents");
                writer.WriteNumber(field.Name, (long)money);
                return null;
            case FieldKind.Int or FieldKind.Hundredths:
                if (!MoneyText.TryParse(value, _mark, out var number)) return Wrong("is not a number");
                writer.WriteNumber(field.Name, number);
                return null;
            case FieldKind.Instant:
                if (!DateText.TryInstant(value, format, _zone, out var instant)) return Wrong("is not a date");
                writer.WriteString(field.Name, DateTimeOffset.UnixEpoch.AddTicks(instant * TimeSpan.TicksPerMicrosecond).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
                return null;
            case FieldKind.Date:
                if (!TryDay(field, value, format, out var date)) return Wrong("is not a date");
                writer.WriteString(field.Name, date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
                return null;
            case FieldKind.Bool:
                if (CodeText.Flag(value) is not { } flag) return Wrong("is not yes or no");
                writer.WriteBoolean(field.Name, flag);
                return null;
            case FieldKind.Code:
                writer.WriteString(field.Name, CodeText.Of(field, value, _mapping.Words?.GetValueOrDefault(field.Name)));
                return null;
            default:
                writer.WriteString(field.Name, value);
                return null;
        }

        Refusal Wrong(string reason) => new("data." + field.Name, $"{reason}: \"{Cut(value)}\"", field.Kind switch
        {
            FieldKind.Date or FieldKind.Instant when format is not null => format,
            FieldKind.Money when _mapping.DecimalMoney => $"an amount such as {(_mapping.DecimalMark == "," ? "190,00" : "190.00")}",
            _ => Accepts.Of(field),
        });
    }

    private bool TryDay(Field field, string value, string? format, out DateOnly date)
    {
        if (!DateText.TryDate(value, format, out date)) return false;
        // Years of two digits reach into our century; nobody is born there yet.
        if (field == Fields.BirthDate && date > DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime)) date = date.AddYears(-100);
        return true;
    }

    /// <summary>What is said in public, searched or asked may be nobody's that we know; a registration or a payment is somebody's.</summary>
    private static bool MayBeNobodys(EventType type) => type.Family is EventFamily.Voice or EventFamily.Before;

    private string? Format(int column) => _mapping.Dates?.GetValueOrDefault(_header[column]) ?? _mapping.DateFormat;

    /// <summary>
    /// The person's key; for tables without one it is made of name and birth date, or name and e-mail. Families share an e-mail, so it never is a key by itself.
    /// </summary>
    private string? SubjectOf(string[] row, RowRule rule)
    {
        if (rule.Subject >= 0) return RowRule.Cell(row, rule.Subject) is { Length: > 0 } key ? key : null;
        var who = rule.Type == EventTypes.ParticipantIdentified ? rule : _rules.All.FirstOrDefault(r => r.Who) ?? rule;
        var (given, family) = NameParts(RowRule.Cell(row, who.FullName));
        string? birth = null;
        string? mail = null;
        foreach (var (column, field) in who.Fields)
        {
            if (RowRule.Cell(row, column) is not { Length: > 0 } value) continue;
            if (field == Fields.GivenName) given = value;
            else if (field == Fields.FamilyName) family = value;
            else if (field == Fields.BirthDate) birth = TryDay(field, value, Format(column), out var day) ? day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : value;
            else if (field == Fields.Email) mail = value.ToLowerInvariant();
        }

        var name = (given + " " + family).Trim().ToLowerInvariant();
        var also = birth ?? mail;
        return name.Length == 0 && also is null ? null : $"name-{SipHash.Public.Pair(name, also ?? ""):x32}";
    }

    private static IEnumerable<string> Said(RowRule rule, string[] row)
    {
        if (RowRule.Cell(row, rule.FullName) is { Length: > 0 } full) yield return "fullName=" + full;
        foreach (var (column, field) in rule.Fields.OrderBy(f => f.Field.Name, StringComparer.Ordinal))
        {
            if (RowRule.Cell(row, column) is { Length: > 0 } value) yield return field.Name + '=' + value;
        }
    }

    private string? ColumnOf(RowRule rule, string field)
    {
        if (field == "time") return rule.Time < 0 ? null : _header[rule.Time];
        if (field == "subject") return rule.Subject < 0 ? null : _header[rule.Subject];
        if (field == "id") return rule.Id < 0 ? null : _header[rule.Id];
        var name = field.StartsWith("data.", StringComparison.Ordinal) ? field[5..] : field;
        foreach (var (column, mapped) in rule.Fields.Concat(rule.Shared))
        {
            if (mapped.Name == name) return _header[column];
        }

        return null;
    }

    /// <summary>Given names first; "Okafor, Ngozi" the other way round.</summary>
    private static (string Given, string Family) NameParts(string full)
    {
        var comma = full.IndexOf(',', StringComparison.Ordinal);
        if (comma > 0) return (full[(comma + 1)..].Trim(), full[..comma].Trim());
        var space = full.LastIndexOf(' ');
        return space > 0 ? (full[..space].Trim(), full[(space + 1)..].Trim()) : ("", full.Trim());
    }

    private static string Cut(string value) => value.Length <= 40 ? value : value[..40] + "…";
}
