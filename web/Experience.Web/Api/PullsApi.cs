using Experience.Web.Contracts;
using Experience.Web.Imports;
using Experience.Web.Pull;

namespace Experience.Web.Api;

/// <summary>Systems that are polled: settings, a look that records nothing, a poll now.</summary>
internal static class PullsApi
{
    public static void MapPulls(this IEndpointRouteBuilder routes)
    {
        var pulls = routes.MapGroup("/v1/pulls").WithTags("Pull").ForThisComputer();
        pulls.MapGet("", (PullService service) => TypedResults.Json(service.List(), Json.Options)).WithName("listPulls").WithSummary("Polled systems, each with its last success, its next poll and its last problem.").Produces<IReadOnlyList<PullView>>();
        pulls.MapGet("/{name}", (string name, PullService service) => Answer(service.Find(name))).WithName("getPull").WithSummary("A polled system.").Produces<PullView>();
        pulls.MapPut("/{name}", (string name, PullPut put, PullService service) =>
        {
            var (view, refusal) = service.Put(name, put);
            return refusal is null ? Answer(view) : Problems.Field(refusal.Field, refusal.Reason, refusal.Accepted);
        }).WithName("putPull").WithSummary("Set how a system is polled; its secret is kept sealed and never shown.").Accepts<PullPut>("application/json").Produces<PullView>();
        pulls.MapPost("/{name}/run", async (string name, bool? confirm, PullService service, HttpContext context) => Answer(await service.RunAsync(name, confirm == true, context.RequestAborted)))
            .WithName("runPull").WithSummary("Ask now; ?confirm=true takes rows as vanished that were held back.").Produces<PullView>();
        pulls.MapPost("/{name}/look", LookAsync).WithName("lookPull").WithSummary("Ask once and record nothing: columns, a guess, and what rows would become.").Accepts<PullPut>("application/json").Produces<PullLook>();
        pulls.MapDelete("/{name}", (string name, PullService service) => service.Delete(name) ? TypedResults.NoContent() : Problems.NotFound("There is no such polled system."))
            .WithName("deletePull").WithSummary("Poll it no more; what was recorded stays.");
    }

    private static async Task<IResult> LookAsync(string name, PullPut put, PullService service, MappingStore mappings, HttpContext context)
    {
        if (put.Settings is null) return Problems.Field("settings", "is missing", "how the system is asked");
        if (PullCheck.Of(put.Settings, mappings, whole: false) is { } refusal) return Problems.Field(refusal.Field, refusal.Reason, refusal.Accepted);
        try
        {
            return TypedResults.Json(await service.LookAsync(name, put, context.RequestAborted), Json.Options);
        }
        catch (PullException e)
        {
            return Problems.Of(StatusCodes.Status422UnprocessableEntity, "The system gave no table.", e.Message, "address");
        }
    }

    private static IResult Answer(PullView? view) => view is null ? Problems.NotFound("There is no such polled system.") : TypedResults.Json(view, Json.Options);
}
