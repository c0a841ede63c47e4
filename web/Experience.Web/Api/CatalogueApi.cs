using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Hosting;

namespace Experience.Web.Api;

/// <summary>The catalogue with its numbers: terms, courses, offerings with their meetings, certificates. Read; what changes it are events.</summary>
internal static class CatalogueApi
{
    public static void MapCatalogue(this IEndpointRouteBuilder routes)
    {
        var catalogue = routes.MapGroup("/v1/catalogue").WithTags("Catalogue").ForThisComputer();
        catalogue.MapGet("", async (string? term, HttpContext context, EngineHost host) => IsTerm(term)
            ? Answer(await host.Engine.CatalogueAsync(term, context.AccessFor("catalogue"), context.RequestAborted), term)
            : BadTerm())
            .WithName("getCatalogue").WithSummary("Terms, courses and certificates, with places, income, costs and margin of a term (or term=all).").Produces<CatalogueView>();
        catalogue.MapGet("/terms", async (HttpContext context, EngineHost host) =>
            TypedResults.Json((await host.Engine.CatalogueAsync(null, context.AccessFor("catalogue"), context.RequestAborted))!.Terms, Json.Options))
            .WithName("listTerms").WithSummary("The terms, newest first, with what they offer.").Produces<IReadOnlyList<TermItem>>();
        catalogue.MapGet("/certificates", async (HttpContext context, EngineHost host) =>
            TypedResults.Json((await host.Engine.CatalogueAsync(null, context.AccessFor("catalogue"), context.RequestAborted))!.Certificates, Json.Options))
            .WithName("listCertificates").WithSummary("The certificates and the courses that count for each.").Produces<IReadOnlyList<CertificateRow>>();
        catalogue.MapGet("/courses/{course}", CourseAsync).WithName("getCourse").WithSummary("A course with its offerings of a term: meetings, seats, waiting list, income, costs, margin.").Produces<CourseView>();
    }

    private static async Task<IResult> CourseAsync(string course, string? term, HttpContext context, EngineHost host)
    {
        if (!IsTerm(term)) return BadTerm();
        if (course.Length > EventLimits.MaxNameLength) return Problems.Field("course", "is too long", $"at most {EventLimits.MaxNameLength} characters");
        return await host.Engine.CourseAsync(course, term, context.AccessFor("catalogue"), context.RequestAborted) is { } view
            ? TypedResults.Json(view, Json.Options)
            : Problems.NotFound($"There is no course \"{course}\", or no term \"{term}\".");
    }

    private static bool IsTerm(string? term) => term is null || term.Length is > 0 and <= EventLimits.MaxNameLength;

    private static IResult BadTerm() => Problems.Field("term", "is not a term", $"a key of the policy's calendar, or {CatalogueBuilder.AllTerms}; left out, the newest that started");

    private static IResult Answer(CatalogueView? view, string? term) =>
        view is not null ? TypedResults.Json(view, Json.Options) : Problems.NotFound($"The calendar has no term \"{term}\"; /v1/catalogue/terms lists them.");
}
