using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Experience.Testing;

namespace Experience.Web.Tests.Cli;

/// <summary>Every command as a user or a script runs it: real processes, beside a running server and without one.</summary>
public sealed partial class CommandTests : IDisposable
{
    private const string Registrations = """
        Kunde;Kurs;Gebucht;Betrag;Bemerkung
        7001;yoga-02;03.09.2025;80,50;morgens
        7002;yoga-02;04.09.2025;80,50;
        7002;yoga-02;04.09.2025;80,50;
        7003;yoga-02;31.09.2025;80,50;

        """;

    private const string Mapping = """
        {"source":"/kurse","type":"registration.confirmed","timeZone":"Europe/Berlin","dateFormat":"d.M.yyyy","decimalMoney":true,
         "columns":{"Kunde":"subject","Kurs":"section","Gebucht":"time","Betrag":"amount"},"ignore":["Bemerkung"]}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_mapping_says_how_a_table_becomes_events_and_rows_that_cannot_are_counted()
    {
        var file = Write("kurse.csv", Registrations);
        var map = Write("map.json", Mapping);
        var first = await JsonAsync(0, "import", file, "--format", "csv", "--map", map, "--data", _folder["data"], "--json");
        Assert.Equal((3, 2, 0, 1), Totals(first));
        // The same again, and the rows in another order: equal rows are told apart by how often they came.
        Assert.Equal((0, 2, 3, 1), Totals(await JsonAsync(0, "import", file, "--format", "csv", "--map", map, "--data", _folder["data"], "--json")));

        var (code, words) = await ServerProcess.CommandAsync("import", file, "--format", "csv", "--map", map, "--data", _folder["data"]);
        Assert.Equal(0, code);
        Assert.Contains("0 events of 2 participants recorded; 3 duplicates, 1 refused.", words, StringComparison.Ordinal);
        Assert.Contains("line 5: time", words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"source\":\"/kurse\"", "")]
    [InlineData("{\"source\":\"/kurse\",\"type\":\"risk.raised\",\"timeZone\":\"UTC\",\"decimalMoney\":true,\"columns\":{\"Kunde\":\"subject\"}}", "type")]
    [InlineData("{\"source\":\"/kurse\",\"type\":\"registration.confirmed\",\"timeZone\":\"Mars\",\"decimalMoney\":true,\"columns\":{\"Kunde\":\"subject\"}}", "timeZone")]
    public async Task A_mapping_that_does_not_hold_is_one_plain_line(string mapping, string field)
    {
        var (code, words) = await ServerProcess.CommandAsync("import", Write("kurse.csv", Registrations), "--format", "csv", "--map", Write("map.json", mapping), "--data", _folder["data"], "--json");
        Assert.Equal(1, code);
        Assert.Contains(field, words, StringComparison.Ordinal);
        Assert.Single(words.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("import", "nowhere.csv", "--format", "csv")]
    [InlineData("import", "nowhere.csv", "--format", "excel")]
    [InlineData("verify", "--as-of", "yesterday")]
    [InlineData("keys", "create", "/desk", "--zone", "Mars/Olympus")]
    [InlineData("dance")]
    public async Task What_is_asked_wrongly_ends_with_2_and_changes_nothing(params string[] arguments)
    {
        var (code, words) = await ServerProcess.CommandAsync([.. arguments, "--data", _folder["data"]]);
        Assert.True(code == 2, $"{code}: {words}");
        Assert.False(Directory.Exists(_folder["data"]));
    }

    [Fact]
    public async Task Acknowledged_counts_only_grow_and_the_summary_is_the_last_line()
    {
        var lines = string.Concat(Enumerable.Range(0, 5_000).Select(i => Server.Event($"n-{i}", subject: $"p-{i % 40}", time: "2025-03-01T10:00:00Z") + "\n"));
        var (code, words) = await ServerProcess.CommandAsync("import", Write("events.ndjson", lines + "nonsense\n"), "--format", "ndjson", "--acks", "--data", _folder["data"], "--json");
        Assert.True(code == 0, words);
        var printed = words.TrimEnd().Split('\n');
        var counts = printed[..^1].Select(l => JsonDocument.Parse(l).RootElement.GetProperty("acknowledged").GetInt64()).ToList();
        Assert.Equal(counts.Order(), counts);
        Assert.Equal(5_000, counts[^1]);
        Assert.True(counts.Distinct().Count() >= 5, "Progress is told while it goes on.");
        Assert.Equal((5_000, 40, 0, 1), Totals(JsonDocument.Parse(printed[^1]).RootElement));
    }

    [Fact]
    public async Task Verifying_as_of_a_moment_answers_for_that_moment_and_leaves_the_folder_as_it_was()
    {
        await JsonAsync(0, "import", Write("kurse.csv", Registrations), "--format", "csv", "--map", Write("map.json", Mapping), "--data", _folder["data"], "--json");
        var now = await JsonAsync(0, "verify", "--data", _folder["data"], "--json");
        foreach (var moment in (string[])["2025-09-03T12:00:00Z", "2025-12-24T18:00:00+01:00", "2027-01-01T00:00:00"])
        {
            var then = await JsonAsync(0, "verify", "--as-of", moment, "--data", _folder["data"], "--json");
            Assert.Equal((3, 0), (then.GetProperty("events").GetInt32(), then.GetProperty("differences").GetInt32()));
            Assert.Equal(now.GetProperty("stateHash").GetString(), then.GetProperty("stateHash").GetString());
        }

        var (code, words) = await ServerProcess.CommandAsync("verify", "--data", _folder["nowhere"], "--json");
        Assert.Equal(1, code);
        Assert.Contains("no data folder", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_are_made_listed_and_revoked_beside_a_running_server()
    {
        await using var server = await ServerProcess.StartAsync(_folder["data"]);
        var made = await JsonAsync(0, "keys", "create", "/desk", "--zone", "America/Chicago", "--data", _folder["data"], "--json");
        var (id, key) = (made.GetProperty("id").GetString()!, made.GetProperty("key").GetString()!);
        Assert.Equal(("/desk", "America/Chicago"), (made.GetProperty("source").GetString(), made.GetProperty("timeZone").GetString()));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(server, key, "k-1"));

        var listed = (await JsonAsync(0, "keys", "list", "--data", _folder["data"], "--json")).EnumerateArray().Single(k => k.GetProperty("id").GetString() == id);
        Assert.Equal(JsonValueKind.Null, listed.GetProperty("revokedAt").ValueKind);
        Assert.DoesNotContain(key, listed.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(key, await File.ReadAllTextAsync(Path.Combine(_folder["data"], "api-keys.json")), StringComparison.Ordinal);

        Assert.True((await JsonAsync(0, "keys", "revoke", id, "--data", _folder["data"], "--json")).GetProperty("revoked").GetBoolean());
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await SendAsync(server, key, "k-2") != HttpStatusCode.Unauthorized) await Task.Delay(100, deadline.Token);
        Assert.False((await JsonAsync(1, "keys", "revoke", id, "--data", _folder["data"], "--json")).GetProperty("revoked").GetBoolean());
        Assert.False((await JsonAsync(1, "keys", "revoke", "nothing", "--data", _folder["data"], "--json")).GetProperty("revoked").GetBoolean());
    }

    [Fact]
    public async Task Commands_on_a_folder_that_a_server_holds_go_through_it_or_say_that_it_is_held()
    {
        await using var server = await ServerProcess.StartAsync(_folder["data"]);
        var file = Write("kurse.csv", Registrations);
        var map = Write("map.json", Mapping);
        Assert.Equal((3, 2, 0, 1), Totals(await JsonAsync(0, "import", file, "--format", "csv", "--map", map, "--data", _folder["data"], "--json")));
        using var status = JsonDocument.Parse(await server.Http.GetStringAsync("v1/status"));
        Assert.Equal(2, status.RootElement.GetProperty("people").GetInt32());
        var through = await JsonAsync(0, "verify", "--as-of", "2025-10-01T00:00:00Z", "--data", _folder["data"], "--json");
        Assert.Equal((3, 0), (through.GetProperty("events").GetInt32(), through.GetProperty("differences").GetInt32()));

        // A server that does not say where it is still holds the folder.
        File.Delete(Path.Combine(_folder["data"], "server.address"));
        foreach (var command in (string[][])[["import", file, "--format", "csv", "--map", map], ["verify"], ["serve", "--port", "0"]])
        {
            var (code, words) = await ServerProcess.CommandAsync([.. command, "--data", _folder["data"]]);
            Assert.Equal(1, code);
            Assert.Contains("another process", words, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("   at ", words, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_sample_comes_in_through_the_public_API_and_is_the_same_when_it_is_asked_for_again()
    {
        string[] command = ["sample", "--people", "1000", "--years", "3", "--speed", "0", "--seed", "7", "--port", "0", "--data", _folder["data"], "--json"];
        var (code, words) = await ServerProcess.CommandAsync(command);
        Assert.True(code == 0, words);
        var first = JsonDocument.Parse(SummaryLine().Match(words).Value).RootElement;
        Assert.Equal(1_000, first.GetProperty("participants").GetInt32());
        var events = first.GetProperty("events").GetInt64();
        Assert.True(events > 20_000, words);

        var again = await JsonAsync(0, command);
        Assert.Equal((events, 1_000), (again.GetProperty("events").GetInt64(), again.GetProperty("participants").GetInt32()));
        var verified = await JsonAsync(0, "verify", "--sample", "--data", _folder["data"], "--json");
        Assert.Equal((events, 0), (verified.GetProperty("events").GetInt64(), verified.GetProperty("differences").GetInt64()));

        // Another college in the same folder would be two colleges in one.
        (code, words) = await ServerProcess.CommandAsync("sample", "--people", "2000", "--speed", "0", "--port", "0", "--data", _folder["data"], "--json");
        Assert.Equal(1, code);
        Assert.Contains("1000 people", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_server_switches_to_the_sample_and_back_to_its_own_people()
    {
        await using var server = await ServerProcess.StartAsync(_folder["data"]);
        await server.AuthorizeAsync();
        Assert.Equal(HttpStatusCode.OK, await SendAsync(server, null, "own-1"));
        var filled = await JsonAsync(0, "sample", "--people", "1000", "--speed", "30", "--data", _folder["data"], "--json");
        Assert.Equal(1_000, filled.GetProperty("participants").GetInt32());
        var before = await StatusAsync(server);
        Assert.True(before.GetProperty("sample").GetBoolean());
        // It goes on, and it goes on live.
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while ((await StatusAsync(server)).GetProperty("events").GetInt64() == before.GetProperty("events").GetInt64()) await Task.Delay(100, deadline.Token);

        using (var left = await server.Http.DeleteAsync("v1/sample")) Assert.Equal(HttpStatusCode.OK, left.StatusCode);
        var own = await StatusAsync(server);
        Assert.Equal((false, 1L), (own.GetProperty("sample").GetBoolean(), own.GetProperty("people").GetInt64()));
        Assert.Equal("none", own.GetProperty("sampleProgram").GetProperty("phase").GetString());
        Assert.Equal(HttpStatusCode.OK, await SendAsync(server, null, "own-2"));

        var back = await JsonAsync(0, "sample", "--speed", "0", "--data", _folder["data"], "--json");
        Assert.Equal(1_000, back.GetProperty("participants").GetInt32());
        Assert.True(back.GetProperty("events").GetInt64() >= before.GetProperty("events").GetInt64());
    }

    [Theory]
    [InlineData("--people", "10")]
    [InlineData("--years", "1")]
    [InlineData("--speed", "-1")]
    public async Task A_sample_that_cannot_be_made_is_refused_with_what_can(string option, string value)
    {
        var (code, words) = await ServerProcess.CommandAsync("sample", option, value, "--port", "0", "--data", _folder["data"], "--json");
        Assert.Equal(1, code);
        Assert.Contains(option[2..] + " is out of range", words, StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder[name], text, new UTF8Encoding(false));
        return _folder[name];
    }

    private static (int Events, int Participants, int Duplicates, int Refused) Totals(JsonElement json) =>
        (json.GetProperty("events").GetInt32(), json.GetProperty("participants").GetInt32(), json.GetProperty("duplicates").GetInt32(), json.GetProperty("refused").GetInt32());

    /// <summary>Runs a command and reads its last line; on its standard output there is no other.</summary>
    private static async Task<JsonElement> JsonAsync(int expected, params string[] arguments)
    {
        using var process = ServerProcess.Run(arguments);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        var output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        Assert.True(process.ExitCode == expected, $"{string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}{await errors}");
        return JsonDocument.Parse(Assert.Single(output.TrimEnd().Split('\n'))).RootElement;
    }

    private static async Task<JsonElement> StatusAsync(ServerProcess server) => JsonDocument.Parse(await server.Http.GetStringAsync("v1/status")).RootElement;

    private static async Task<HttpStatusCode> SendAsync(ServerProcess server, string? key, string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/events") { Content = new StringContent(Server.Event(id, subject: "own"), Encoding.UTF8, new MediaTypeHeaderValue("application/cloudevents+json")) };
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await server.Http.SendAsync(request);
        return answer.StatusCode;
    }

    [GeneratedRegex("^{\"events\".*}", RegexOptions.Multiline)]
    private static partial Regex SummaryLine();
}
