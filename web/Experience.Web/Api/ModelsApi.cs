using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Hosting;

namespace Experience.Web.Api;

/// <summary>The learned models: which are in force, and how they did on what they had not seen. For leaders; until roles exist, for people at this computer.</summary>
internal static class ModelsApi
{
    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        var models = routes.MapGroup("/v1/models").WithTags("Models").ForThisComputer();
        models.MapGet("", async (HttpContext context, EngineHost host) => TypedResults.Json(await host.Engine.ModelsAsync(Access(context), context.RequestAborted), Json.Options))
            .WithName("listModels").WithSummary("The model in force of each kind, with the table that it was chosen by, or why there is none.").Produces<ModelsView>();
        models.MapGet("/{kind}/report", async (string kind, HttpContext context, EngineHost host) =>
            await host.Engine.ModelReportAsync(kind, Access(context), context.RequestAborted) is { } report ? TypedResults.Json(report, Json.Options) : NoKind(kind))
            .WithName("getModelReport").WithSummary("How the model in force did: tables, and the data of its pictures.").Produces<ModelReportView>();
        models.MapPost("/fit", (string? kind, HttpContext context, EngineHost host) => OfKindAsync(
            kind, host, Access(context), async () => TypedResults.Json(await host.Engine.FitAsync(kind, Access(context), context.RequestAborted), Json.Options), context.RequestAborted))
            .WithName("fitModels").WithSummary("Fit every kind, or one, now; answers when what was fitted is in force.").Produces<ModelsView>();
        models.MapPost("/backtest", (string? kind, HttpContext context, EngineHost host) => OfKindAsync(
            kind, host, Access(context), async () => TypedResults.Json(await host.Engine.BacktestAsync(kind, Access(context), context.RequestAborted), Json.Options), context.RequestAborted))
            .WithName("backtestModels").WithSummary("Fit every kind, or one, on the program's own history and say how that did; nothing is put in force.").Produces<IReadOnlyList<ModelReportView>>();
    }

    private static Access Access(HttpContext context) => context.AccessFor("models");

    private static async Task<IResult> OfKindAsync(string? kind, EngineHost host, Access access, Func<Task<IResult>> run, CancellationToken cancellation)
    {
        if (kind is null) return await run();
        var known = (await host.Engine.ModelsAsync(access, cancellation)).Models.Select(static m => m.Kind).ToArray();
        return known.Contains(kind) ? await run() : Problems.Field("kind", "is not a kind of model", string.Join(", ", known));
    }

    private static IResult NoKind(string kind) => Problems.NotFound($"There is no kind of model \"{(kind.Length <= 40 ? kind : kind[..40])}\"; /v1/models lists them.");
}
