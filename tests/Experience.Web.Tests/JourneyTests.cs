using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Experience.Web.Contracts;

namespace Experience.Web.Tests;

/// <summary>From an event to what people see and do, through the real server and engine.</summary>
[Collection(nameof(Server))]
public sealed class JourneyTests(Server server)
{
    [Fact]
    public async Task What_staff_do_reaches_the_person_once()
    {
        var id = await PersonAsync("desk-1");
        var action = new { id = "a-1", action = "complaintOpened", category = "Log-in", department = "Computing", access = true, words = "No access since Monday" };
        var first = await ActAsync(id, action);
        Assert.Equal((EventOutcome.Accepted, "desk-a-1"), (first.Outcome, first.Complaint));
        Assert.Equal(EventOutcome.Duplicate, (await ActAsync(id, action)).Outcome);
        var card = await GetAsync($"/v1/participants/{id}");
        Assert.Equal("desk-a-1", Assert.Single(card.GetProperty("dissatisfiers").EnumerateArray().ToList()).GetProperty("complaint").GetString());
        await ActAsync(id, new { id = "a-2", action = "complaintResolved", complaint = "desk-a-1" });
        Assert.Empty((await GetAsync($"/v1/participants/{id}")).GetProperty("dissatisfiers").EnumerateArray());
        var journey = await GetAsync($"/v1/participants/{id}/journey?limit=1");
        Assert.Equal("complaint.resolved", journey.GetProperty("lines")[0].GetProperty("type").GetString());
        Assert.Contains("Rosa Lin", journey.GetProperty("lines")[0].GetRawText(), StringComparison.Ordinal);
        Assert.NotNull(journey.GetProperty("next").GetString());
    }

    [Fact]
    public async Task An_action_that_lacks_something_is_told_what()
    {
        var id = await PersonAsync("desk-2");
        using var missing = await server.Client.PostAsJsonAsync($"/v1/participants/{id}/actions", new { id = "a-3", action = "promiseMade" });
        Assert.Equal("due", (await Server.ReadAsync<ProblemView>(missing)).Field);
        using var unknown = await server.Client.PostAsJsonAsync($"/v1/participants/{id}/actions", new { id = "a-4", action = "dance" });
        Assert.Equal("action", (await Server.ReadAsync<ProblemView>(unknown)).Field);
        using var nobody = await server.Client.PostAsJsonAsync($"/v1/participants/{new string('0', 32)}/actions", new { id = "a-5", action = "note", words = "x" });
        Assert.Equal(HttpStatusCode.NotFound, nobody.StatusCode);
    }

    [Fact]
    public async Task A_policy_is_published_live_and_a_wrong_one_is_refused_by_its_field()
    {
        var before = await GetAsync("/v1/policy");
        var document = System.Text.Json.Nodes.JsonNode.Parse(before.GetProperty("document").GetRawText())!.AsObject();
        document["program"] = "Evening College";
        using var put = await server.Client.PutAsJsonAsync("/v1/policy", document);
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.Equal(before.GetProperty("version").GetInt32() + 1, (await Server.ReadAsync<PolicyAnswer>(put)).Version);
        Assert.Equal("Evening College", (await GetAsync("/v1/program")).GetProperty("name").GetString());
        document["currency"] = "dollars";
        using var wrong = await server.Client.PutAsJsonAsync("/v1/policy", document);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Equal("currency", (await Server.ReadAsync<ProblemView>(wrong)).Field);
    }

