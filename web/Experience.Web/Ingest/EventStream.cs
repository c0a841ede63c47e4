using System.Buffers;
using System.IO.Pipelines;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Sources;

namespace Experience.Web.Ingest;

/// <summary>
/// One NDJSON stream of any length. Lines are parsed as they arrive and recorded in chunks, a few of which are under way at once,
/// so that parsing overlaps with committing. Memory is flat: the chunks under way, the pipe's own buffer, and the lines kept for the answer.
/// </summary>
internal sealed class EventStream(IExperienceEngine engine, SenderRules rules, Access access, Intake intake, TimeProvider time, bool dryRun)
{
    /// <summary>Chunks under way at once; reading waits for the oldest beyond it.</summary>
    public const int MaxUnderWay = 4;

    /// <summary>Refused and duplicate lines that the answer names; beyond it they are counted only.</summary>
    public const int MaxAnswers = 1000;

    private readonly EventReader _reader = new(rules);
    private readonly Queue<(EventChunk Chunk, Task<BatchReceipt> Task)> _underWay = new();
    private readonly Stack<EventChunk> _free = new();
    private EventChunk _chunk = new();
    private byte[] _line = [];
    private long _lines;
    private bool _skipping;
    private long _now;

    public long Accepted { get; private set; }

    public long Duplicates { get; private set; }

    public long Refused { get; private set; }

    public long Events => Accepted + Duplicates + Refused;

    public List<EventAnswer> Answers { get; } = [];

    /// <summary>How long a full queue is waited for.</summary>
    public TimeSpan MaxWait { get; init; } = EventRecorder.MaxWait;

    /// <summary>Called after each chunk that became durable, with the events answered so far.</summary>
    public Func<long, ValueTask>? Acknowledged { get; init; }

    /// <summary>Called with the answer of each event, as soon as it is known; nothing is collected then.</summary>
    public Action<EventAnswer>? Answered { get; init; }

    /// <summary>Called before bytes are waited for: whoever sends may be waiting for the answers.</summary>
    public Func<ValueTask>? Idle { get; init; }

    public async Task RunAsync(PipeReader body, CancellationToken cancellation)
    {
        try
        {
            await ReadAllAsync(body, cancellation);
            if (_chunk.Events.Count > 0) await SubmitAsync(cancellation);
            while (_underWay.Count > 0) await FinishOldestAsync();
        }
        finally
        {
            // No chunk is left unobserved and no refusal without its letter, whatever ended the stream.
            foreach (var (chunk, task) in _underWay)
            {
                await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (task.IsCompletedSuccessfully) Count(chunk, task.Result.Outcomes);
            }

            await intake.FlushAsync();
        }
    }

    /// <summary>What became durable counts for its source, also when nobody is there any more to be told.</summary>
    private void Count(EventChunk chunk, IReadOnlyList<RecordOutcome> outcomes)
    {
        var at = 0;
        foreach (var (_, count) in chunk.Events)
        {
            intake.Answered(chunk.Facts[at], EventRecorder.Combine(outcomes, at, count));
            at += count;
        }
    }

    private async Task ReadAllAsync(PipeReader body, CancellationToken cancellation)
    {
        while (true)
        {
            if (!body.TryRead(out var result)) result = await WaitAsync(body, cancellation);
            var rest = result.Buffer;
            _now = Now();
            try
            {
                while (TryLine(ref rest, result.IsCompleted, out var line))
                {
                    Take(line);
                    if (_chunk.IsFull) await SubmitAsync(cancellation);
                    if (!intake.IsFull) continue;
                    await intake.FlushAsync();
                    if (Idle is { } full) await full();
                }
            }
            catch
            {
                // What is read must be given back, or the server cannot take in the rest of the body and the sender sees a broken
                // connection instead of the answer.
                body.AdvanceTo(result.Buffer.End);
                throw;
            }

            if (rest.Length > EventLimits.MaxEventBytes)
            {
                // A line without end: refused once, then skipped to its end.
                if (!_skipping) Refuse(new Refusal("event", "is too large", $"at most {EventLimits.MaxEventBytes} bytes a line"), Whole(rest.Slice(0, EventLimits.MaxEventBytes + 1)).Span);
                _skipping = true;
                rest = rest.Slice(rest.End);
            }

            body.AdvanceTo(rest.Start, result.Buffer.End);
            if (result.IsCompleted) return;
        }
    }

