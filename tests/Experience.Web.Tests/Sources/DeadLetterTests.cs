using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Experience.Web.Contracts;
using Experience.Web.Keys;
using Experience.Web.Sources;
using Microsoft.Extensions.DependencyInjection;

namespace Experience.Web.Tests.Sources;

/// <summary>Nothing that is refused is silent: it is kept, can be corrected and sent again, and goes with the person.</summary>
public sealed class DeadLetterTests(Server server) : IClassFixture<Server>
{
    private const string Structured = "application/cloudevents+json";

    [Fact]
    public async Task A_refused_event_of_every_way_is_a_letter_that_can_be_corrected_and_sent()
    {
        var bad = Server.Event("way-1", "payment.received", """{"amount":"much"}""");
        await PostAsync("/v1/events", Structured, bad);
        await PostAsync("/v1/events", "application/cloudevents-batch+json", $"[{Server.Event("way-2", data: "{}")}]");
        await PostAsync("/v1/events", "application/x-ndjson", Server.Event("way-3", data: """{"amount":"x"}""") + "\n");
        await PostAsync("/v1/track", "application/json", """{"userId":"way-4","event":"registration.confirmed","messageId":"way-4","properties":{"amount":100}}""");
        await PostAsync("/xapi/statements", "application/json", """{"id":"7b0ffee0-aaaa-4bbb-8ccc-ddddeeeeffff","actor":{"mbox":"mailto:way@example.org"},"verb":{"id":"nothing"},"object":{"id":"https://example.org/q"}}""");
        await PostAsync("/caliper", "application/json", """{"sensor":"https://example.edu/s","sendTime":"soon","dataVersion":"http://purl.imsglobal.org/ctx/caliper/v1p2","data":[]}""");
        await PostAsync("/v1/events", Structured, "{ not JSON");

        var letters = (await ListAsync()).Letters;
        Assert.Equal(
            ["events data.amount", "events data.amount", "events data.amount", "events event", "caliper sendTime", "segment data.section", "xapi verb.id"],
            letters.OrderBy(l => l.Way is "events" ? 0 : 1).ThenBy(l => l.Way, StringComparer.Ordinal).ThenBy(l => l.Field, StringComparer.Ordinal).Select(l => $"{l.Way} {l.Field}"));
        Assert.All(letters, l => Assert.False(string.IsNullOrEmpty(l.Reason) || string.IsNullOrEmpty(l.Accepted)));

        var first = letters.Single(l => l.Event == "way-1");
        Assert.Equal(("/desk", "payment.received", "p-way-1", LetterState.Open), (first.Source, first.Type, first.Subject, first.State));
        var opened = (await server.Client.GetFromJsonAsync<LetterView>($"/v1/dead-letters/{first.Id}", Json.Options))!;
        Assert.Equal(bad, opened.Body);
        Assert.True(opened.Editable);

        // Still wrong: it is said how, and it stays. Checked: nothing is recorded. Right: it is an event, and the letter is closed.
        var still = await SendAsync(first.Id, bad.Replace("much", "more", StringComparison.Ordinal), check: false);
        Assert.Equal((EventOutcome.Refused, "data.amount"), (still.Outcome, still.Field));
        var right = bad.Replace("\"much\"", "1900", StringComparison.Ordinal);
        Assert.Equal((EventOutcome.Accepted, 1), Of(await SendAsync(first.Id, right, check: true)));
        Assert.Equal(LetterState.Open, (await ListAsync()).Letters.Single(l => l.Event == "way-1").State);
        Assert.Equal((EventOutcome.Accepted, 1), Of(await SendAsync(first.Id, right, check: false)));
        Assert.DoesNotContain((await ListAsync()).Letters, l => l.Event == "way-1");
        var sent = (await ListAsync("state=sent")).Letters.Single(l => l.Id == first.Id);
        Assert.NotNull(sent.ClosedAt);
        Assert.Equal(EventOutcome.Duplicate, (await Server.ReadAsync<EventAnswer>(await PostAsync("/v1/events", Structured, right))).Outcome);

        // Foreign forms are corrected in their own form.
        var statement = letters.Single(l => l.Way == "xapi");
        Assert.Equal(EventOutcome.Accepted, (await SendAsync(statement.Id, """{"id":"7b0ffee0-aaaa-4bbb-8ccc-ddddeeeeffff","actor":{"mbox":"mailto:way@example.org"},"verb":{"id":"http://adlnet.gov/expapi/verbs/passed"},"object":{"id":"https://example.org/q"},"result":{"success":true}}""", false)).Outcome);
        var track = letters.Single(l => l.Way == "segment");
        Assert.Equal(EventOutcome.Accepted, (await SendAsync(track.Id, """{"userId":"way-4","event":"registration.confirmed","messageId":"way-4","properties":{"amount":100,"section":"excel-03"}}""", false)).Outcome);
    }

