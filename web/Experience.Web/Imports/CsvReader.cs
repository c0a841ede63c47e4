using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Wire;
using Experience.Web.Contracts;

namespace Experience.Web.Imports;

/// <summary>What a column may hold beside the fields of the type.</summary>
internal static class ImportTargets
{
    public const string Subject = "subject";
    public const string Id = "id";
    public const string Time = "time";
    public const string FullName = "fullName";

    /// <summary>Money that came in with a registration: a payment beside it.</summary>
    public const string Paid = "paid";

    public static IReadOnlyList<ImportField> For(EventType type)
    {
        var fields = new List<ImportField>
        {
            new(Subject, "The participant's key: what tells people apart.", false),
            new(Time, "When it happened.", false),
            new(Id, "The event's own id, when the file has one.", false),
            new(FullName, "Given and family name in one column.", false),
        };
        if (type == EventTypes.RegistrationConfirmed) fields.Add(new(Paid, "Money that came in with it: recorded as a payment.", false));
        fields.AddRange(type.Fields.Where(f => f.Field.Kind is not (FieldKind.Json or FieldKind.Instants)).Select(f => new ImportField(f.Field.Name, f.Field.Description, f.Required)));
        foreach (var use in EventTypes.ParticipantIdentified.Fields)
        {
            if (fields.All(f => f.Name != use.Field.Name)) fields.Add(new(use.Field.Name, use.Field.Description, false));
        }

        return fields;
    }
}

/// <summary>
/// Rows of a CSV file as events, by a mapping. Each row is written as CloudEvents and read by the same reader as all others. A row
/// that also says who the person is becomes a <c>participant.identified</c> as well, once for each distinct statement.
/// </summary>
internal sealed class CsvReader : IImportReader
{
    private readonly ImportMapping _mapping;
    private readonly TimeZoneInfo _zone;
    private readonly TimeProvider _time;
    private readonly EventType _type;
    private readonly EventReader _reader;
    private readonly Dictionary<string, Field> _fields;
    private readonly Dictionary<string, Field> _identity = EventTypes.ParticipantIdentified.Fields.ToDictionary(f => f.Field.Name, f => f.Field, StringComparer.Ordinal);
    private readonly HashSet<UInt128> _stated = [];

    private CsvReader(ImportMapping mapping, EventType type, TimeZoneInfo zone, TimeProvider time)
    {
        _mapping = mapping;
        _zone = zone;
        _time = time;
        _type = type;
        _reader = new EventReader(new SenderRules(null, zone, History: true));
        _fields = type.Fields.ToDictionary(f => f.Field.Name, f => f.Field, StringComparer.Ordinal);
    }

    /// <summary>A reader for a mapping, or what is wrong with the mapping.</summary>
    public static Refusal? Create(ImportMapping mapping, TimeProvider time, out CsvReader? reader)
    {
        reader = null;
        if (string.IsNullOrWhiteSpace(mapping.Source) || mapping.Source.Length > EventLimits.MaxSourceLength) return new Refusal("source", "is not a source", "a name such as /import/registrations");
        if (mapping.Type is null || EventTypes.Find(mapping.Type) is not { } type || type.Family == EventFamily.Observation) return new Refusal("type", "is not a type that may be imported", "a type of /v1/schemas");
        if (!WireTime.TryZone(mapping.TimeZone, out var zone)) return new Refusal("timeZone", "is not a time zone", "an IANA name such as America/Chicago");
        if (mapping.Columns is null || mapping.Columns.Count == 0) return new Refusal("columns", "is empty", "column names, each with what it holds");
        var known = ImportTargets.For(type).Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var (column, field) in mapping.Columns)
        {
            if (!known.Contains(field)) return new Refusal($"columns[\"{column}\"]", $"is \"{field}\"", string.Join(", ", known));
        }

        if (mapping.Columns.Values.GroupBy(v => v, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice) return new Refusal("columns", $"maps two columns to \"{twice.Key}\"", "one column each");
        reader = new CsvReader(mapping, type, zone, time);
        return null;
    }

    public IEnumerable<ImportItem> Read(Stream file)
    {
        var ids = new RowIds();
        string[]? header = null;
        foreach (var (line, row) in CsvFile.Rows(file))
        {
            if (header is null)
            {
                header = row;
                var missing = _mapping.Columns.Keys.FirstOrDefault(c => !header.Contains(c, StringComparer.Ordinal));
                if (missing is not null) throw new InvalidDataException($"The file has no column \"{missing}\".");
                continue;
            }

            yield return Row(line, file.Position, header, row, ids);
        }
    }

