using System.Net;
using System.Text;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Web.Contracts;
using Experience.Web.Keys;
using Microsoft.Extensions.DependencyInjection;

namespace Experience.Web.Tests;

[Collection(nameof(Server))]
public sealed class EventsTests(Server server)
{
    private const string Structured = "application/cloudevents+json";
    private const string Batch = "application/cloudevents-batch+json";
    private const string Stream = "application/x-ndjson";

    [Fact]
    public async Task An_event_is_accepted_once_and_then_a_duplicate()
    {
        var json = Server.Event("once");
        Assert.Equal(EventOutcome.Accepted, (await OneAsync(json)).Outcome);
        var again = await OneAsync(json);
        Assert.Equal(EventOutcome.Duplicate, again.Outcome);
        Assert.Equal(("/desk", "once"), (again.Source, again.Id));
        using var found = await server.Client.GetAsync("/v1/participants?source=/desk&key=p-once");
        Assert.Equal(32, (await Server.ReadAsync<PersonRef>(found)).Id.Length);
    }

    [Fact]
    public async Task A_refused_event_is_a_problem_that_names_the_field()
    {
        using var response = await server.SendAsync(Server.Event("refused", data: """{"amount":"much"}"""), Structured);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        var problem = await Server.ReadAsync<ProblemView>(response);
        Assert.Equal("data.amount", problem.Field);
        Assert.Contains("whole number", problem.Accepted, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_checks_and_records_nothing()
    {
        using var first = await server.SendAsync(Server.Event("dry"), Structured, "?dryRun=true");
        Assert.Equal(EventOutcome.Accepted, (await Server.ReadAsync<EventAnswer>(first)).Outcome);
        using var stream = await server.SendAsync(Server.Event("dry") + "\n", Stream, "?dryRun=true");
        Assert.Contains("\"dryRun\":true", await stream.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(EventOutcome.Accepted, (await OneAsync(Server.Event("dry"))).Outcome);
    }

    [Fact]
    public async Task Without_a_key_in_force_nothing_is_taken()
    {
        var ring = server.Services.GetRequiredService<KeyRing>();
        var key = ring.Create("/desk", TimeZoneInfo.Utc);
        using (var taken = await server.SendAsync(Server.Event("keyed"), Structured, key: key.Key)) Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        using (var other = await server.SendAsync(Server.Event("keyed-2").Replace("\"/desk\"", "\"/other\"", StringComparison.Ordinal), Structured, key: key.Key))
        {
            Assert.Equal("source", (await Server.ReadAsync<ProblemView>(other)).Field);
        }

        Assert.True(ring.Revoke(key.Id));
        foreach (var wrong in (string[])[key.Key, key.Key + "x", "exp_", "nothing"])
        {
            using var refused = await server.SendAsync(Server.Event("keyed-3"), Structured, key: wrong);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }
    }

    [Fact]
    public async Task Each_event_of_a_batch_is_answered()
    {
        await OneAsync(Server.Event("b-1"));
        using var response = await server.SendAsync($"[{Server.Event("b-1")},{Server.Event("b-2")},\"no\",{Server.Event("b-3", data: "{}")}]", Batch);
        Assert.Equal(HttpStatusCode.MultiStatus, response.StatusCode);
        var answer = await Server.ReadAsync<BatchAnswer>(response);
        Assert.Equal([EventOutcome.Duplicate, EventOutcome.Accepted, EventOutcome.Refused, EventOutcome.Refused], answer.Results.Select(r => r.Outcome));
        Assert.Equal("data.amount", answer.Results[3].Field);
        Assert.Equal((4, 1, 1, 2), ((int)answer.Events, (int)answer.Accepted, (int)answer.Duplicates, (int)answer.Refused));
    }

    [Fact]
    public async Task The_conformance_batches_are_answered_as_they_say()
    {
        foreach (var (file, valid) in ((string, bool)[])[("valid-batches.json", true), ("invalid-batches.json", false)])
        {
            using var document = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "data", "cloudevents", file)));
            foreach (var test in document.RootElement.GetProperty("tests").EnumerateArray())
            {
                using var response = await server.SendAsync(test.GetProperty("batch").GetRawText(), Batch, "?dryRun=true");
                var answer = await Server.ReadAsync<BatchAnswer>(response);
                Assert.Equal(valid, answer.Refused == 0);
                Assert.All(answer.Results, r => Assert.Equal(r.Outcome == EventOutcome.Refused, r.Reason is not null));
            }
        }
    }

