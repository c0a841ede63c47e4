using System.Diagnostics;
using Experience.Grains.Contracts;
using Experience.Grains.People;
using Experience.Grains.Roster;

namespace Experience.Cluster.Tests;

/// <summary>Three silos, each in a network of its own, and the wire between two of them cut while both still reach Redis and the third.</summary>
public sealed class CutTests
{
    [NamespaceFact]
    public Task What_was_acknowledged_counts_once_when_two_silos_lose_sight_of_each_other() => CutAsync(merges: true);

    [NamespaceFact]
    public Task Nothing_is_refused_of_people_of_one_key_while_two_silos_lose_sight_of_each_other() => CutAsync(merges: false);

    private static async Task CutAsync(bool merges)
    {
        using var network = new CutNetwork();
        using var place = new ClusterPlace(new RedisServer(CutNetwork.HostToOne, CutNetwork.HostToTwo));
        var port = place.Redis.Port;
        SiloChild? one = null, two = null;
        try
        {
            // The third silo is this process, and the host that events come through.
            var process = await SiloProcess.OpenAsync(place.Settings("all", CutNetwork.HostToOne), TimeProvider.System);
            await using var here = process.Engine;
            one = await SiloChild.StartAsync(place.Settings("silo", CutNetwork.One, $"{CutNetwork.HostToOne}:{port}"), place.Folder, network.NameOne);
            two = await SiloChild.StartAsync(place.Settings("silo", CutNetwork.Two, $"{CutNetwork.HostToTwo}:{port}"), place.Folder, network.NameTwo);
            await using var load = new ClusterUnderLoad(here, place.Folder, merges);
            await load.GoesOnAsync("Events were not acknowledged.");

            // A silo that joins takes over its shards within seconds; until then people and their shards may be on two silos.
            if (!merges) await UntilBesideAsync(process.Grains.GetGrain<IManagementGrain>(0));
            var refused = load.Refusals.Count;
            network.Cut();

            // Both miss each other's probes; the third answers for both, so neither is declared dead. A participant is on the silo of its shard, which the third reaches: only people
            // of several keys, who concern both silos, wait or are given back to their sender.
            await ClusterUnderLoad.UntilAsync(() => Missed(one) && Missed(two), "The silos went on seeing each other.");
            if (!merges) await load.GoesOnAsync("Events of people of one key were not acknowledged while the wire was cut.");

            // Shards that wait for each other across the cut let go all the same.
            else await Task.WhenAll(Enumerable.Range(0, Streams.Shards).Select(s => process.Grains.GetGrain<IRosterShardGrain>(s).ReleaseAsync()));
            network.Mend();
            await load.GoesOnAsync("Events were not acknowledged after the wire was mended.");
            if (!merges) Assert.Empty(load.Refusals.Skip(refused));
            await load.CheckAsync();
        }
        catch (Xunit.Sdk.XunitException failure)
        {
            throw new InvalidOperationException($"{failure.Message}\n{one?.Output}\n{two?.Output}", failure);
        }
        finally
        {
            one?.Dispose();
            two?.Dispose();
        }
    }

    /// <summary>Waits until every shard is on the silo that it belongs to, and every person beside it.</summary>
    private static async Task UntilBesideAsync(IManagementGrain management)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var silos = (await management.GetHosts(onlyActive: true)).Keys;
            var grains = (await management.GetDetailedGrainStatistics()).ToLookup(static g => g.GrainId.Type.ToString(), static g => g);
            var people = grains["participant"].ToArray();
            if (people.Length >= ClusterUnderLoad.People
                && grains["rostershard"].All(s => s.SiloAddress.Equals(RosterOwners.Of((int)s.GrainId.GetIntegerKey(), silos)))
                && people.All(p => p.SiloAddress.Equals(RosterOwners.Of(Streams.ShardOf(Streams.Parse(p.GrainId.Key.ToString()!)), silos)))) return;
            Assert.False(deadline.IsCancellationRequested, "The shards did not come to where they belong, or people not to their shards.");
            await Task.Delay(100);
        }
    }

    private static bool Missed(SiloChild silo) => silo.Output.Contains("Did not get response for probe", StringComparison.Ordinal);
}

