using Experience.Contract;
using Experience.Domain.Port;

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

public sealed class RedisClusterTests
{
    [Fact]
    public async Task Every_master_holds_a_part_of_the_journal()
    {
        await using var lab = new ClusterLab(RedisCluster.Shared.Address);
        await using var engine = await lab.OpenAsync("parts", TimeProvider.System);
        var facts = Enumerable.Range(0, 200).Select(i => Given.Payment($"p-{i}", $"pay-{i}", DateTimeOffset.UtcNow.AddDays(-1), 100)).ToArray();
        await engine.RecordAsync(facts, Access.System("test"), CancellationToken.None);
        Assert.All(RedisCluster.Shared.Nodes, node => Assert.Contains("-parts:{s", RedisServer.Cli("-p", $"{node.Port}", "keys", "*-parts:{s*:f:*"), StringComparison.Ordinal));
        Assert.Equal(0, (await engine.VerifyAsync(new VerifyOptions(null), null, CancellationToken.None)).Differences);
    }

    [Fact]
    public async Task Keys_that_lie_at_several_masters_are_one_person_and_apart_again()
    {
        await using var lab = new ClusterLab(RedisCluster.Shared.Address);
        await using var engine = await lab.OpenAsync("kin", TimeProvider.System);
        var at = DateTimeOffset.UtcNow.AddDays(-1);
        var facts = Enumerable.Range(0, 40).Select(i => Given.Payment($"p-{i}", $"pay-{i}", at, 100, live: true)).ToList();
        await AddAsync(facts, 40);

        // Twenty pairs, of which ten are taken apart again.
        await AddAsync([.. Enumerable.Range(0, 20).SelectMany(i => Unions.Merge($"p-{2 * i}", $"p-{(2 * i) + 1}", $"merge-{i}", at.AddMinutes(1)))], 20);
        await AddAsync([.. Enumerable.Range(0, 10).SelectMany(i => Unions.Unmerge($"p-{2 * i}", $"p-{(2 * i) + 1}", $"unmerge-{i}", at.AddMinutes(2)))], 30);

        async Task AddAsync(List<Domain.Events.Fact> added, int people)
        {
            if (!ReferenceEquals(added, facts)) facts.AddRange(added);
            await engine.RecordAsync(added, Access.System("test"), CancellationToken.None);
            Assert.Equal(people, (await engine.BoardAsync("everyone", Access.System("test"), CancellationToken.None))!.People);
            var report = await engine.VerifyAsync(new VerifyOptions(null), null, CancellationToken.None);
            Assert.Equal(0, report.Differences);
            Assert.Equal(Unions.HashOf(facts), report.StateHash);
        }
    }
}
