using Experience.Web.Api;
using Experience.Web.Contracts;
using Experience.Web.Imports;
using Experience.Web.Ingest;
using Experience.Web.Keys;
using Experience.Web.Live;
using Experience.Web.Pages;
using Experience.Web.Pull;
using Experience.Web.Samples;
using Experience.Web.Sources;
using Experience.Web.Streams;
using Experience.Web.Ways.Caliper;
using Experience.Web.Ways.Segment;
using Experience.Web.Ways.Xapi;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging.Console;

namespace Experience.Web.Hosting;

/// <summary>Composes the server: the engine behind its host, the API, the hub, the pages.</summary>
internal static class ExperienceApp
{
    /// <summary>Says which server answers, so that a command does not take another one for that of its folder.</summary>
    public const string ServerInstanceHeader = "X-Experience-Instance";

    private const string Csp =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static WebApplication Build(ServeOptions options, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(ExperienceApp).Assembly.GetName().Name,
            // Where the program lies, not where it was started: pages are found from any folder.
            ContentRootPath = AppContext.BaseDirectory,
        });
        if (File.Exists(Path.Combine(AppContext.BaseDirectory, "Experience.Web.staticwebassets.runtime.json"))) builder.WebHost.UseStaticWebAssets();
        builder.Logging.ClearProviders();
        if (!options.Quiet)
        {
            builder.Logging.AddConsole(c => c.FormatterName = PlainLines.FormatterName).AddConsoleFormatter<PlainLines, ConsoleFormatterOptions>().SetMinimumLevel(LogLevel.Information)
                .AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = EventsApi.MaxBodyBytes;
            // Streams of events are parsed as they come; a larger window saves wake-ups.
            kestrel.Limits.MaxRequestBufferSize = 1 << 20;
            if (options.Urls.Count == 0) Listen(kestrel, options.Port ?? ServeOptions.DefaultPort);
        });
        if (options.Urls.Count > 0) builder.WebHost.UseUrls([.. options.Urls]);
        AddServices(builder.Services, options);
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseExceptionHandler(handler => handler.Run(context => Problems.WriteAsync(context, StatusCodes.Status500InternalServerError, "A mistake of ours.", "It was logged. Sending the same again is safe.")));
        app.Use(SetHeaders);
        app.Use((context, next) => Problems.InvokeAsync(context, next));
        app.UseStatusCodePages(async status =>
        {
            var context = status.HttpContext;
            if (context.Request.Path.StartsWithSegments("/v1")) await Problems.WriteAsync(context, context.Response.StatusCode, Title(context.Response.StatusCode), null);
        });
        app.UseWebSockets(new Microsoft.AspNetCore.Builder.WebSocketOptions { KeepAliveInterval = TimeSpan.FromSeconds(15) });
        Map(app);
        return app;
    }

    private static void Listen(Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions kestrel, int port)
    {
        if (port == 0) kestrel.Listen(System.Net.IPAddress.Loopback, 0);
        else kestrel.ListenLocalhost(port);
    }

    private static void AddServices(IServiceCollection services, ServeOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(options.Time);
        services.AddSingleton<OpenEngine>(provider => (folder, cancellation) => EngineOpener.OpenAsync(folder, options, provider.GetRequiredService<ILoggerFactory>(), cancellation));
        services.AddSingleton<CreateSample>(_ => (plan, time) => new SampleFeed(plan, time));
        services.AddSingleton<EngineHost>();
        services.AddHostedService(p => p.GetRequiredService<EngineHost>());
        services.AddSingleton<SampleRunner>();
        services.AddHostedService(p => p.GetRequiredService<SampleRunner>());
        services.AddSingleton<StatusReader>();
        services.AddSingleton<ArrivalLog>();
        services.AddSingleton<StreamSlots>();
        services.AddSingleton<IKeyShelf>(_ => new KeyFile(options.DataFolder, options.Time));
        services.AddSingleton<KeyRing>(p => new KeyRing(p.GetRequiredService<IKeyShelf>(), options.Time));
        services.AddSingleton<StartKey>();
        services.AddSingleton(_ => new MappingStore(options.DataFolder, options.Time));
        services.AddSingleton<ImportFolder>();
        services.AddSingleton<ImportService>();
        services.AddSources();
        services.AddHostedService(p => p.GetRequiredService<ImportService>());
        services.AddSingleton(p => new PullStore(options.DataFolder, p.GetRequiredService<WaysKeys>()));
        services.AddSingleton<Puller>();
        services.AddSingleton(p => ActivatorUtilities.CreateInstance<PullService>(p, Random.Shared));
        services.AddHostedService(p => p.GetRequiredService<PullService>());
        services.AddSingleton<LiveTopics>();
        services.AddSingleton<LiveConnections>();
        services.ConfigureHttpJsonOptions(json => Json.Configure(json.SerializerOptions));
        services.AddSignalR(hub =>
        {
            hub.MaximumReceiveMessageSize = 4096;
            hub.EnableDetailedErrors = false;
        }).AddHubOptions<IngestHub>(hub =>
        {
            hub.MaximumReceiveMessageSize = IngestHub.MaxMessageBytes;
            hub.StreamBufferCapacity = IngestHub.Window;
        }).AddJsonProtocol(json => Json.Configure(json.PayloadSerializerOptions));
        services.AddOpenApi("v1", api => api.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Experience";
            document.Info.Version = StatusReader.Version;
            document.Info.Description = "Events in, live cards and boards out. Every error is a problem document (RFC 9457).";
            return Task.CompletedTask;
        }));
    }

    private static void Map(WebApplication app)
    {
        app.MapEvents();
        app.MapSegment();
        app.MapXapi();
        app.MapCaliper();
        app.MapQueries();
        app.MapErasure();
        app.MapIdentity();
        app.MapVoice();
        app.MapActions();
        app.MapProgram();
        app.MapModels();
        app.MapCatalogue();
        app.MapOrganisations();
        app.MapPlans();
        app.MapStart();
        app.MapImports();
        app.MapDeadLetters();
        app.MapSources();
        app.MapHooks();
        app.MapMappings();
        app.MapPulls();
        app.MapHub<LiveHub>("/hubs/live", hub =>
        {
            hub.Transports = HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling;
            hub.TransportMaxBufferSize = 64 * 1024;
        });
        app.MapStream();
        app.MapHub<IngestHub>(IngestHub.Address, hub =>
        {
            hub.Transports = HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling;
            hub.ApplicationMaxBufferSize = IngestHub.MaxMessageBytes;
        });
        app.MapGet("/health/live", (HttpContext context, ServeOptions options) =>
        {
            context.Response.Headers[ServerInstanceHeader] = options.Instance;
            return TypedResults.Text("live");
        });
        app.MapGet("/health/ready", (EngineHost host) => host.Status is { Ready: true }
            ? TypedResults.Text("ready")
            : Problems.Of(StatusCodes.Status503ServiceUnavailable, "Not ready.", host.Status.Reason));
        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapGet("/docs", (IEnumerable<EndpointDataSource> sources) => TypedResults.Content(DocsPage.Write(sources), "text/html; charset=utf-8"));
        app.MapGet("/docs.css", () => TypedResults.Content(DocsPage.Css, "text/css"));

        // The built client's files. What a browser asks for as a page and nothing else answers is the client's: it knows its own pages.
        if (app.Environment.WebRootFileProvider.GetFileInfo("index.html").Exists)
        {
            if (File.Exists(Path.Combine(AppContext.BaseDirectory, "Experience.Web.staticwebassets.endpoints.json")))
            {
                app.MapStaticAssets();
            }
            else
            {
                // Plain files come before routes: to those, every file in a folder looks like a page.
                app.UseStaticFiles();
                app.UseRouting();
            }

            foreach (var route in (string[])["/", "/{page:regex(^[a-z-]+$)}/{id?}"])
            {
                app.MapGet(route, (HttpRequest request, IWebHostEnvironment environment) => WantsPage(request) ? (IResult)Page(environment.WebRootFileProvider) : TypedResults.NotFound())
                    .WithOrder(int.MaxValue).ExcludeFromDescription();
            }
        }
    }

    private static bool WantsPage(HttpRequest request) =>
        request.Path == "/" || (request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase) && !request.Path.StartsWithSegments("/v1"));

    private static FileStreamHttpResult Page(IFileProvider files)
    {
        var page = files.GetFileInfo("index.html");
        return TypedResults.Stream(page.CreateReadStream(), "text/html; charset=utf-8");
    }

    /// <summary>The hub is closed to other computers and other sites as the API is; and nothing here is framed, sniffed or cached.</summary>
    private static Task SetHeaders(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Csp;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
        if (context.Request.Path.StartsWithSegments("/v1") || context.Request.Path == "/" || !Path.HasExtension(context.Request.Path)) headers.CacheControl = "no-store";
        // Events may be streamed from everywhere, with a key; a key in the address would stand in logs.
        var ingest = context.Request.Path.StartsWithSegments(IngestHub.Address);
        if (ingest && context.Request.Query.ContainsKey("access_token"))
        {
            return Problems.WriteAsync(context, StatusCodes.Status400BadRequest, "Not in the address.", "Send the key as Authorization header, or call Authenticate on the connection: addresses are kept in logs.");
        }

        if (!ingest && context.Request.Path.StartsWithSegments("/hubs") && Callers.DeniedConnection(context) is { } reason)
        {
            return Problems.WriteAsync(context, StatusCodes.Status403Forbidden, "Not from here.", reason);
        }

        return next(context);
    }

    private static string Title(int status) => status switch
    {
        StatusCodes.Status404NotFound => "Not found.",
        StatusCodes.Status405MethodNotAllowed => "That method is not answered here.",
        StatusCodes.Status415UnsupportedMediaType => "The content type is not taken.",
        StatusCodes.Status413PayloadTooLarge => "The body is too large.",
        _ => "The request was not answered.",
    };
}
