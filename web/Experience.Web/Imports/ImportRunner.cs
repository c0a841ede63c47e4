using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Ingest;

namespace Experience.Web.Imports;

/// <summary>Totals of an import, as its last line states them.</summary>
internal sealed class ImportTotals
{
    /// <summary>Refused rows that are kept to be looked at; the rest is counted.</summary>
    public const int MaxRefusals = 100;

    private readonly HashSet<UInt128> _people = [];

    public long Bytes { get; set; }

    public long Rows { get; set; }

    /// <summary>Events accepted.</summary>
    public long Events { get; set; }

    public long Duplicates { get; set; }

    public long Refused { get; set; }

    public long Acknowledged => Events + Duplicates;

    public int Participants => _people.Count;

    public List<ImportPreview> Refusals { get; } = [];

    public void Add(Fact fact)
    {
        if (fact.Subject.Length > 0) _people.Add(SipHash.Public.Pair(fact.Source, fact.Subject));
    }
}

/// <summary>Records a file's events in chunks, a few under way: parsing overlaps with committing, and memory is flat.</summary>
internal sealed class ImportRunner(IExperienceEngine engine, Access access, TimeProvider time)
{
    public ImportTotals Totals { get; } = new();

    /// <summary>Called on the import's own thread after each chunk that became durable.</summary>
    public Action<ImportTotals>? Progress { get; init; }

    public async Task RunAsync(IEnumerable<ImportItem> items, CancellationToken cancellation)
    {
        var underWay = new Queue<(EventChunk Chunk, Task<BatchReceipt> Task)>();
        var chunk = new EventChunk();
        try
        {
            foreach (var item in items)
            {
                cancellation.ThrowIfCancellationRequested();
                Take(item, chunk);
                if (!chunk.IsFull) continue;
                await SubmitAsync();
            }

            if (chunk.Events.Count > 0) await SubmitAsync();
            while (underWay.Count > 0) await FinishAsync();
        }
        finally
        {
            foreach (var (_, task) in underWay) await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task SubmitAsync()
        {
            underWay.Enqueue((chunk, EventRecorder.RecordAsync(engine, chunk.Facts, access, time, cancellation)));
            chunk = new EventChunk();
            if (underWay.Count >= EventStream.MaxUnderWay) await FinishAsync();
        }

        async Task FinishAsync()
        {
            var (done, task) = underWay.Peek();
            var outcomes = (await task).Outcomes;
            underWay.Dequeue();
            var at = 0;
            foreach (var (line, count) in done.Events)
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
                        Refuse(new ImportPreview(line, null, "subject", "was erased", "a person whose data were not erased"));
                        break;
                }

                at += count;
            }

            Progress?.Invoke(Totals);
        }
    }

    private void Take(ImportItem item, EventChunk chunk)
    {
        Totals.Rows++;
        Totals.Bytes = item.Bytes;
        if (item.Refusal is { } refusal)
        {
            Refuse(new ImportPreview(item.Line, null, refusal.Field, refusal.Reason, refusal.Accepted));
            return;
        }

        foreach (var facts in item.Events)
        {
            chunk.Events.Add((item.Line, facts.Count));
            foreach (var fact in facts)
            {
                chunk.Facts.Add(fact);
                Totals.Add(fact);
            }
        }
    }

    private void Refuse(ImportPreview refusal)
    {
        Totals.Refused++;
        if (Totals.Refusals.Count < ImportTotals.MaxRefusals) Totals.Refusals.Add(refusal);
    }
}
