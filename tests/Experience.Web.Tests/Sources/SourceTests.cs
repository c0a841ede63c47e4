using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Experience.Web.Contracts;
using Experience.Web.Sources;
using Microsoft.Extensions.DependencyInjection;

namespace Experience.Web.Tests.Sources;

/// <summary>What is shown of each source, and its silence.</summary>
public sealed class SourceTests
{
    private const string Structured = "application/cloudevents+json";

    [Fact]
    public async Task A_source_shows_its_rate_lag_duplicates_refusals_clock_and_missing_fields()
    {
        await using var started = await Started.NewAsync();
        var (server, time) = (started.Server, started.Time);
        await SendAsync(server, Event("a", "participant.identified", """{"email":"a@example.org"}""", time.GetUtcNow().AddSeconds(-8)));
        await SendAsync(server, Event("a", "participant.identified", """{"email":"a@example.org"}""", time.GetUtcNow().AddSeconds(-8)));
        await SendAsync(server, Event("b", "participant.identified", """{"givenName":"B"}""", time.GetUtcNow().AddMinutes(7)));
        await SendAsync(server, Event("c", "payment.received", "{}", time.GetUtcNow()));
        var source = (await ReadAsync(server)).Sources.Single(s => s.Name == "/registrations");
        Assert.Equal((2, 1, 1, 1), ((int)source.Accepted, (int)source.Duplicates, (int)source.Refused, (int)source.Open));
        Assert.Equal((4, 4, 4), ((int)source.Minute, (int)source.Hour, (int)source.Day));
        Assert.Equal("data.amount", Assert.Single(source.Refusals).Field);
        // A slow machine adds to it; a bucket is up to 41 % too large.
        Assert.InRange(source.LagHigh!.Value, 8_000, 180_000);
        Assert.InRange(source.Ahead, 240_000, 420_000);
        Assert.Equal((1, 2), source.Missing.Where(m => m.Field == "email").Select(m => ((int)m.Missing, (int)m.Of)).Single());
        Assert.Equal((2, 2), source.Missing.Where(m => m.Field == "phone").Select(m => ((int)m.Missing, (int)m.Of)).Single());
        Assert.Equal("every", source.Key);
        time.Pass(TimeSpan.FromMinutes(2));
        source = (await ReadAsync(server)).Sources.Single(s => s.Name == "/registrations");
        Assert.Equal((0, 4), ((int)source.Minute, (int)source.Hour));
    }

    [Fact]
    public async Task History_is_no_lag_whatever_way_it_takes_and_neither_is_the_end_of_it()
    {
        await using var started = await Started.NewAsync();
        var (server, time) = (started.Server, started.Time);
        await SendAsync(server, Payment("told", time.GetUtcNow().AddHours(-30)), "?history=true");
        await SendAsync(server, Payment("late", time.GetUtcNow().AddDays(-795)));
        await SendAsync(server, Payment("end", time.GetUtcNow().AddHours(-30)));
        var source = (await ReadAsync(server)).Sources.Single(s => s.Name == "/registrations");
        Assert.Equal((3, 2), ((int)source.Accepted, (int)source.History));
        Assert.Null(source.LagMedian);
        Assert.Null(source.LagHigh);

        // It has caught up: what it sends now says how late it is.
        time.Pass(TimeSpan.FromMinutes(2));
        await SendAsync(server, Payment("live", time.GetUtcNow().AddHours(-30)));
        source = (await ReadAsync(server)).Sources.Single(s => s.Name == "/registrations");
        Assert.InRange(source.LagMedian!.Value, 30 * 3_600_000, 30 * 3_600_000 * 1.5);
        Assert.Equal((4, 2), ((int)source.Accepted, (int)source.History));
    }

    [Fact]
    public async Task Counters_are_there_again_after_a_restart_and_an_unused_key_is_a_source_that_never_spoke()
    {
        await using var started = await Started.NewAsync();
        await SendAsync(started.Server, Event("a", "payment.received", """{"amount":1}""", null));
        using (var made = await started.Server.Client.PostAsJsonAsync("/v1/keys", new KeyRequest("/never", null), Json.Options)) Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        await started.RestartAsync();
        var sources = (await ReadAsync(started.Server)).Sources;
        Assert.Equal(1, sources.Single(s => s.Name == "/registrations").Accepted);
        Assert.Null(sources.Single(s => s.Name == "/never").LastAt);
    }

