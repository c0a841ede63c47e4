using System.Net;
using Experience.Grains.Roster;
using Experience.Silo.Redis;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Experience.Silo.Hosting;

/// <summary>Makes a process a silo of the cluster: membership and grain directory on the same Redis as the journal.</summary>
internal static class SiloHosting
{
    public static void AddSilo(this IHostApplicationBuilder builder, ClusterSettings settings, RedisOpener store)
    {
        builder.Services.AddSingleton(store.Parts);
        builder.UseOrleans(silo => silo
            .Configure<ClusterOptions>(cluster =>
            {
                cluster.ClusterId = settings.Name;
                cluster.ServiceId = settings.Name;
            })
            .ConfigureEndpoints(IPAddress.Parse(settings.Address), settings.SiloPort, settings.GatewayPort)
            .UseRedisClustering(redis => redis.ConfigurationOptions = ConfigurationOptions.Parse(settings.Redis))
            .UseRedisGrainDirectoryAsDefault(redis => redis.ConfigurationOptions = ConfigurationOptions.Parse(settings.Redis))
            .Configure<ClusterMembershipOptions>(membership =>
            {
                membership.ProbeTimeout = TimeSpan.FromSeconds(settings.ProbeSeconds);
                membership.NumMissedProbesLimit = settings.MissedProbes;
                membership.TableRefreshTimeout = TimeSpan.FromSeconds(Math.Max(5, 2 * settings.ProbeSeconds));
            })
            .Configure<GrainCollectionOptions>(collection => collection.EnableActivationSheddingOnMemoryPressure = true)
            .AddPlacementDirector<RosterPlacement, RosterPlacementDirector>()
            .AddPlacementDirector<BesideRoster, BesideRosterDirector>());
    }
}
