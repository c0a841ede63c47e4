using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Experience.Web.Tests.Pull;

/// <summary>A registration system that cannot push: a real server with a table behind a key, an ETag, and bad days.</summary>
internal sealed class PolledSystem : IAsyncDisposable
{
    public const string Secret = "s3cret-of-the-registrar";

    private readonly WebApplication _app;
    private int _version;
    private string _table = "[]";

    private PolledSystem(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = new("http://localhost");

    /// <summary>What the system says instead of its table.</summary>
    public Func<HttpContext, Task>? Trouble { get; set; }

    /// <summary>How often it was asked, and how often it could say that nothing changed.</summary>
    public (int Asked, int Unchanged) Asked { get; private set; }

    public string Table
    {
        get => _table;
        set => (_table, _version) = (value, _version + 1);
    }

    public static async Task<PolledSystem> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var system = new PolledSystem(app);
        app.MapGet("/{**path}", system.AnswerAsync);
        await app.StartAsync();
        system.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return system;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        Asked = (Asked.Asked + 1, Asked.Unchanged);
        if (Trouble is { } trouble)
        {
            await trouble(context);
            return;
        }

        if (context.Request.Headers.Authorization != "Bearer " + Secret)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        var etag = $"\"{_version.ToString(CultureInfo.InvariantCulture)}\"";
        if (context.Request.Headers.IfNoneMatch == etag)
        {
            Asked = (Asked.Asked, Asked.Unchanged + 1);
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.Headers.ETag = etag;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(_table, context.RequestAborted);
    }
}