    /// <summary>Waits for bytes; meanwhile finishes what is under way, and never lets a few events wait for many.</summary>
    private async Task<ReadResult> WaitAsync(PipeReader body, CancellationToken cancellation)
    {
        if (_chunk.Events.Count > 0 && _underWay.Count == 0) await SubmitAsync(cancellation);
        if (Idle is { } idle) await idle();
        var read = body.ReadAsync(cancellation).AsTask();
        try
        {
            while (_underWay.Count > 0 && await Task.WhenAny(read, _underWay.Peek().Task) != read)
            {
                await FinishOldestAsync();
                if (_underWay.Count == 0 && _chunk.Events.Count > 0 && !read.IsCompleted) await SubmitAsync(cancellation);
            }
        }
        catch
        {
            body.CancelPendingRead();
            await ((Task)read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (read.IsCompletedSuccessfully) body.AdvanceTo(read.Result.Buffer.End);
            throw;
        }

        return await read;
    }

    /// <summary>Takes the next line as one span: from the pipe itself, or copied when it lies across its segments.</summary>
    private bool TryLine(ref ReadOnlySequence<byte> rest, bool last, out ReadOnlyMemory<byte> line)
    {
        while (true)
        {
            var end = rest.PositionOf((byte)'\n');
            ReadOnlySequence<byte> found;
            if (end is { } newline)
            {
                found = rest.Slice(0, newline);
                rest = rest.Slice(rest.GetPosition(1, newline));
            }
            else if (last && !rest.IsEmpty)
            {
                found = rest;
                rest = rest.Slice(rest.End);
            }
            else
            {
                line = default;
                return false;
            }

            if (_skipping)
            {
                _skipping = false;
                continue;
            }

            line = Whole(found);
            return true;
        }
    }

    private ReadOnlyMemory<byte> Whole(in ReadOnlySequence<byte> found)
    {
        if (found.IsSingleSegment) return found.First;
        var length = (int)Math.Min(found.Length, EventLimits.MaxEventBytes + 1);
        if (_line.Length < length) _line = new byte[Math.Max(length, 4096)];
        found.Slice(0, length).CopyTo(_line);
        return _line.AsMemory(0, length);
    }

    private void Take(ReadOnlyMemory<byte> line)
    {
        var json = line.Span;
        if (_lines == 0 && json.StartsWith("\uFEFF"u8)) json = json[3..];
        json = json.Trim(" \t\r"u8);
        if (json.IsEmpty) return;
        var before = _chunk.Facts.Count;
        if (_reader.Read(json, _now, _chunk.Facts) is { } refusal) Refuse(refusal, json);
        else
        {
            _chunk.Events.Add((_lines++, _chunk.Facts.Count - before));
            // Names cost an allocation each: only who answers by id pays for them.
            if (Answered is not null) _chunk.Ids.Add(_reader.Id(json));
        }
    }

    private void Refuse(Refusal refusal, ReadOnlySpan<byte> json)
    {
        Refused++;
        var names = EventNames.Read(json);
        intake.RefusedEvent(refusal, json);
        Add(new EventAnswer(_lines++, names.Source, names.Id, EventOutcome.Refused, refusal.Field, refusal.Reason, refusal.Accepted));
    }

    private void Add(EventAnswer answer)
    {
        if (Answered is { } answered) answered(answer);
        else if (Answers.Count < MaxAnswers) Answers.Add(answer);
    }

    private async Task SubmitAsync(CancellationToken cancellation)
    {
        if (dryRun)
        {
            Accepted += _chunk.Events.Count;
            _chunk.Clear();
            return;
        }

        await intake.ReachAsync(engine, _chunk.Facts, cancellation);
        while (_underWay.Count >= MaxUnderWay) await FinishOldestAsync();
        _underWay.Enqueue((_chunk, EventRecorder.RecordAsync(engine, _chunk.Facts, access, time, cancellation, MaxWait)));
        _chunk = _free.TryPop(out var free) ? free : new EventChunk();
        while (_underWay.Count > 0 && _underWay.Peek().Task.IsCompleted) await FinishOldestAsync();
    }

    private async Task FinishOldestAsync()
    {
        var (chunk, task) = _underWay.Peek();
        var outcomes = (await task).Outcomes;
        _underWay.Dequeue();
        var at = 0;
        for (var i = 0; i < chunk.Events.Count; i++)
        {
            var (index, count) = chunk.Events[i];
            var (source, id) = Answered is null ? (null, null) : (chunk.Facts[at].Source, chunk.Ids[i]);
            var outcome = EventRecorder.Combine(outcomes, at, count);
            intake.Answered(chunk.Facts[at], outcome);
            switch (outcome)
            {
                case RecordOutcome.Accepted:
                    Accepted++;
                    Answered?.Invoke(new EventAnswer(index, source, id, EventOutcome.Accepted, null, null, null));
                    break;
                case RecordOutcome.Duplicate:
                    Duplicates++;
                    Add(new EventAnswer(index, source, id, EventOutcome.Duplicate, null, null, null));
                    break;
                default:
                    Refused++;
                    Add(new EventAnswer(index, source, id, EventOutcome.Refused, Intake.Limit.Field, Intake.Limit.Reason, Intake.Limit.Accepted));
                    break;
            }

            at += count;
        }

        chunk.Clear();
        _free.Push(chunk);
        if (Acknowledged is { } acknowledged) await acknowledged(Events);
    }

    private long Now() => (time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
}
