using System.Net;
using System.Net.Http.Json;
using Experience.Domain.Port;
using Experience.Web.Contracts;

namespace Experience.Web.Tests;

/// <summary>One person through the API: suggested, previewed, merged, undone, and what was wrong with an answer.</summary>
[Collection(nameof(Server))]
public sealed class IdentityTests(Server server)
{
    private const string Structured = "application/cloudevents+json";

    [Fact]
    public async Task A_pair_is_suggested_previewed_merged_and_undone()
    {
        await NamedAsync("one-1", "Philippa", "Trelawney");
        await NamedAsync("one-2", "Phil", "Trelawney");
        await NamedAsync("one-3", "Arthur", "Trelawney");
        var pair = Assert.Single((await ListAsync()).Suggestions, s => s.First.Name.Contains("Trelawney", StringComparison.Ordinal));
        var preview = await server.Client.GetFromJsonAsync<MergePreview>($"/v1/identity/preview?first={pair.First.Id}&second={pair.Second.Id}", Json.Options);
        Assert.Equal(4, preview!.Merged.More.Facts);

        var same = new SameAnswer("a-1", "same", pair.First.Keys[0], pair.Second.Keys[0], "called them");
        var merged = await AnswerAsync(same);
        Assert.Equal(EventOutcome.Accepted, merged.Outcome);
        Assert.Equal(EventOutcome.Duplicate, (await AnswerAsync(same)).Outcome);
        Assert.Equal(merged.Person, await PersonAsync("one-1"));
        Assert.Equal(merged.Person, await PersonAsync("one-2"));
        Assert.NotEqual(merged.Person, await PersonAsync("one-3"));
        Assert.Contains((await ListAsync()).Merged, m => m.Person == merged.Person);

        Assert.Equal(EventOutcome.Accepted, (await AnswerAsync(same with { Id = "a-2", Answer = "different" })).Outcome);
        Assert.NotEqual(await PersonAsync("one-1"), await PersonAsync("one-2"));
        var after = await ListAsync();
        Assert.DoesNotContain(after.Merged, m => m.Person == merged.Person);
        Assert.DoesNotContain(after.Suggestions, s => s.Id == pair.Id);
    }

    [Fact]
    public async Task People_are_found_by_an_identity()
    {
        await NamedAsync("find-1", "Wilhelmina", "Ashgrove");
        var found = await server.Client.GetFromJsonAsync<IdentityAnswer>("/v1/identity/people?email=FIND-1@example.org", Json.Options);
        Assert.Equal([await PersonAsync("find-1")], found!.People);
        using var none = await server.Client.GetAsync("/v1/identity/people");
        Assert.Equal("email", (await Server.ReadAsync<ProblemView>(none)).Field);
    }

    [Theory]
    [InlineData("", "same", "one-9", "one-8", "id")]
    [InlineData("b-1", "perhaps", "one-9", "one-8", "answer")]
    [InlineData("b-1", "same", "nobody", "one-8", "first")]
    [InlineData("b-1", "same", "one-9", "nobody", "second")]
    [InlineData("b-1", "same", "one-9", "one-9", "second")]
    public async Task An_answer_that_says_nothing_is_refused_with_what_is_accepted(string id, string answer, string first, string second, string field)
    {
        await NamedAsync("one-8", "Bo", "Ek");
        await NamedAsync("one-9", "Di", "Oh");
        using var refused = await server.Client.PostAsJsonAsync("/v1/identity/answers", new SameAnswer(id, answer, new SourceKey("/desk", first), new SourceKey("/desk", second), null), Json.Options);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var problem = await Server.ReadAsync<ProblemView>(refused);
        Assert.Equal(field, problem.Field);
        Assert.NotEmpty(problem.Accepted!);
    }

    private async Task NamedAsync(string subject, string given, string family)
    {
        var data = $$"""{"givenName":"{{given}}","familyName":"{{family}}","email":"{{subject}}@example.org","phone":"555 0177 {{family.Length}}{{family.Length}}{{(int)family[0]}}","birthDate":"1980-02-03","postalCode":"60614"}""";
        using var named = await server.SendAsync(Server.Event(subject + "-is", "participant.identified", data, subject), Structured);
        Assert.Equal(HttpStatusCode.OK, named.StatusCode);
        using var noted = await server.SendAsync(Server.Event(subject + "-note", "note.added", """{"text":"Likes tea."}""", subject), Structured);
        Assert.Equal(HttpStatusCode.OK, noted.StatusCode);
    }

    private async Task<SuggestionsView> ListAsync() => (await server.Client.GetFromJsonAsync<SuggestionsView>("/v1/identity/suggestions?limit=200", Json.Options))!;

    private async Task<SameReceipt> AnswerAsync(SameAnswer answer)
    {
        using var response = await server.Client.PostAsJsonAsync("/v1/identity/answers", answer, Json.Options);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await Server.ReadAsync<SameReceipt>(response);
    }

    private async Task<string> PersonAsync(string subject) => (await server.Client.GetFromJsonAsync<PersonRef>($"/v1/participants?source=/desk&key={subject}", Json.Options))!.Id;
}