    private ImportItem Row(long line, long bytes, string[] header, string[] row, RowIds ids)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var extra = new List<(string Name, string Value)>();
        for (var i = 0; i < header.Length; i++)
        {
            var value = CsvGuess.Cell(row, i);
            if (value.Length == 0) continue;
            if (_mapping.Columns.TryGetValue(header[i], out var target)) values[target] = value;
            else if (_mapping.Ignore?.Contains(header[i]) != true) extra.Add((header[i], value));
        }

        if (values.Remove(ImportTargets.FullName, out var full)) SplitName(full, values);
        long? at = null;
        if (values.TryGetValue(ImportTargets.Time, out var time))
        {
            if (!TryInstant(time, out var instant)) return Refused(new Refusal("time", $"is not a date: \"{time}\"", _mapping.DateFormat ?? "yyyy-MM-dd, or a dateFormat in the mapping"));
            at = instant;
        }

        var id = values.TryGetValue(ImportTargets.Id, out var own) ? own : ids.Next(string.Join('\u001f', row));
        var subject = values.GetValueOrDefault(ImportTargets.Subject) ?? SubjectOf(values);
        var events = new List<IReadOnlyList<Fact>>(3);
        if (Identity(values, subject, at, out var who) is { } wrong) return Refused(wrong);
        if (who is not null) events.Add(who);
        var main = Event(_type, id, subject, at, _fields, values, extra, out var json, out var facts);
        if (main is not null) return Refused(main);
        events.Add(facts);
        if (values.TryGetValue(ImportTargets.Paid, out var paid))
        {
            var payment = new Dictionary<string, string>(StringComparer.Ordinal) { ["amount"] = paid };
            foreach (var shared in (ReadOnlySpan<string>)["section", "registration"])
            {
                if (values.TryGetValue(shared, out var value)) payment[shared] = value;
            }

            var fields = EventTypes.PaymentReceived.Fields.ToDictionary(f => f.Field.Name, f => f.Field, StringComparer.Ordinal);
            if (Event(EventTypes.PaymentReceived, id + "#paid", subject, at, fields, payment, [], out _, out var money) is { } refusal) return Refused(refusal with { Field = ImportTargets.Paid });
            events.Add(money);
        }

        return new ImportItem(line, bytes, events, null, json);

