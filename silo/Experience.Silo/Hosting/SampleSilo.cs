using Experience.Domain.Port;
using Experience.Silo.Engine;
using Experience.Silo.Redis;
using Microsoft.Extensions.Logging;

namespace Experience.Silo.Hosting;

/// <summary>
/// The sample program: a cluster of its own on the same Redis, under a name of its own, with a silo beside the host's own one. All hosts that show it are silos of it,
/// and what is filled in at one of them is seen at all.
/// </summary>
internal sealed class SampleSilo : IAsyncDisposable
{
    /// <summary>Added to the ports of the host's own silo.</summary>
    private const int PortStep = 1_000;

    private readonly IHost _host;
    private readonly RedisOpener _store;

    private SampleSilo(IHost host, RedisOpener store)
    {
        _host = host;
        _store = store;
    }

    public static async Task<IExperienceEngine> OpenAsync(ClusterSettings own, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellation)
    {
        var settings = new ClusterSettings
        {
            Redis = own.Redis,
            KeysRedis = own.KeysRedis,
            Name = $"{own.Name}-sample",
            MasterKeyFile = own.MasterKeyFile,
            MayLose = own.MayLose,
            Replicas = own.Replicas,
            ProgramName = "Riverbend College",
            TimeZone = "America/Chicago",
            Address = own.Address,
            SiloPort = own.SiloPort + PortStep,
            GatewayPort = own.GatewayPort + PortStep,
            ProbeSeconds = own.ProbeSeconds,
            MissedProbes = own.MissedProbes,
            FitModels = own.FitModels,
        };
        var store = await RedisOpener.OpenAsync(settings, time);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(loggers);
        builder.AddSilo(settings, store);
        var silo = new SampleSilo(builder.Build(), store);
        try
        {
            await silo._host.StartAsync(cancellation);
            return await OrleansEngine.OpenAsync(
                silo._host.Services.GetRequiredService<IGrainFactory>(), store.Parts, store.MayLose, silo, loggers, cancellation, sample: true);
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        await _store.DisposeAsync();
    }
}