    [Fact]
    public async Task A_segment_is_defined_live_and_a_wrong_rule_is_refused_by_its_path()
    {
        using var put = await server.Client.PutAsJsonAsync("/v1/segments/payers", new { title = "Payers", rule = new { field = "payments", @is = ">=", value = 1 } });
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.Contains((await GetAsync("/v1/segments")).EnumerateArray().ToList(), s => s.GetProperty("id").GetString() == "payers");
        using var wrong = await server.Client.PutAsJsonAsync("/v1/segments/payers", new { title = "Payers", rule = new { field = "shoeSize", value = 1 } });
        Assert.Contains("field", (await Server.ReadAsync<ProblemView>(wrong)).Field, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_uploaded_guessed_confirmed_and_recorded_once()
    {
        const string Csv = "Student ID,First name,Last name,Date,Section,Amount\n9001,Priya,Nair,2025-03-01,nurse-12,120.00\n9002,Walter,Pym,2025-03-02,memoir-60,80.00\n9003,Dana,Reyes,never,memoir-60,80.00\n";
        foreach (var (events, duplicates) in ((int, int)[])[(4, 0), (0, 4)])
        {
            using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(Csv));
            body.Headers.ContentType = new("application/octet-stream");
            using var uploaded = await server.Client.PostAsync("/v1/imports?name=spring.csv", body);
            var view = await Server.ReadAsync<ImportView>(uploaded);
            Assert.Equal((3L, "subject", "registration.confirmed"), (view.Rows!.Value, view.Mapping!.Columns["Student ID"], view.Mapping.Type));
            Assert.Equal("time", Assert.Single(view.Preview, p => p.Reason is not null).Field);
            using var started = await server.Client.PostAsJsonAsync($"/v1/imports/{view.Id}/start", new { });
            Assert.Equal(HttpStatusCode.OK, started.StatusCode);
            var progress = await DoneAsync(view.Id);
            Assert.Equal((events, duplicates, 1), ((int)progress.Events, (int)progress.Duplicates, (int)progress.Refused));
        }

        using var found = await server.Client.GetAsync("/v1/participants?source=/import/spring&key=9001");
        var card = await GetAsync("/v1/participants/" + (await Server.ReadAsync<PersonRef>(found)).Id);
        Assert.True(card.GetProperty("history").GetBoolean());
        Assert.Equal("Priya", card.GetProperty("person").GetProperty("preferredName").GetString());
    }

    [Fact]
    public async Task A_first_start_shows_a_curl_with_a_key_that_works()
    {
        await using var fresh = new FreshServer();
        var start = await fresh.StartAsync();
        Assert.True(start.Empty);
        Assert.Contains(start.Key!, start.Curl, StringComparison.Ordinal);
        using var response = await fresh.Server.SendAsync(Server.Event("first"), "application/cloudevents+json", key: start.Key);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False((await fresh.StartAsync()).Empty);
    }

    private async Task<string> PersonAsync(string key)
    {
        using (var sent = await server.SendAsync(Server.Event(key, subject: key), "application/cloudevents+json")) Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
        using var found = await server.Client.GetAsync($"/v1/participants?source=/desk&key={key}");
        return (await Server.ReadAsync<PersonRef>(found)).Id;
    }

    private async Task<ActionReceipt> ActAsync(string id, object action)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/participants/{id}/actions") { Content = JsonContent.Create(action) };
        request.Headers.Add("X-Staff", "Rosa%20Lin");
        request.Headers.Add("X-Desk", "Main");
        using var response = await server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await Server.ReadAsync<ActionReceipt>(response);
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        using var response = await server.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await Server.ReadAsync<JsonElement>(response);
    }

    private async Task<ImportProgress> DoneAsync(string id)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            using var response = await server.Client.GetAsync("/v1/imports/" + id, deadline.Token);
            var progress = (await Server.ReadAsync<ImportView>(response)).Progress;
            if (progress.Phase is ImportPhase.Done) return progress;
            Assert.Null(progress.Problem);
            await Task.Yield();
        }
    }

    private sealed class FreshServer : IAsyncDisposable
    {
        private bool _started;

        public Server Server { get; } = new();

        public async Task<StartView> StartAsync()
        {
            if (!_started) await Server.InitializeAsync();
            _started = true;
            return (await Server.Client.GetFromJsonAsync<StartView>("/v1/start", Json.Options))!;
        }

        public async ValueTask DisposeAsync() => await Server.DisposeAsync();
    }
}
