using Experience.Silo.Engine;
using Experience.Silo.Hosting;
using Experience.Silo.Redis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Experience.Cluster.Tests;

/// <summary>A silo without the web, or a client of the cluster where the role is web, and an engine that takes it along when it ends.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly RedisOpener _store;

    private SiloProcess(IHost host, RedisOpener store)
    {
        _host = host;
        _store = store;
    }

    public OrleansEngine Engine { get; private set; } = null!;

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public static async Task<SiloProcess> OpenAsync(ClusterSettings settings, TimeProvider time)
    {
        var store = await RedisOpener.OpenAsync(settings, time);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        if (Environment.GetEnvironmentVariable("EXPERIENCE_TEST_LOG") is not null) builder.Logging.AddSimpleConsole(c => c.SingleLine = true).SetMinimumLevel(LogLevel.Information);
        if (settings.Role == "web") builder.AddClient(settings);
        else builder.AddSilo(settings, store);
        var silo = new SiloProcess(builder.Build(), store);
        await silo._host.StartAsync();
        silo.Engine = await OrleansEngine.OpenAsync(
            silo.Grains, store.Parts, store.MayLose, silo, silo._host.Services.GetRequiredService<ILoggerFactory>(), CancellationToken.None);
        return silo;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        await _store.DisposeAsync();
    }
}
