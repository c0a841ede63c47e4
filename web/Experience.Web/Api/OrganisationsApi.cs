using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Ingest;

namespace Experience.Web.Api;

/// <summary>Organisations as groups of people: list, search, one, and one more name of it.</summary>
internal static class OrganisationsApi
{
    public static void MapOrganisations(this IEndpointRouteBuilder routes)
    {
        var organisations = routes.MapGroup("/v1/organisations").WithTags("Organisations").ForThisComputer();
        organisations.MapGet("", ListAsync).WithName("listOrganisations").WithSummary("Organisations by value, or those of a name.").Produces<OrganisationsPage>();
        organisations.MapGet("/{organisation}", async (string organisation, HttpContext context, EngineHost host) => !IsName(organisation)
            ? BadName("organisation")
            : await host.Engine.OrganisationAsync(organisation, context.AccessFor("organisation"), context.RequestAborted) is { } view ? TypedResults.Json(view, Json.Options) : Unknown(organisation))
            .WithName("getOrganisation").WithSummary("An organisation by its key or any name of it: people, places, engagements, value.").Produces<OrganisationView>();
        organisations.MapPost("/{organisation}/aliases", AliasAsync).WithName("addAlias").WithSummary("Says that another name is this organisation's too; what is known of both becomes one.")
            .Accepts<AliasRequest>("application/json").Produces<OrganisationView>();
    }

    private static async Task<IResult> ListAsync(string? q, string? after, int? limit, HttpContext context, EngineHost host)
    {
        if (q is { Length: > QueriesApi.MaxQueryLength }) return Problems.Field("q", "is too long", $"at most {QueriesApi.MaxQueryLength} characters");
        if (limit is < 1 or > OrganisationBuilder.MaxRows) return Problems.Field("limit", "is out of range", $"1 to {OrganisationBuilder.MaxRows}");
        return TypedResults.Json(await host.Engine.OrganisationsAsync(new OrganisationQuery(q, after, limit ?? QueriesApi.DefaultPage), context.AccessFor("organisations"), context.RequestAborted), Json.Options);
    }

    private static async Task<IResult> AliasAsync(string organisation, AliasRequest request, HttpContext context, EngineHost host, ServeOptions options)
    {
        if (!IsName(organisation)) return BadName("organisation");
        if (!IsName(request.Alias)) return BadName("alias");
        var access = context.AccessFor("organisation");
        if (await host.Engine.OrganisationAsync(organisation, access, context.RequestAborted) is not { } view) return Unknown(organisation);
        var now = (options.Time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        var fact = new FactBuilder(EventTypes.OrganisationDescribed, ProgramApi.Source, $"alias-{Guid.NewGuid():n}", "", now) { Live = true }
            .Set(Fields.Organisation, view.Name).Set(Fields.Alias, request.Alias.Trim()).Build();
        await EventRecorder.RecordAsync(host.Engine, [fact], access, options.Time, context.RequestAborted);
        return TypedResults.Json(await host.Engine.OrganisationAsync(view.Name, access, context.RequestAborted), Json.Options);
    }

    private static bool IsName(string? name) => !string.IsNullOrWhiteSpace(name) && name.Length <= EventLimits.MaxNameLength;

    private static IResult BadName(string field) => Problems.Field(field, "is not a name", $"1 to {EventLimits.MaxNameLength} characters");

    private static IResult Unknown(string organisation) => Problems.NotFound($"Nothing is known of an organisation \"{organisation}\"; /v1/organisations lists them.");
}
