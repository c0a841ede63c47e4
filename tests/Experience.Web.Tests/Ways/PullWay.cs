using System.Net;
using System.Net.Http.Json;
using Experience.Web.Contracts;
using Experience.Web.Tests.Pull;

namespace Experience.Web.Tests.Ways;

/// <summary>A polled system whose table is each of them in turn: rows appear, change, vanish and come back as the mutants will have it.</summary>
internal sealed class PullWay : IWay
{
    public const string JsonTable = "/v1/pulls/mutant of JSON";
    public const string CsvTable = "/v1/pulls/mutant of CSV";

    private const string Path = "/v1/pulls/mutant";

    private readonly Server _server;
    private readonly PolledSystem _system;
    private long _taken;

    private PullWay(Server server, PolledSystem system) => (_server, _system) = (server, system);

    public long? Taken => _taken;

    public static async Task<PullWay> OpenAsync(Server server, string address, byte[] original)
    {
        var system = await PolledSystem.StartAsync();
        var way = new PullWay(server, system);
        var settings = new PullSettings(
            address == JsonTable ? "json" : "csv", system.Address + "items", address == JsonTable ? "/items" : null, null, ["id"], true, null, null,
            new ImportMapping("/mutant", "registration.confirmed", "America/Chicago", null, true,
                new Dictionary<string, string> { ["id"] = "registration", ["student.id"] = "subject", ["student.name"] = "fullName", ["class"] = "section", ["fee"] = "paid", ["on"] = "time" }, null),
            new ImportAlso("registration.dropped", new Dictionary<string, string>()), 10_000, null, Paused: true);
        using var made = await server.Client.PutAsJsonAsync(Path, new PullPut(settings, null), Json.Options);
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        Assert.Equal("accepted", await way.OneAsync(original));
        way._taken = 0;
        return way;
    }

    public async Task<string[]> SendAsync(IReadOnlyList<byte[]> bodies)
    {
        var answers = new string[bodies.Count];
        for (var i = 0; i < answers.Length; i++) answers[i] = await OneAsync(bodies[i]);
        return answers;
    }

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    private async Task<string> OneAsync(byte[] table)
    {
        _system.Trouble = c => c.Response.Body.WriteAsync(table).AsTask();
        using var answer = await _server.Client.PostAsJsonAsync(Path + "/run?confirm=true", new { }, Json.Options);
        if (answer.StatusCode != HttpStatusCode.OK) return $"{(int)answer.StatusCode}";
        var view = await Server.ReadAsync<PullView>(answer);
        if (view.Failures > 0) return view.Problem is null || view.Problem.Contains("mistake", StringComparison.Ordinal) ? $"5: {view.Problem}" : "failed and said why";
        _taken += view.Last!.Events;
        return view.Last.Events > 0 ? "accepted" : view.Last.Refused > 0 ? "refused" : "nothing new";
    }
}
