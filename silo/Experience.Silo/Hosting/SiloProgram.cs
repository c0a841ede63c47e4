using Experience.Domain.Port;
using Experience.Silo.Engine;
using Experience.Silo.Redis;
using Experience.Web.Hosting;
using Microsoft.Extensions.Logging;

namespace Experience.Silo.Hosting;

/// <summary>Runs a silo with the web in one process.</summary>
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
            Console.WriteLine($"Experience runs at {string.Join(' ', app.Urls)}, in cluster '{settings.Name}' as silo {settings.Address}:{settings.SiloPort}");
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
        return ExperienceApp.Build(options, builder =>
        {
            builder.AddSilo(settings, store);
            builder.Services.AddSingleton<OpenEngine>(provider => async (folder, cancellation) =>
            {
                if (folder.Sample) throw new EngineUnavailableException("The sample is shown by a server with its own data folder, not by a cluster.");
                await StartedAsync(provider.GetRequiredService<IHostApplicationLifetime>(), cancellation);
                return await OrleansEngine.OpenAsync(
                    provider.GetRequiredService<IGrainFactory>(), store.Parts, store.MayLose, store, provider.GetRequiredService<ILoggerFactory>(), cancellation);
            });
        });
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
