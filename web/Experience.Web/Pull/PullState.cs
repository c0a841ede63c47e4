using System.Globalization;
using System.Text;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Imports;
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

    /// <summary>Rows of people who were erased, as hashes: they are passed over.</summary>
    public HashSet<string> Erased { get; init; } = [];

    /// <summary>Rows that no key leads to and that were refused when they were last seen, as hashes: they are told once.</summary>
    public HashSet<string> Told { get; set; } = [];

    /// <summary>Files of a folder that were read.</summary>
    public Dictionary<string, string> Files { get; init; } = [];

    /// <summary>Forgets the rows that have been gone the longest, where more than so many are known.</summary>
    public void Forget(int most)
    {
        if (Rows.Count <= most) return;
        foreach (var (name, _) in Rows.Where(r => r.Value.Gone).OrderBy(r => r.Value.GoneAt).Take(Rows.Count - most).ToList()) Rows.Remove(name);
    }
}

/// <param name="Times">How often the row appeared or changed: a part of its events' ids, so that a change back is a new event.</param>
/// <param name="Refused">It could not be read as it stands.</param>
/// <param name="GoneAt">Milliseconds since 1970, of a row that is gone.</param>
internal sealed record PullRow(int Times, string Content, bool Gone, bool Refused, IReadOnlyList<PullEvent> Events, string[] Cells, long GoneAt = 0);

/// <summary>An event that a row said, to be undone when the row says otherwise.</summary>
internal sealed record PullEvent(string Suffix, string Id, string Content, string Subject, string? Other);

/// <summary>A row that was refused, and was not when it was last seen.</summary>
internal sealed record PullRefusal(RowLetter Row, Refusal Why);

/// <summary>
/// Turns the table as it is now into the events since it was last seen: rows that appeared, changed and vanished. Pure: the new knowledge is returned beside the
/// events, and put in force once they are durable. After a crash between the two the same table gives the same ids, and they are duplicates.
/// </summary>
internal sealed class PullDiff(PullSettings settings, ImportMapping mapping, TimeProvider time)
{
    /// <summary>Missing rows that are taken at once whatever their share.</summary>
    public const int FewRows = 20;

    /// <summary>Rows that are known of a system at most, those that are gone among them.</summary>
    public const int MaxKnown = 1_000_000;

    private const int MaxRefusals = 20;

    /// <summary>The id under which a row is read to see what it says, whenever it says it.</summary>
    public const string NoId = "-";

    public const string UndoReason = "the row was changed";

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public List<List<Fact>> Events { get; } = [];

    public Dictionary<string, PullRow> Changes { get; } = [];

    public List<ImportPreview> Refusals { get; } = [];

    /// <summary>What to keep of refused rows, to be corrected and sent again.</summary>
    public List<PullRefusal> Letters { get; } = [];

    /// <summary>Ids of rows that were refused before and read otherwise now.</summary>
    public List<string> Mended { get; } = [];

    public HashSet<string> Told { get; } = [];

