using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Ingest;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Experience.Web.Api;

/// <summary>
/// Public voice: what was said by nobody who is known, and whom staff attribute it to. An attribution is a merge of the voice's key and the person's, taking it back an unmerge: facts
/// of both, of which the newest stands.
/// </summary>
internal static class VoiceApi
{
    private const int MaxAnswerId = 80;

    private const int UsualLimit = 50;

    public static void MapVoice(this IEndpointRouteBuilder routes)
    {
        var voice = routes.MapGroup("/v1/voice").WithTags("Public voice").ForThisComputer();
        voice.MapGet("", (bool? attributed, string? section, string? after, int? limit, HttpContext context, EngineHost host) => WithAsync(host, async voices =>
            TypedResults.Json(await voices.VoicesAsync(new VoiceQuery(attributed ?? false, section, after, limit ?? UsualLimit), context.AccessFor("voice"), context.RequestAborted), Json.Options)))
            .WithName("listVoice").WithSummary("Reviews and posts that nobody is known for, newest first; with attributed=true those that were attributed.").Produces<VoicePage>();
        voice.MapPost("/answers", (VoiceAnswer answer, HttpContext context, EngineHost host, ServeOptions options) => WithAsync(host, voices => AnswerAsync(answer, context, host.Engine, voices, options)))
            .WithName("answerVoice").WithSummary("Say whose a voice is, or that it is nobody's.").Accepts<VoiceAnswer>("application/json").Produces<VoiceReceipt>();
    }

    private static Task<IResult> WithAsync(EngineHost host, Func<IVoices, Task<IResult>> answer) => host.Engine is IVoices voices
        ? answer(voices)
        : Task.FromResult(Problems.Of(StatusCodes.Status501NotImplemented, "This engine keeps no public voice.", null));

    private static async Task<IResult> AnswerAsync(VoiceAnswer answer, HttpContext context, IExperienceEngine engine, IVoices voices, ServeOptions options)
    {
        if (string.IsNullOrWhiteSpace(answer.Id) || answer.Id.Length > MaxAnswerId) return Problems.Field("id", "is not an id", $"1 to {MaxAnswerId} characters, made by the client once for each answer");
        if (answer.Reason is { Length: > EventLimits.MaxNameLength }) return Problems.Field("reason", "is too long", $"at most {EventLimits.MaxNameLength} characters");
        var access = context.AccessFor("voice");
        if (string.IsNullOrEmpty(answer.Voice?.Source) || string.IsNullOrEmpty(answer.Voice.Key) || await voices.VoiceAsync(answer.Voice.Source, answer.Voice.Key, access, context.RequestAborted) is not { } voice)
            return Problems.Field("voice", "is no voice", "source and key as GET /v1/voice has them");
        var person = answer.Person ?? voice.Person?.Id;

        // Nobody's already: the answer of before was recorded, or somebody else's.
        if (person is null) return Receipt(EventOutcome.Duplicate, voice);
        if (await engine.CardAsync(person, access, context.RequestAborted) is not { Person.Keys: [var key, ..] }) return Problems.Field("person", "is nobody", "the id of a participant whose data were not erased");

        var type = answer.Person is null ? EventTypes.ParticipantUnmerged : EventTypes.ParticipantMerged;
        var now = (options.Time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        var id = "voice:" + answer.Id;
        Fact[] facts = [Side(voice.Key, key, ""), Side(key, voice.Key, "#mirror")];
        var outcome = EventRecorder.Combine((await EventRecorder.RecordAsync(engine, facts, access, options.Time, context.RequestAborted)).Outcomes, 0, facts.Length);
        if (outcome == RecordOutcome.Refused) return Problems.Refused(Sources.Intake.Limit);
        return Receipt(outcome == RecordOutcome.Accepted ? EventOutcome.Accepted : EventOutcome.Duplicate, await voices.VoiceAsync(voice.Key.Source, voice.Key.Key, access, context.RequestAborted) ?? voice);

        // As the edge makes them of one event: the second side is a fact of the other stream, under its own source.
        Fact Side(SourceKey own, SourceKey other, string suffix) => new FactBuilder(type, own.Source, id + suffix, own.Key, now)
            .Set(Fields.Other, other.Key).Set(Fields.OtherSource, other.Source == own.Source ? null : other.Source)
            .Set(Fields.Reason, string.IsNullOrWhiteSpace(answer.Reason) ? null : answer.Reason.Trim()).Set(Fields.Staff, access.Actor).Build();
    }

    private static JsonHttpResult<VoiceReceipt> Receipt(EventOutcome outcome, VoiceView voice) => TypedResults.Json(new VoiceReceipt(outcome, voice), Json.Options);
}
