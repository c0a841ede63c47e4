using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Experience.Web.Contracts;

namespace Experience.Web.Tests.Sources;

/// <summary>Webhooks: what a payload means, whose it is, and what is kept.</summary>
public sealed class HookTests(Server server) : IClassFixture<Server>
{
    /// <summary>An order with attendees, as ticket shops send it: lists, foreign words, dates, decimals.</summary>
    private const string Order = """
        {"action":"order.placed","order":{"id":"o-55","placed":"11/20/2026 14:05","currency":"USD","buyer":{"email":"kim@example.org"},
        "attendees":[
          {"ref":901,"first":"Kim","last":"Lee","mail":"KIM@example.org","ticket":{"class":"XL-3","price":"1,190.00"},"state":"attending","vip":"yes"},
          {"ref":902,"first":"Lo","last":"Lee","ticket":{"class":"PY-1","price":"90.50"},"state":"attending"},
          {"ref":903,"first":"No","last":"Show","ticket":{"class":"PY-1","price":"90.50"},"state":"deleted"}]}}
        """;

    private static object Mapping(string source, object? signature = null) => new
    {
        source,
        timeZone = "America/Chicago",
        signature = signature ?? new { kind = "hmac", header = "X-Shop-Signature", encoding = "base64" },
        lookups = new { sections = new Dictionary<string, string> { ["XL-3"] = "excel-03" } },
        events = new object[]
        {
            new
            {
                each = "$.order.attendees[?@.state == 'attending']",
                when = new object[] { new { value = "$.action", @is = new[] { "order.placed", "order.updated" } } },
                type = "registration.confirmed",
                id = new { concat = new object[] { "$.order.id", "-", "/ref" } },
                subject = new { concat = new object[] { "a-", "/ref" } },
                time = new { date = "$.order.placed", format = "MM/dd/yyyy HH:mm" },
                data = new Dictionary<string, object>
                {
                    ["section"] = new { lookup = "sections", of = "/ticket/class", otherwise = new { lower = "/ticket/class" } },
                    ["amount"] = new { money = "/ticket/price" },
                    ["channel"] = "online",
                    ["vip"] = new { flag = "/vip" },
                },
            },
            new
            {
                each = "$.order.attendees[?@.state == 'attending']",
                type = "participant.identified",
                id = new { concat = new object[] { "$.order.id", "-", "/ref" } },
                subject = new { concat = new object[] { "a-", "/ref" } },
                time = new { date = "$.order.placed", format = "MM/dd/yyyy HH:mm" },
                data = new Dictionary<string, object> { ["givenName"] = "/first", ["familyName"] = "/last", ["email"] = new { first = new object[] { new { lower = "/mail" }, "$.order.buyer.email" } } },
            },
        },
    };

