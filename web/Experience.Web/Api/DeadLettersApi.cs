using System.Text;
using System.Text.Unicode;
using Experience.Web.Contracts;
using Experience.Web.Sources;

namespace Experience.Web.Api;

/// <summary>Events that were refused: looked at, corrected and sent again, one or many, or dismissed.</summary>
internal static class DeadLettersApi
{
    /// <summary>Letters of one request; more are a second request.</summary>
    public const int MaxTogether = 500;

    public static void MapDeadLetters(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/dead-letters").WithTags("Sources").ForThisComputer();
        group.MapGet("", (DeadLetters letters, string? source, string? way, string? field, string? state, long? after, int? limit) =>
            !Enum.TryParse(Given(state) ?? "open", ignoreCase: true, out LetterState wanted) || !Enum.IsDefined(wanted) ? Problems.Field("state", "is not a state", "open, sent, dismissed or mended")
            : limit is < 1 or > QueriesApi.MaxPage ? Problems.Field("limit", "is out of range", $"1 to {QueriesApi.MaxPage}")
            : Ok(letters.List(Given(source), Given(way), Given(field), wanted, after ?? long.MaxValue, limit ?? QueriesApi.DefaultPage)))
            .WithName("listDeadLetters").WithSummary("Events that were refused, newest first (?source=, way, field, state, after, limit).").Produces<LettersPage>();
        group.MapGet("/{id}", (long id, DeadLetters letters, LetterSender sender) => letters.Find(id) is var (summary, letter, _) ? Ok(View(summary, letter, sender)) : None())
            .WithName("getDeadLetter").WithSummary("A refused event with its body.").Produces<LetterView>();
        group.MapPost("/{id}/send", async (long id, LetterSend request, HttpContext context, LetterSender sender) =>
            await sender.SendAsync(id, request.Body is null ? null : Encoding.UTF8.GetBytes(request.Body), null, request.Check == true, context.AccessFor("correction"), context.RequestAborted) is { } answer ? Ok(answer) : None())
            .WithName("sendDeadLetter").WithSummary("Send a refused event again, corrected or as it came; \"check\" only says what would become of it.").Accepts<LetterSend>("application/json").Produces<LetterAnswer>();
        group.MapPost("/send", SendAsync).WithName("sendDeadLetters").WithSummary("Send many again: by ids, or all of a source, way and field; \"set\" corrects values in each.").Accepts<LettersRequest>("application/json").Produces<LettersAnswer>();
        group.MapPost("/dismiss", DismissAsync).WithName("dismissDeadLetters").WithSummary("Dismiss refused events; their bodies are deleted.").Accepts<LettersRequest>("application/json").Produces<LettersDismissed>();
    }

    private static Microsoft.AspNetCore.Http.HttpResults.JsonHttpResult<T> Ok<T>(T value) => TypedResults.Json(value, Json.Options);

    private static IResult None() => Problems.NotFound("There is no such letter.");

    private static string? Given(string? value) => string.IsNullOrEmpty(value) ? null : value;

    private static LetterView View(LetterSummary summary, SealedLetter? letter, LetterSender sender) =>
        new(summary, letter is null ? null : Utf8.IsValid(letter.Body) ? Encoding.UTF8.GetString(letter.Body) : Convert.ToBase64String(letter.Body),
            letter is not null && sender.CanSend(summary));

    private static async Task<IResult> SendAsync(LettersRequest request, HttpContext context, DeadLetters letters, LetterSender sender)
    {
        if (Chosen(request, letters, out var ids) is { } problem) return problem;
        if (request.Set is { Count: > 20 }) return Problems.Field("set", "is too long", "at most 20 values");
        var access = context.AccessFor("correction");
        var results = new List<LetterAnswer>(ids.Count);
        foreach (var id in ids)
        {
            if (await sender.SendAsync(id, null, request.Set, check: false, access, context.RequestAborted) is { } answer) results.Add(answer);
        }

        var refused = results.Count(r => r.Outcome == EventOutcome.Refused);
        return Ok(new LettersAnswer(results.Count - refused, refused, Left(request, letters), results));
    }

    private static async Task<IResult> DismissAsync(LettersRequest request, HttpContext context, DeadLetters letters)
    {
        if (Chosen(request, letters, out var ids) is { } problem) return problem;
        var keys = ids.Select(letters.Find).Where(f => f is { Summary.State: LetterState.Open }).Select(f => f!.Value.Key).ToList();
        await letters.CloseAsync(keys, LetterState.Dismissed, context.AccessFor("correction").Actor);
        return Ok(new LettersDismissed(keys.Count, Left(request, letters)));
    }

    private static IResult? Chosen(LettersRequest request, DeadLetters letters, out IReadOnlyList<long> ids)
    {
        ids = [];
        if (request.Ids is { } named)
        {
            if (named.Count is 0 or > MaxTogether) return Problems.Field("ids", "is not a list of letters", $"1 to {MaxTogether} ids");
            ids = named;
            return null;
        }

        // Nothing chosen would mean everything: that has to be said.
        if (Given(request.Source) is null) return Problems.Field("ids", "is missing", "ids, or a source with or without way and field");
        ids = letters.Ids(request.Source, Given(request.Way), Given(request.Field), MaxTogether);
        return null;
    }

    private static int Left(LettersRequest request, DeadLetters letters) =>
        request.Ids is null ? letters.Ids(request.Source, Given(request.Way), Given(request.Field), DeadLetters.MaxLetters).Count : 0;
}
