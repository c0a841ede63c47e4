using System.Globalization;
using System.Text;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Ingest;
using Experience.Web.Sources;

namespace Experience.Web.Imports;

/// <summary>
/// Records a file's events in chunks, a few under way: parsing overlaps with committing, and memory is flat. After an interruption the whole file is read again:
/// what was recorded is known by its ids and counts as a duplicate, so nothing has to be remembered that could be wrong.
/// </summary>
/// <param name="engine">Null for a dry run, which reads everything and records nothing.</param>
/// <param name="intake">Keeps what is refused, and counts what is taken.</param>
internal sealed class ImportRunner(IExperienceEngine? engine, Access access, TimeProvider time, Intake intake)
{
    private static readonly Refusal OfErased = new("subject", "is somebody who was erased, and the row is wrong besides: it is not kept", "nothing; leave the row out");

    /// <summary>Rows between two reports of a dry run.</summary>
    private const int ReportEvery = 5_000;

    public ImportTotals Totals { get; } = new();

    /// <summary>Called on the import's own thread after each chunk that became durable.</summary>
    public Action<ImportTotals>? Progress { get; init; }

    /// <summary>Called for each row that was refused, in order of being known.</summary>
    public Action<ImportItem, Refusal>? Refused { get; init; }

    public async Task RunAsync(IEnumerable<ImportItem> items, CancellationToken cancellation)
    {
        if (engine is null)
        {
            await CheckAsync(items, cancellation);
            return;
        }

        var underWay = new Queue<(EventChunk Chunk, List<ImportItem> Items, Task<BatchReceipt> Task)>();
        var chunk = new EventChunk();
        var rows = new List<ImportItem>();
        try
        {
            foreach (var item in items)
            {
                cancellation.ThrowIfCancellationRequested();
                await TakeAsync(item, chunk, rows);
                if (intake.IsFull) await intake.FlushAsync();
                if (!chunk.IsFull) continue;
                await SubmitAsync();
            }

            if (chunk.Events.Count > 0) await SubmitAsync();
            while (underWay.Count > 0) await FinishAsync();
        }
        finally
        {
            await intake.FlushAsync();
            foreach (var (_, _, task) in underWay) await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task SubmitAsync()
        {
            await intake.ReachAsync(engine, chunk.Facts, cancellation);
            underWay.Enqueue((chunk, rows, EventRecorder.RecordAsync(engine, chunk.Facts, access, time, cancellation)));
            chunk = new EventChunk();
            rows = [];
            if (underWay.Count >= EventStream.MaxUnderWay) await FinishAsync();
        }

        async Task FinishAsync()
        {
            var (done, items, task) = underWay.Peek();
            var outcomes = (await task).Outcomes;
            underWay.Dequeue();
            var at = 0;
            foreach (var (row, count) in done.Events)
            {
                var item = items[(int)row];
                var outcome = EventRecorder.Combine(outcomes, at, count);
                intake.Answered(done.Facts[at], outcome);
                if (outcome == RecordOutcome.Accepted) Totals.Events++;
                else if (outcome == RecordOutcome.Duplicate) Totals.Duplicates++;
                else NoteRefused(item, Intake.Limit);
                if (outcome != RecordOutcome.Refused)
                {
                    foreach (var letter in item.Mends) intake.Mended(letter);
                }

                at += count;
            }

            await intake.FlushAsync();

            Progress?.Invoke(Totals);
        }
    }

    private async Task CheckAsync(IEnumerable<ImportItem> items, CancellationToken cancellation)
    {
        foreach (var item in items)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!await CountAsync(item)) continue;
            foreach (var facts in item.Events) Totals.Add(facts);
            Totals.Events += item.Events.Count;
            if (Totals.Rows % ReportEvery == 0) Progress?.Invoke(Totals);
        }

        Progress?.Invoke(Totals);
    }

    private async ValueTask TakeAsync(ImportItem item, EventChunk chunk, List<ImportItem> rows)
    {
        if (!await CountAsync(item) || item.Events.Count == 0) return;
        foreach (var facts in item.Events)
        {
            chunk.Events.Add((rows.Count, facts.Count));
            chunk.Facts.AddRange(facts);
            Totals.Add(facts);
        }

        rows.Add(item);
    }

    private async ValueTask<bool> CountAsync(ImportItem item)
    {
        Totals.Rows++;
        Totals.Bytes = item.Bytes;
        if (item.Skipped) Totals.Skipped++;
        if (item.Refusal is { } refusal)
        {
            if (await IsOfErasedAsync(item))
            {
                // Neither its cells nor what a refusal quotes of them.
                NoteRefused(item with { Cells = [], Column = null }, OfErased, keep: false);
            }
            else
            {
                Keep(item, refusal);
                NoteRefused(item, refusal);
            }
        }

        return item.Refusal is null && !item.Skipped;
    }

    private void Keep(ImportItem item, Refusal refusal)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{intake.Place}, line {item.Line}");
        if (item.Letter is { } row) intake.Refused(refusal, row.ToBytes(), row.Mapping?.Source, row.Id, row.Mapping?.Type, row.Subject, line);
        else intake.RefusedEvent(refusal, Encoding.UTF8.GetBytes(item.Cells[0]), line);
    }

    private ValueTask<bool> IsOfErasedAsync(ImportItem item)
    {
        if (item.Letter is { } row) return row.Subject is { } subject ? intake.AnyErasedAsync(row.Mapping?.Source ?? "*", [subject]) : new(false);
        var line = Encoding.UTF8.GetBytes(item.Cells[0]);
        return intake.AnyErasedAsync(EventNames.Read(line).Source ?? "*", NamedPeople.In(line));
    }

    private void NoteRefused(ImportItem item, Refusal refusal, bool keep = true)
    {
        Totals.Refused++;
        if (keep) Refused?.Invoke(item, refusal);
        if (Totals.Refusals.Count < ImportTotals.MaxRefusals) Totals.Refusals.Add(new ImportPreview(item.Line, null, refusal.Field, refusal.Reason, refusal.Accepted, item.Column));
    }
}
