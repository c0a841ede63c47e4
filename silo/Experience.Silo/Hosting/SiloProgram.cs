using Experience.Domain.Port;
using Experience.Silo.Engine;
using Experience.Silo.Redis;
using Experience.Web.Hosting;
using Experience.Web.Keys;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Experience.Silo.Hosting;

/// <summary>Runs a silo with the web in one process, or either of them.</summary>
internal static class SiloProgram
{
    public static async Task<int> RunAsync(string[] args)
    {
        var configuration = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
            .AddEnvironmentVariables()
            .AddCommandLine(args)
            .Build();
        var settings = configuration.GetSection(ClusterSettings.Section).Get<ClusterSettings>() ?? new ClusterSettings();
        settings.Role = configuration["role"] ?? settings.Role;
        try
        {
            Validate(settings);
            var options = new ServeOptions
            {
                DataFolder = configuration["data"] ?? "data",
                Urls = configuration["urls"]?.Split(';', StringSplitOptions.RemoveEmptyEntries) ?? [],
            };
            await using var app = await BuildAsync(settings, options, TimeProvider.System);
            await app.StartAsync();
            var part = settings.Role == "web" ? "as a web host" : $"as silo {settings.Address}:{settings.SiloPort}";
            Console.WriteLine($"Experience runs at {string.Join(' ', app.Urls)}, in cluster '{settings.Name}' {part}");
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (ClusterSettingsException wrong)
        {
            await Console.Error.WriteLineAsync(wrong.Message);
            return 1;
        }
    }

    /// <summary>The web application on the cluster's engine. Store and connections end with it.</summary>
    public static async Task<WebApplication> BuildAsync(ClusterSettings settings, ServeOptions options, TimeProvider time)
    {
        var store = await RedisOpener.OpenAsync(settings, time);
        if (settings.Role == "silo") return BuildSilo(settings, options, store);
        var app = ExperienceApp.Build(options, builder =>
        {
            if (settings.Role == "web") builder.AddClient(settings);
            else builder.AddSilo(settings, store);
            builder.Services.AddSingleton(provider => new StoreKeys(store.Redis, settings.Name, provider.GetRequiredService<ILogger<StoreKeys>>()));
            builder.Services.AddSingleton<IKeyShelf>(provider => provider.GetRequiredService<StoreKeys>());
            builder.Services.AddHostedService(provider => provider.GetRequiredService<StoreKeys>());
            builder.Services.AddSingleton<OpenEngine>(provider => async (folder, cancellation) =>
            {
                if (folder.Sample)
                {
                    if (settings.Role == "web") throw new EngineUnavailableException("The sample program is shown by hosts that are silos too (--role all), not by web hosts alone.");

                    // What the host remembers of the sample lies beside its own; the engine of the cluster keeps nothing there.
                    Directory.CreateDirectory(folder.Folder);
                    return await SampleSilo.OpenAsync(settings, time, provider.GetRequiredService<ILoggerFactory>(), cancellation);
                }

                await StartedAsync(provider.GetRequiredService<IHostApplicationLifetime>(), cancellation);
                return await OrleansEngine.OpenAsync(
                    provider.GetRequiredService<IGrainFactory>(), store.Parts, store.MayLose, store, provider.GetRequiredService<ILoggerFactory>(), cancellation);
            });
        });
        if (settings.DashboardKey.Length > 0) app.MapDashboard(settings.DashboardKey);
        AdoptKeys(options.DataFolder, app.Services.GetRequiredService<KeyRing>());
        return app;
    }

    // From before keys were shared: what this host alone knew works on all from now on.
    private static void AdoptKeys(string folder, KeyRing ring)
    {
        var path = Path.Combine(folder, KeyFile.Name);
        if (!File.Exists(path)) return;
        ring.Adopt(File.ReadAllBytes(path));
        File.Move(path, path + ".moved", overwrite: true);
    }

    /// <summary>A silo alone: it answers whether it is alive, and whether it takes its part.</summary>
    private static WebApplication BuildSilo(ClusterSettings settings, ServeOptions options, RedisOpener store)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddConsole(c => c.FormatterName = PlainLines.FormatterName).AddConsoleFormatter<PlainLines, ConsoleFormatterOptions>().SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning);
        builder.WebHost.UseUrls(options.Urls.Count > 0 ? [.. options.Urls] : [$"http://127.0.0.1:{options.Port ?? ServeOptions.DefaultPort}"]);

        // Registered first, so that it ends last: the silo's grains need the store until they have gone.
        builder.Services.AddHostedService(_ => new StoreOwner(store));
        builder.AddSilo(settings, store);
        var app = builder.Build();
        app.MapGet("/health/live", () => TypedResults.Text("live"));
        app.MapGet("/health/ready", (IHostApplicationLifetime lifetime) => lifetime.ApplicationStarted.IsCancellationRequested && !lifetime.ApplicationStopping.IsCancellationRequested && store.Connected
            ? Results.Text("ready")
            : Results.Text(store.Connected ? "The silo starts or stops." : "Redis does not answer.", statusCode: StatusCodes.Status503ServiceUnavailable));
        return app;
    }

    private sealed class StoreOwner(RedisOpener store) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StopAsync(CancellationToken cancellationToken) => await store.DisposeAsync();
    }

    private static void Validate(ClusterSettings settings)
    {
        var result = new ClusterSettingsValidator().Validate(null, settings);
        if (result.Failed) throw new ClusterSettingsException(string.Join(Environment.NewLine, result.Failures));
    }

    // The engine is opened in the background of the start; grains answer when the silo has joined.
    private static async Task StartedAsync(IHostApplicationLifetime lifetime, CancellationToken cancellation)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellation);
    }
}
