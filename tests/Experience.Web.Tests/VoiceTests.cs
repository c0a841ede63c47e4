using System.Net;
using System.Net.Http.Json;
using Experience.Domain.Port;
using Experience.Web.Contracts;

namespace Experience.Web.Tests;

/// <summary>Public voice through the API: listed without a person, attributed, taken back, undone, and what was wrong with an answer.</summary>
public sealed class VoiceTests(Server server) : IClassFixture<Server>
{
    private const string Structured = "application/cloudevents+json";

    private static string Review(string id, string data, string? subject = null) =>
        $$"""{"specversion":"1.0","id":"{{id}}","source":"/reviews","type":"feedback.submitted",{{(subject is null ? "" : $"\"subject\":\"{subject}\",")}}"data":{{data}}}""";

    [Fact]
    public async Task A_review_without_a_person_is_listed_attributed_and_taken_back()
    {
        await SendAsync(Review("r-1", """{"rating":4,"text":"Bright room.","section":"S-1","site":"Google"}"""));
        await SendAsync(Server.Event("v-who", "participant.identified", """{"givenName":"Maria","familyName":"Delgado"}""", "maria"));
        var person = (await server.Client.GetFromJsonAsync<PersonRef>("/v1/participants?source=/desk&key=maria", Json.Options))!.Id;
        var page = await ListAsync();
        Assert.Equal(("S-1", 1L, (double?)4.0), page.Sections.Where(s => s.Section == "S-1").Select(s => (s.Section, s.Rated, s.Rating)).Single());
        var voice = Assert.Single(page.Voices);
        Assert.Equal(("Bright room.", "S-1", "Google", "/reviews"), (voice.Words, voice.Section, voice.Site, voice.Key.Source));

        var given = await AnswerAsync(new VoiceAnswer("a-1", voice.Key, person, null));
        Assert.Equal((EventOutcome.Accepted, new VoicePerson(person, "Maria Delgado")), (given.Outcome, given.Voice.Person));
        Assert.Equal(EventOutcome.Duplicate, (await AnswerAsync(new VoiceAnswer("a-1", voice.Key, person, null))).Outcome);
        Assert.Empty((await ListAsync()).Voices);
        Assert.Equal(person, Assert.Single((await ListAsync("?attributed=true")).Voices).Person!.Id);
        Assert.Contains("Bright room.", await server.Client.GetStringAsync($"/v1/participants/{person}/journey"), StringComparison.Ordinal);

        var back = await AnswerAsync(new VoiceAnswer("a-2", voice.Key, null, "a namesake"));
        Assert.Equal((EventOutcome.Accepted, null), (back.Outcome, back.Voice.Person));
        Assert.Equal(EventOutcome.Duplicate, (await AnswerAsync(new VoiceAnswer("a-2", voice.Key, null, "a namesake"))).Outcome);
        Assert.DoesNotContain("Bright room.", await server.Client.GetStringAsync($"/v1/participants/{person}/journey"), StringComparison.Ordinal);

        // A void that names no person undoes it wherever it is by now.
        await AnswerAsync(new VoiceAnswer("a-3", voice.Key, person, null));
        await SendAsync("""{"specversion":"1.0","id":"v-1","source":"/reviews","type":"event.voided","data":{"targetId":"r-1"}}""");
        Assert.Empty((await ListAsync("?attributed=true")).Voices);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_is_told_why()
    {
        await SendAsync(Review("w-1", """{"text":"Whose?","section":"S-9"}"""));
        var voice = Assert.Single((await ListAsync("?section=S-9")).Voices);
        await RefusedAsync("id", new VoiceAnswer("", voice.Key, null, null));
        await RefusedAsync("voice", new VoiceAnswer("x", new SourceKey("/reviews", "nothing"), null, null));
        await RefusedAsync("person", new VoiceAnswer("x", voice.Key, new string('0', 31) + "1", null));
        await RefusedAsync("reason", new VoiceAnswer("x", voice.Key, null, new string('r', 5_000)));
        using var known = await server.Client.GetAsync($"/v1/participants?source=/reviews&key={voice.Key.Key}");
        Assert.Equal(HttpStatusCode.NotFound, known.StatusCode);
    }

    private async Task<VoicePage> ListAsync(string query = "?section=S-1") => (await server.Client.GetFromJsonAsync<VoicePage>("/v1/voice" + query, Json.Options))!;

    private async Task<VoiceReceipt> AnswerAsync(VoiceAnswer answer)
    {
        using var response = await server.Client.PostAsJsonAsync("/v1/voice/answers", answer, Json.Options);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await Server.ReadAsync<VoiceReceipt>(response);
    }

    private async Task RefusedAsync(string field, VoiceAnswer answer)
    {
        using var response = await server.Client.PostAsJsonAsync("/v1/voice/answers", answer, Json.Options);
        Assert.Equal((HttpStatusCode.BadRequest, field), (response.StatusCode, (await Server.ReadAsync<ProblemView>(response)).Field));
    }

    private async Task SendAsync(string body)
    {
        using var response = await server.SendAsync(body, Structured);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }
}