        ImportItem Refused(Refusal refusal) => new(line, bytes, [], refusal with { Field = refusal.Field.StartsWith("data.", StringComparison.Ordinal) ? refusal.Field[5..] : refusal.Field });
    }

    /// <summary>Who the person is, when the row says so and it was not said before.</summary>
    private Refusal? Identity(Dictionary<string, string> values, string? subject, long? at, out List<Fact>? facts)
    {
        facts = null;
        if (subject is null || _type == EventTypes.ParticipantIdentified) return null;
        // "organisation" and the like may be a field of the type itself: what the type has stays with it.
        var said = values.Where(v => _identity.ContainsKey(v.Key) && !_fields.ContainsKey(v.Key)).OrderBy(v => v.Key, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        if (said.Count == 0) return null;
        var hash = SipHash.Public.Pair(subject, string.Join('\u001f', said.Select(s => s.Key + '=' + s.Value)));
        if (_stated.Count < RowIds.MaxRows && !_stated.Add(hash)) return null;
        return Event(EventTypes.ParticipantIdentified, $"who-{hash:x32}", subject, at, _identity, said, [], out _, out facts!);
    }

    private Refusal? Event(EventType type, string id, string? subject, long? at, Dictionary<string, Field> fields, Dictionary<string, string> values, List<(string Name, string Value)> extra, out ReadOnlyMemory<byte> json, out List<Fact> facts)
    {
        json = default;
        facts = new List<Fact>(1);
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("specversion", "1.0");
            writer.WriteString("id", id);
            writer.WriteString("source", _mapping.Source);
            writer.WriteString("type", type.Name);
            if (at is { } microseconds) writer.WriteString("time", DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
            if (subject is not null) writer.WriteString("subject", subject);
            writer.WriteStartObject("data");
            foreach (var (name, value) in values)
            {
                if (fields.TryGetValue(name, out var field) && Write(writer, field, value) is { } refusal) return refusal;
            }

            foreach (var (name, value) in extra)
            {
                if (!fields.ContainsKey(name) && name.Length > 0) writer.WriteString(name, value);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        json = buffer.WrittenMemory;
        var now = (_time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        return _reader.Read(json.Span, now, facts);
    }

    private Refusal? Write(Utf8JsonWriter writer, Field field, string value)
    {
        switch (field.Kind)
        {
            case FieldKind.Money:
                var text = value.Trim('$', '€', '£', ' ').Replace(",", "", StringComparison.Ordinal);
                if (!decimal.TryParse(text, NumberStyles.Number | NumberStyles.AllowParentheses, CultureInfo.InvariantCulture, out var money)) return Wrong("is not an amount");
                money *= _mapping.DecimalMoney ? 100 : 1;
                if (money % 1 != 0 || Math.Abs(money) > field.Max) return Wrong("is not an amount in whole cents");
                writer.WriteNumber(field.Name, (long)money);
                return null;
            case FieldKind.Int or FieldKind.Hundredths:
                if (!decimal.TryParse(value, NumberStyles.Number, CultureInfo.InvariantCulture, out var number)) return Wrong("is not a number");
                writer.WriteNumber(field.Name, number);
                return null;
            case FieldKind.Instant:
                if (!TryInstant(value, out var instant)) return Wrong("is not a date");
                writer.WriteString(field.Name, DateTimeOffset.UnixEpoch.AddTicks(instant * TimeSpan.TicksPerMicrosecond).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
                return null;
            case FieldKind.Date:
                if (!TryDate(value, out var date)) return Wrong("is not a date");
                writer.WriteString(field.Name, date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
                return null;
            case FieldKind.Bool:
                bool? flag = value.ToLowerInvariant() switch { "true" or "yes" or "y" or "1" or "x" => true, "false" or "no" or "n" or "0" => false, _ => null };
                if (flag is null) return Wrong("is not yes or no");
                writer.WriteBoolean(field.Name, flag.Value);
                return null;
            case FieldKind.Code:
                writer.WriteString(field.Name, value.ToLowerInvariant());
                return null;
            default:
                writer.WriteString(field.Name, value);
                return null;
        }

        Refusal Wrong(string reason) => new("data." + field.Name, $"{reason}: \"{(value.Length <= 40 ? value : value[..40] + "…")}\"", Accepts.Of(field));
    }

    private bool TryInstant(string text, out long microseconds)
    {
        microseconds = 0;
        if (_mapping.DateFormat is { } format)
        {
            return DateTime.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) && FromLocal(local, out microseconds);
        }

        return WireTime.TryParse(System.Text.Encoding.UTF8.GetBytes(text), _zone, out microseconds)
            || (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && FromLocal(day.ToDateTime(TimeOnly.MinValue), out microseconds));
    }

    private bool FromLocal(DateTime local, out long microseconds) =>
        WireTime.TryFromLocal((local.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond, _zone, out microseconds);

    private bool TryDate(string text, out DateOnly date)
    {
        if (_mapping.DateFormat is { } format && DateTime.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
        {
            date = DateOnly.FromDateTime(local);
            return true;
        }

        return DateOnly.TryParseExact(text, CsvGuess.DateFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out date);
    }

    /// <summary>Given names first; "Okafor, Ngozi" the other way round.</summary>
    private static void SplitName(string full, Dictionary<string, string> values)
    {
        var comma = full.IndexOf(',', StringComparison.Ordinal);
        var space = full.LastIndexOf(' ');
        var (given, family) = comma > 0 ? (full[(comma + 1)..].Trim(), full[..comma].Trim()) : space > 0 ? (full[..space].Trim(), full[(space + 1)..].Trim()) : ("", full.Trim());
        if (given.Length > 0) values.TryAdd("givenName", given);
        if (family.Length > 0) values.TryAdd("familyName", family);
    }

    /// <summary>
    /// A key for people of files without one: name and birth date, or name and e-mail. Families share an e-mail, so it never is a key by itself.
    /// </summary>
    private static string? SubjectOf(Dictionary<string, string> values)
    {
        var name = (values.GetValueOrDefault("givenName") + " " + values.GetValueOrDefault("familyName")).Trim().ToLowerInvariant();
        var also = values.GetValueOrDefault("birthDate") ?? values.GetValueOrDefault("email")?.ToLowerInvariant();
        if (name.Length == 0 && also is null) return null;
        return $"name-{SipHash.Public.Pair(name, also ?? ""):x32}";
    }
}
