using Experience.Domain.Events;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Imports;
using Experience.Web.Imports.Mapping;
using Experience.Web.Sources;
using Experience.Web.Ways;

namespace Experience.Web.Pull;

/// <summary>
/// Refused rows of polled systems, read by the mapping that is in force now. A row that was corrected here is known from then on by what it was made to say: while the system shows it
/// as it was, nothing comes of it; once it shows it otherwise, what was said here is undone and said anew.
/// </summary>
internal sealed class PullLetters(PullStore store, MappingStore mappings, TimeProvider time) : ILetterReader
{
    public string Way => WayNames.Poll;

    public ValueTask<Refusal?> ReadAsync(ReadOnlyMemory<byte> body, LetterOrigin origin, TranslatedEvents events)
    {
        if (Read(body, origin, out var row, out var pull, out var mapping) is { } refusal) return new(refusal);
        var history = origin.Sender.History;
        Refusal? wrong;
        if (row!.Id is { } stated)
        {
            foreach (var one in row.Map(mapping!, history, whoOnce: false, stated, time, out wrong)) events.Add(one.Json.Span);
            return new(wrong);
        }

        if (NameOf(pull!, row) is not { } name) return new(new Refusal("row", "has no column of its key", string.Join(", ", pull!.Settings.Key)));
        var before = store.State(pull!.Name).Rows.GetValueOrDefault(name);
        var id = PullDiff.IdOf(name, row.Cells, before);
        var said = row.Map(mapping!, history, whoOnce: false, PullDiff.NoId, time, out wrong);
        if (wrong is not null) return new(wrong);
        var (fresh, undone, _) = PullDiff.Compare(before, said, id, pull.Settings.Changed);
        foreach (var (voidId, subject, target) in undone.SelectMany(PullDiff.VoidsOf)) events.Begin(EventTypes.EventVoided.Name, voidId, subject, null).Text(Fields.TargetId.Name, target).Text(Fields.Reason.Name, PullDiff.UndoReason).End();
        foreach (var one in row.Map(mapping!, history, whoOnce: false, id, time, out _).Where(e => fresh.Contains(e.Suffix))) events.Add(one.Json.Span);
        return new((Refusal?)null);
    }

    public async ValueTask SentAsync(ReadOnlyMemory<byte> body, LetterOrigin origin)
    {
        if (Read(body, origin, out var row, out var pull, out var mapping) is not null || row!.Id is not null || NameOf(pull!, row) is not { } name) return;
        using var hold = await store.HoldAsync(pull!.Name, CancellationToken.None);
        var state = store.State(pull.Name);
        // A row that the table does not show under this key is no row of it: it would be taken for one that vanished.
        if (state.Rows.GetValueOrDefault(name) is not { Refused: true, Gone: false } before) return;
        var said = row.Map(mapping!, origin.Sender.History, whoOnce: false, PullDiff.NoId, time, out _);
        var kept = PullDiff.Compare(before, said, PullDiff.IdOf(name, row.Cells, before), pull.Settings.Changed).Kept;
        string[] cells = [.. state.VanishColumns.Select(c => RowRule.Cell(row.Cells, row.Header.ToList().IndexOf(c)))];
        state.Rows[name] = before with { Times = before.Times + 1, Refused = false, Events = kept, Cells = cells };
        store.Keep(pull.Name, state);
    }

    private Refusal? Read(ReadOnlyMemory<byte> body, LetterOrigin origin, out RowLetter? row, out StoredPull? pull, out ImportMapping? mapping)
    {
        (pull, mapping) = (null, null);
        row = RowLetter.Read(body, out var refusal);
        if (row is null) return refusal ?? new Refusal("row", "is missing", "the row's cells by their columns");
        pull = store.Find(origin.Place ?? "");
        if (pull is null) return new Refusal("pull", $"is no more ({origin.Place})", "a polled system of this name");
        mapping = row.Mapping ?? PullCheck.Mapping(pull.Settings, mappings);
        if (mapping is null) return new Refusal("mapping", "is no more", "a saved mapping of the name that the polled system uses");
        mapping = PullDiff.WithoutIds(mapping);
        return null;
    }

    private static string? NameOf(StoredPull pull, RowLetter row)
    {
        var columns = row.Header.ToList();
        int[] key = [.. pull.Settings.Key.Select(k => columns.IndexOf(k))];
        return key.Contains(-1) ? null : PullDiff.NameOf(row.Cells, key);
    }
}
