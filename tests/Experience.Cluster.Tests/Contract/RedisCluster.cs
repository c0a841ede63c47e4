using Experience.Contract;

namespace Experience.Cluster.Tests.Contract;

/// <summary>Three masters that share the keys: what belongs together has to lie at one of them, and who asks has to ask the right one.</summary>
internal sealed class RedisCluster
{
    private const int Masters = 3;

    private static readonly Lazy<RedisCluster> SharedCluster = new(() => new RedisCluster());

    private readonly RedisServer[] _nodes = [.. Enumerable.Range(0, Masters).Select(_ => RedisServer.Node())];

    private RedisCluster()
    {
        var said = RedisServer.Cli(["--cluster", "create", .. _nodes.Select(n => n.Address), "--cluster-yes"]);
        for (var tries = 0; !_nodes.All(n => RedisServer.Cli("-p", $"{n.Port}", "cluster", "info").Contains("cluster_state:ok", StringComparison.Ordinal)); tries++)
        {
            if (tries == 200) throw new InvalidOperationException($"The Redis Cluster was not made:\n{said}");
            Thread.Sleep(50);
        }
    }

    public static RedisCluster Shared => SharedCluster.Value;

    public string Address => string.Join(',', _nodes.Select(n => n.Address));

    public IReadOnlyList<RedisServer> Nodes => _nodes;
}

public sealed class RedisClusterRecordContract() : RecordContract(new ClusterLab(RedisCluster.Shared.Address));

public sealed class RedisClusterErasureContract() : ErasureContract(new ClusterLab(RedisCluster.Shared.Address));

public sealed class RedisClusterUnionContract() : UnionContract(new ClusterLab(RedisCluster.Shared.Address));

public sealed class RedisClusterTests
{
    [Fact]
    public async Task Every_master_holds_a_part_of_the_journal()
    {
        await using var lab = new ClusterLab(RedisCluster.Shared.Address);
        await using var engine = await lab.OpenAsync("parts", TimeProvider.System);
        var facts = Enumerable.Range(0, 200).Select(i => Given.Payment($"p-{i}", $"pay-{i}", DateTimeOffset.UtcNow.AddDays(-1), 100)).ToArray();
        await engine.RecordAsync(facts, Domain.Port.Access.System("test"), CancellationToken.None);
        Assert.All(RedisCluster.Shared.Nodes, node => Assert.Contains("-parts:{s", RedisServer.Cli("-p", $"{node.Port}", "keys", "*-parts:{s*:f:*"), StringComparison.Ordinal));
        Assert.Equal(0, (await engine.VerifyAsync(new Domain.Port.VerifyOptions(null), null, CancellationToken.None)).Differences);
    }
}
