using Experience.Domain.Events;
using Experience.Domain.Voice;
using Experience.Web.Contracts;
using Experience.Web.Imports.Mapping;
using Experience.Web.Imports.Tables;

namespace Experience.Web.Imports;

/// <summary>Guesses from a table's header and columns what its rows are; a person looks before anything is recorded.</summary>
internal static class CsvGuess
{
    /// <summary>Where month/day is usual: the zones of the United States, and of those who write like them.</summary>
    public static bool MonthFirst(string zone) => zone.StartsWith("America/", StringComparison.Ordinal) || zone.StartsWith("US/", StringComparison.Ordinal) || zone is "Pacific/Honolulu" or "Pacific/Guam" or "Asia/Manila";

    public static (ImportMapping Mapping, IReadOnlyList<string> Notes) Guess(string file, TableProfile table, CsvForm form, string zone)
    {
        var notes = new List<string>();
        var fields = Columns(table);
        var type = TypeOf(file, table, fields);
        Arrange(type, table, fields, notes);
        var (when, skip, also) = States(type, table, fields, notes);
        if (type.Target == EventTarget.Person && !Voices.CanBeVoice(type) && !fields.ContainsValue(ImportTargets.Subject)) notes.Add("No column of people's keys: people are told apart by name and birth date, or by name and e-mail. A shared e-mail alone joins nobody.");
        if (Voices.CanBeVoice(type) && !fields.ContainsValue(ImportTargets.Subject)) notes.Add("No column of people's keys: what is said here is kept as public voice, nobody's until somebody says whose it is.");
        if (!fields.ContainsValue(ImportTargets.Time)) notes.Add("No column of dates: every row gets the time of the import.");
        if (!fields.ContainsValue(ImportTargets.Id)) notes.Add("No column of event ids: a row's id is its hash and its occurrence, so the same file again changes nothing.");
        var (format, dates) = Dates(type, table, fields, MonthFirst(zone), notes);
        var mark = Money(type, table, fields, notes);
        if (form.Encoding.CodePage is not 65001) notes.Add($"Read as {TextEncodings.Name(form.Encoding)}: look whether accents are right.");
        if (form.Delimiter != ',') notes.Add($"Cells are parted by a {CsvForm.NameOf(form.Delimiter)}.");
        if (form.SkipRows > 0) notes.Add($"The first {(form.SkipRows == 1 ? "row is a title" : $"{form.SkipRows} rows are titles")} and left out.");
        if (!table.Whole) notes.Add($"Forms of dates and amounts were decided from the first {TableProfile.MaxRows:N0} rows.");
        var mapping = new ImportMapping("/import/" + Slug(file), type.Name, zone, format, true, fields, null, dates.Count == 0 ? null : dates, mark, null, null, when, skip, also);
        return (mapping, notes);
    }

    /// <summary>How the columns stand under a mapping.</summary>
    public static IReadOnlyList<ImportColumn> Describe(TableProfile table, ImportMapping mapping, string why) =>
        [.. table.Columns.Select(c => new ImportColumn(c.Name, c.FirstValues, mapping.Columns.GetValueOrDefault(c.Name), mapping.Columns.ContainsKey(c.Name) ? why : "kept as it is"))];

    public static string Slug(string file)
    {
        var name = string.Concat(Path.GetFileNameWithoutExtension(file).ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Trim('-');
        return name.Length == 0 ? "file" : name.Length <= 60 ? name : name[..60];
    }

    private static Dictionary<string, string> Columns(TableProfile table)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var column in table.Header)
        {
            if (!CsvReader.IsOurs(column) && HeaderNames.Find(column) is { } field && taken.Add(field)) fields[column] = field;
        }

