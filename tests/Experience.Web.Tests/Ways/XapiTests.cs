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
public sealed class XapiTests(Server server, ITestOutputHelper output)
{
    private const string Graded = """
        {"id":"12345678-1234-4234-8234-123456789012","actor":{"name":"Ines Duarte","account":{"homePage":"https://lms.example.org","name":"s-9"}},
         "verb":{"id":"http://adlnet.gov/expapi/verbs/passed","display":{"en":"passed"}},
         "object":{"id":"https://lms.example.org/quiz/4"},"result":{"score":{"scaled":0.875},"success":true},
         "context":{"contextActivities":{"grouping":[{"id":"https://lms.example.org/course/excel-03","definition":{"type":"http://adlnet.gov/expapi/activities/course"}}]}},"timestamp":"2026-10-01T15:00:00Z"}
        """;

    [Fact]
    public async Task A_voided_statement_is_undone_for_the_person_whom_it_was_about()
    {
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Post, Graded)).Status);
        var before = await JourneyAsync("https://lms.example.org/s-9");
        Assert.Equal(["assessment.graded", "participant.identified"], before.Select(l => l.Type).Order(StringComparer.Ordinal));
        var voids = """
            {"actor":{"mbox":"mailto:teacher@example.org"},"verb":{"id":"http://adlnet.gov/expapi/verbs/voided"},
             "object":{"objectType":"StatementRef","id":"12345678-1234-4234-8234-123456789012"}}
            """;
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Post, voids)).Status);
        Assert.True(Assert.Single(await JourneyAsync("https://lms.example.org/s-9"), l => l.Type == "assessment.graded").Voided);
    }

    [Fact]
    public async Task A_list_is_taken_whole_or_not_at_all()
    {
        var good = """{"actor":{"mbox":"mailto:whole@example.org"},"verb":{"id":"http://adlnet.gov/expapi/verbs/experienced"},"object":{"id":"https://lms.example.org/page/1"}}""";
        var answer = await SendAsync(HttpMethod.Post, $"[{good},{good.Replace("\"mailto:", "\"", StringComparison.Ordinal)}]");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("[1].actor.mbox", answer.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync("/v1/participants?source=/xapi&key=whole@example.org")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Post, $"[{good},{good}]")).Status);
    }

    [Fact]
    public async Task A_put_statement_has_the_id_of_its_address()
    {
        const string id = "22345678-1234-4234-8234-123456789012";
        var statement = """{"actor":{"mbox":"mailto:put@example.org"},"verb":{"id":"http://adlnet.gov/expapi/verbs/attended"},"object":{"id":"excel-03:1"}}""";
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(HttpMethod.Put, statement, "?statementId=" + id)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(HttpMethod.Put, statement, "?statementId=" + id)).Status);
        Assert.Equal("attendance.recorded", Assert.Single(await JourneyAsync("put@example.org"), l => l.Type != "participant.identified").Type);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(HttpMethod.Put, statement, "?statementId=1")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(HttpMethod.Post, statement, version: null)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(HttpMethod.Post, statement, version: "0.95")).Status);
    }

    [Fact]
    public async Task Context_agents_belong_to_the_second_version()
    {
        var statement = """
            {"actor":{"mbox":"mailto:two@example.org"},"verb":{"id":"http://adlnet.gov/expapi/verbs/experienced"},"object":{"id":"https://lms.example.org/page/2"},
             "context":{"contextAgents":[{"objectType":"contextAgent","agent":{"mbox":"mailto:tutor@example.org"},"relevantTypes":["https://example.org/tutor"]}]}}
            """;
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Post, statement, version: "2.0.0")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(HttpMethod.Post, statement)).Status);
    }

    [SharedDataFact("events/xapi/cases_v1_0_3.jsonl")]
    public async Task Every_case_of_the_conformance_suite_is_answered_as_labelled()
    {
        var wrong = 0;
        foreach (var line in await File.ReadAllLinesAsync(Repository.Shared("events/xapi/cases_v1_0_3.jsonl")))
        {
            using var test = JsonDocument.Parse(line);
            var root = test.RootElement;
            var answer = await SendAsync(HttpMethod.Post, root.GetProperty("body").GetRawText());
            if (root.GetProperty("expect").EnumerateArray().Any(e => e.GetInt32() == (int)answer.Status)) continue;
            wrong++;
            output.WriteLine($"{root.GetProperty("suite").GetString()}: {root.GetProperty("test").GetString()}: {(int)answer.Status} {answer.Body}");
        }

        Assert.Equal(0, wrong);
    }

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpMethod method, string body, string query = "", string? version = "1.0.3")
    {
        using var request = new HttpRequestMessage(method, "/xapi/statements" + query) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("lms:" + server.Key)));
        if (version is not null) request.Headers.Add("X-Experience-API-Version", version);
        using var response = await server.Client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<IReadOnlyList<JourneyLine>> JourneyAsync(string key)
    {
        using var found = await server.Client.GetAsync("/v1/participants?source=/xapi&key=" + Uri.EscapeDataString(key));
        var person = (await Server.ReadAsync<PersonRef>(found)).Id;
        using var response = await server.Client.GetAsync($"/v1/participants/{person}/journey");
        return (await Server.ReadAsync<JourneyPage>(response)).Lines;
    }
}