    [Fact]
    public async Task The_same_event_again_is_the_same_letter_and_a_right_one_closes_it()
    {
        var bad = Server.Event("again", data: """{"amount":"x"}""");
        for (var i = 0; i < 3; i++) await PostAsync("/v1/events", Structured, bad);
        var letter = Assert.Single((await ListAsync()).Letters, l => l.Event == "again");
        Assert.Equal(3, letter.Times);
        await PostAsync("/v1/events", Structured, Server.Event("again"));
        Assert.DoesNotContain((await ListAsync()).Letters, l => l.Event == "again");
        Assert.Contains((await ListAsync("state=mended")).Letters, l => l.Id == letter.Id);
    }

    [Fact]
    public async Task Many_are_corrected_at_once_and_others_are_dismissed()
    {
        using var batch = await PostAsync("/v1/events", "application/cloudevents-batch+json",
            "[" + string.Join(',', Enumerable.Range(0, 5).Select(i => Event("/many", $"many-{i}", "registration.confirmed", "{}"))) + "]");
        Assert.Equal(HttpStatusCode.MultiStatus, batch.StatusCode);
        Assert.Equal(5, (await ListAsync("source=/many&way=events&field=data.section")).Letters.Count);

        // Nothing chosen is refused: it would mean everything.
        using (var everything = await server.Client.PostAsJsonAsync("/v1/dead-letters/send", new { }, Json.Options)) Assert.Equal(HttpStatusCode.BadRequest, everything.StatusCode);
        using var response = await server.Client.PostAsJsonAsync("/v1/dead-letters/send", new { source = "/many", field = "data.section", set = new Dictionary<string, string> { ["/data/section"] = "excel-03" } }, Json.Options);
        var answer = await Server.ReadAsync<LettersAnswer>(response);
        Assert.Equal((5, 0, 0), (answer.Sent, answer.Refused, answer.Left));

        await PostAsync("/v1/events", Structured, Event("/many", "many-9", "registration.confirmed", "{}"));
        using var dismissed = await server.Client.PostAsJsonAsync("/v1/dead-letters/dismiss", new { source = "/many" }, Json.Options);
        Assert.Equal(1, (await Server.ReadAsync<LettersDismissed>(dismissed)).Dismissed);
        var gone = Assert.Single((await ListAsync("source=/many&state=dismissed")).Letters);
        Assert.Null((await server.Client.GetFromJsonAsync<LetterView>($"/v1/dead-letters/{gone.Id}", Json.Options))!.Body);
    }

    [Fact]
    public async Task Beyond_its_limit_a_source_is_counted_and_leaves_place_for_others()
    {
        var lines = string.Join('\n', Enumerable.Range(0, DeadLetters.MaxPerSource + 50).Select(i => Event("/mad", $"mad-{i}", "registration.confirmed", "{}")));
        await PostAsync("/v1/events", "application/x-ndjson", lines);
        await PostAsync("/v1/events", Structured, Event("/calm", "calm-1", "registration.confirmed", "{}"));
        var sources = (await server.Client.GetFromJsonAsync<SourcesView>("/v1/sources", Json.Options))!.Sources;
        var mad = sources.Single(s => s.Name == "/mad");
        Assert.Equal((DeadLetters.MaxPerSource + 50, DeadLetters.MaxPerSource, 50), ((int)mad.Refused, (int)mad.Open, (int)mad.NotKept));
        Assert.Equal(1, sources.Single(s => s.Name == "/calm").Open);
        using var all = await server.Client.PostAsJsonAsync("/v1/dead-letters/dismiss", new { source = "/mad" }, Json.Options);
        Assert.Equal(DeadLetters.MaxPerSource - 500, (await Server.ReadAsync<LettersDismissed>(all)).Left);
    }