    [Fact]
    public async Task Silence_of_a_source_that_normally_speaks_is_raised_once_and_ends_when_it_speaks()
    {
        await using var started = await Started.NewAsync();
        var time = started.Time;
        // Three weeks of office hours in the program's zone, from a Monday midnight in Chicago.
        var monday = new DateTimeOffset(2026, 2, 2, 6, 0, 0, TimeSpan.Zero);
        time.Set(monday);
        await started.RestartAsync();
        var id = 0;
        for (var hour = 0; hour < 3 * 168; hour++)
        {
            if (hour / 24 % 7 < 5 && hour % 24 is >= 9 and < 17) await SendAsync(started.Server, Event($"live-{id++}", "payment.received", """{"amount":1}""", null));
            await TickAsync(started.Server);
            time.Pass(TimeSpan.FromHours(1));
            await TickAsync(started.Server);
        }

        Assert.Empty((await ReadAsync(started.Server)).Alerts);
        var spokeLast = (await ReadAsync(started.Server)).Sources.Single(s => s.Name == "/registrations").LastAt!.Value;

        // The fourth Monday: nothing comes.
        time.Pass(TimeSpan.FromHours(9.9));
        await TickAsync(started.Server);
        Assert.Empty((await ReadAsync(started.Server)).Alerts);
        time.Pass(TimeSpan.FromHours(4));
        await TickAsync(started.Server);
        await TickAsync(started.Server);
        var alert = Assert.Single((await ReadAsync(started.Server)).Alerts);
        Assert.Equal(("/registrations", "silence", spokeLast, (long?)null), (alert.Source, alert.Kind, alert.Since, alert.EndedAt));
        var notice = (await started.Server.Client.GetFromJsonAsync<StatusView>("/v1/status", Json.Options))!.Sources;
        Assert.Equal(alert.Id, Assert.Single(notice.Open).Id);

        // A restart does not raise it again; an import is no sign of life; a live event is.
        await started.RestartAsync();
        await TickAsync(started.Server);
        Assert.Single((await ReadAsync(started.Server)).Alerts);
        await SendAsync(started.Server, Event("old", "payment.received", """{"amount":1}""", time.GetUtcNow()), "?history=true");
        time.Pass(TimeSpan.FromMinutes(1));
        await TickAsync(started.Server);
        Assert.Null(Assert.Single((await ReadAsync(started.Server)).Alerts).EndedAt);
        await SendAsync(started.Server, Event("back", "payment.received", """{"amount":1}""", null));
        await TickAsync(started.Server);
        Assert.NotNull(Assert.Single((await ReadAsync(started.Server)).Alerts).EndedAt);

        // Silence that is expected raises nothing, until it is no longer expected.
        await QuietAsync(started.Server, time.GetUtcNow().AddDays(2));
        time.Pass(TimeSpan.FromDays(1.9));
        await TickAsync(started.Server);
        Assert.Single((await ReadAsync(started.Server)).Alerts);
        time.Pass(TimeSpan.FromDays(1));
        await TickAsync(started.Server);
        Assert.Equal(2, (await ReadAsync(started.Server)).Alerts.Count);
    }

    private static string Payment(string id, DateTimeOffset time) => Event(id, "payment.received", """{"amount":1}""", time);

    private static string Event(string id, string type, string data, DateTimeOffset? time) =>
        $$"""{"specversion":"1.0","id":"{{id}}","source":"/registrations","type":"{{type}}","subject":"p-{{id}}",{{(time is { } at ? $"\"time\":\"{at.ToString("O", CultureInfo.InvariantCulture)}\"," : "")}}"data":{{data}}}""";

    private static async Task SendAsync(Server server, string json, string query = "")
    {
        using var response = await server.SendAsync(json, Structured, query);
        Assert.True((int)response.StatusCode < 500);
    }

    private static Task TickAsync(Server server) => server.Services.GetRequiredService<SourceWatch>().TickAsync(CancellationToken.None);

    private static async Task<SourcesView> ReadAsync(Server server) => (await server.Client.GetFromJsonAsync<SourcesView>("/v1/sources", Json.Options))!;

    private static async Task QuietAsync(Server server, DateTimeOffset until)
    {
        using var response = await server.Client.PostAsJsonAsync("/v1/sources/quiet", new QuietRequest("/registrations", until.ToUnixTimeMilliseconds()), Json.Options);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    /// <summary>The clock on the wall as the test says; timers run as ever.</summary>
    private sealed class SetTime : TimeProvider
    {
        private TimeSpan _ahead;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

        public void Pass(TimeSpan time) => _ahead += time;

        public void Set(DateTimeOffset now) => _ahead = now - base.GetUtcNow();
    }

    /// <summary>A server that can be started again on its folder.</summary>
    private sealed class Started : IAsyncDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("experience-sources-");

        public SetTime Time { get; } = new();

        public Server Server { get; private set; } = new();

        public static async Task<Started> NewAsync()
        {
            var started = new Started();
            await started.StartAsync();
            return started;
        }

        public async Task RestartAsync()
        {
            await Server.DisposeAsync();
            await StartAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            _folder.Delete(recursive: true);
        }

        private async Task StartAsync()
        {
            Server = new Server { With = o => o with { Time = Time, DataFolder = Path.Combine(_folder.FullName, "data") } };
            await Server.InitializeAsync();
        }
    }
}