    [Fact]
    public async Task Binary_mode_is_the_same_event_as_structured_mode()
    {
        (string, string)[] headers = [("ce-specversion", "1.0"), ("ce-id", "bin%2D1"), ("ce-source", "/desk"), ("ce-type", "payment.received"), ("ce-subject", "p-bin-1")];
        using var response = await server.SendAsync("""{"amount":1900}""", "application/json", headers: headers);
        Assert.Equal(EventOutcome.Accepted, (await Server.ReadAsync<EventAnswer>(response)).Outcome);
        Assert.Equal(EventOutcome.Duplicate, (await OneAsync(Server.Event("bin-1"))).Outcome);
        using var broken = await server.SendAsync("{", "application/json", headers: headers);
        Assert.Equal("data", (await Server.ReadAsync<ProblemView>(broken)).Field);
    }

    [Fact]
    public async Task A_stream_takes_lines_however_they_are_cut()
    {
        const int Count = 5000;
        var text = new StringBuilder("\uFEFF");
        for (var i = 0; i < Count; i++) text.Append(Server.Event($"s-{i}", subject: $"s-{i % 100}")).Append(i % 3 == 0 ? "\r\n" : "\n").Append(i % 7 == 0 ? "\n" : "");
        text.Append("nonsense\n").Append(Server.Event("s-0", subject: "s-0")).Append('\n').Append('x', EventLimits.MaxEventBytes + 10).Append('\n').Append(Server.Event("s-last", subject: "s-1"));
        using var content = new CutContent(Encoding.UTF8.GetBytes(text.ToString()), seed: 7);
        using var response = await server.SendAsync(content);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var lines = (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var totals = JsonSerializer.Deserialize<BatchAnswer>(lines[^1], Json.Options)!;
        Assert.Equal((Count + 4, Count + 1, 1, 2), ((int)totals.Events, (int)totals.Accepted, (int)totals.Duplicates, (int)totals.Refused));
        var answers = lines[..^1].Select(l => JsonSerializer.Deserialize<EventAnswer>(l, Json.Options)!).ToDictionary(a => a.Index);
        Assert.Equal(EventOutcome.Refused, answers[Count].Outcome);
        Assert.Equal(EventOutcome.Duplicate, answers[Count + 1].Outcome);
        Assert.Equal(EventOutcome.Refused, answers[Count + 2].Outcome);
    }

    [Fact]
    public async Task What_is_not_a_form_of_CloudEvents_is_told_which_are()
    {
        using var form = await server.SendAsync("a=b", "application/x-www-form-urlencoded");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, form.StatusCode);
        Assert.Contains("x-ndjson", (await Server.ReadAsync<ProblemView>(form)).Accepted, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_has_a_limit_and_says_what_has_none()
    {
        using var response = await server.SendAsync("[" + string.Join(',', Enumerable.Repeat("{}", EventLimits.MaxBatchEvents + 1)) + "]", Batch);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("NDJSON", (await Server.ReadAsync<ProblemView>(response)).Accepted, StringComparison.Ordinal);
    }

    private async Task<EventAnswer> OneAsync(string json)
    {
        using var response = await server.SendAsync(json, Structured);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await Server.ReadAsync<EventAnswer>(response);
    }

    /// <summary>A body that is sent in pieces of random size.</summary>
    private sealed class CutContent : HttpContent
    {
        private readonly byte[] _bytes;
        private readonly Random _random;

        public CutContent(byte[] bytes, int seed)
        {
            _bytes = bytes;
            _random = new Random(seed);
            Headers.ContentType = new("application/x-ndjson");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var at = 0; at < _bytes.Length;)
            {
                var n = Math.Min(_bytes.Length - at, _random.Next(1, 20_000));
                await stream.WriteAsync(_bytes.AsMemory(at, n));
                await stream.FlushAsync();
                at += n;
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
