using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Experience.Web.Contracts;
using Experience.Web.Sources;
using Experience.Web.Tests.Imports;
using Microsoft.Extensions.DependencyInjection;

namespace Experience.Web.Tests.Sources;

/// <summary>What a source goes on sending of somebody who was erased is answered as ever, and kept nowhere when it is refused.</summary>
public sealed class ErasedLetterTests(Server server) : IClassFixture<Server>
{
    private const string Structured = "application/cloudevents+json";
    private const string Words = "Zillah Thrupp again";

    [Fact]
    public async Task A_refused_event_of_somebody_who_was_erased_is_kept_by_no_way()
    {
        // The same person as each way calls people.
        foreach (var (source, key) in new[] { ("/desk", "gone"), ("/segment", "gone"), ("/xapi", "gone@example.org"), ("/xapi", "https://lms.example/gone"), ("/caliper", "https://lms.example/gone"), ("/shop", "gone") })
        {
            await PostAsync("/v1/events", Structured, Event(source, $"is-{key}", "participant.identified", """{"givenName":"Zillah"}""", key));
            using var erased = await PostAsync("/v1/events", Structured, Event(source, $"bye-{key}", "participant.erased", "{}", key));
            Assert.Equal(HttpStatusCode.OK, erased.StatusCode);
        }

        var mapping = new { source = "/shop", signature = new { kind = "key" }, events = new[] { new { type = "payment.received", id = "/id", subject = "/who", data = new { amount = "/sum" } } } };
        using (var put = await server.Client.PutAsJsonAsync("/v1/hooks/shop", new { mapping }, Json.Options)) Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());

        // As subject, and as somebody else in an event of others.
        var broken = $$"""{"amount":"{{Words}}"}""";
        await RefusedAsync("/v1/events", Structured, Event("/desk", "a-1", "payment.received", broken, "gone"));
        await RefusedAsync("/v1/events", Structured, Event("/desk", "a-2", "payment.received", $$"""{"amount":"{{Words}}","payer":"gone"}""", "p-1"));
        await RefusedAsync("/v1/events", Structured, $$"""{"specversion":"1.0","source":"/desk","subject":"gone","data":"{{Words}}" oh""");
        await RefusedAsync("/v1/events", "application/cloudevents-batch+json", $"[{Event("/desk", "a-3", "payment.received", broken, "gone")}]", HttpStatusCode.MultiStatus);
        await RefusedAsync("/v1/events", "application/x-ndjson", Event("/desk", "a-4", "payment.received", broken, "gone") + "\n", HttpStatusCode.OK);
        await RefusedAsync("/v1/track", "application/json", $$"""{"userId":"gone","event":"registration.confirmed","messageId":"a-5","properties":{"note":"{{Words}}"} }""");
        await RefusedAsync("/xapi/statements", "application/json", Statement("""{"mbox":"mailto:Gone@example.org"}"""));
        await RefusedAsync("/xapi/statements", "application/json", Statement("""{"account":{"homePage":"https://lms.example/","name":"gone"}}"""));
        await RefusedAsync("/caliper", "application/json", $$"""{"sensor":"https://example.edu/s","sendTime":"soon","dataVersion":"http://purl.imsglobal.org/ctx/caliper/v1p2","data":[{"type":"Event","actor":"https://lms.example/gone","note":"{{Words}}"}]}""");
        using (var hook = await PostAsync("/v1/hooks/shop", "application/json", $$"""{"id":"a-6","who":"gone","sum":"{{Words}}"}"""))
            Assert.Equal(1, (await Server.ReadAsync<JsonElement>(hook)).GetProperty("refused").GetInt32());

        Assert.Empty(Kept());
        Assert.Empty((await server.Client.GetFromJsonAsync<HookPayload[]>("/v1/hooks/shop/payloads", Json.Options))!);

        // Others' refused events are kept as ever, and the sources page counts all of them.
        await RefusedAsync("/v1/events", Structured, Event("/desk", "b-1", "payment.received", broken, "here"));
        Assert.Single(Kept());
        var desk = (await server.Client.GetFromJsonAsync<SourcesView>("/v1/sources", Json.Options))!.Sources.Single(s => s.Name == "/desk");
        Assert.Equal((6, 1), ((int)desk.Refused, (int)desk.Open));
    }

    [Fact]
    public async Task A_refused_row_of_somebody_who_was_erased_stands_in_no_file()
    {
        await PostAsync("/v1/events", Structured, Event("/rows", "is", "participant.identified", """{"givenName":"Zillah"}""", "900777"));
        await PostAsync("/v1/events", Structured, Event("/rows", "bye", "participant.erased", "{}", "900777"));
        var view = await server.Client.UploadAsync("rows.csv", $"Student ID,Section,Date,Fee\n900777,S-1,2026-09-01,{Words}\n5,S-1,2026-09-01,much\n");
        using (var mapped = await server.Client.PutAsJsonAsync($"/v1/imports/{view.Id}/mapping", view.Mapping! with { Source = "/rows" }, Json.Options)) Assert.True(mapped.IsSuccessStatusCode);
        var done = await server.Client.RunAsync(view);
        Assert.Equal(2, done.Progress.Refused);
        Assert.DoesNotContain("Thrupp", JsonSerializer.Serialize(done.Progress, Json.Options), StringComparison.Ordinal);
        var file = await server.Client.GetStringAsync($"/v1/imports/{view.Id}/refused");
        Assert.DoesNotContain("Thrupp", file, StringComparison.Ordinal);
        Assert.Contains("much", file, StringComparison.Ordinal);
        Assert.DoesNotContain(Kept(), l => l.Contains("900777", StringComparison.Ordinal));
    }

    private List<string> Kept() => [.. server.Services.GetRequiredService<DeadLetters>().All().Select(l => l.Letter.Reason + Encoding.UTF8.GetString(l.Letter.Body)).Where(l => l.Contains("Thrupp", StringComparison.Ordinal))];

    private static string Statement(string actor) => $$"""{"id":"7b0ffee0-aaaa-4bbb-8ccc-ddddeeeeffff","actor":{{actor}},"verb":{"id":"nothing"},"object":{"id":"https://example.org/q"},"result":{"response":"{{Words}}"} }""";

    private static string Event(string source, string id, string type, string data, string subject) =>
        $$"""{"specversion":"1.0","id":"{{id}}","source":"{{source}}","type":"{{type}}","subject":"{{subject}}","data":{{data}}}""";

    private async Task RefusedAsync(string address, string contentType, string body, HttpStatusCode code = HttpStatusCode.BadRequest)
    {
        using var response = await PostAsync(address, contentType, body);
        Assert.True(response.StatusCode == code, $"{address}: {response.StatusCode} {await response.Content.ReadAsStringAsync()}");
    }

    private async Task<HttpResponseMessage> PostAsync(string address, string contentType, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(contentType)) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", server.Key);
        request.Headers.Add("X-Experience-API-Version", "1.0.3");
        return await server.Client.SendAsync(request);
    }
}
