using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Experience.Domain.Port;
using Experience.Web.Contracts;

namespace Experience.Web.Tests.Ways;

[Collection(nameof(Server))]
public sealed class CaliperTests(Server server)
{
    private const string Learner = "https://example.edu/users/554433";

    [Fact]
    public async Task A_grade_belongs_to_whoever_was_graded()
    {
        var answer = await SendAsync(Envelope(Grade()));
        Assert.Equal((HttpStatusCode.OK, """{"events":1}"""), answer);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(Envelope(Grade()))).Status);
        var line = Assert.Single(await JourneyAsync(Learner));
        Assert.Equal("assessment.graded", line.Type);
        Assert.Contains("75", line.Text + line.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_who_is_described_can_be_searched_and_a_rating_is_drawn_onto_five()
    {
        var person = new JsonObject { ["id"] = "https://example.edu/users/7", ["type"] = "Person", ["name"] = "Ottoline Vandermeer", ["dateModified"] = "2026-09-15T11:05:01.000Z" };
        var rating = Event("FeedbackEvent", "Ranked", "https://example.edu/users/7", "0c81f804-62ee-4953-81c5-62d9579c4369");
        rating["generated"] = new JsonObject
        {
            ["id"] = "https://example.edu/ratings/1",
            ["type"] = "Rating",
            ["selections"] = new JsonArray("10"),
            ["question"] = new JsonObject { ["scale"] = new JsonObject { ["type"] = "NumericScale", ["minValue"] = 0, ["maxValue"] = 10 } },
        };
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(Envelope(person, rating))).Status);
        using var found = await server.Client.GetAsync("/v1/search?q=vandermeer");
        Assert.Contains("Ottoline", await found.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains(await JourneyAsync("https://example.edu/users/7"), l => l.Type == "feedback.submitted");
    }

    [Theory]
    [InlineData("sensor", null, "sensor")]
    [InlineData("sendTime", "2026-09-15T11:05:01Z", "sendTime")]
    [InlineData("sendTime", "2026-02-30T11:05:01.000Z", "sendTime")]
    [InlineData("dataVersion", "http://purl.imsglobal.org/ctx/caliper/v1p3", "dataVersion")]
    [InlineData("data", null, "data")]
    public async Task An_envelope_must_be_whole(string property, string? value, string field)
    {
        var envelope = Envelope(Grade());
        if (value is null) envelope.Remove(property);
        else envelope[property] = value;
        var answer = await SendAsync(envelope);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(field, JsonNode.Parse(answer.Body)!["field"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("type", "GradedEvent")]
    [InlineData("id", "7e10e4f3-a0d8-4430-95bd-783ffae4d916")]
    [InlineData("action", "Submitted")]
    [InlineData("actor", null)]
    [InlineData("object", "not an iri")]
    [InlineData("eventTime", "2026-11-15T10:05:00+01:00")]
    [InlineData("@context", null)]
    [InlineData("extensions", "text")]
    public async Task An_event_must_keep_the_rules(string property, string? value)
    {
        var grade = Grade();
        if (value is null) grade.Remove(property);
        else grade[property] = value;
        var answer = await SendAsync(Envelope(Grade(), grade));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("data[1]." + property, JsonNode.Parse(answer.Body)!["field"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_nobody_agreed_on_is_kept()
    {
        var view = Event("ViewEvent", "Viewed", "https://example.edu/users/8", "1c81f804-62ee-4953-81c5-62d9579c4369");
        view["extensions"] = new JsonObject { ["https://example.edu/x"] = 1 };
        view["somethingElse"] = true;
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(Envelope(view))).Status);
        Assert.Equal("activity.recorded", Assert.Single(await JourneyAsync("https://example.edu/users/8")).Type);
    }

    private static JsonObject Envelope(params JsonNode[] data) => new()
    {
        ["sensor"] = "https://example.edu/sensors/1",
        ["sendTime"] = "2026-11-15T11:05:01.000Z",
        ["dataVersion"] = "http://purl.imsglobal.org/ctx/caliper/v1p2",
        ["data"] = new JsonArray(data),
    };

    private static JsonObject Event(string type, string action, string actor, string id) => new()
    {
        ["@context"] = "http://purl.imsglobal.org/ctx/caliper/v1p2",
        ["id"] = "urn:uuid:" + id,
        ["type"] = type,
        ["profile"] = "GeneralProfile",
        ["action"] = action,
        ["actor"] = new JsonObject { ["id"] = actor, ["type"] = "Person" },
        ["object"] = new JsonObject { ["id"] = "https://example.edu/terms/201801/courses/7/sections/1/pages/2", ["type"] = "WebPage" },
        ["group"] = new JsonObject { ["id"] = "https://example.edu/groups/2", ["type"] = "Group", ["subOrganizationOf"] = new JsonObject { ["id"] = "excel:03", ["type"] = "CourseSection" } },
        ["eventTime"] = "2026-11-15T10:15:00.000Z",
    };

    private static JsonObject Grade()
    {
        var grade = Event("GradeEvent", "Graded", "https://example.edu/autograder", "a50ca17f-5971-47bb-8fca-4e6e6879001d");
        grade["actor"]!["type"] = "SoftwareApplication";
        grade["object"] = new JsonObject
        {
            ["id"] = "https://example.edu/attempts/1",
            ["type"] = "Attempt",
            ["assignee"] = Learner,
            ["assignable"] = new JsonObject { ["id"] = "https://example.edu/quizzes/1", ["type"] = "Assessment" },
        };
        grade["generated"] = new JsonObject { ["id"] = "https://example.edu/scores/1", ["type"] = "Score", ["maxScore"] = 20, ["scoreGiven"] = 15 };
        return grade;
    }

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(JsonObject envelope)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/caliper") { Content = new StringContent(envelope.ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", server.Key);
        using var response = await server.Client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<IReadOnlyList<JourneyLine>> JourneyAsync(string key)
    {
        using var found = await server.Client.GetAsync("/v1/participants?source=/caliper&key=" + Uri.EscapeDataString(key));
        var person = (await Server.ReadAsync<PersonRef>(found)).Id;
        using var response = await server.Client.GetAsync($"/v1/participants/{person}/journey");
        return (await Server.ReadAsync<JourneyPage>(response)).Lines;
    }
}