    [Fact]
    public async Task A_payload_fans_out_to_events_and_a_replay_is_a_duplicate()
    {
        var secret = await PutAsync("shop", Mapping("/shop"));
        using var first = await CallAsync("shop", Order, ("X-Shop-Signature", Sign(secret, Order)));
        var answer = await Server.ReadAsync<HookAnswer>(first);
        Assert.Equal((4, 4, 0, 0), (answer.Events, answer.Accepted, answer.Duplicates, answer.Refused));
        using var again = await CallAsync("shop", Order, ("X-Shop-Signature", Sign(secret, Order)));
        Assert.Equal((4, 0, 4, 0), Counts(await Server.ReadAsync<HookAnswer>(again)));

        var person = await server.Client.GetFromJsonAsync<PersonRef>("/v1/participants?source=/shop&key=a-901", Json.Options);
        var card = JsonSerializer.Deserialize<JsonElement>(await server.Client.GetStringAsync("/v1/participants/" + person!.Id));
        Assert.Contains("Kim", card.GetRawText(), StringComparison.Ordinal);
        var journey = await server.Client.GetStringAsync($"/v1/participants/{person.Id}/journey");
        Assert.Contains("excel-03", journey, StringComparison.Ordinal);

        // Tested with the last payload, before anything is sent: the amounts and the hour are right.
        using var tested = await server.Client.PostAsJsonAsync("/v1/hooks/shop/test", new HookTest(null, null, null, null), Json.Options);
        var events = (await Server.ReadAsync<HookTested>(tested)).Events;
        Assert.All(events, e => Assert.Null(e.Field));
        Assert.Equal((119_000, 9_050), (events[0].Event.GetProperty("data").GetProperty("amount").GetInt32(), events[1].Event.GetProperty("data").GetProperty("amount").GetInt32()));
        Assert.Equal(("o-55-901", "2026-11-20T20:05:00.000000Z", true), (events[0].Event.GetProperty("id").GetString(), events[0].Event.GetProperty("time").GetString(), events[0].Event.GetProperty("data").GetProperty("vip").GetBoolean()));
        Assert.Equal(("py-1", "kim@example.org"), (events[1].Event.GetProperty("data").GetProperty("section").GetString(), events[3].Event.GetProperty("data").GetProperty("email").GetString()));
        Assert.Equal(["o-55-901", "o-55-902", "o-55-901#1", "o-55-902#1"], events.Select(e => e.Event.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Without_an_id_the_hash_of_the_payload_is_one()
    {
        var secret = await PutAsync("plain", new { source = "/plain", signature = new { kind = "hmac", header = "X-S" }, events = new object[] { new { each = "$.pay[*]", type = "payment.received", subject = "/who", data = new { amount = "/cents" } } } });
        const string body = """{"pay":[{"who":"x","cents":100},{"who":"x","cents":100}]}""";
        foreach (var expected in new[] { (2, 2, 0, 0), (2, 0, 2, 0) })
        {
            using var response = await CallAsync("plain", body, ("X-S", Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(body)))));
            Assert.Equal(expected, Counts(await Server.ReadAsync<HookAnswer>(response)));
        }
    }

    [Fact]
    public async Task A_call_must_be_signed_by_the_sender_and_lately()
    {
        const string body = """{"id":"evt_1","amount":1900,"customer":"c-1"}""";
        var events = new object[] { new { type = "payment.received", id = "/id", subject = "/customer", data = new { amount = "/amount" } } };
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

        await PutAsync("git", new { source = "/git", signature = new { kind = "github" }, events }, "It's a Secret to Everybody");
        // The example of GitHub's own documentation: secret, payload, signature.
        await PutAsync("git-example", new { source = "/git2", signature = new { kind = "github" }, events }, "It's a Secret to Everybody");
        using (var known = await CallAsync("git-example", "Hello, World!", ("X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"))) Assert.Equal(HttpStatusCode.OK, known.StatusCode);
        await ExpectAsync("git", body, HttpStatusCode.OK, ("X-Hub-Signature-256", "sha256=" + Hex("It's a Secret to Everybody", body)));
        await ExpectAsync("git", body + " ", HttpStatusCode.Unauthorized, ("X-Hub-Signature-256", "sha256=" + Hex("It's a Secret to Everybody", body)));
        await ExpectAsync("git", body, HttpStatusCode.Unauthorized, ("X-Hub-Signature-256", "sha256=zz"));
        await ExpectAsync("git", body, HttpStatusCode.Unauthorized);

        await PutAsync("stripe", new { source = "/stripe", signature = new { kind = "stripe" }, events }, "whsec_test_secret");
        await ExpectAsync("stripe", body, HttpStatusCode.OK, ("Stripe-Signature", $"t={now},v1=00,v1={Hex("whsec_test_secret", $"{now}.{body}")},v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39"));
        await ExpectAsync("stripe", body, HttpStatusCode.Unauthorized, ("Stripe-Signature", $"t={now - 600},v1={Hex("whsec_test_secret", $"{now - 600}.{body}")}"));
        await ExpectAsync("stripe", body, HttpStatusCode.Unauthorized, ("Stripe-Signature", $"v1={Hex("whsec_test_secret", $"{now}.{body}")}"));

        await PutAsync("sha1", new { source = "/sha1", signature = new { kind = "hmac", header = "X-Sig", algorithm = "sha1", encoding = "base64", prefix = "sha1=", timestampHeader = "X-Time", tolerance = 60 }, events }, "a secret of ours");
        var mac = Sha1("a secret of ours", $"{now}.{body}");
        await ExpectAsync("sha1", body, HttpStatusCode.OK, ("X-Sig", "sha1=" + mac), ("X-Time", now.ToString(CultureInfo.InvariantCulture)));
        await ExpectAsync("sha1", body, HttpStatusCode.Unauthorized, ("X-Sig", "sha1=" + mac), ("X-Time", (now - 90).ToString(CultureInfo.InvariantCulture)));

        await PutAsync("token", new { source = "/token", signature = new { kind = "token", header = "X-Gitlab-Token" }, events }, "long enough");
        await ExpectAsync("token", body, HttpStatusCode.OK, ("X-Gitlab-Token", "long enough"));
        await ExpectAsync("token", body, HttpStatusCode.Unauthorized, ("X-Gitlab-Token", "long enougH"));

        await PutAsync("key", new { source = "/keyed", signature = new { kind = "key" }, events });
        await ExpectAsync("key", body, HttpStatusCode.OK, ("Authorization", "Bearer " + server.Key));
        await ExpectAsync("key", body, HttpStatusCode.Unauthorized, ("Authorization", "Bearer exp_nothing"));
        await ExpectAsync("nobody", body, HttpStatusCode.NotFound);
        var git = (await server.Client.GetFromJsonAsync<List<HookView>>("/v1/hooks", Json.Options))!.Single(h => h.Name == "git");
        Assert.Equal((1, 3), ((int)git.Taken, (int)git.Unsigned));
    }

    [Fact]
    public async Task A_payload_that_is_refused_waits_and_is_read_by_the_mapping_that_mends_it()
    {
        object With(string path) => new { source = "/mended", signature = new { kind = "token", header = "X-T" }, events = new object[] { new { type = "payment.received", id = "/id", subject = "/who", data = new { amount = new { money = path } } } } };
        await PutAsync("mended", With("/wrong"), "a secret 1");
        using var response = await CallAsync("mended", """{"id":"m-1","who":"w","paid":"12.50"}""", ("X-T", "a secret 1"));
        Assert.Equal((1, 0, 0, 1), Counts(await Server.ReadAsync<HookAnswer>(response)));
        var letter = (await server.Client.GetFromJsonAsync<LettersPage>("/v1/dead-letters?source=/mended", Json.Options))!.Letters.Single();
        Assert.Equal(("hook", "data.amount", "mended"), (letter.Way, letter.Field, letter.Place));

        // A new version, and the old secret goes on working beside the new one until there is another.
        await PutAsync("mended", With("/paid"), "a secret 2");
        using var sent = await server.Client.PostAsJsonAsync("/v1/dead-letters/send", new { source = "/mended" }, Json.Options);
        Assert.Equal(1, (await Server.ReadAsync<LettersAnswer>(sent)).Sent);
        await ExpectAsync("mended", """{"id":"m-2","who":"w","paid":"12.50"}""", HttpStatusCode.OK, ("X-T", "a secret 1"));
        await ExpectAsync("mended", """{"id":"m-3","who":"w","paid":"12.50"}""", HttpStatusCode.OK, ("X-T", "a secret 2"));
        Assert.Equal([2, 1], (await server.Client.GetFromJsonAsync<List<HookVersion>>("/v1/hooks/mended/versions", Json.Options))!.Select(v => v.Version));
        Assert.Equal(3, (await server.Client.GetFromJsonAsync<List<HookPayload>>("/v1/hooks/mended/payloads", Json.Options))!.Count);
    }

    [Theory]
    [InlineData("1790000000", "2026-09-21T14:13:20.000000Z")]
    [InlineData("-86400.5", "1969-12-30T23:59:59.500000Z")]
    [InlineData("1790009000000000", "1790009000000000")]
    [InlineData("-1e27", "-1e27")]
    public async Task A_unix_time_is_a_time_where_it_can_be_one(string at, string expected)
    {
        var mapping = JsonSerializer.SerializeToElement(new { source = "/unix", signature = new { kind = "key" }, events = new object[] { new { type = "note", id = "1", time = new { date = "/at", format = "unix" } } } });
        using var response = await server.Client.PostAsJsonAsync("/v1/hooks/unix/test", new HookTest(mapping, $$"""{"at":{{at}}}""", null, null), Json.Options);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected, (await Server.ReadAsync<HookTested>(response)).Events.Single().Event.GetProperty("time").GetString());
    }

