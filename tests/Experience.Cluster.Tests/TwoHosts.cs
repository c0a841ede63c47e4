using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Experience.Cluster.Tests;

/// <summary>Two silos with the web, each in a process of its own, on one Redis; asked and sent to as a browser and a registration system would.</summary>
internal sealed class TwoHosts : IDisposable
{
    private readonly ClusterPlace _place = new(new RedisServer());
    private readonly List<HttpClient> _clients = [];
    private int _sent;

    public SiloChild One { get; private set; } = null!;

    public SiloChild Two { get; private set; } = null!;

    /// <param name="program">Null for the one without pages.</param>
    public static async Task<TwoHosts> StartAsync(string? program = null)
    {
        var hosts = new TwoHosts();
        try
        {
            hosts.One = await SiloChild.StartAsync(hosts._place.Settings("all"), hosts._place.Folder, program: program);
            hosts.Two = await SiloChild.StartAsync(hosts._place.Settings("all"), hosts._place.Folder, program: program);
            foreach (var host in new[] { hosts.One, hosts.Two })
            {
                using var http = new HttpClient { BaseAddress = host.Web };
                await UntilAsync(async () => (await http.GetAsync("health/ready")).IsSuccessStatusCode, $"A host was not ready:\n{host.Output}");
            }

            return hosts;
        }
        catch
        {
            hosts.Dispose();
            throw;
        }
    }

    /// <summary>Makes a key at a host.</summary>
    public static async Task<(string Id, string Key)> KeyAsync(SiloChild host)
    {
        using var http = new HttpClient { BaseAddress = host.Web };
        using var answer = await http.PostAsJsonAsync("v1/keys", new { source = "*", timeZone = "UTC" });
        answer.EnsureSuccessStatusCode();
        var made = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        return (made["id"]!.GetValue<string>(), made["key"]!.GetValue<string>());
    }

    /// <summary>Who sends to a host with a key.</summary>
    public HttpClient Sender(SiloChild host, string key)
    {
        var http = new HttpClient { BaseAddress = host.Web };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        _clients.Add(http);
        return http;
    }

    /// <summary>Sends one event that happens now; answers what the host said of it.</summary>
    public async Task<HttpStatusCode> TryAsync(HttpClient sender, string type, string subject, object data)
    {
        var sent = new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = $"e-{++_sent}",
            ["source"] = "/registrar",
            ["type"] = type,
            ["subject"] = subject,
            ["time"] = DateTime.UtcNow.ToString("O"),
            ["data"] = JsonSerializer.SerializeToNode(data),
        };
        using var content = new StringContent(sent.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/cloudevents+json"));
        using var answer = await sender.PostAsync("v1/events", content);
        return answer.StatusCode;
    }

    public async Task SendAsync(HttpClient sender, string type, string subject, object data) => Assert.InRange((int)await TryAsync(sender, type, subject, data), 200, 299);

    public static async Task UntilAsync(Func<Task<bool>> holds, string otherwise)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await holds())
        {
            Assert.False(deadline.IsCancellationRequested, otherwise);
            await Task.Delay(50);
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
        One?.Dispose();
        Two?.Dispose();
        _place.Dispose();
    }
}
