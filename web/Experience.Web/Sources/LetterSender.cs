using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Ingest;
using Experience.Web.Ways;

namespace Experience.Web.Sources;

/// <summary>
/// Sends refused events again, corrected or as they were, by the rules of the key that they came with. A letter is taken whole or not at all: it stays open
/// until all of its events are durable, and what was taken of it before counts once.
/// </summary>
internal sealed class LetterSender(DeadLetters letters, IEnumerable<ILetterReader> readers, EngineHost host, SourceMeters meters, ServeOptions options)
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Dictionary<string, ILetterReader> _readers = readers.ToDictionary(r => r.Way, StringComparer.Ordinal);

    public bool CanSend(LetterSummary letter) => letter is { State: LetterState.Open, Cut: false } && _readers.ContainsKey(letter.Way);

    /// <param name="body">The corrected body; null for the one that came.</param>
    /// <param name="check">Only says what would become of it.</param>
    /// <returns>Null when there is no such letter.</returns>
    public async Task<LetterAnswer?> SendAsync(long id, byte[]? body, IReadOnlyDictionary<string, JsonElement>? set, bool check, Access access, CancellationToken cancellation)
    {
        if (letters.Find(id) is not var (summary, letter, key)) return null;
        if (letter is null || summary.State != LetterState.Open) return Refuse("letter", "is closed", "an open letter");
        if (letter.Cut) return Refuse("letter", "was too long to be kept whole", "to be sent again by its source");
        if (!_readers.TryGetValue(summary.Way, out var reader)) return Refuse("letter", $"came by a way that is read by its source only ({summary.Way})", "to be sent again by its source");
        body ??= letter.Body;
        if (body.Length > DeadLetters.MaxBodyBytes) return Refuse("body", "is too long", $"at most {DeadLetters.MaxBodyBytes} bytes");
        if (set is { Count: > 0 } && Set(ref body, set) is { } wrong) return Refuse(wrong.Field, wrong.Reason, wrong.Accepted);

        var origin = new LetterOrigin(letter.Sender, letter.Key ?? summary.Source, letter.Place, DateTimeOffset.FromUnixTimeMilliseconds(summary.At));
        using var events = new TranslatedEvents(origin.Source);
        if (await reader.ReadAsync(body, origin, events) is { } refusal) return Refuse(refusal.Field, refusal.Reason, refusal.Accepted);
        var facts = new List<Fact>();
        var counts = new List<int>();
        var eventReader = new EventReader(letter.Sender);
        for (var i = 0; i < events.Count; i++)
        {
            var before = facts.Count;
            var json = events[i].Span;
            // It is read as of its receipt; a time that lay ahead then may be past now.
            var unread = eventReader.Read(json, Microseconds(origin.At), facts);
            if (unread is { Field: "time" }) unread = eventReader.Read(json, Microseconds(options.Time.GetUtcNow()), facts);
            if (unread is not null) return Refuse(unread.Field, unread.Reason, unread.Accepted);
            counts.Add(facts.Count - before);
        }

        if (check) return new LetterAnswer(id, EventOutcome.Accepted, counts.Count, null, null, null);
        var outcomes = facts.Count == 0 ? [] : (await EventRecorder.RecordAsync(host.Engine, facts, access, options.Time, cancellation, options.QueueWait)).Outcomes;
        if (outcomes.Contains(RecordOutcome.Refused)) return Refuse(Intake.Limit.Field, Intake.Limit.Reason, Intake.Limit.Accepted);
        var duplicates = 0;
        for (int i = 0, at = 0; i < counts.Count; at += counts[i++])
        {
            var duplicate = EventRecorder.Combine(outcomes, at, counts[i]) == RecordOutcome.Duplicate;
            if (duplicate) duplicates++;
            // Sent by hand: it says nothing about the source's lag and rhythm.
            meters.Of(facts[at].Source).Take(summary.Way, facts[at], duplicate, byHand: true, options.Time.GetUtcNow().ToUnixTimeMilliseconds());
        }

        await reader.SentAsync(body, origin);
        await letters.CloseAsync([key], LetterState.Sent, access.Actor);
        return new LetterAnswer(id, duplicates == counts.Count && duplicates > 0 ? EventOutcome.Duplicate : EventOutcome.Accepted, counts.Count, null, null, null);

        LetterAnswer Refuse(string field, string reason, string accepted) => new(id, EventOutcome.Refused, 0, field, reason, accepted);
    }

    private static long Microseconds(DateTimeOffset at) => (at.Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>Sets values by JSON Pointer (RFC 6901); objects on the way are made where they are missing.</summary>
    private static Refusal? Set(ref byte[] body, IReadOnlyDictionary<string, JsonElement> set)
    {
        try
        {
            var root = JsonNode.Parse(body) as JsonObject;
            if (root is null) return new Refusal("body", "is not a JSON object", "a letter that is one, to set values in it");
            foreach (var (pointer, value) in set)
            {
                if (!pointer.StartsWith('/')) return new Refusal("set", $"is not a JSON Pointer ({pointer})", "such as /data/desk");
                var names = pointer[1..].Split('/').Select(n => n.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)).ToArray();
                var at = root;
                foreach (var name in names[..^1])
                {
                    if (at[name] is null) at[name] = new JsonObject();
                    if (at[name] is not JsonObject inner) return new Refusal("set", $"does not lead through objects ({pointer})", "such as /data/desk");
                    at = inner;
                }

                at[names[^1]] = JsonNode.Parse(value.GetRawText());
            }

            body = System.Text.Encoding.UTF8.GetBytes(root.ToJsonString(Readable));
            return null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            // ArgumentException: a name stands twice in an object; InvalidOperationException: text that is not Unicode.
            return new Refusal("body", "is not JSON that values can be set in", "correct it by hand");
        }
    }
}
