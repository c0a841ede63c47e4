using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Ingest;

namespace Experience.Web.Imports;

/// <summary>
/// Records a file's events in chunks, a few under way: parsing overlaps with committing, and memory is flat. After an interruption the whole file is read again:
/// what was recorded is known by its ids and counts as a duplicate, so nothing has to be remembered that could be wrong.
/// </summary>
/// <param name="engine">Null for a dry run, which reads everything and records nothing.</param>
internal sealed class ImportRunner(IExperienceEngine? engine, Access access, TimeProvider time)
{
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
            Check(items, cancellation);
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
                Take(item, chunk, rows);
                if (!chunk.IsFull) continue;
                await SubmitAsync();
            }

            if (chunk.Events.Count > 0) await SubmitAsync();
            while (underWay.Count > 0) await FinishAsync();
        }
        finally
        {
            foreach (var (_, _, task) in underWay) await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task SubmitAsync()
        {
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
                switch (EventRecorder.Combine(outcomes, at, count))
                {
                    case RecordOutcome.Accepted:
                        Totals.Events++;
                        break;
                    case RecordOutcome.Duplicate:
                        Totals.Duplicates++;
                        break;
                    default:
                        Refuse(items[(int)row], new Refusal("subject", "was erased", "a person whose data were not erased"));
                        break;
                }

                at += count;
            }

            Progress?.Invoke(Totals);
        }
    }

    private void Check(IEnumerable<ImportItem> items, CancellationToken cancellation)
    {
        foreach (var item in items)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!Count(item)) continue;
            foreach (var facts in item.Events) Totals.Add(facts);
            Totals.Events += item.Events.Count;
            if (Totals.Rows % ReportEvery == 0) Progress?.Invoke(Totals);
        }

        Progress?.Invoke(Totals);
    }

    private void Take(ImportItem item, EventChunk chunk, List<ImportItem> rows)
    {
        if (!Count(item) || item.Events.Count == 0) return;
        foreach (var facts in item.Events)
        {
            chunk.Events.Add((rows.Count, facts.Count));
            chunk.Facts.AddRange(facts);
            Totals.Add(facts);
        }

        rows.Add(item);
    }

    private bool Count(ImportItem item)
    {
        Totals.Rows++;
        Totals.Bytes = item.Bytes;
        if (item.Skipped) Totals.Skipped++;
        if (item.Refusal is { } refusal) Refuse(item, refusal);
        return item.Refusal is null && !item.Skipped;
    }

    private void Refuse(ImportItem item, Refusal refusal)
    {
        Totals.Refused++;
        Refused?.Invoke(item, refusal);
        if (Totals.Refusals.Count < ImportTotals.MaxRefusals) Totals.Refusals.Add(new ImportPreview(item.Line, null, refusal.Field, refusal.Reason, refusal.Accepted, item.Column));
    }
}
