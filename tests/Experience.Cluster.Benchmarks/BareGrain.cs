namespace Experience.Cluster.Benchmarks;

/// <summary>What a grain call costs on this silo when the grain does nothing.</summary>
[Alias("experience.benchmark.bare")]
internal interface IBareGrain : IGrainWithIntegerKey
{
    [Alias("touch")]
    ValueTask<int> TouchAsync(int value);
}

internal sealed class BareGrain : Grain, IBareGrain
{
    public ValueTask<int> TouchAsync(int value) => ValueTask.FromResult(value);
}
