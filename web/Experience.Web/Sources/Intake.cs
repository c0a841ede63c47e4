using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Hosting;
using Experience.Web.Ingest;

namespace Experience.Web.Sources;

/// <summary>Opens an <see cref="Intake"/> for each request, file or connection by which events come in.</summary>
internal sealed class SourceDesk(IDeadLetters letters, SourceMeters meters, WaysErasure erasure, GonePeople gone, ServeOptions options)
{
    /// <param name="way">One of <see cref="WayNames"/>.</param>
    /// <param name="place">A hook's name, a file: where the events stand.</param>
    /// <param name="dryRun">Nothing is counted and nothing kept.</param>
    public Intake Open(string way, SenderRules sender, string? place = null, bool dryRun = false) => new(letters, meters, erasure, gone, options.Time, way, sender, place, dryRun);
}

/// <summary>
/// What a way in says of each event: taken, duplicate or refused. Refused ones become letters, all are counted. For one request at a time, not for several
/// threads; whoever answers the sender calls <see cref="FlushAsync"/> first, so that no refusal is answered before its letter is durable.
/// </summary>
internal sealed class Intake(IDeadLetters letters, SourceMeters meters, WaysErasure erasure, GonePeople gone, TimeProvider time, string way, SenderRules sender, string? place, bool dryRun)
{
    /// <summary>Letters that wait for the next flush; a long stream flushes when there are so many.</summary>
    public const int MaxPending = 256;

    /// <summary>What the engine says of an event that it cannot take, whoever asks again. Nobody can correct it, so it becomes no letter where the way does not keep whole messages.</summary>
    public static readonly Refusal Limit = new("event", "goes beyond a limit of the data folder", "at most 60,000 sources, 500 merges of one key and 1,000,000 facts of the program itself");

    private readonly List<FailedEvent> _failed = [];
    private readonly List<UInt128> _mended = [];
    private (string Name, SourceMeter Meter)? _last;

    /// <summary>A hook's name, a file: where the events stand.</summary>
    public string? Place => place;

    /// <summary>Whether a long stream should flush now.</summary>
    public bool IsFull => _failed.Count >= MaxPending || _mended.Count >= MaxPending;

    /// <param name="why">Field, reason, what is accepted.</param>
    /// <param name="body">What would be sent again; it is copied.</param>
    /// <param name="people">Keys of people that it is about, where the body does not say so by itself.</param>
    public void Refused(Refusal why, ReadOnlySpan<byte> body, string? source = null, string? id = null, string? type = null, string? subject = null, string? at = null, IReadOnlyCollection<string>? people = null)
    {
        if (dryRun) return;
        // A source that the key may not send as is no source: its events are those of the key's.
        var own = source is { Length: <= EventLimits.MaxSourceLength } && sender.Allows(source) ? source : null;
        var name = own ?? sender.Source ?? WayNames.SourceOf(way);
        MeterOf(name).Refuse(way, Plain(why.Field), Now());
        var kept = body[..Math.Min(body.Length, DeadLetters.MaxBodyBytes + 1)].ToArray();
        _failed.Add(new FailedEvent(way, sender, why, kept) { Source = name, Id = own is null ? null : id, Type = type, Subject = subject, Place = at ?? place, People = people ?? [] });
    }

    /// <summary>A refused CloudEvent.</summary>
    public void RefusedEvent(Refusal why, ReadOnlySpan<byte> json, string? at = null)
    {
        if (dryRun) return;
        var names = EventNames.Read(json);
        Refused(why, json, names.Source, names.Id, names.Type, names.Subject, at);
    }

    /// <summary>Whether somebody who was erased is among these people of a source: what was refused of them is kept nowhere.</summary>
    public ValueTask<bool> AnyErasedAsync(string source, IReadOnlyCollection<string> people) => gone.AnyAsync(source, people);

    /// <summary>What was refused once was taken now, perhaps in another form: its letter needs nobody any more.</summary>
    /// <param name="letter">The letter's key: <see cref="Fact.IdOf"/> of the source and the id that it was refused under.</param>
    public void Mended(UInt128 letter)
    {
        if (!dryRun && letters.Has(letter)) _mended.Add(letter);
    }

    /// <summary>Called with facts before they are recorded: an erasure reaches what was kept of the person here. Costs nothing for keys that may not erase.</summary>
    public ValueTask ReachAsync(IExperienceEngine engine, IReadOnlyList<Fact> facts, CancellationToken cancellation) =>
        sender.MayErase && !dryRun ? erasure.ReachAsync(engine, facts, cancellation) : ValueTask.CompletedTask;

    /// <param name="first">The event's first fact.</param>
    public void Answered(Fact first, RecordOutcome outcome)
    {
        if (dryRun) return;
        if (outcome == RecordOutcome.Refused)
        {
            MeterOf(first.Source).Refuse(way, Limit.Field, Now());
            return;
        }

        MeterOf(first.Source).Take(way, first, outcome == RecordOutcome.Duplicate, byHand: false, Now());
        Mended(first.Id);
    }

    /// <summary>Makes the letters durable; returns how many were not kept. May be called again, and costs nothing when nothing was refused.</summary>
    public async ValueTask<int> FlushAsync()
    {
        var lost = 0;
        if (_failed.Count > 0)
        {
            var failed = _failed.ToArray();
            _failed.Clear();
            lost = await letters.PutAsync(failed);
            if (lost > 0) MeterOf(failed[^1].Source!).Lose(lost);
        }

        if (_mended.Count > 0)
        {
            var mended = _mended.ToArray();
            _mended.Clear();
            await letters.TakenAsync(mended);
        }

        return lost;
    }

    private SourceMeter MeterOf(string name)
    {
        if (_last is { } last && last.Name == name) return last.Meter;
        var meter = meters.Of(name);
        _last = (name, meter);
        return meter;
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>"batch[17].time" is wrong in the same way as "batch[3].time".</summary>
    private static string Plain(string field)
    {
        var end = field.IndexOf("].", StringComparison.Ordinal);
        return end > 0 ? field[(end + 2)..] : field;
    }
}
