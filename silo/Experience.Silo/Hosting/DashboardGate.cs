using System.Security.Cryptography;
using System.Text;
using Orleans.Dashboard;

namespace Experience.Silo.Hosting;

/// <summary>
/// Orleans' own dashboard: silos, grains and calls, no people. It is there only where a key was set, and for whoever sends it: as a bearer token, or as the
/// password that a browser asks for.
/// </summary>
internal static class DashboardGate
{
    public const int MinKey = 24;

    public static void MapDashboard(this WebApplication app, string key)
    {
        var expected = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        app.MapOrleansDashboard("/dashboard").AddEndpointFilter(async (context, next) =>
        {
            if (Sent(context.HttpContext) is { } sent && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(sent)), expected)) return await next(context);
            context.HttpContext.Response.Headers.WWWAuthenticate = "Basic realm=\"Dashboard\", charset=\"UTF-8\"";
            return Results.Problem("The dashboard is shown to who knows Cluster:DashboardKey.", statusCode: StatusCodes.Status401Unauthorized);
        });
    }

    private static string? Sent(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return header[7..].Trim();
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return null;
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[6..].Trim(), bytes, out var length)) return null;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        return text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }
}