        // A lone "id" beside names is the person's, not the event's, when it repeats.
        if (!taken.Contains(ImportTargets.Subject) && fields.FirstOrDefault(f => f.Value == ImportTargets.Id).Key is { } id && table.Of(id)!.Repeats) fields[id] = ImportTargets.Subject;
        return fields;
    }

    private static EventType TypeOf(string file, TableProfile table, Dictionary<string, string> fields)
    {
        bool Has(params ReadOnlySpan<string> any)
        {
            foreach (var field in any)
            {
                if (fields.ContainsValue(field)) return true;
            }

            return false;
        }

        var person = Has(ImportTargets.Subject, ImportTargets.FullName, "givenName", "familyName", "email");
        if (Has("costKind") && Has("amount")) return EventTypes.CostRecorded;
        if (!person && Has("section", "course", "title") && Has("starts", "ends", "capacity", "minimum", "instructor", "room", "meets", "fee")) return EventTypes.SectionPublished;
        if (Has("site") && Has("text", "rating")) return Has("rating") ? EventTypes.FeedbackSubmitted : EventTypes.CommentPosted;
        if (Has("service", "rating", "nps", "csat", "ces")) return EventTypes.FeedbackSubmitted;
        if (Has("presence") && Has("section", "course")) return EventTypes.AttendanceRecorded;
        if (file.Contains("refund", StringComparison.OrdinalIgnoreCase) && Has("amount", ImportTargets.Paid)) return EventTypes.RefundIssued;
        if (person && Has("section", "course")) return EventTypes.RegistrationConfirmed;
        if (Has("amount", ImportTargets.Paid)) return EventTypes.PaymentReceived;
        return !person && Has("text") ? EventTypes.CommentPosted : EventTypes.ParticipantIdentified;
    }

    /// <summary>Lets go of what the type has no place for, and moves what it calls otherwise.</summary>
    private static void Arrange(EventType type, TableProfile table, Dictionary<string, string> fields, List<string> notes)
    {
        void Rename(string from, string to)
        {
            if (!fields.ContainsValue(to) && fields.FirstOrDefault(f => f.Value == from).Key is { } column) fields[column] = to;
        }

        if (type == EventTypes.PaymentReceived || type == EventTypes.RefundIssued) Rename(ImportTargets.Paid, "amount");
        if (type == EventTypes.SectionPublished)
        {
            Rename("amount", "fee");
            Rename(ImportTargets.Id, "section");
            Rename(ImportTargets.Subject, "section");
        }

        var known = ImportTargets.For(type).ToDictionary(f => f.Name, StringComparer.Ordinal);
        if (known.TryGetValue("section", out var section) && section.Required && !fields.ContainsValue("section"))
        {
            if (fields.FirstOrDefault(f => f.Value == "course").Key is { } course)
            {
                fields[course] = "section";
                notes.Add($"No column of sections: \"{course}\" stands for the section.");
            }
        }

        foreach (var column in fields.Where(f => !known.ContainsKey(f.Value)).Select(f => f.Key).ToList()) fields.Remove(column);
        // A column called "date" that holds none tells no time.
        if (fields.FirstOrDefault(f => f.Value == ImportTargets.Time).Key is { } time && table.Of(time)!.Filled == 0) fields.Remove(time);
    }

    /// <summary>A column of states makes other events of some rows: a dropped registration is not a confirmed one.</summary>
    private static (ImportCondition? When, ImportCondition? Skip, IReadOnlyList<ImportAlso>? Also) States(EventType type, TableProfile table, Dictionary<string, string> fields, List<string> notes)
    {
        if (type != EventTypes.RegistrationConfirmed) return default;
        var column = table.Columns.FirstOrDefault(c => HeaderNames.IsState(c.Name) && c.Words.Count > 0);
        if (column is null) return default;
        var states = column.Words.ToLookup(w => HeaderNames.State(w));
        if (states.All(s => s.Key is null)) return default;
        var also = new List<ImportAlso>();
        var since = table.Columns.FirstOrDefault(c => HeaderNames.IsStateDate(c.Name) && c.IsDates)?.Name;
        foreach (var (state, name) in HeaderNames.EndingStates)
        {
            var columns = since is null ? [] : new Dictionary<string, string> { [since] = ImportTargets.Time };
            if (states[state].ToList() is { Count: > 0 } words) also.Add(new ImportAlso(name, columns, null, new ImportCondition(column.Name, words)));
        }

        // Who dropped was registered before: the row says both. Who waits was not.
        var not = states["waitlisted"].Concat(states["unfinished"]).ToHashSet(StringComparer.Ordinal);
        var confirmed = column.Words.Where(w => !not.Contains(w)).ToList();
        notes.Add($"\"{column.Name}\" says what became of a registration: {string.Join("; ", also.Select(a => $"{string.Join(", ", a.When!.Is)} is also {a.Type}"))}{(also.Count == 0 ? "all are confirmed" : "")}.");
        var unfinished = states["unfinished"].ToList();
        return (confirmed.Count == 0 || not.Count == 0 ? null : new ImportCondition(column.Name, confirmed.Count < column.Words.Count && column.Filled < table.Rows ? [.. confirmed, ""] : confirmed),
            unfinished.Count == 0 ? null : new ImportCondition(column.Name, unfinished), also.Count == 0 ? null : also);
    }

    private static (string? Format, Dictionary<string, string> Dates) Dates(EventType type, TableProfile table, Dictionary<string, string> fields, bool monthFirst, List<string> notes)
    {
        string? format = null;
        var others = new Dictionary<string, string>(StringComparer.Ordinal);
        // The time of the event first: its form is that of the others too, unless they differ.
        foreach (var (column, field) in fields.OrderBy(f => f.Value == ImportTargets.Time ? 0 : 1))
        {
            var isDate = field == ImportTargets.Time || Uses(type, field).Any(f => f.Kind is FieldKind.Date or FieldKind.Instant);
            if (!isDate || table.Of(column) is not { Filled: > 0 } profile) continue;
            var form = profile.DateForm(monthFirst, out var note);
            if (note is not null) notes.Add(note);
            if (form is null || form == format) continue;
            if (format is null) format = form;
            else others[column] = form;
        }

        return (format, others);
    }

    private static string? Money(EventType type, TableProfile table, Dictionary<string, string> fields, List<string> notes)
    {
        var money = fields.Where(f => f.Value == ImportTargets.Paid || Uses(type, f.Value).Any(u => u.Kind == FieldKind.Money)).Select(f => table.Of(f.Key)!).ToList();
        if (money.Count > 0)
        {
            notes.Add(money.Exists(c => c.HasDecimals)
                ? "Amounts are read as whole units with decimals (190.00)."
                : "Amounts have no decimals: they are read as whole units. Choose cents if they are cents.");
        }

        var mark = fields.Keys.Select(c => table.Of(c)!).Where(c => c.IsNumeric && !c.IsDates).Select(c => c.Mark).OfType<string>().GroupBy(m => m).MaxBy(g => g.Count())?.Key;
        if (mark == ",") notes.Add("The comma is the decimal mark: \"1.234,50\" is one thousand two hundred thirty-four and a half.");
        return mark;
    }

    private static IEnumerable<Field> Uses(EventType type, string field) =>
        type.Fields.Concat(type.Target == EventTarget.Person ? EventTypes.ParticipantIdentified.Fields : []).Where(f => f.Field.Name == field).Select(f => f.Field);
}
