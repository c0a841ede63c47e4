using Experience.Contract;
using Experience.Domain.Port;
using Experience.Silo.Engine;
using Experience.Silo.Hosting;
using Experience.Silo.Redis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Experience.Cluster.Tests.Contract;

/// <summary>Stores on a real Redis, by names of their own; one silo for each engine.</summary>
internal sealed class ClusterLab : IEngineLab
{
    private readonly string _run = Guid.NewGuid().ToString("n")[..8];
    private readonly string _folder = Directory.CreateTempSubdirectory("experience-cluster-").FullName;

    public async Task<IExperienceEngine> OpenAsync(string store, TimeProvider time)
    {
        var settings = new ClusterSettings
        {
            Redis = RedisServer.Shared.Address,
            Name = $"t{_run}-{store}",
            MasterKeyFile = Path.Combine(_folder, $"{store}.key"),
            SiloPort = RedisServer.FreePort(),
            GatewayPort = RedisServer.FreePort(),
        };
        return (await SiloProcess.OpenAsync(settings, time)).Engine;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return default;
    }
}

/// <summary>A silo without the web, and an engine that takes it along when it ends.</summary>
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
        builder.AddSilo(settings, store);
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

public sealed class ClusterRecordContract() : RecordContract(new ClusterLab());

public sealed class ClusterQueryContract() : QueryContract(new ClusterLab());

public sealed class ClusterWatchContract() : WatchContract(new ClusterLab());

public sealed class ClusterRulesContract() : RulesContract(new ClusterLab());

public sealed class ClusterProgramContract() : ProgramContract(new ClusterLab());

public sealed class ClusterCdnowContract() : CdnowContract(new ClusterLab());

public sealed class ClusterPastContract() : PastContract(new ClusterLab());

public sealed class ClusterScopeContract() : ScopeContract(new ClusterLab());

public sealed class ClusterErasureContract() : ErasureContract(new ClusterLab());

public sealed class ClusterValueContract() : ValueContract(new ClusterLab());

public sealed class ClusterSegmentContract() : SegmentContract(new ClusterLab());

public sealed class ClusterCatalogueContract() : CatalogueContract(new ClusterLab());

public sealed class ClusterConsentContract() : ConsentContract(new ClusterLab());

public sealed class ClusterOrganisationContract() : OrganisationContract(new ClusterLab());

public sealed class ClusterPlanContract() : PlanContract(new ClusterLab());
