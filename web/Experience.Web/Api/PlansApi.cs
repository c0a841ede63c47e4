using System.Globalization;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Imports;
using Experience.Web.Ingest;

namespace Experience.Web.Api;

/// <summary>Certificates of one's own: planned, and saved as the person's goal; and the occupations that courses lead to.</summary>
internal static class PlansApi
{
    public const long MaxOccupationBytes = 8 * 1024 * 1024;

    /// <summary>Courses that no catalogue has are named so far.</summary>
    private const int MaxUnknown = 20;

    private const int MaxPlanId = 80;

    public static void MapPlans(this IEndpointRouteBuilder routes)
    {
        var plans = routes.MapGroup("/v1/participants").WithTags("People").ForThisComputer();
        plans.MapGet("/{id}/plan", GetAsync).WithName("getPlan").WithSummary("A certificate of one's own: courses=a,b for a draft, certificate= to begin from one of the catalogue, neither for the saved plan.").Produces<PlanView>();
        plans.MapPost("/{id}/plan", SaveAsync).WithName("savePlan").WithSummary("Save a certificate of one's own as the person's goal; without courses it is given up.").Accepts<PlanRequest>("application/json").Produces<PlanView>();
        routes.MapGroup("/v1/catalogue").WithTags("Catalogue").ForThisComputer().MapPost("/occupations", OccupationsAsync)
            .WithName("importOccupations").WithSummary("A CSV of occupations (code, title, median wage, annual openings, growth, region) and of the courses that lead to them; dryRun=true only checks.").Produces<OccupationImport>();
    }

    /// <summary>Reads and records a table of occupations; a dry run only reads.</summary>
    public static async Task<OccupationImport> ImportAsync(IExperienceEngine engine, Stream file, string? source, DateOnly? asOf, bool dryRun, Access access, TimeProvider time, CancellationToken cancellation)
    {
        var now = (time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        var (facts, result) = OccupationFile.Read(file, ProgramApi.Source, source, asOf, now);
        for (var i = 0; !dryRun && i < facts.Count; i += 1_000) await EventRecorder.RecordAsync(engine, [.. facts.Skip(i).Take(1_000)], access, time, cancellation);
        if (result.Unknown.Count == 0) return result;
        var known = (await engine.CatalogueAsync("all", access, cancellation))?.Courses.Select(static c => c.Id).ToHashSet(StringComparer.Ordinal) ?? [];
        return result with { Unknown = [.. result.Unknown.Where(c => !known.Contains(c)).Take(MaxUnknown)] };
    }

    private static async Task<IResult> GetAsync(string id, string? courses, string? certificate, HttpContext context, EngineHost host)
    {
        var wanted = courses is null ? null : courses.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (wanted is { Length: > CertificatePlan.MaxCourses } || wanted?.Any(static c => c.Length > EventLimits.MaxNameLength) == true)
            return Problems.Field("courses", "is not a list that fits", $"at most {CertificatePlan.MaxCourses} keys of courses, with commas between");
        if (certificate is { Length: > EventLimits.MaxNameLength }) return Problems.Field("certificate", "is too long", $"at most {EventLimits.MaxNameLength} characters");
        return await host.Engine.PlanAsync(id, new PlanQuery(wanted, certificate), context.AccessFor("plan"), context.RequestAborted) is { } plan
            ? TypedResults.Json(plan, Json.Options)
            : Problems.NotFound("There is no such person.");
    }

    private static async Task<IResult> SaveAsync(string id, PlanRequest request, HttpContext context, EngineHost host, ServeOptions options)
    {
        if (string.IsNullOrWhiteSpace(request.Id) || request.Id.Length > MaxPlanId) return Problems.Field("id", "is not an id", $"1 to {MaxPlanId} characters, made by the client once for each saving");
        if (string.IsNullOrWhiteSpace(request.Title) || request.Title.Length > EventLimits.MaxNameLength) return Problems.Field("title", "is not a title", $"1 to {EventLimits.MaxNameLength} characters");
        if (request.Goal is not null && !Fields.Goal.Codes.Contains(request.Goal)) return Problems.Field("goal", "is not a goal", string.Join(", ", Fields.Goal.Codes));
        var document = PlanDocument.Write(request.Courses ?? []);
        if (!PlanDocument.TryRead(System.Text.Encoding.UTF8.GetBytes(document), out _, out var wrong)) return Problems.Field(wrong!.Field, wrong.Reason, wrong.Accepted);
        var access = context.AccessFor("plan");
        var card = await host.Engine.CardAsync(id, access, context.RequestAborted);
        if (card is null || card.Person.Keys.Count == 0) return Problems.NotFound("There is no such person.");
        var key = card.Person.Keys[0];
        var now = (options.Time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        var fact = new FactBuilder(EventTypes.CertificatePlanned, key.Source, "plan:" + request.Id, key.Key, now) { Live = !card.History }
            .Set(Fields.Certificate, request.Title.Trim()).Set(Fields.Goal, request.Goal).Set(Fields.Document, document).Build();
        await EventRecorder.RecordAsync(host.Engine, [fact], access, options.Time, context.RequestAborted);
        return TypedResults.Json(await host.Engine.PlanAsync(id, new PlanQuery(null, null), access, context.RequestAborted), Json.Options);
    }

    private static async Task<IResult> OccupationsAsync(string? source, string? asOf, bool? dryRun, HttpContext context, EngineHost host, ServeOptions options)
    {
        DateOnly? day = null;
        if (source is { Length: > EventLimits.MaxNameLength }) return Problems.Field("source", "is too long", $"at most {EventLimits.MaxNameLength} characters");
        if (!string.IsNullOrEmpty(asOf))
        {
            if (!DateOnly.TryParseExact(asOf, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var stated)) return Problems.Field("asOf", "is not a date", "a date such as 2025-05-31");
            day = stated;
        }

        if (context.Request.ContentLength is > MaxOccupationBytes) return Problems.Of(StatusCodes.Status413PayloadTooLarge, "The file is too large.", $"At most {MaxOccupationBytes / 1024 / 1024} MB.");
        using var file = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int read; (read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0;)
        {
            if (file.Length + read > MaxOccupationBytes) return Problems.Of(StatusCodes.Status413PayloadTooLarge, "The file is too large.", $"At most {MaxOccupationBytes / 1024 / 1024} MB.");
            file.Write(buffer, 0, read);
        }

        file.Position = 0;
        try
        {
            return TypedResults.Json(
                await ImportAsync(host.Engine, file, string.IsNullOrWhiteSpace(source) ? null : source.Trim(), day, dryRun == true, context.AccessFor("catalogue"), options.Time, context.RequestAborted), Json.Options);
        }
        catch (InvalidDataException wrong)
        {
            return Problems.Field("file", wrong.Message, "a CSV file with a header");
        }
    }
}
