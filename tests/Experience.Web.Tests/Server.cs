using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Experience.Web.Tests;

/// <summary>The real server with the real engine on a folder of its own, on any free port of this computer.</summary>
public sealed class Server : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("experience-web-");
    private WebApplication? _app;

    /// <summary>What a test needs otherwise than usual; null for the usual server.</summary>
    internal Func<ServeOptions, ServeOptions>? With { get; init; }

    /// <summary>Services that a test needs otherwise than usual.</summary>
    internal Action<WebApplicationBuilder>? Configure { get; init; }

    /// <summary>Whether starting waits until the folder is open.</summary>
    internal bool UntilReady { get; init; } = true;

    public HttpClient Client { get; } = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMinutes(3) };

    public Uri Address => Client.BaseAddress!;

    public string DataFolder => Path.Combine(_folder.FullName, "data");

    internal string Key { get; private set; } = "";

    internal IServiceProvider Services => _app!.Services;

    public async Task InitializeAsync()
    {
        var options = new ServeOptions { DataFolder = DataFolder, Port = 0, TimeZone = "America/Chicago", Currency = "USD", Quiet = true };
        _app = ExperienceApp.Build(With?.Invoke(options) ?? options, Configure);
        await _app.StartAsync();
        if (UntilReady)
        {
            var host = Services.GetRequiredService<EngineHost>();
            await host.Opening;
            Assert.Null(host.Failure);
        }

        Client.BaseAddress = new Uri(Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Key = Services.GetRequiredService<KeyRing>().Create("*", TimeZoneInfo.FindSystemTimeZoneById("America/Chicago"), mayErase: true).Key;
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        if (_app is not null) await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    internal Task<HttpResponseMessage> SendAsync(string body, string contentType, string query = "", string? key = null, params (string Name, string Value)[] headers) =>
        SendAsync(new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(contentType)), query, key, headers);

    internal async Task<HttpResponseMessage> SendAsync(HttpContent content, string query = "", string? key = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/events" + query) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key ?? Key);
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        return await Client.SendAsync(request);
    }

    internal static async Task<T> ReadAsync<T>(HttpResponseMessage response) => (await response.Content.ReadFromJsonAsync<T>(Json.Options))!;

    internal static string Event(string id, string type = "payment.received", string data = """{"amount":1900}""", string? subject = null, string? time = null) =>
        $$"""{"specversion":"1.0","id":"{{id}}","source":"/desk","type":"{{type}}","subject":"{{subject ?? "p-" + id}}",{{(time is null ? "" : $"\"time\":\"{time}\",")}}"data":{{data}}}""";
}

[CollectionDefinition(nameof(Server))]
public sealed class SharedServer : ICollectionFixture<Server>;
