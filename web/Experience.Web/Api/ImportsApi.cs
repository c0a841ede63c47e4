using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Imports;
using Microsoft.AspNetCore.Http.Features;

namespace Experience.Web.Api;

/// <summary>Files from the start page: upload, look at the guess, change it, confirm, watch. And verify, which the command line asks a running server for.</summary>
internal static class ImportsApi
{
    public static void MapImports(this IEndpointRouteBuilder routes)
    {
        var imports = routes.MapGroup("/v1/imports").WithTags("Imports").ForThisComputer();
        imports.MapPost("", UploadAsync).WithName("uploadImport").WithSummary("Upload a file as application/octet-stream (?name=, ?format=csv|ndjson|cdnow): its columns are guessed.").Produces<ImportView>();
        imports.MapGet("", (ImportService service) => TypedResults.Json(service.List(), Json.Options)).WithName("listImports").WithSummary("The newest imports.").Produces<IReadOnlyList<ImportView>>();
        imports.MapGet("/{id}", (string id, ImportService service) => Answer((service.Find(id), null))).WithName("getImport").WithSummary("An import and its progress.").Produces<ImportView>();
        imports.MapPut("/{id}/mapping", (string id, ImportMapping mapping, ImportService service) => Answer(service.Map(id, mapping)))
            .WithName("mapImport").WithSummary("Change the mapping; the preview shows what rows become.").Accepts<ImportMapping>("application/json").Produces<ImportView>();
        imports.MapPost("/{id}/start", (string id, ImportService service) => Answer(service.Start(id))).WithName("startImport").WithSummary("Record the file's events.").Produces<ImportView>();
        imports.MapPost("/{id}/check", (string id, ImportService service) => Answer(service.Check(id))).WithName("checkImport").WithSummary("Dry run: read the whole file and record nothing; what it found is in \"check\".").Produces<ImportView>();
        imports.MapPost("/{id}/save", (string id, SaveMapping save, HttpContext context, ImportService service) => Answer(service.Save(id, save.Name ?? "", context.Staff())))
            .WithName("saveImportMapping").WithSummary("Save the mapping under a name; files with its columns take it from then on.").Accepts<SaveMapping>("application/json").Produces<ImportView>();
        imports.MapGet("/{id}/refused", (string id, ImportService service) => service.Refused(id) is { } file
            ? TypedResults.PhysicalFile(Path.GetFullPath(file.Path), "text/csv; charset=utf-8", file.Name)
            : Problems.NotFound("No row of it was refused.")).WithName("getRefusedRows").WithSummary("The rows that were refused, with a column that says why: corrected, the file can be sent again.");
        imports.MapDelete("/{id}", (string id, ImportService service) => service.Cancel(id) ? TypedResults.NoContent() : Problems.NotFound("There is no such import."))
            .WithName("cancelImport").WithSummary("Stop or forget an import; what was recorded stays.");

        routes.MapGroup("/v1/verify").WithTags("Program").ForThisComputer().MapPost("", VerifyAsync)
            .WithName("verify").WithSummary("Recompute every state from the journal and compare (?asOf= for the assessments of a moment).").Produces<VerifyReport>();
    }

    private static async Task<IResult> UploadAsync(HttpContext context, ImportService service, string? name, string? format)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > 200) return Problems.Field("name", "is missing", "?name= of the file");
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = ImportService.MaxFileBytes;
        return Answer(await service.UploadAsync(name, format, context.Request.Body, context.RequestAborted));
    }

    private static async Task<IResult> VerifyAsync(HttpContext context, EngineHost host, ServeOptions options, string? asOf)
    {
        long? moment = null;
        if (asOf is not null)
        {
            var zone = TimeZoneInfo.FindSystemTimeZoneById((await host.Engine.ProgramAsync(context.RequestAborted)).TimeZone);
            if (!WireTime.TryParse(System.Text.Encoding.UTF8.GetBytes(asOf), zone, out var parsed)) return Problems.Field("asOf", "is not a time", Accepts.Time);
            moment = parsed;
        }

        return TypedResults.Json(await host.Engine.VerifyAsync(new VerifyOptions(moment), null, context.RequestAborted), Json.Options);
    }

    private static IResult Answer((ImportView? View, Refusal? Refusal) answer) =>
        answer.Refusal is { } refusal ? Problems.Field(refusal.Field, refusal.Reason, refusal.Accepted)
        : answer.View is { } view ? TypedResults.Json(view, Json.Options)
        : Problems.NotFound("There is no such import.");
}
