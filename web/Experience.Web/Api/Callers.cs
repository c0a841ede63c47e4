using System.Net;
using Experience.Domain.Port;

namespace Experience.Web.Api;

/// <summary>
/// Who calls. Until sign-in exists, people are who the page's "I am" says, and only callers on this computer are people: everything
/// but sending events (which needs a key) and health is closed to others.
/// </summary>
internal static class Callers
{
    private const int MaxName = 80;

    public static Access AccessFor(this HttpContext context, string purpose) =>
        new(Name(context, "X-Staff", "staff") ?? "someone at this computer", Name(context, "X-Desk", "desk"), purpose);

    public static string? Staff(this HttpContext context) => Name(context, "X-Staff", "staff");

    public static string? Desk(this HttpContext context) => Name(context, "X-Desk", "desk");

    /// <summary>A caller on this computer, not one that a proxy here passes on.</summary>
    public static bool IsLocal(HttpContext context)
    {
        var remote = context.Connection.RemoteIpAddress;
        return (remote is null || IPAddress.IsLoopback(remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : remote))
            && !context.Request.Headers.ContainsKey("X-Forwarded-For") && !context.Request.Headers.ContainsKey("Forwarded");
    }

    /// <summary>
    /// Closes a group to callers elsewhere, to names that point here from elsewhere (DNS rebinding), and to pages of other origins:
    /// a browser cannot send JSON across origins without asking first, and states the origin when it sends.
    /// </summary>
    public static TBuilder ForThisComputer<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            return Denied(http) is { } reason ? Problems.Of(StatusCodes.Status403Forbidden, "Not from here.", reason) : await next(context);
        });

    /// <summary>Why a call is denied, or null.</summary>
    public static string? Denied(HttpContext context)
    {
        if (DeniedConnection(context) is { } reason) return reason;
        string? site = context.Request.Headers["Sec-Fetch-Site"];
        if (site is "cross-site" && !HttpMethods.IsGet(context.Request.Method)) return "Another site's page may not call this.";
        if (HttpMethods.IsPost(context.Request.Method) || HttpMethods.IsPut(context.Request.Method))
        {
            // Forms of other sites can send only three content types, and none of these.
            var type = context.Request.ContentType ?? "";
            if (!type.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) && !type.StartsWith("application/octet-stream", StringComparison.OrdinalIgnoreCase))
            {
                return "Send application/json.";
            }
        }

        return null;
    }

    /// <summary>Why a connection to the hub is denied, whatever it sends, or null.</summary>
    public static string? DeniedConnection(HttpContext context)
    {
        if (!IsLocal(context)) return "This answers the computer that it runs on only, until sign-in exists. Events are taken from everywhere, with a key.";
        var host = context.Request.Host.Host;
        if (!host.Equals("localhost", StringComparison.OrdinalIgnoreCase) && !(IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)))
        {
            return "The host name is not this computer's: use localhost.";
        }

        string? origin = context.Request.Headers.Origin;
        if (origin is not null && !(Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Authority.Equals(context.Request.Host.Value, StringComparison.OrdinalIgnoreCase)))
        {
            return "Another site's page may not call this.";
        }

        return null;
    }

    private static string? Name(HttpContext context, string header, string query)
    {
        string? value = context.Request.Headers[header];
        value = string.IsNullOrWhiteSpace(value) ? context.Request.Query[query] : Uri.UnescapeDataString(value);
        value = value?.Trim();
        return string.IsNullOrEmpty(value) ? null : value.Length <= MaxName ? value : value[..MaxName];
    }
}