/// <summary>Two network namespaces, each with a wire to this one, and a wire between them that can be cut.</summary>
/// <remarks>A silo has one address, which the other reaches by the wire between them, and this process by its own.</remarks>
internal sealed class CutNetwork : IDisposable
{
    public const string HostToOne = "10.203.1.1";
    public const string One = "10.203.1.2";
    public const string HostToTwo = "10.203.2.1";
    public const string Two = "10.203.2.2";

    private static int _built;

    // A namespace that was deleted goes a while later, and its wires with it: the next network has names of its own.
    private readonly string _run = FormattableString.Invariant($"{Environment.ProcessId:x}{Interlocked.Increment(ref _built):x}");

    public CutNetwork()
    {
        try
        {
            Build();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string NameOne => $"ex{_run}a";

    public string NameTwo => $"ex{_run}b";

    public void Cut() => Ip($"-n {NameOne} link set ab down");

    public void Mend()
    {
        // Routes go with the link, and come back with it by hand.
        Ip($"-n {NameOne} link set ab up");
        Ip($"-n {NameOne} route replace {Two}/32 via 10.203.3.2 dev ab src {One}");
        Ip($"-n {NameTwo} route replace {One}/32 via 10.203.3.1 dev ba src {Two}");
    }

    public void Dispose()
    {
        TryIp($"netns del {NameOne}");
        TryIp($"netns del {NameTwo}");
    }

    /// <summary>Null when namespaces and wires can be made here; else what the system said.</summary>
    public static string? WhyNot()
    {
        try
        {
            using var network = new CutNetwork();
            return null;
        }
        catch (Exception failure) when (failure is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return failure.Message;
        }
    }

    private void Build()
    {
        Ip($"netns add {NameOne}");
        Ip($"netns add {NameTwo}");
        Wire($"ex{_run}1", NameOne, HostToOne, One);
        Wire($"ex{_run}2", NameTwo, HostToTwo, Two);
        Ip($"link add ab netns {NameOne} type veth peer name ba netns {NameTwo}");
        Ip($"-n {NameOne} addr add 10.203.3.1/24 dev ab");
        Ip($"-n {NameTwo} addr add 10.203.3.2/24 dev ba");
        Ip($"-n {NameOne} link set ab up");
        Ip($"-n {NameTwo} link set ba up");

        // Each reaches the other's one address by the wire between them, and this process by its own wire, whichever of its addresses is meant.
        Ip($"-n {NameOne} route add {Two}/32 via 10.203.3.2 dev ab src {One}");
        Ip($"-n {NameTwo} route add {One}/32 via 10.203.3.1 dev ba src {Two}");
        Ip($"-n {NameOne} route add {HostToTwo}/32 via {HostToOne}");
        Ip($"-n {NameTwo} route add {HostToOne}/32 via {HostToTwo}");
    }

    private static void Wire(string name, string inside, string here, string there)
    {
        Ip($"link add {name} type veth peer name wire netns {inside}");
        Ip($"addr add {here}/24 dev {name}");
        Ip($"link set {name} up");
        Ip($"-n {inside} link set lo up");
        Ip($"-n {inside} addr add {there}/24 dev wire");
        Ip($"-n {inside} link set wire up");
    }

    private static void Ip(string arguments)
    {
        var (code, said) = TryIp(arguments);
        if (code != 0) throw new InvalidOperationException($"ip {arguments}: {said}");
    }

    private static (int Code, string Said) TryIp(string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said.Trim());
    }
}

/// <summary>Skipped, and saying why, where network namespaces are not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NamespaceFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Reason = new(CutNetwork.WhyNot);

    public NamespaceFactAttribute()
    {
        if (Reason.Value is { } reason) Skip = $"Networks cannot be made here: {reason}";
    }
}
