using System.Net;

namespace Experience.Cluster.Tests;

/// <summary>What two hosts answer over HTTP, as one.</summary>
public sealed class HostTests
{
    [Fact]
    public async Task A_key_made_at_one_host_sends_to_another_until_it_is_revoked_at_either()
    {
        using var hosts = await TwoHosts.StartAsync();
        var (id, key) = await TwoHosts.KeyAsync(hosts.One);
        var (here, there) = (hosts.Sender(hosts.One, key), hosts.Sender(hosts.Two, key));
        var stranger = hosts.Sender(hosts.Two, "exp_00000000_nobody-has-made-this-key");
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(stranger));
        await TwoHosts.UntilAsync(async () => await SendAsync(there) == HttpStatusCode.OK, "The key did not come to the other host.");
        Assert.Equal(HttpStatusCode.OK, await SendAsync(here));

        using var revoker = new HttpClient { BaseAddress = hosts.Two.Web };
        Assert.Equal(HttpStatusCode.NoContent, (await revoker.DeleteAsync($"v1/keys/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(there));
        await TwoHosts.UntilAsync(async () => await SendAsync(here) == HttpStatusCode.Unauthorized, "The key went on working at the host that made it.");

        Task<HttpStatusCode> SendAsync(HttpClient sender) => hosts.TryAsync(sender, "payment.received", "p-1", new { amount = 100 });
    }
}
