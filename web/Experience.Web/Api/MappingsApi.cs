using Experience.Web.Contracts;
using Experience.Web.Imports;

namespace Experience.Web.Api;

/// <summary>Saved mappings: listed, looked at, saved as new versions, deleted.</summary>
internal static class MappingsApi
{
    public static void MapMappings(this IEndpointRouteBuilder routes)
    {
        var mappings = routes.MapGroup("/v1/mappings").WithTags("Imports").ForThisComputer();
        mappings.MapGet("", (MappingStore store) => TypedResults.Json(store.List(), Json.Options)).WithName("listMappings").WithSummary("Saved mappings, each with its newest version.").Produces<IReadOnlyList<SavedMapping>>();
        mappings.MapGet("/{name}", (string name, int? version, MappingStore store) => store.Find(name, version) is { } saved ? TypedResults.Json(saved, Json.Options) : Problems.NotFound("There is no such mapping."))
            .WithName("getMapping").WithSummary("A saved mapping; ?version= for an older one.").Produces<SavedMapping>();
        mappings.MapPut("/{name}", (string name, ImportMapping mapping, HttpContext context, MappingStore store) =>
        {
            var (saved, refusal) = store.Save(name, mapping, context.Staff());
            return refusal is null ? TypedResults.Json(saved, Json.Options) : Problems.Field(refusal.Field, refusal.Reason, refusal.Accepted);
        }).WithName("saveMapping").WithSummary("Save a mapping; what is not new makes no version.").Accepts<ImportMapping>("application/json").Produces<SavedMapping>();
        mappings.MapDelete("/{name}", (string name, MappingStore store) => store.Delete(name) ? TypedResults.NoContent() : Problems.NotFound("There is no such mapping."))
            .WithName("deleteMapping").WithSummary("Delete a saved mapping with its versions.");
    }
}
