using System.Net;
using Experience.Grains.Roster;
using Experience.Silo.Redis;
using Orleans.Configuration;
using Orleans.Dashboard;
using StackExchange.Redis;

namespace Experience.Silo.Hosting;

/// <summary>Makes a process a silo of the cluster, or a client of it: membership and grain directory on the same Redis as the journal.</summary>
internal static class SiloHosting
{
    /// <summary>A participant that nobody asked for so long leaves memory; sooner when memory is short.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);

    /// <summary>How soon a web host sees silos that came and went.</summary>
    private static readonly TimeSpan GatewaysEvery = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ConnectEvery = TimeSpan.FromSeconds(1);

    public static void AddSilo(this IHostApplicationBuilder builder, ClusterSettings settings, RedisOpener store)
    {
        builder.Services.AddSingleton(store.Parts).AddSingleton(settings).AddSingleton<RosterOwners>();
        builder.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(cluster => cluster.ClusterId = cluster.ServiceId = settings.Name)
                .ConfigureEndpoints(IPAddress.Parse(settings.Address), settings.SiloPort, settings.GatewayPort)
                .UseRedisClustering(redis => redis.ConfigurationOptions = ConfigurationOptions.Parse(settings.Redis))
                .UseRedisGrainDirectoryAsDefault(redis => redis.ConfigurationOptions = ConfigurationOptions.Parse(settings.Redis))
                .Configure<ClusterMembershipOptions>(membership =>
                {
                    membership.ProbeTimeout = TimeSpan.FromSeconds(settings.ProbeSeconds);
                    membership.NumMissedProbesLimit = settings.MissedProbes;
                    membership.TableRefreshTimeout = TimeSpan.FromSeconds(Math.Max(5, 2 * settings.ProbeSeconds));
                })
                .Configure<GrainCollectionOptions>(collection =>
                {
                    collection.CollectionAge = Idle;
                    collection.EnableActivationSheddingOnMemoryPressure = true;
                })
                .AddPlacementDirector<RosterPlacement, RosterPlacementDirector>()
                .AddPlacementDirector<BesideRoster, BesideRosterDirector>();
            if (settings.DashboardKey.Length > 0) silo.AddDashboard(dashboard => dashboard.HideTrace = true);
        });
    }

    /// <summary>A web host without a silo. It waits at its start until one is there.</summary>
    public static void AddClient(this IHostApplicationBuilder builder, ClusterSettings settings)
    {
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(cluster => cluster.ClusterId = cluster.ServiceId = settings.Name)
                .Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = GatewaysEvery)
                .UseRedisClustering(redis => redis.ConfigurationOptions = ConfigurationOptions.Parse(settings.Redis))
                .UseConnectionRetryFilter(async (_, cancellation) =>
                {
                    await Task.Delay(ConnectEvery, cancellation);
                    return true;
                });
            if (settings.DashboardKey.Length > 0) client.AddDashboard(dashboard => dashboard.HideTrace = true);
        });
    }
}
