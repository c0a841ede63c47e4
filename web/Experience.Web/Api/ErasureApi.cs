using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Ingest;
using Experience.Web.Sources;

namespace Experience.Web.Api;

/// <summary>Erases a person whom staff have before them; systems send <c>participant.erased</c> with a key that may.</summary>
internal static class ErasureApi
{
    public static void MapErasure(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("/v1").WithTags("People").ForThisComputer()
            .MapPost("/participants/{id}/erasure", EraseAsync).WithName("eraseParticipant")
            .WithSummary("Erase a participant's data for good; answers what is left.").Accepts<EraseRequest>("application/json").Produces<ErasureView>();

    private static async Task<IResult> EraseAsync(string id, EraseRequest request, HttpContext context, EngineHost host, WaysErasure erasure, ServeOptions options)
    {
        if (!string.Equals(request.Confirm, id, StringComparison.Ordinal)) return Problems.Field("confirm", "is not the participant's id", "the id once more, since nothing can bring the data back");
        if (request.Reason is { Length: > EventLimits.MaxNameLength }) return Problems.Field("reason", "is too long", $"at most {EventLimits.MaxNameLength} characters");
        var access = context.AccessFor("erasure");
        if (await host.Engine.CardAsync(id, access, context.RequestAborted) is not { } card) return Problems.NotFound("There is no such person.");

        // Somebody who was erased before has no key any more: what is left is answered either way.
        if (card.Person.Keys is [var key, ..])
        {
            var now = (options.Time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
            var fact = new FactBuilder(EventTypes.ParticipantErased, key.Source, $"erased-{id}", key.Key, now) { Live = !card.History }
                .Set(Fields.Reason, string.IsNullOrWhiteSpace(request.Reason) ? null : request.Reason.Trim()).Set(Fields.Staff, access.Actor).Build();
            await erasure.ReachAsync(host.Engine, [fact], context.RequestAborted);
            await EventRecorder.RecordAsync(host.Engine, [fact], access, options.Time, context.RequestAborted);
        }

        return TypedResults.Json(await host.Engine.ErasureAsync(id, access, context.RequestAborted), Json.Options);
    }
}
