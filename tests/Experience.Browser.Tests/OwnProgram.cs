using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Experience.Testing;

namespace Experience.Browser.Tests;

/// <summary>The real program with events of a registration system, sent as one would send them.</summary>
internal sealed class OwnProgram : IAsyncDisposable
{
    private const string Source = "/registrar";

    private readonly TemporaryFolder _folder = new();
    private ServerProcess? _server;
    private int _sent;

    public ServerProcess Server => _server!;

    public static async Task<OwnProgram> StartAsync()
    {
        var program = new OwnProgram();
        program._server = await ServerProcess.StartAsync(program._folder["data"]);
        return program;
    }

    /// <summary>Sends one event that happens now, and expects it to be accepted.</summary>
    public async Task SendAsync(string type, string subject, object data)
    {
        var event_ = new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = $"e-{++_sent}",
            ["source"] = Source,
            ["type"] = type,
            ["subject"] = subject,
            ["time"] = DateTime.UtcNow.ToString("O"),
            ["data"] = JsonSerializer.SerializeToNode(data),
        };
        using var content = new StringContent(event_.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/cloudevents+json"));
        using var answer = await Server.Http.PostAsync("v1/events", content);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}: {body}");
    }

    /// <summary>Maria, in a section, with a low rating and enough people around her that shares are measured.</summary>
    public async Task PeopleAsync()
    {
        await Server.AuthorizeAsync();
        for (var i = 0; i < 40; i++)
        {
            await SendAsync("registration.confirmed", $"p-{i}", new { section = "excel-03", course = "excel", registration = $"reg-{i}", amount = 19_000 });
        }

        await SendAsync("participant.identified", "p-17", new { givenName = "Maria", familyName = "Delgado", email = "maria@example.org", phone = "+1 555 0100 4471", birthDate = "1984-05-02" });
        await SendAsync("payment.received", "p-17", new { amount = 19_000, registration = "reg-17", section = "excel-03" });
        await SendAsync("feedback.submitted", "p-17", new { survey = "transactional", service = 2, desk = "Main", text = "Two days for a password." });
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>The real program with its sample loaded and streaming; started once, read by many tests.</summary>
public sealed class SampleProgramServer : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly TemporaryFolder _folder = new();
    private ServerProcess? _server;

    internal ServerProcess Server => _server ?? throw new InvalidOperationException("Chromium is absent; the sample was not started.");

    public async Task InitializeAsync()
    {
        if (!File.Exists(Chromium.Path)) return;
        _server = await ServerProcess.StartAsync(_folder["data"]);
        using var begin = new StringContent("{}", Encoding.UTF8, "application/json");
        using var answer = await _server.Http.PostAsync("v1/sample", begin);
        answer.EnsureSuccessStatusCode();
        using var deadline = new CancellationTokenSource(Patience);
        while (true)
        {
            var status = JsonNode.Parse(await _server.Http.GetStringAsync("v1/status", deadline.Token))!;
            var sample = status["sampleProgram"]!;
            if (sample["phase"]!.GetValue<string>() == "failed") throw new InvalidOperationException(sample["problem"]?.ToString());
            if (sample["phase"]!.GetValue<string>() == "streaming" && status["searchReady"]!.GetValue<bool>()) return;
            await Task.Delay(100, deadline.Token);
        }
    }

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();
}
