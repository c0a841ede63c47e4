using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using Experience.Testing;
using Experience.Web.Contracts;

namespace Experience.Web.Tests.Imports;

/// <summary>A file through the server: looked at, checked, saved, recorded, corrected, and gone on with after a kill.</summary>
public sealed class ImportServerTests : IDisposable
{
    private const string Registrations = "Student ID,Name,Section,Date,Fee\n1,Ada Okafor,S-1,2026-09-01,120\n2,Walter Pym,S-1,2026-09-02,free\n3,Maria Delgado,S-1,2026-09-31,120\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_is_checked_saved_recorded_and_its_refused_rows_sent_again()
    {
        var server = new Server();
        await server.InitializeAsync();
        try
        {
            var http = server.Client;
            var view = await http.UploadAsync("north.csv", Registrations);
            Assert.Equal("registration.confirmed", view.Mapping!.Type);

            view = await http.CheckAsync(view);
            Assert.Equal((3L, 2L, 2L), (view.Check!.Rows, view.Check.Refused, view.Check.Events));
            Assert.Equal([(3L, "Fee"), (4L, "Date")], view.Check.Refusals.Select(r => (r.Line, r.Column!)));
            Assert.Equal(0, (await http.GetFromJsonAsync<StatusView>("/v1/status", Json.Options))!.Events);

            using (var save = await http.PostAsJsonAsync($"/v1/imports/{view.Id}/save", new SaveMapping("north"), Json.Options)) Assert.Equal("north", (await Server.ReadAsync<ImportView>(save)).Saved);
            view = await http.RunAsync(view);
            Assert.Equal((2L, 2L), (view.Progress.Events, view.Progress.Refused));
            Assert.Equal([new ImportTypeCount("participant.identified", 1), new ImportTypeCount("registration.confirmed", 1)], view.Progress.Types);

            var refused = await http.GetStringAsync($"/v1/imports/{view.Id}/refused");
            Assert.Contains("Fee: is not an amount", refused, StringComparison.Ordinal);
            var again = await http.UploadAsync("north.refused.csv", refused.Replace("free", "90", StringComparison.Ordinal).Replace("2026-09-31", "2026-09-30", StringComparison.Ordinal));
            Assert.Equal("north", again.Saved);
            again = await http.RunAsync(again);
            Assert.Equal((4L, 0L), (again.Progress.Events, again.Progress.Refused));
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/v1/imports/{again.Id}/refused")).StatusCode);
            Assert.Equal(3, (await http.GetFromJsonAsync<StatusView>("/v1/status", Json.Options))!.People);

            // The whole file, mended where it came from: nothing of it is new.
            var mended = await http.UploadAsync("north.csv", Registrations.Replace("free", "90", StringComparison.Ordinal).Replace("2026-09-31", "2026-09-30", StringComparison.Ordinal));
            mended = await http.RunAsync(mended);
            Assert.Equal((0L, 6L), (mended.Progress.Events, mended.Progress.Duplicates));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_server_that_is_killed_in_the_middle_goes_on_and_counts_nothing_twice()
    {
        const int rows = 60_000;
        await using var server = await ServerProcess.StartAsync(_folder["data"]);
        var text = new StringBuilder("Student ID,Section,Amount\n");
        // Rows without ids, some of them equal: they are told apart by how often they came.
        for (var i = 0; i < rows; i++) text.Append(CultureInfo.InvariantCulture, $"{i % 500},S-{i % 40},{i % 30}\n");
        var view = await server.Http.UploadAsync("large.csv", text.ToString());
        await server.Http.PostAsync(view, "start");
        await server.Http.UntilAsync(view, v => v.Progress.Events > 1_000);
        await server.KillAsync();
        await server.StartAsync();
        view = await server.Http.UntilAsync(view, v => v.Progress.Phase == ImportPhase.Done);
        Assert.True(view.Progress.Duplicates > 0, "It was killed before anything was durable.");
        Assert.Equal(rows, view.Progress.Events + view.Progress.Duplicates);
        using var status = await server.Http.GetAsync("v1/status");
        Assert.Equal(rows, (await Server.ReadAsync<StatusView>(status)).Events);
    }

    [Fact]
    public async Task The_command_line_dry_runs_saves_reuses_and_leaves_refused_rows_beside_the_file()
    {
        var file = _folder["north.csv"];
        await File.WriteAllTextAsync(file, Registrations);
        var (code, words) = await ServerProcess.CommandAsync("import", file, "--format", "csv", "--dry-run", "--data", _folder["data"]);
        Assert.True(code == 0, words);
        Assert.Contains("nothing recorded: 2 events of 1 participants; 2 refused", words, StringComparison.Ordinal);
        Assert.Contains("line 3: amount is not an amount", words, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["data"]));
        Assert.Contains("refused because", await File.ReadAllTextAsync(_folder["north.refused.csv"]), StringComparison.Ordinal);

        (code, words) = await ServerProcess.CommandAsync("import", file, "--format", "csv", "--save", "north", "--source", "/north", "--data", _folder["data"], "--json");
        Assert.True(code == 0, words);
        (code, words) = await ServerProcess.CommandAsync("mappings", "list", "--data", _folder["data"]);
        Assert.Contains("north  version 1  registration.confirmed  /north", words, StringComparison.Ordinal);
        (code, words) = await ServerProcess.CommandAsync("mappings", "show", "north", "--data", _folder["data"]);
        await File.WriteAllTextAsync(_folder["edited.json"], words.Replace("\"/north\"", "\"/south\"", StringComparison.Ordinal));
        (code, words) = await ServerProcess.CommandAsync("mappings", "save", "north", _folder["edited.json"], "--data", _folder["data"]);
        Assert.Contains("version 2", words, StringComparison.Ordinal);
        // Another source: the same rows are other events.
        (code, words) = await ServerProcess.CommandAsync("import", file, "--format", "csv", "--map", "north", "--data", _folder["data"]);
        Assert.Contains("2 events of 1 participants recorded; 0 duplicates, 2 refused", words, StringComparison.Ordinal);
        (code, words) = await ServerProcess.CommandAsync("import", file, "--format", "csv", "--map", "nowhere", "--data", _folder["data"]);
        Assert.True(code == 2, words);
    }
}
