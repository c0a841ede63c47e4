using System.Globalization;

namespace Experience.Cluster.Tests;

/// <summary>Three silos under load, one of them killed again and again, and the store once: nothing that was acknowledged is lost or counted twice.</summary>
public sealed class KillTests
{
    // A longer run for those who doubt: EXPERIENCE_KILL_ROUNDS=30.
    private static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("EXPERIENCE_KILL_ROUNDS"), CultureInfo.InvariantCulture, out var rounds) ? rounds : 3;

    [Fact]
    public async Task What_was_acknowledged_counts_once_whatever_is_killed()
    {
        // The next silo is killed when its forerunner is declared dead, which takes two missed probes of a second each, and replaced.
        using var place = new ClusterPlace(new RedisServer());
        await using var here = (await SiloProcess.OpenAsync(place.Settings("all"), TimeProvider.System)).Engine;
        var children = new List<SiloChild>();
        try
        {
            for (var i = 0; i < 2; i++) children.Add(await SiloChild.StartAsync(place.Settings("all"), place.Folder));
            await using var load = new ClusterUnderLoad(here, place.Folder);
            await load.GoesOnAsync("Events were not acknowledged.");
            for (var round = 0; round < Rounds; round++)
            {
                children[0].Kill();
                children[0].Dispose();
                children.RemoveAt(0);
                await load.GoesOnAsync("Events were not acknowledged after a silo was killed.");
                children.Add(await SiloChild.StartAsync(place.Settings("all"), place.Folder));
                if (round != 0) continue;
                using var http = new HttpClient { BaseAddress = children[0].Web };
                await ReadyAsync(http, true, "The host was not ready.");
                place.Redis.Stop();
                await ReadyAsync(http, false, "The host was ready without its store.");
                place.Redis.Begin();
                await ReadyAsync(http, true, "The host was not ready again.");
                await load.GoesOnAsync("Events were not acknowledged after the store was restarted.");
            }

            await load.CheckAsync();
        }
        finally
        {
            foreach (var child in children) child.Dispose();
        }
    }

    // What a load balancer asks.
    private static async Task ReadyAsync(HttpClient http, bool ready, string otherwise)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while ((await http.GetAsync(new Uri("/health/ready", UriKind.Relative), limit.Token)).IsSuccessStatusCode != ready)
        {
            Assert.False(limit.IsCancellationRequested, otherwise);
            await Task.Delay(50, limit.Token);
        }
    }
}
