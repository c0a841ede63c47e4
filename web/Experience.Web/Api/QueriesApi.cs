using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Experience.Web.Api;

/// <summary>What pages and systems ask: people, boards, lists, search, program, status, schemas.</summary>
internal static class QueriesApi
{
    public const int MaxPage = 200;
    public const int DefaultPage = 50;
    public const int MaxQueryLength = 200;

    private static readonly string[] Lists = ["risk", "needs", "complaints", "answers", "segment", "refunds", "waitlist", "calls", "changes"];

    public static void MapQueries(this IEndpointRouteBuilder routes)
    {
        var people = routes.MapGroup("/v1").WithTags("People").ForThisComputer();
        people.MapGet("/participants/{id}", async (string id, HttpContext context, EngineHost host) =>
            await host.Engine.CardAsync(id, context.AccessFor("counter"), context.RequestAborted) is { } card ? Ok(card) : NoPerson(id))
            .WithName("getParticipant").WithSummary("A participant's card.").Produces<CardView>();
        people.MapGet("/participants/{id}/journey", JourneyAsync).WithName("getJourney").WithSummary("A participant's journey, newest first, paged.").Produces<JourneyPage>();
        people.MapGet("/participants/{id}/erasure", async (string id, HttpContext context, EngineHost host) =>
            await host.Engine.ErasureAsync(id, context.AccessFor("erasure"), context.RequestAborted) is { } left ? Ok(left) : NoPerson(id))
            .WithName("getErasure").WithSummary("What is left of a participant's data, found by looking.").Produces<ErasureView>();
        people.MapGet("/participants", FindAsync).WithName("findParticipant").WithSummary("The participant of a key at a source.").Produces<PersonRef>();
        people.MapGet("/people", PeopleAsync).WithName("listPeople").WithSummary("A list of people: risk, needs, complaints, answers, segment, refunds, waitlist, calls.").Produces<PeoplePage>();
        people.MapGet("/search", SearchAsync).WithName("search").WithSummary("People by name, e-mail, phone or id; tolerant of typing errors.").Produces<SearchResult>();
        people.MapGet("/flags", async (HttpContext context, EngineHost host) => Ok(await host.Engine.FlagsAsync(context.AccessFor("flags"), context.RequestAborted)))
            .WithName("getFlags").WithSummary("The open flags and needs.").Produces<OpenFlagsView>();

        var program = routes.MapGroup("/v1").WithTags("Program").ForThisComputer();
        program.MapGet("/boards/{segment}", async (string segment, string? program, string? desk, HttpContext context, EngineHost host) =>
            await host.Engine.BoardAsync(Scope(segment, program, desk), context.AccessFor("board"), context.RequestAborted) is { } board ? Ok(board) : Problems.NotFound($"There is no segment \"{segment}\", or no such program or desk."))
            .WithName("getBoard").WithSummary("A segment's board; of a program area or a desk within it where one is named.").Produces<BoardView>();
        program.MapGet("/program", async (HttpContext context, EngineHost host) => Ok(await host.Engine.ProgramAsync(context.RequestAborted)))
            .WithName("getProgram").WithSummary("The program: names to choose from, and what is in force.").Produces<ProgramView>();
        program.MapGet("/status", (StatusReader status) => Ok(status.Read())).WithName("getStatus").WithSummary("How the server stands.").Produces<StatusView>();

        var schemas = routes.MapGroup("/v1/schemas").WithTags("Schemas");
        schemas.MapGet("", () => Ok(EventTypes.All.Select(t => new SchemaSummary(t.Name, t.Family.ToString().ToLowerInvariant(), t.Description, t.Family != EventFamily.Observation)).ToList()))
            .WithName("listSchemas").WithSummary("Every event type.").Produces<IReadOnlyList<SchemaSummary>>();
        schemas.MapGet("/{type}", (string type) => EventTypes.Find(type) is { } found ? TypedResults.Bytes(EventSchemas.Schema(found), "application/schema+json") : NoType(type))
            .WithName("getSchema").WithSummary("JSON Schema of an event type, with an example inside.");
        schemas.MapGet("/{type}/example", (string type) => EventTypes.Find(type) is { } found ? TypedResults.Bytes(EventSchemas.Example(found), "application/cloudevents+json") : NoType(type))
            .WithName("getExample").WithSummary("An event of the type that is accepted as it stands.");
    }

    private static JsonHttpResult<T> Ok<T>(T value) => TypedResults.Json(value, Json.Options);

    private static IResult NoPerson(string id) => Problems.NotFound($"There is no person \"{(id.Length <= 40 ? id : id[..40])}\".");

    private static IResult NoType(string type) => Problems.NotFound($"The vocabulary has no type \"{(type.Length <= 100 ? type : type[..100])}\"; /v1/schemas lists them. Unknown types are taken and kept.");

    private static async Task<IResult> JourneyAsync(string id, string? after, int? limit, HttpContext context, EngineHost host)
    {
        if (Limit(limit) is not { } size) return BadLimit();
        return await host.Engine.JourneyAsync(id, after, size, context.AccessFor("journey"), context.RequestAborted) is { } page ? Ok(page) : NoPerson(id);
    }

    private static async Task<IResult> FindAsync(string? source, string? key, HttpContext context, EngineHost host)
    {
        if (string.IsNullOrEmpty(source)) return Problems.Field("source", "is missing", "the source's name, such as /desk");
        if (string.IsNullOrEmpty(key)) return Problems.Field("key", "is missing", "the participant's key at the source");
        return await host.Engine.FindAsync(source, key, context.RequestAborted) is { } id ? Ok(new PersonRef(id)) : Problems.NotFound("Nothing was ever recorded for this source and key.");
    }

    private static async Task<IResult> PeopleAsync(string? list, string? segment, string? program, string? desk, string? of, string? after, int? limit, HttpContext context, EngineHost host)
    {
        if (list is null || !Lists.Contains(list)) return Problems.Field("list", "is not a list", string.Join(", ", Lists));
        if (Limit(limit) is not { } size) return BadLimit();
        return Ok(await host.Engine.PeopleAsync(new PeopleQuery(list, Scope(segment ?? "everyone", program, desk), of, after, size), context.AccessFor("people"), context.RequestAborted));
    }

    private static async Task<IResult> SearchAsync(string? q, int? limit, HttpContext context, EngineHost host)
    {
        if (string.IsNullOrWhiteSpace(q)) return Ok(new SearchResult([], host.Status.SearchReady));
        if (q.Length > MaxQueryLength) return Problems.Field("q", "is too long", $"at most {MaxQueryLength} characters");
        if (Limit(limit ?? 10) is not { } size) return BadLimit();
        return Ok(await host.Engine.SearchAsync(q, size, context.AccessFor("search"), context.RequestAborted));
    }

    // A scope may also stand in the segment's place, as boards name themselves.
    private static string Scope(string segment, string? program, string? desk) =>
        string.IsNullOrEmpty(program) && string.IsNullOrEmpty(desk)
            ? segment
            : ((BoardScope.Parse(segment) ?? new BoardScope(segment)) with { Program = string.IsNullOrEmpty(program) ? null : program, Desk = string.IsNullOrEmpty(desk) ? null : desk }).ToString();

    private static int? Limit(int? limit) => limit is null ? DefaultPage : limit is >= 1 and <= MaxPage ? limit : null;

    private static IResult BadLimit() => Problems.Field("limit", "is out of range", $"1 to {MaxPage}");
}