    [Fact]
    public async Task A_key_sends_again_only_what_it_may()
    {
        var key = server.Services.GetRequiredService<KeyRing>().Create("/narrow", TimeZoneInfo.Utc);
        await PostAsync("/v1/events", Structured, Event("/elsewhere", "narrow-1", "payment.received", """{"amount":1}"""), key.Key);
        var letter = Assert.Single((await ListAsync("source=/narrow")).Letters);
        Assert.Equal("source", letter.Field);
        Assert.Equal("source", (await SendAsync(letter.Id, null, false)).Field);
        Assert.Equal(EventOutcome.Accepted, (await SendAsync(letter.Id, Event("/narrow", "narrow-1", "payment.received", """{"amount":1}"""), false)).Outcome);
    }

    [Fact]
    public async Task Letters_are_sealed_and_go_with_the_person()
    {
        await PostAsync("/v1/events", Structured, Event("/wiped", "wiped-0", "participant.identified", """{"email":"gone@example.org"}""", "w-1"));
        await PostAsync("/v1/events", Structured, Event("/wiped", "wiped-1", "registration.confirmed", """{"note":"a secret about gone"}""", "w-1"));
        // It is no event, but the key stands in it.
        await PostAsync("/v1/events", Structured, """{"specversion":"1.0","source":"/wiped","subject":"w-1" oh""");
        await PostAsync("/v1/events", Structured, Event("/wiped", "wiped-2", "registration.confirmed", """{"note":"somebody else"}""", "w-12"));
        Assert.Equal(3, (await ListAsync("source=/wiped")).Letters.Count);
        var file = Path.Combine(server.DataFolder, "ways.db");
        Assert.DoesNotContain("a secret about gone", Files(file), StringComparison.Ordinal);
        var keyFile = server.DataFolder + ".ways.key";
        var before = await File.ReadAllTextAsync(keyFile);

        using var erased = await PostAsync("/v1/events", Structured, Event("/wiped", "wiped-9", "participant.erased", "{}", "w-1"));
        Assert.Equal(HttpStatusCode.OK, erased.StatusCode);
        var left = Assert.Single((await ListAsync("source=/wiped")).Letters);
        Assert.Equal("wiped-2", left.Event);
        Assert.NotNull((await server.Client.GetFromJsonAsync<LetterView>($"/v1/dead-letters/{left.Id}", Json.Options))!.Body);
        Assert.DoesNotContain(before.Trim(), await File.ReadAllTextAsync(keyFile), StringComparison.Ordinal);
    }

    private static string Files(string path) => Encoding.Latin1.GetString([.. Read(path), .. File.Exists(path + "-wal") ? Read(path + "-wal") : []]);

    private static byte[] Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static (EventOutcome, int) Of(LetterAnswer answer) => (answer.Outcome, answer.Events);

    private static string Event(string source, string id, string type, string data, string? subject = null) =>
        $$"""{"specversion":"1.0","id":"{{id}}","source":"{{source}}","type":"{{type}}","subject":"{{subject ?? "p-" + id}}","data":{{data}}}""";

    private async Task<LettersPage> ListAsync(string query = "") => (await server.Client.GetFromJsonAsync<LettersPage>("/v1/dead-letters?limit=200&" + query, Json.Options))!;

    private async Task<LetterAnswer> SendAsync(long id, string? body, bool check)
    {
        using var response = await server.Client.PostAsJsonAsync($"/v1/dead-letters/{id}/send", new LetterSend(body, check), Json.Options);
        return await Server.ReadAsync<LetterAnswer>(response);
    }

    private async Task<HttpResponseMessage> PostAsync(string address, string contentType, string body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(contentType)) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key ?? server.Key);
        request.Headers.Add("X-Experience-API-Version", "1.0.3");
        return await server.Client.SendAsync(request);
    }
}
