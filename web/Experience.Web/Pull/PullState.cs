using System.Globalization;
using System.Text;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Web.Contracts;
using Experience.Web.Imports.Mapping;

namespace Experience.Web.Pull;

/// <summary>What is known of a polled system's table: of each row what it said last, as hashes and ids, and the few cells that its vanishing needs. Kept sealed.</summary>
internal sealed class PullState
{
    public int Format { get; init; } = 1;

    public string? ETag { get; set; }

    public string? LastModified { get; set; }

    /// <summary>Hash of the settings that the rows were read with: with others they are all read again.</summary>
    public string? Settings { get; set; }

    /// <summary>Columns whose cells are kept for the event of a vanished row.</summary>
    public IReadOnlyList<string> VanishColumns { get; set; } = [];

    public Dictionary<string, PullRow> Rows { get; init; } = [];

    /// <summary>Files of a folder that were read.</summary>
    public Dictionary<string, string> Files { get; init; } = [];
}

/// <param name="Times">How often the row appeared or changed: a part of its events' ids, so that a change back is a new event.</param>
/// <param name="Refused">It could not be read as it stands.</param>
internal sealed record PullRow(int Times, string Content, bool Gone, bool Refused, IReadOnlyList<PullEvent> Events, string[] Cells);

/// <summary>An event that a row said, to be undone when the row says otherwise.</summary>
internal sealed record PullEvent(string Suffix, string Id, string Content, string Subject, string? Other);

/// <summary>
/// Turns the table as it is now into the events since it was last seen: rows that appeared, changed and vanished. Pure: the new knowledge is returned beside the
/// events, and put in force once they are durable. After a crash between the two the same table gives the same ids, and they are duplicates.
/// </summary>
internal sealed class PullDiff(PullSettings settings, ImportMapping mapping, TimeProvider time)
{
    /// <summary>Missing rows that are taken at once whatever their share.</summary>
    public const int FewRows = 20;

    private const int MaxRefusals = 20;

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public List<List<Fact>> Events { get; } = [];

    public Dictionary<string, PullRow> Changes { get; } = [];

    public List<ImportPreview> Refusals { get; } = [];

    public long Appeared { get; private set; }

    public long Changed { get; private set; }

    public long Vanished { get; private set; }

    public long Held { get; private set; }

    public long Refused { get; private set; }

    /// <summary>The mapping without ids of its own: a row that changes would have the id that it had.</summary>
    public static ImportMapping WithoutIds(ImportMapping mapping)
    {
        static Dictionary<string, string> Without(IReadOnlyDictionary<string, string> columns) => columns.Where(c => c.Value != ImportTargets.Id).ToDictionary();
        var ids = mapping.Columns.Where(c => c.Value == ImportTargets.Id).Select(c => c.Key).ToList();
        return mapping with { Columns = Without(mapping.Columns), Ignore = [.. mapping.Ignore ?? [], .. ids], Also = mapping.Also is null ? null : [.. mapping.Also.Select(a => a with { Columns = Without(a.Columns) })] };
    }

    /// <summary>The event of a row that vanished, as a mapping of the cells that are kept of it.</summary>
    public static ImportMapping? VanishMapping(PullSettings settings, ImportMapping mapping)
    {
        if (settings.Vanished is not { } vanished || MappingCheck.TypeOf(vanished.Type) is not { } type) return null;
        var columns = vanished.Columns.Where(c => c.Value != ImportTargets.Id).ToDictionary(StringComparer.Ordinal);
        foreach (var (column, field) in mapping.Columns)
        {
            var shared = field == ImportTargets.Subject || type.Fields.Any(f => f.Field.Name == field && f.Field.Kind is FieldKind.Name or FieldKind.Key or FieldKind.Person or FieldKind.Code);
            if (shared && !columns.ContainsKey(column) && !columns.ContainsValue(field)) columns[column] = field;
        }

        var when = vanished.When is { } condition && !columns.ContainsKey(condition.Column) ? condition.Column : null;
        return mapping with { Type = vanished.Type, Columns = columns, Values = vanished.Values, When = vanished.When, Skip = null, Also = null, Ignore = when is null ? null : [when] };
    }

    public static IReadOnlyList<string> VanishColumns(PullSettings settings, ImportMapping mapping) =>
        VanishMapping(settings, mapping) is { } vanish ? [.. vanish.Columns.Keys.Concat(vanish.Ignore ?? [])] : [];

    /// <param name="again">Read every row, also those that look as before: the mapping is another one.</param>
    /// <param name="confirmed">Somebody said that rows may vanish however many they are.</param>
    public void Run(PullState state, PulledTable table, bool again, bool confirmed)
    {
        // A table without rows may have no columns either.
        if (table.Rows.Count > 0) TakeAll(state, table, again);
        if (settings.Snapshot) Vanish(state, confirmed);
    }

    private void TakeAll(PullState state, PulledTable table, bool again)
    {
        var first = state.Rows.Count == 0;
        if (RowMapper.Create(WithoutIds(mapping), table.Header, time, history: first, whoOnce: false, out var mapper) is { } wrong) throw new PullException($"The mapping does not fit: {wrong.Field} {wrong.Reason}.");
        var key = settings.Key.Select(k => IndexOf(table.Header, k)).ToArray();
        var vanish = VanishColumns(settings, mapping).Select(c => IndexOf(table.Header, c)).ToArray();
        foreach (var (line, cells) in table.Rows) Take(state, mapper!, line, cells, key, vanish, again);
    }

    private static int IndexOf(IReadOnlyList<string> header, string column)
    {
        for (var i = 0; i < header.Count; i++)
        {
            if (header[i] == column) return i;
        }

        throw new PullException($"The table has no column \"{column}\".");
    }

