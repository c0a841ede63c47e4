using System.Net;
using System.Text;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Web.Contracts;

namespace Experience.Web.Tests;

/// <summary>What every answer keeps to: who may ask, problems, headers, documents of the API.</summary>
[Collection(nameof(Server))]
public sealed class EdgeTests(Server server)
{
    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("X-Forwarded-For", "10.0.0.1")]
    public async Task People_are_asked_about_from_this_computer_only(string header, string value)
    {
        foreach (var path in (string[])["/v1/status", "/v1/keys", "/hubs/live"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation(header, value);
            using var response = await server.Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        }
    }

    [Fact]
    public async Task A_form_of_another_site_cannot_change_anything()
    {
        using var form = new StringContent("source=x", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var response = await server.Client.PostAsync("/v1/keys", form);
        Assert.Contains(response.StatusCode, (HttpStatusCode[])[HttpStatusCode.Forbidden, HttpStatusCode.UnsupportedMediaType]);
    }

    [Theory]
    [InlineData("/v1/nothing", 404)]
    [InlineData("/v1/schemas/no.such", 404)]
    [InlineData("/v1/participants", 400)]
    [InlineData("/v1/people?list=no", 400)]
    [InlineData("/v1/people?list=risk&limit=100000", 400)]
    [InlineData("/v1/imports/none", 404)]
    public async Task Every_error_is_a_problem_document(string path, int status)
    {
        using var response = await server.Client.GetAsync(path);
        Assert.Equal(status, (int)response.StatusCode);
        var problem = await Server.ReadAsync<ProblemView>(response);
        Assert.Equal(status, problem.Status);
        Assert.NotEmpty(problem.Title);
    }

    [Theory]
    [InlineData("/people", "text/html", 200)]
    [InlineData("/counter/0a1b", "text/html", 200)]
    [InlineData("/a-page-of-tomorrow", "text/html,*/*;q=0.8", 200)]
    [InlineData("/people", "application/json", 404)]
    [InlineData("/v1/people-of-tomorrow", "text/html", 404)]
    [InlineData("/missing.js", "text/html", 404)]
    public async Task What_a_browser_asks_for_as_a_page_is_the_clients(string path, string accept, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await server.Client.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 200) Assert.Contains("id=\"root\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_are_neither_framed_nor_sniffed_nor_cached()
    {
        using var response = await server.Client.GetAsync("/v1/status");
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("frame-ancestors 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.False(response.Headers.Contains("Server"));
    }

    [Fact]
    public async Task The_API_describes_itself()
    {
        using var document = JsonDocument.Parse(await server.Client.GetStringAsync("/openapi/v1.json"));
        Assert.StartsWith("3.1", document.RootElement.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var paths = document.RootElement.GetProperty("paths");
        foreach (var path in (string[])["/v1/events", "/v1/participants/{id}", "/v1/boards/{segment}", "/v1/search", "/v1/participants/{id}/actions"]) Assert.True(paths.TryGetProperty(path, out _), path);
        var page = await server.Client.GetStringAsync("/docs");
        Assert.All(paths.EnumerateObject().Where(p => p.Name.StartsWith("/v1", StringComparison.Ordinal)), p => Assert.Contains(p.Name, page, StringComparison.Ordinal));
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("//", page.Replace("http://localhost", "", StringComparison.Ordinal).Replace("https://json-schema.org", "", StringComparison.Ordinal).Replace("<!--", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_type_has_a_schema_and_an_example_that_is_accepted()
    {
        var types = JsonSerializer.Deserialize<List<SchemaSummary>>(await server.Client.GetStringAsync("/v1/schemas"), Json.Options)!;
        Assert.Equal(EventTypes.All.Select(t => t.Name), types.Select(t => t.Type));
        foreach (var type in types)
        {
            using var schema = JsonDocument.Parse(await server.Client.GetStringAsync("/v1/schemas/" + type.Type));
            Assert.Equal(type.Type, schema.RootElement.GetProperty("title").GetString());
            var example = await server.Client.GetStringAsync($"/v1/schemas/{type.Type}/example");
            using var answer = await server.SendAsync(example, "application/cloudevents+json", "?dryRun=true");
            Assert.Equal(type.FromOutside ? HttpStatusCode.OK : HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Health_says_live_and_ready()
    {
        Assert.Equal("live", await server.Client.GetStringAsync("/health/live"));
        Assert.Equal("ready", await server.Client.GetStringAsync("/health/ready"));
    }

    [Fact]
    public void The_committed_contracts_are_current()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Experience.sln"))) folder = folder.Parent;
        Assert.NotNull(folder);
        var committed = File.ReadAllText(Path.Combine(folder.FullName, "web/Experience.Web/client/src/contracts.ts"));
        Assert.True(committed == ContractWriter.Write(), "Run: dotnet run --project web/Experience.Web -- contracts --out web/Experience.Web/client/src/contracts.ts");
    }
}
