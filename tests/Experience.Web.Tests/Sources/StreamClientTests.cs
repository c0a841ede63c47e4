using System.Diagnostics;
using System.Text.Json;
using Experience.Testing;
using Experience.Web.Contracts;
using Experience.Web.Keys;
using Experience.Web.Streams;
using Microsoft.Extensions.DependencyInjection;

namespace Experience.Web.Tests.Sources;

/// <summary>The example clients of docs/ways-in.md, as they stand in tests/stream-clients.</summary>
public sealed class StreamClientTests(Server server) : IClassFixture<Server>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_stream_that_breaks_off_goes_on_and_every_event_counts_once()
    {
        const int count = 3_000;
        var said = await RunAsync("stream.mjs", count);
        Assert.Equal(count, said.GetProperty("answered").GetInt32());
        Assert.True(said.GetProperty("connections").GetInt32() >= 2);
        // Every event is there, once: each of them is a duplicate now.
        var lines = string.Join('\n', Enumerable.Range(0, count).Select(n => $$$"""{"specversion":"1.0","id":"stream-{{{n}}}","source":"/stream-client","type":"payment.received","subject":"s-{{{n % 50}}}","data":{"amount":{{{100 + n}}}}}"""));
        using var again = await server.SendAsync(lines, "application/x-ndjson");
        Assert.Contains($"\"accepted\":0,\"duplicates\":{count},\"refused\":0", await again.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_SignalR_client_of_npm_sends_by_call_and_by_stream()
    {
        const int count = 2_000;
        var said = await RunAsync("signalr.mjs", count);
        Assert.Contains("A key is needed", said.GetProperty("early").GetString(), StringComparison.Ordinal);
        Assert.Equal(IngestHub.Window, said.GetProperty("window").GetInt32());
        Assert.Equal(["accepted", "duplicate", "refused"], said.GetProperty("called").EnumerateArray().Select(o => o.GetString()));
        Assert.Equal((count, count), (said.GetProperty("answered").GetInt32(), said.GetProperty("accepted").GetInt32()));
        Assert.Equal("accepted", said.GetProperty("header").GetString());
        Assert.Equal(count + 2, (int)await AcceptedAsync("/signalr-client"));
        using var address = await server.Client.PostAsync("/hubs/ingest/negotiate?access_token=exp_x", null);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, address.StatusCode);
    }

    private async Task<long> AcceptedAsync(string source)
    {
        using var response = await server.Client.GetAsync("/v1/sources");
        return (await Server.ReadAsync<SourcesView>(response)).Sources.Single(s => s.Name == source).Accepted;
    }

    private async Task<JsonElement> RunAsync(string script, int count)
    {
        var key = server.Services.GetRequiredService<KeyRing>().Create("*", TimeZoneInfo.Utc).Key;
        var start = new ProcessStartInfo("node") { WorkingDirectory = Path.Combine(Repository.Root, "tests", "stream-clients"), RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])[script, server.Address.GetLeftPart(UriPartial.Authority), key, count.ToString(System.Globalization.CultureInfo.InvariantCulture)]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        Assert.True(process.ExitCode == 0, $"{script} ended with {process.ExitCode}: {await output}{await errors}");
        return JsonSerializer.Deserialize<JsonElement>(await output);
    }
}
