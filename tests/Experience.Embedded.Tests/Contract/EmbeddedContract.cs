using Experience.Contract;
using Experience.Domain.Port;
using Microsoft.Extensions.Logging.Abstractions;

namespace Experience.Embedded.Tests.Contract;

/// <summary>Real folders on the real file system, gone when the test is.</summary>
internal sealed class EmbeddedLab : IEngineLab
{
    private readonly string _root = Directory.CreateTempSubdirectory("experience-contract-").FullName;

    public async Task<IExperienceEngine> OpenAsync(string store, TimeProvider time)
    {
        var options = new EmbeddedOptions { DataFolder = Path.Combine(_root, store), Loops = 2 };
        return await EmbeddedEngine.OpenAsync(options, time, NullLoggerFactory.Instance, CancellationToken.None);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return default;
    }
}

public sealed class EmbeddedRecordContract() : RecordContract(new EmbeddedLab());

public sealed class EmbeddedQueryContract() : QueryContract(new EmbeddedLab());

public sealed class EmbeddedWatchContract() : WatchContract(new EmbeddedLab());

public sealed class EmbeddedRulesContract() : RulesContract(new EmbeddedLab());

public sealed class EmbeddedProgramContract() : ProgramContract(new EmbeddedLab());

public sealed class EmbeddedValueContract() : ValueContract(new EmbeddedLab());

public sealed class EmbeddedCdnowContract() : CdnowContract(new EmbeddedLab());

public sealed class EmbeddedErasureContract() : ErasureContract(new EmbeddedLab());

public sealed class EmbeddedScopeContract() : ScopeContract(new EmbeddedLab());

public sealed class EmbeddedPastContract() : PastContract(new EmbeddedLab());

public sealed class EmbeddedSegmentContract() : SegmentContract(new EmbeddedLab());

public sealed class EmbeddedCatalogueContract() : CatalogueContract(new EmbeddedLab());

public sealed class EmbeddedConsentContract() : ConsentContract(new EmbeddedLab());

public sealed class EmbeddedOrganisationContract() : OrganisationContract(new EmbeddedLab());

public sealed class EmbeddedPlanContract() : PlanContract(new EmbeddedLab());

public sealed class EmbeddedVoiceContract() : VoiceContract(new EmbeddedLab());

public sealed class EmbeddedUnionPropertyContract() : UnionPropertyContract(new EmbeddedLab());

public sealed class EmbeddedUnionContract() : UnionContract(new EmbeddedLab());

public sealed class EmbeddedIdentityContract() : IdentityContract(new EmbeddedLab());