    [Theory]
    [InlineData("""{"signature":{"kind":"key"},"events":[{"type":"x"}]}""", "source")]
    [InlineData("""{"source":"/x","events":[{"type":"x"}]}""", "signature")]
    [InlineData("""{"source":"/x","signature":{"kind":"md5"},"events":[{"type":"x"}]}""", "signature")]
    [InlineData("""{"source":"/x","signature":{"kind":"key"},"events":[]}""", "events")]
    [InlineData("""{"source":"/x","signature":{"kind":"key"},"events":[{"typ":"x"}]}""", "events[0]")]
    [InlineData("""{"source":"/x","signature":{"kind":"key"},"events":[{"each":"$.a[","type":"x"}]}""", "events[0].each")]
    [InlineData("""{"source":"/x","signature":{"kind":"key"},"events":[{"type":"x","data":{"a":{"lookup":"none","of":"/a"}}}]}""", "events[0].data.a")]
    [InlineData("""{"source":"/x","signature":{"kind":"key"},"events":[{"type":"x","data":{"a":{"header":"Authorization"}}}]}""", "events[0].data.a")]
    public async Task A_mapping_that_is_wrong_names_the_place(string mapping, string field)
    {
        using var response = await server.Client.PutAsJsonAsync("/v1/hooks/wrong", new HookRequest(JsonSerializer.Deserialize<JsonElement>(mapping), null), Json.Options);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(field, (await Server.ReadAsync<ProblemView>(response)).Field);
    }

    private static (int, int, int, int) Counts(HookAnswer answer) => (answer.Events, answer.Accepted, answer.Duplicates, answer.Refused);

    private static string Sign(string secret, string body) => Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(body)));

    /// <summary>Some senders sign with nothing better.</summary>
    private static string Sha1(string secret, string body)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA1, Encoding.UTF8.GetBytes(secret));
        mac.AppendData(Encoding.UTF8.GetBytes(body));
        return Convert.ToBase64String(mac.GetHashAndReset());
    }

    private static string Hex(string secret, string body) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(body)));

    private async Task<string> PutAsync(string name, object mapping, string? secret = null)
    {
        using var response = await server.Client.PutAsJsonAsync("/v1/hooks/" + name, new { mapping, secret });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await Server.ReadAsync<HookPut>(response)).Secret ?? secret ?? "";
    }

    private async Task ExpectAsync(string name, string body, HttpStatusCode status, params (string Name, string Value)[] headers)
    {
        using var response = await CallAsync(name, body, headers);
        Assert.Equal(status, response.StatusCode);
    }

    private async Task<HttpResponseMessage> CallAsync(string name, string body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/hooks/" + name) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (header, value) in headers) request.Headers.TryAddWithoutValidation(header, value);
        return await server.Client.SendAsync(request);
    }
}
