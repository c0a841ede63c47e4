using Experience.Domain.Events;
using Experience.Domain.Identity;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Ingest;

namespace Experience.Web.Api;

/// <summary>
/// One person: who looks like one, what a merge would make of them, and what staff say. "Same" is a merge and "different" an unmerge, whether it declines a
/// suggestion or undoes a merge: both are facts of both keys, and the newest stands.
/// </summary>
internal static class IdentityApi
{
    private const int MaxAnswerId = 80;

    private const int UsualLimit = 50;

    public static void MapIdentity(this IEndpointRouteBuilder routes)
    {
        var identity = routes.MapGroup("/v1/identity").WithTags("One person").ForThisComputer();
        identity.MapGet("/suggestions", (string? after, int? limit, HttpContext context, EngineHost host) => WithAsync(host, async people =>
            TypedResults.Json(await people.SuggestionsAsync(after, limit ?? UsualLimit, context.AccessFor("identity"), context.RequestAborted), Json.Options)))
            .WithName("listSuggestions").WithSummary("People who look like one, with the evidence; and the newest merges.").Produces<SuggestionsView>();
        identity.MapGet("/preview", (string? first, string? second, HttpContext context, EngineHost host) => WithAsync(host, async people =>
            await people.PreviewAsync(first ?? "", second ?? "", context.AccessFor("identity"), context.RequestAborted) is { } preview
                ? TypedResults.Json(preview, Json.Options)
                : Problems.NotFound("There are no two such people, or they are one already.")))
            .WithName("previewMerge").WithSummary("The cards of two people, and the card that they would be as one. Changes nothing.").Produces<MergePreview>();
        identity.MapGet("/people", (string? email, string? phone, string? studentId, HttpContext context, EngineHost host) => WithAsync(host, async people =>
        {
            (IdentityKind Kind, string? Value)[] asked = [(IdentityKind.Email, email), (IdentityKind.Phone, phone), (IdentityKind.Student, studentId)];
            if (asked.Where(static a => !string.IsNullOrWhiteSpace(a.Value)).ToArray() is not [var (kind, value)]) return Problems.Field("email", "is not the one identity that is asked for", "one of email, phone, studentId");
            return TypedResults.Json(new IdentityAnswer(await people.WithIdentityAsync(kind, value!, context.AccessFor("identity"), context.RequestAborted)), Json.Options);
        }))
            .WithName("findByIdentity").WithSummary("Who states an e-mail address, a phone or a student number.").Produces<IdentityAnswer>();
        identity.MapPost("/answers", AnswerAsync).WithName("answerSame").WithSummary("Say that two keys are the same person, or that they are not.")
            .Accepts<SameAnswer>("application/json").Produces<SameReceipt>();
    }

    private static Task<IResult> WithAsync(EngineHost host, Func<IIdentities, Task<IResult>> answer) => host.Engine is IIdentities people
        ? answer(people)
        : Task.FromResult(Problems.Of(StatusCodes.Status501NotImplemented, "This engine does not look for people who are one yet.", null));

    private static async Task<IResult> AnswerAsync(SameAnswer answer, HttpContext context, EngineHost host, ServeOptions options)
    {
        if (string.IsNullOrWhiteSpace(answer.Id) || answer.Id.Length > MaxAnswerId) return Problems.Field("id", "is not an id", $"1 to {MaxAnswerId} characters, made by the client once for each answer");
        if (answer.Answer is not ("same" or "different")) return Problems.Field("answer", "is not an answer", "same or different");
        if (answer.Reason is { Length: > EventLimits.MaxNameLength }) return Problems.Field("reason", "is too long", $"at most {EventLimits.MaxNameLength} characters");
        if (answer.First is null || answer.Second is null) return Problems.Field(answer.First is null ? "first" : "second", "is missing", "a source and a key");
        if (answer.First == answer.Second) return Problems.Field("second", "is the first key again", "another key");
        foreach (var (name, key) in new[] { ("first", answer.First), ("second", answer.Second) })
        {
            if (string.IsNullOrEmpty(key.Source) || string.IsNullOrEmpty(key.Key) || await host.Engine.FindAsync(key.Source, key.Key, context.RequestAborted) is null)
                return Problems.Field(name, "is nobody's key", "a source and a key that something was recorded for");
        }

        var access = context.AccessFor("identity");
        var type = answer.Answer == "same" ? EventTypes.ParticipantMerged : EventTypes.ParticipantUnmerged;
        var now = (options.Time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        var id = "same:" + answer.Id;
        Fact[] facts = [Side(answer.First, answer.Second, ""), Side(answer.Second, answer.First, "#mirror")];
        var receipt = await EventRecorder.RecordAsync(host.Engine, facts, access, options.Time, context.RequestAborted);
        var outcome = EventRecorder.Combine(receipt.Outcomes, 0, facts.Length);
        return TypedResults.Json(
            new SameReceipt(
                outcome == RecordOutcome.Accepted ? EventOutcome.Accepted : EventOutcome.Duplicate,
                await host.Engine.FindAsync(answer.First.Source, answer.First.Key, context.RequestAborted) ?? ""),
            Json.Options);

        // As the edge makes them of one event: the second side is a fact of the other stream, under its own source.
        Fact Side(SourceKey key, SourceKey other, string suffix) => new FactBuilder(type, key.Source, id + suffix, key.Key, now)
            .Set(Fields.Other, other.Key).Set(Fields.OtherSource, other.Source == key.Source ? null : other.Source)
            .Set(Fields.Reason, string.IsNullOrWhiteSpace(answer.Reason) ? null : answer.Reason.Trim()).Set(Fields.Staff, access.Actor).Build();
    }
}
