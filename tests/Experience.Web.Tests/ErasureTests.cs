using System.Net;
using System.Net.Http.Json;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Keys;
using Microsoft.Extensions.DependencyInjection;

namespace Experience.Web.Tests;

/// <summary>Erasing through the API: with the right, on purpose, and with an answer that says what is left.</summary>
[Collection(nameof(Server))]
public sealed class ErasureTests(Server server)
{
    private const string Structured = "application/cloudevents+json";

    [Fact]
    public async Task A_key_erases_only_when_it_was_made_to()
    {
        await NamedAsync("erase-1", "Wigglesworth");
        var person = await PersonAsync("erase-1");
        var ring = server.Services.GetRequiredService<KeyRing>();
        var plain = ring.Create("/desk", TimeZoneInfo.Utc);
        using (var refused = await server.SendAsync(Server.Event("gone-1", "participant.erased", "{}", "erase-1"), Structured, key: plain.Key)) Assert.Equal("type", (await Server.ReadAsync<ProblemView>(refused)).Field);
        Assert.Null((await LeftAsync(person)).ErasedAt);

        var key = ring.Create("/desk", TimeZoneInfo.Utc, mayErase: true);
        using (var taken = await server.SendAsync(Server.Event("gone-1", "participant.erased", "{}", "erase-1"), Structured, key: key.Key)) Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.True((await LeftAsync(person)).Complete);
        Assert.Empty((await server.Client.GetFromJsonAsync<SearchResult>("/v1/search?q=wigglesworth", Json.Options))!.Hits);
    }

    [Fact]
    public async Task Staff_erase_whom_they_name_twice_and_are_told_what_is_left()
    {
        await NamedAsync("erase-2", "Snollygoster");
        var person = await PersonAsync("erase-2");
        using (var slip = await server.Client.PostAsJsonAsync($"/v1/participants/{person}/erasure", new EraseRequest("yes", null), Json.Options))
        {
            Assert.Equal(HttpStatusCode.BadRequest, slip.StatusCode);
            Assert.Equal("confirm", (await Server.ReadAsync<ProblemView>(slip)).Field);
        }

        for (var time = 0; time < 2; time++)
        {
            using var done = await server.Client.PostAsJsonAsync($"/v1/participants/{person}/erasure", new EraseRequest(person, "asked for it"), Json.Options);
            Assert.Equal(HttpStatusCode.OK, done.StatusCode);
            var left = await Server.ReadAsync<ErasureView>(done);
            Assert.True(left.Complete);
            Assert.Equal((0, 2), (left.Readable, left.Sealed));
        }

        var card = await server.Client.GetStringAsync($"/v1/participants/{person}");
        Assert.DoesNotContain("Snollygoster", card, StringComparison.Ordinal);
    }

    private async Task NamedAsync(string subject, string family)
    {
        using var named = await server.SendAsync(Server.Event(subject + "-is", "participant.identified", $$"""{"givenName":"Al","familyName":"{{family}}"}""", subject), Structured);
        Assert.Equal(HttpStatusCode.OK, named.StatusCode);
        using var noted = await server.SendAsync(Server.Event(subject + "-note", "note.added", """{"text":"Likes tea."}""", subject), Structured);
        Assert.Equal(HttpStatusCode.OK, noted.StatusCode);
    }

    private async Task<string> PersonAsync(string subject) => (await server.Client.GetFromJsonAsync<PersonRef>($"/v1/participants?source=/desk&key={subject}", Json.Options))!.Id;

    private async Task<ErasureView> LeftAsync(string person) => (await server.Client.GetFromJsonAsync<ErasureView>($"/v1/participants/{person}/erasure", Json.Options))!;
}
