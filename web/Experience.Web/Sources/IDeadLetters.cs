using Experience.Domain.Wire;
using Experience.Web.Ways;

namespace Experience.Web.Sources;

/// <summary>The ways in, as they are named in lists, counters and addresses.</summary>
internal static class WayNames
{
    public const string Events = "events";
    public const string Segment = "segment";
    public const string Xapi = "xapi";
    public const string Caliper = "caliper";
    public const string Csv = "csv";
    public const string Poll = "poll";
    public const string Hook = "hook";
    public const string Stream = "stream";

    /// <summary>Ways that bring what others collected: nobody waits for their next event.</summary>
    public static bool IsImport(string way) => way is Csv;

    /// <summary>The source of what a key for every source sends, where the way says none itself.</summary>
    public static string SourceOf(string way) => way switch
    {
        Segment or Xapi or Caliper => "/" + way,
        Csv => "/import",
        Poll => "/pull",
        _ => "*",
    };
}

/// <summary>An event that was not taken, as it came.</summary>
/// <param name="Way">One of <see cref="WayNames"/>, or a name that an <see cref="ILetterReader"/> is registered for.</param>
/// <param name="Sender">What the sender's key allows: sending again is judged by it.</param>
/// <param name="Why">Field, what was wrong, what is accepted.</param>
/// <param name="Body">What <see cref="ILetterReader"/> of the way reads: one event, message, row or request. It is copied before anything is awaited.</param>
internal sealed record FailedEvent(string Way, SenderRules Sender, Refusal Why, ReadOnlyMemory<byte> Body)
{
    /// <summary>Source of the event, where it could be read and the key allows it; the key's otherwise.</summary>
    public string? Source { get; init; }

    public string? Id { get; init; }

    public string? Type { get; init; }

    /// <summary>The participant's key at the source, where it could be read: an erasure finds the letter by it.</summary>
    public string? Subject { get; init; }

    /// <summary>Keys of the people that it is about, beside those that stand in its body where ways have them (<see cref="NamedPeople"/>).</summary>
    public IReadOnlyCollection<string> People { get; init; } = [];

    /// <summary>Where it stood: a hook's name, a file and its line, a kind of message.</summary>
    public string? Place { get; init; }
}

/// <summary>
/// Events that were not taken, by every way in. They are kept sealed, bounded (<see cref="DeadLetters"/> has the limits), and can be looked at, corrected, sent
/// again or dismissed. A way in uses it through <see cref="Intake"/>, which counts what was taken as well.
/// </summary>
internal interface IDeadLetters
{
    /// <summary>
    /// Keeps them, but for those that name somebody who was erased; completes when they are durable, with how many were not kept because a limit is reached or the file
    /// could not be written. It never fails: the sender is told of the refusal whatever becomes of the letter.
    /// </summary>
    ValueTask<int> PutAsync(IReadOnlyList<FailedEvent> failed);

    /// <summary>Whether there is an open letter of this event (<see cref="Experience.Domain.Events.Fact.IdOf"/>). Cheap: asked for each event that is taken.</summary>
    bool Has(UInt128 id);

    /// <summary>Events that were refused before were taken now: their letters need nobody any more.</summary>
    ValueTask TakenAsync(IReadOnlyList<UInt128> ids);
}

/// <summary>How the bodies of one way are read when they are sent again: as the events that they mean, in CloudEvents form.</summary>
internal interface ILetterReader
{
    string Way { get; }

    /// <summary>Adds the events that the body means, or says why it means none.</summary>
    ValueTask<Refusal?> ReadAsync(ReadOnlyMemory<byte> body, LetterOrigin origin, TranslatedEvents events);

    /// <summary>The events of the body are durable; the letter is closed after this.</summary>
    ValueTask SentAsync(ReadOnlyMemory<byte> body, LetterOrigin origin) => ValueTask.CompletedTask;
}

/// <summary>Where a letter came from.</summary>
/// <param name="At">When it was received: an event without a time of its own has this one.</param>
internal sealed record LetterOrigin(SenderRules Sender, string Source, string? Place, DateTimeOffset At);