    /// <summary>The first table is history and raises nothing.</summary>
    public bool First { get; private set; }

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
        First = state.Rows.Count == 0;
        // A table without rows may have no columns either.
        if (table.Rows.Count > 0) TakeAll(state, table, again);
        if (settings.Snapshot) Vanish(state, confirmed);
        var there = state.Rows.Count(r => !r.Value.Gone && !Changes.ContainsKey(r.Key)) + Changes.Values.Count(static r => !r.Gone);
        if (there > MaxKnown) throw new PullException($"More than {MaxKnown} rows would be known of the system: ask it for fewer, or for its whole table as a snapshot, so that rows can go.");
    }

    private void TakeAll(PullState state, PulledTable table, bool again)
    {
        if (RowMapper.Create(WithoutIds(mapping), table.Header, time, history: First, whoOnce: false, out var mapper) is { } wrong) throw new PullException($"The mapping does not fit: {wrong.Field} {wrong.Reason}.");
        var key = settings.Key.Select(k => IndexOf(table.Header, k)).ToArray();
        var vanish = VanishColumns(settings, mapping).Select(c => IndexOf(table.Header, c)).ToArray();
        foreach (var (line, cells) in table.Rows) Take(state, table.Header, mapper!, line, cells, key, vanish, again);
    }

    private static int IndexOf(IReadOnlyList<string> header, string column) =>
        header.ToList().IndexOf(column) is >= 0 and var at ? at : throw new PullException($"The table has no column \"{column}\".");

    /// <summary>Which row it is; the separators alone where its key is empty.</summary>
    public static string NameOf(string[] cells, int[] key) => string.Join('\u001f', key.Select(k => RowRule.Cell(cells, k)));

    private static bool IsUnnamed(string name) => name.Trim('\u001f').Length == 0;

    private static string ContentOf(string[] cells) => Hash(string.Join('\u001f', cells.Select((c, i) => c.Length == 0 ? "" : i + "=" + c)));

    /// <summary>What the events of a row are called the next time that it says something new.</summary>
    public static string IdOf(string name, string[] cells, PullRow? before) => IdOf(name, ContentOf(cells), before);

    private static string IdOf(string name, string content, PullRow? before) =>
        $"{Hash("key\u001f" + name)}-{content[..16]}.{((before?.Times ?? 0) + 1).ToString(CultureInfo.InvariantCulture)}";

    private void Take(PullState state, IReadOnlyList<string> header, RowMapper mapper, long line, string[] cells, int[] key, int[] vanish, bool again)
    {
        var name = NameOf(cells, key);
        if (state.Erased.Contains(Hash("key\u001f" + name))) return;
        var content = ContentOf(cells);
        if (IsUnnamed(name) || !_seen.Add(name))
        {
            var why = IsUnnamed(name) ? new Refusal("key", "is empty", "what says which row it is") : new Refusal("key", "is there twice", "one row for each key; more columns in \"key\" tell them apart");
            Refuse(line, why);
            if (Told.Add(content) && !state.Told.Contains(content)) Letters.Add(new PullRefusal(new RowLetter(header, cells, 0, null, null, mapper.SubjectOf(cells)), why));
            return;
        }

        var before = state.Rows.GetValueOrDefault(name);
        if (before is { Gone: false } && before.Content == content && !again)
        {
            if (before.Refused) Refused++;
            return;
        }

        // Once under no id, to see which of its events say something new.
        var said = mapper.Map(cells, static () => NoId);
        if (before is { Refused: true } && before.Content != content) Mended.Add(IdOf(name, before.Content, before));
        if (said.Refusal is { } refusal)
        {
            Refuse(line, refusal, said.Column);
            if (before is not { Refused: true, Gone: false } || before.Content != content) Letters.Add(new PullRefusal(new RowLetter(header, cells, 0, IdOf(name, content, before), null, mapper.SubjectOf(cells)), refusal));
            Changes[name] = (before ?? new PullRow(0, "", false, true, [], [])) with { Content = content, Gone = false, Refused = true, Cells = Cells(cells, vanish) };
            return;
        }

        var times = (before?.Times ?? 0) + 1;
        var id = IdOf(name, content, before);
        if (before is { Refused: true }) Mended.Add(id);
        var (fresh, undone, kept) = Compare(before, said.Events, id, settings.Changed);
        foreach (var old in undone) Undo(old);
        if (fresh.Count > 0)
        {
            foreach (var one in mapper.Map(cells, () => id).Events.Where(e => fresh.Contains(e.Suffix))) Events.Add(one.Facts);
            if (before is null or { Gone: true }) Appeared++;
            else Changed++;
        }

        Changes[name] = new PullRow(fresh.Count > 0 ? times : before?.Times ?? 0, content, false, false, kept, Cells(cells, vanish));
    }

    /// <summary>What is kept of an event, to undo it when its row says otherwise.</summary>
    /// <param name="one">The event under no id: <see cref="NoId"/>.</param>
    /// <param name="id">The row's id.</param>
    private static PullEvent KeptOf(RowEvent one, string id) => new(one.Suffix, id + one.Suffix, SaidOf(one), one.Facts[0].Subject, one.Facts.Count > 1 ? one.Facts[1].Subject : null);

    /// <summary>What a row says that it did not say before, what of before it takes back, and what is to be known of it then.</summary>
    /// <param name="said">Its events under no id.</param>
    public static (HashSet<string> Fresh, List<PullEvent> Undone, List<PullEvent> Kept) Compare(PullRow? before, IReadOnlyList<RowEvent> said, string id, string? changed)
    {
        var events = before is { Gone: false } ? before.Events.ToDictionary(e => e.Suffix, StringComparer.Ordinal) : [];
        var (fresh, undone, kept) = (new HashSet<string>(StringComparer.Ordinal), new List<PullEvent>(), new List<PullEvent>());
        foreach (var one in said)
        {
            var old = events.GetValueOrDefault(one.Suffix);
            if (old?.Content == SaidOf(one) || (old is not null && changed == "ignore"))
            {
                kept.Add(old);
                continue;
            }

            if (old is not null && changed != "add") undone.Add(old);
            fresh.Add(one.Suffix);
            kept.Add(KeptOf(one, id));
        }

        // What it said before and says no more stays said: that somebody was registered is true also of one who dropped.
        kept.AddRange(events.Values.Where(e => kept.TrueForAll(k => k.Suffix != e.Suffix)));
        return (fresh, undone, kept);
    }

    /// <summary>The voids of an event: one, or one for each of its two people.</summary>
    public static IEnumerable<(string Id, string Subject, string Target)> VoidsOf(PullEvent old)
    {
        yield return ("void:" + old.Id, old.Subject, old.Id);
        // The copy that the other person of the event has is undone as a void of two people does it.
        if (old.Other is { } other) yield return ($"void:{old.Id}#mirror", other, old.Id + "#mirror");
    }

    private static string SaidOf(RowEvent one) => Hash(Encoding.UTF8.GetString(one.Json.Span));

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
            Changes[name] = row with { Gone = true, GoneAt = time.GetUtcNow().ToUnixTimeMilliseconds() };
            // A row that never said anything takes nothing back.
            if (row.Events.Count == 0 || (mapper is null && wrong is null)) continue;
            var id = $"{Hash("key\u001f" + name)}-gone.{row.Times.ToString(CultureInfo.InvariantCulture)}";
            // The settings ask for cells that were not kept while the row was there.
            var said = mapper?.Map(row.Cells, () => id) ?? new RowResult([], new Refusal("vanished", "needs a column that was not kept of the row", "columns that were mapped when the row was seen"), null, false);
            if (said.Refusal is { } refusal && refusal.Field != "row")
            {
                Refuse(0, refusal, said.Column);
                Letters.Add(new PullRefusal(new RowLetter(state.VanishColumns, row.Cells, 0, id, VanishMapping(settings, mapping), row.Events[0].Subject) { StatesId = true }, refusal));
            }

            Events.AddRange(said.Events.Select(e => e.Facts));
        }
    }

    private void Undo(PullEvent old)
    {
        var now = (time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        foreach (var (id, subject, target) in VoidsOf(old))
        {
            Events.Add([new FactBuilder(EventTypes.EventVoided, mapping.Source, id, subject, now).Set(Fields.TargetId, target).Set(Fields.Reason, UndoReason).Build()]);
        }
    }

    private void Refuse(long line, Refusal why, string? column = null)
    {
        Refused++;
        if (Refusals.Count < MaxRefusals) Refusals.Add(new ImportPreview(line, null, why.Field, why.Reason, why.Accepted, column));
    }

    private static string[] Cells(string[] row, int[] columns) => [.. columns.Select(c => RowRule.Cell(row, c))];

    internal static string Hash(string text) => SipHash.Public.Pair("pull", text).ToString("x32", CultureInfo.InvariantCulture);

    internal static string HashOf(PullSettings settings, ImportMapping mapping) =>
        Hash(JsonSerializer.Serialize((object)new { settings.Kind, settings.Address, settings.Rows, settings.Key, settings.Snapshot, settings.Vanished, mapping }, Json.Options));
}
