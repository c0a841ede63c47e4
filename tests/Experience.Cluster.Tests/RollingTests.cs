namespace Experience.Cluster.Tests;

/// <summary>Silos are replaced one by one, as an upgrade does, while a web host that is none of them goes on taking events.</summary>
public sealed class RollingTests
{
    private const int Silos = 3;

    /// <summary>A silo that leaves hands over within this; one that has to be killed would be a failure.</summary>
    private static readonly TimeSpan Leaves = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Nothing_is_refused_while_silos_are_replaced_one_by_one()
    {
        using var place = new ClusterPlace(new RedisServer());
        var silos = new List<SiloChild>();
        try
        {
            for (var i = 0; i < Silos; i++) silos.Add(await SiloChild.StartAsync(place.Settings("silo"), place.Folder));
            await using var host = (await SiloProcess.OpenAsync(place.Settings("web"), TimeProvider.System)).Engine;
            await using var load = new ClusterUnderLoad(host, place.Folder);
            await load.GoesOnAsync("Events were not acknowledged.");
            for (var i = 0; i < Silos; i++)
            {
                silos.Add(await SiloChild.StartAsync(place.Settings("silo"), place.Folder));
                await load.GoesOnAsync("Events were not acknowledged after a silo joined.");
                Assert.Equal(0, await silos[0].StopAsync(Leaves));
                silos[0].Dispose();
                silos.RemoveAt(0);
                await load.GoesOnAsync("Events were not acknowledged after a silo left.");
            }

            // The host asks again while shards move: its callers see a slower answer, never a refusal.
            Assert.Empty(load.Refusals);
            await load.CheckAsync();
        }
        finally
        {
            foreach (var silo in silos) silo.Dispose();
        }
    }
}
