using Experience.Contract;
using Experience.Domain.Port;
using Experience.Silo.Hosting;

namespace Experience.Cluster.Tests.Contract;

/// <summary>Stores on a real Redis, by names of their own; one silo for each engine.</summary>
/// <param name="redis">Where the stores are; null for the one of all tests.</param>
internal sealed class ClusterLab(string? redis = null) : IEngineLab
{
    private readonly string _run = Guid.NewGuid().ToString("n")[..8];
    private readonly string _folder = Directory.CreateTempSubdirectory("experience-cluster-").FullName;

    public async Task<IExperienceEngine> OpenAsync(string store, TimeProvider time)
    {
        var settings = new ClusterSettings
        {
            Redis = redis ?? RedisServer.Shared.Address,
            Name = $"t{_run}-{store}",
            MasterKeyFile = Path.Combine(_folder, $"{store}.key"),
            SiloPort = RedisServer.FreePort(),
            GatewayPort = RedisServer.FreePort(),
            FitModels = false,
        };
        return (await SiloProcess.OpenAsync(settings, time)).Engine;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return default;
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

public sealed class ClusterVoiceContract() : VoiceContract(new ClusterLab());

public sealed class ClusterUnionPropertyContract() : UnionPropertyContract(new ClusterLab());

public sealed class ClusterUnionContract() : UnionContract(new ClusterLab());

public sealed class ClusterIdentityContract() : IdentityContract(new ClusterLab());

public sealed class ClusterPlanContract() : PlanContract(new ClusterLab());
