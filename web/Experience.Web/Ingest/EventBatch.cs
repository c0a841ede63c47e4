using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Sources;

namespace Experience.Web.Ingest;

/// <summary>A few CloudEvents that came together by a way that answers each: read, recorded, counted, and answered when they are durable.</summary>
internal static class EventBatch
{
    /// <summary>Answers in the order of the events. Refused ones are kept as letters unless <paramref name="keep"/> says that the caller does so.</summary>
    public static async Task<EventAnswer[]> RecordAsync(IExperienceEngine engine, SenderRules rules, Intake intake, IReadOnlyList<ReadOnlyMemory<byte>> events, ServeOptions options, CancellationToken cancellation, bool keep = true)
    {
        if (!engine.Status.Ready) throw new EngineUnavailableException("The engine is not ready.");
        var now = (options.Time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        var reader = new EventReader(rules);
        var facts = new List<Fact>(events.Count);
        var counts = new int[events.Count];
        var answers = new EventAnswer[events.Count];
        for (var i = 0; i < events.Count; i++)
        {
            var before = facts.Count;
            var json = events[i].Span;
            if (reader.Read(json, now, facts) is { } refusal)
            {
                var names = EventNames.Read(json);
                answers[i] = new EventAnswer(i, names.Source, names.Id, EventOutcome.Refused, refusal.Field, refusal.Reason, refusal.Accepted);
                if (keep) intake.RefusedEvent(refusal, json);
            }
            else
            {
                answers[i] = new EventAnswer(i, reader.Source, reader.Id(json), EventOutcome.Accepted, null, null, null);
            }

            counts[i] = facts.Count - before;
        }

        if (facts.Count > 0)
        {
            await intake.ReachAsync(engine, facts, cancellation);
            var outcomes = (await EventRecorder.RecordAsync(engine, facts, new Access(rules.Source ?? "any source", null, "ingest"), options.Time, cancellation, options.QueueWait)).Outcomes;
            for (int i = 0, at = 0; i < events.Count; at += counts[i++])
            {
                if (counts[i] == 0) continue;
                var outcome = EventRecorder.Combine(outcomes, at, counts[i]);
                intake.Answered(facts[at], outcome);
                if (outcome == RecordOutcome.Duplicate) answers[i] = answers[i] with { Outcome = EventOutcome.Duplicate };
                else if (outcome == RecordOutcome.Refused) answers[i] = answers[i] with { Outcome = EventOutcome.Refused, Field = Intake.Limit.Field, Reason = Intake.Limit.Reason, Accepted = Intake.Limit.Accepted };
            }
        }

        await intake.FlushAsync();
        return answers;
    }
}