    private void Take(PullState state, RowMapper mapper, long line, string[] cells, int[] key, int[] vanish, bool again)
    {
        var name = string.Join('\u001f', key.Select(k => RowRule.Cell(cells, k)));
        if (name.Trim('\u001f').Length == 0)
        {
            Refuse(line, "key", "is empty", "what says which row it is");
            return;
        }

        if (!_seen.Add(name))
        {
            Refuse(line, "key", "is there twice", "one row for each key; more columns in \"key\" tell them apart");
            return;
        }

        var content = Hash(string.Join('\u001f', cells.Select((c, i) => c.Length == 0 ? "" : i + "=" + c)));
        var before = state.Rows.GetValueOrDefault(name);
        if (before is { Gone: false } && before.Content == content && !again)
        {
            if (before.Refused) Refused++;
            return;
        }

        // Once under no id, to see which of its events say something new.
        var said = mapper.Map(cells, static () => "-");
        if (said.Refusal is { } refusal)
        {
            Refuse(line, refusal.Field, refusal.Reason, refusal.Accepted, said.Column);
            Changes[name] = (before ?? new PullRow(0, "", false, true, [], [])) with { Content = content, Gone = false, Refused = true, Cells = Cells(cells, vanish) };
            return;
        }

        var times = (before?.Times ?? 0) + 1;
        var id = $"{Hash("key\u001f" + name)}-{content[..16]}.{times.ToString(CultureInfo.InvariantCulture)}";
        var events = before is { Gone: false } ? before.Events.ToDictionary(e => e.Suffix, StringComparer.Ordinal) : [];
        var kept = new List<PullEvent>();
        var fresh = new HashSet<string>(StringComparer.Ordinal);
        foreach (var one in said.Events)
        {
            var hash = Hash(Encoding.UTF8.GetString(one.Json.Span));
            var old = events.GetValueOrDefault(one.Suffix);
            if (old?.Content == hash || (old is not null && settings.Changed == "ignore"))
            {
                kept.Add(old);
                continue;
            }

            if (old is not null && settings.Changed != "add") Undo(old);
            fresh.Add(one.Suffix);
            kept.Add(new PullEvent(one.Suffix, id + one.Suffix, hash, one.Facts[0].Subject, one.Facts.Count > 1 ? one.Facts[1].Subject : null));
        }

        // What it said before and says no more stays said: that somebody was registered is true also of one who dropped.
        kept.AddRange(events.Values.Where(e => kept.TrueForAll(k => k.Suffix != e.Suffix)));
        if (fresh.Count > 0)
        {
            foreach (var one in mapper.Map(cells, () => id).Events.Where(e => fresh.Contains(e.Suffix))) Events.Add(one.Facts);
            if (before is null or { Gone: true }) Appeared++;
            else Changed++;
        }

        Changes[name] = new PullRow(fresh.Count > 0 ? times : before?.Times ?? 0, content, false, false, kept, Cells(cells, vanish));
    }

    private void Vanish(PullState state, bool confirmed)
    {
        var known = state.Rows.Where(r => !r.Value.Gone).ToList();
        var missing = known.Where(r => !_seen.Contains(r.Key)).ToList();
        if (missing.Count > FewRows && missing.Count * 2 > known.Count && !confirmed)
        {
            // An empty answer is more often a mistake than the end of a program.
            Held = missing.Count;
            return;
        }

        if (missing.Count == 0) return;
        RowMapper? mapper = null;
        var wrong = VanishMapping(settings, mapping) is { } vanish ? RowMapper.Create(vanish, state.VanishColumns, time, history: false, whoOnce: false, out mapper) : null;
        foreach (var (name, row) in missing)
        {
            Vanished++;
            Changes[name] = row with { Gone = true };
            // The settings ask for cells that were not kept while the row was there.
            if (wrong is not null) Refuse(0, "vanished", "needs a column that was not kept of the row", "columns that were mapped when the row was seen");
            if (mapper is null || row.Refused) continue;
            var said = mapper.Map(row.Cells, () => $"{Hash("key\u001f" + name)}-gone.{row.Times.ToString(CultureInfo.InvariantCulture)}");
            if (said.Refusal is { } refusal && refusal.Field != "row") Refuse(0, refusal.Field, refusal.Reason, refusal.Accepted, said.Column);
            Events.AddRange(said.Events.Select(e => e.Facts));
        }
    }

    private void Undo(PullEvent old)
    {
        var now = (time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        var subjects = old.Other is null ? (string?[])[old.Subject] : [old.Subject, old.Other];
        for (var i = 0; i < subjects.Length; i++)
        {
            // The copy that the other person of the event has is undone as a void of two people does it.
            var builder = new FactBuilder(EventTypes.EventVoided, mapping.Source, "void:" + old.Id + (i == 0 ? "" : "#mirror"), subjects[i]!, now).Set(Fields.TargetId, i == 0 ? old.Id : old.Id + "#mirror").Set(Fields.Reason, "the row was changed");
            Events.Add([builder.Build()]);
        }
    }

    private void Refuse(long line, string field, string reason, string accepted, string? column = null)
    {
        Refused++;
        if (Refusals.Count < MaxRefusals) Refusals.Add(new ImportPreview(line, null, field, reason, accepted, column));
    }

    private static string[] Cells(string[] row, int[] columns) => [.. columns.Select(c => RowRule.Cell(row, c))];

    internal static string Hash(string text) => SipHash.Public.Pair("pull", text).ToString("x32", CultureInfo.InvariantCulture);

    internal static string HashOf(PullSettings settings, ImportMapping mapping) =>
        Hash(JsonSerializer.Serialize((object)new { settings.Kind, settings.Address, settings.Rows, settings.Key, settings.Snapshot, settings.Vanished, mapping }, Json.Options));
}
