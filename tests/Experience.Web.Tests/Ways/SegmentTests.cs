using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Experience.Domain.Port;
using Experience.Testing;
using Experience.Web.Contracts;
using Xunit.Abstractions;

namespace Experience.Web.Tests.Ways;

[Collection(nameof(Server))]
public sealed class SegmentTests(Server server, ITestOutputHelper output)
{
    private const string Order = """
        {"type":"track","messageId":"seg-order","userId":"u-1","timestamp":"2026-10-01T15:00:00Z","event":"Order Completed",
         "properties":{"order_id":"o-7","total":380.50,"currency":"USD","products":[
          {"product_id":"excel-03","name":"Excel","price":190.25,"quantity":1,"category":"Computing"},
          {"product_id":"yoga-60","name":"Gentle Yoga","price":"95.125","quantity":2}]}}
        """;

    [Fact]
    public async Task An_order_is_its_registrations_and_one_payment_and_a_second_sending_changes_nothing()
    {
        Assert.Equal(HttpStatusCode.OK, (await PostAsync("track", Order)).Status);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync("track", Order)).Status);
        var lines = await JourneyAsync("u-1");
        Assert.Equal(["payment.received", "registration.confirmed", "registration.confirmed"], lines.Select(l => l.Type).Order(StringComparer.Ordinal));
        var card = await CardAsync("u-1");
        Assert.Equal(38050, card.Value!.NetPaid);
        await PostAsync("track", """
            {"messageId":"seg-refund","userId":"u-1","timestamp":"2026-10-02T15:00:00Z","event":"Order Refunded","properties":{"order_id":"o-7","products":[{"product_id":"excel-03","price":190.25}]}}
            """);
        Assert.Equal(38050 - 19025, (await CardAsync("u-1")).Value!.NetPaid);
    }

    [Fact]
    public async Task Who_somebody_is_can_be_searched()
    {
        var answer = await PostAsync("identify", """{"userId":"u-2","messageId":"seg-id","traits":{"name":"Wilhelmina Oyelaran","email":"wilhelmina@example.org","plan":"gold"}}""");
        Assert.Equal((HttpStatusCode.OK, """{"success":true}"""), answer);
        using var found = await server.Client.GetAsync("/v1/search?q=oyelaran");
        Assert.Contains("Wilhelmina", await found.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_track_call_named_as_a_type_of_the_vocabulary_is_that_event()
    {
        var answer = await PostAsync("track", """{"userId":"u-3","messageId":"seg-own","event":"feedback.submitted","properties":{"survey":"annual","service":7}}""");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("data.service", answer.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync("track", """{"userId":"u-3","messageId":"seg-own","event":"feedback.submitted","properties":{"survey":"annual","service":4}}""")).Status);
        Assert.Equal("feedback.submitted", Assert.Single(await JourneyAsync("u-3")).Type);
    }

    [Fact]
    public async Task What_is_wrong_in_a_batch_is_named_and_the_rest_is_taken()
    {
        var answer = await PostAsync("batch", """{"batch":[{"type":"track","event":"Course Viewed","userId":"u-4","messageId":"b-1"},{"type":"alias","userId":"u-4"}]}""");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("batch[1].previousId", answer.Body, StringComparison.Ordinal);
        Assert.Contains("Course Viewed", Assert.Single(await JourneyAsync("u-4")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_write_key_may_stand_in_the_body_and_without_one_nothing_is_taken()
    {
        var body = $$"""{"writeKey":"{{server.Key}}","userId":"u-5","messageId":"k-1","event":"Signed Up"}""";
        Assert.Equal(HttpStatusCode.OK, (await PostAsync("t", body, key: null)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync("track", """{"userId":"u-5","event":"Signed Up"}""", key: null)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync("track", """{"userId":"u-5","event":"Signed Up"}""", key: "wrong")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync("track", "{")).Status);
    }

    [SharedDataFact("events/segment/segment_spec_examples.json")]
    public async Task Every_example_of_the_specification_is_taken()
    {
        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(Repository.Shared("events/segment/segment_spec_examples.json")));
        var taken = 0;
        foreach (var example in document.RootElement.EnumerateArray())
        {
            var payload = example.GetProperty("payload").GetRawText();
            var answer = await PostAsync("batch", $$"""{"batch":[{{payload}}]}""");
            if (answer.Status != HttpStatusCode.OK) output.WriteLine($"{answer.Body}: {payload}");
            else taken++;
        }

        Assert.Equal(document.RootElement.GetArrayLength(), taken);
    }

    private async Task<(HttpStatusCode Status, string Body)> PostAsync(string address, string body, string? key = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/" + address) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes((key.Length == 0 ? server.Key : key) + ":")));
        using var response = await server.Client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<string> PersonAsync(string key)
    {
        using var found = await server.Client.GetAsync("/v1/participants?source=/segment&key=" + key);
        return (await Server.ReadAsync<PersonRef>(found)).Id;
    }

    private async Task<IReadOnlyList<JourneyLine>> JourneyAsync(string key)
    {
        using var response = await server.Client.GetAsync($"/v1/participants/{await PersonAsync(key)}/journey");
        return (await Server.ReadAsync<JourneyPage>(response)).Lines;
    }

    private async Task<CardView> CardAsync(string key)
    {
        using var response = await server.Client.GetAsync($"/v1/participants/{await PersonAsync(key)}");
        return await Server.ReadAsync<CardView>(response);
    }
}
