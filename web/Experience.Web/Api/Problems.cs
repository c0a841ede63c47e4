using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;

namespace Experience.Web.Api;

/// <summary>Every answer that is not the one asked for is a problem document (RFC 9457).</summary>
internal static class Problems
{
    public const string ContentType = "application/problem+json";

    public static IResult Of(int status, string title, string? detail = null, string? field = null, string? accepted = null) =>
        TypedResults.Json(View(status, title, detail, field, accepted), Json.Options, ContentType, status);

    public static IResult Refused(Refusal refusal) =>
        Of(StatusCodes.Status400BadRequest, "The event was refused.", $"{refusal.Field} {refusal.Reason}.", refusal.Field, refusal.Accepted);

    public static IResult Field(string field, string reason, string accepted) =>
        Of(StatusCodes.Status400BadRequest, "The request was refused.", $"{field} {reason}.", field, accepted);

    public static IResult NotFound(string detail) => Of(StatusCodes.Status404NotFound, "Not found.", detail);

    public static ProblemView View(int status, string title, string? detail, string? field = null, string? accepted = null) =>
        new("/docs#problem-" + status, title, status, detail, null, field, accepted);

    public static Task WriteAsync(HttpContext context, int status, string title, string? detail)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(View(status, title, detail), Json.Options, ContentType, context.RequestAborted);
    }

    /// <summary>The port's expected failures as statuses: busy is 429 with Retry-After, not ready is 503.</summary>
    public static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (EngineBusyException busy) when (!context.Response.HasStarted)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(busy.RetryAfter.TotalSeconds)).ToString();
            await WriteAsync(context, StatusCodes.Status429TooManyRequests, "Too much at once.", "The queue is full: send the same events again after Retry-After. Those already taken count once.");
        }
        catch (EngineUnavailableException unavailable) when (!context.Response.HasStarted)
        {
            context.Response.Headers.RetryAfter = "1";
            await WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "Not ready.", $"{unavailable.Message} See /health/ready.");
        }
        catch (BadHttpRequestException bad) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, bad.StatusCode, "The request could not be read.", bad.Message);
        }
    }
}
