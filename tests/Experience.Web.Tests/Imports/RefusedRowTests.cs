using System.Net.Http.Json;
using Experience.Testing;
using Experience.Web.Contracts;

namespace Experience.Web.Tests.Imports;

/// <summary>A row of a file that was refused waits where all refused events wait; wherever it is corrected, it counts once.</summary>
[Collection(nameof(Server))]
public sealed class RefusedRowTests(Server server)
{
    [Fact]
    public async Task A_refused_row_is_a_letter_until_it_is_corrected_there_or_in_its_file()
    {
        const string text = "Student ID,Name,Section,Date,Fee\nr1,Ada Okafor,S-1,2026-09-01,120\nr2,Walter Pym,S-1,2026-09-02,free\nr3,Maria Delgado,S-1,2026-09-31,120\n";
        var done = await ImportAsync("letters.csv", text);
        Assert.Equal((2L, 2L), (done.Progress.Events, done.Progress.Refused));
        var letters = await ListAsync("/import/letters");
        Assert.Equal(["r3 time letters.csv, line 4", "r2 amount letters.csv, line 3"], letters.Select(l => $"{l.Subject} {l.Field} {l.Place}"));
        var source = (await server.Client.GetFromJsonAsync<SourcesView>("/v1/sources", Json.Options))!.Sources.Single(s => s.Name == "/import/letters");
        Assert.Equal((2L, 2L, 2L, true), (source.Accepted, source.Refused, source.Open, source.Import));

        // Corrected where it waits, the row is what it would be in a corrected file.
        var body = await BodyAsync(letters[1].Id);
        Assert.Equal((EventOutcome.Refused, "amount"), (await SendAsync(letters[1].Id, null)).Said());
        Assert.Equal((EventOutcome.Accepted, null), (await SendAsync(letters[1].Id, body.Replace("\"free\"", "90", StringComparison.Ordinal))).Said());
        // Corrected in the file of refused rows, its letter needs nobody any more.
        var refused = await server.Client.GetStringAsync($"/v1/imports/{done.Id}/refused");
        done = await ImportAsync("letters.csv", refused.Replace("free", "90", StringComparison.Ordinal).Replace("2026-09-31", "2026-09-30", StringComparison.Ordinal));
        Assert.Equal((2L, 2L, 0L), (done.Progress.Events, done.Progress.Duplicates, done.Progress.Refused));
        Assert.Empty(await ListAsync("/import/letters"));
        done = await ImportAsync("letters.csv", text.Replace("free", "90", StringComparison.Ordinal).Replace("2026-09-31", "2026-09-30", StringComparison.Ordinal));
        Assert.Equal((0L, 6L), (done.Progress.Events, done.Progress.Duplicates));
    }

    [Fact]
    public async Task Equal_refused_rows_are_as_many_letters_and_one_that_equals_a_taken_row_counts_as_it()
    {
        var done = await ImportAsync("twice.csv", "Student ID,Section,Date,Amount\nt1,S-9,2026-09-01,10\nt1,S-9,2026-09-01,ten\nt1,S-9,2026-09-01,ten\nt1,S-9,2026-09-01,none\n");
        Assert.Equal((1L, 3L), (done.Progress.Events, done.Progress.Refused));
        var letters = await ListAsync("/import/twice");
        Assert.Equal(3, letters.Count);

        // It now says what a taken row says: the same row, told twice. Whoever means a second one says that it is the second.
        var body = (await BodyAsync(letters[0].Id)).Replace("\"none\"", "\"10\"", StringComparison.Ordinal);
        Assert.Equal((EventOutcome.Duplicate, null), (await SendAsync(letters[0].Id, body, check: false)).Said());
        foreach (var letter in letters.Skip(1).OrderBy(l => l.Id))
        {
            body = (await BodyAsync(letter.Id)).Replace("\"ten\"", "\"10\"", StringComparison.Ordinal);
            if (letter.Id == letters.Min(l => l.Id)) body = body.Replace("\"occurrence\": 1", "\"occurrence\": 3", StringComparison.Ordinal).Replace("\"occurrence\":1", "\"occurrence\":3", StringComparison.Ordinal);
            Assert.Equal((EventOutcome.Accepted, null), (await SendAsync(letter.Id, body)).Said());
        }

        // As many as the corrected file has, and not one more.
        done = await ImportAsync("twice.csv", "Student ID,Section,Date,Amount\nt1,S-9,2026-09-01,10\nt1,S-9,2026-09-01,10\nt1,S-9,2026-09-01,10\n");
        Assert.Equal((0L, 3L), (done.Progress.Events, done.Progress.Duplicates));
    }

    [Fact]
    public async Task A_refused_line_of_events_is_the_event_and_a_cell_too_many_can_be_taken_away()
    {
        var good = Server.Event("nd-1");
        await ImportAsync("lines.ndjson", good.Replace("1900", "\"x\"", StringComparison.Ordinal) + "\n");
        var letter = (await ListAsync("/desk")).Single(l => l.Event == "nd-1");
        Assert.Equal(("csv", "lines.ndjson, line 1"), (letter.Way, letter.Place));
        Assert.Equal((EventOutcome.Accepted, null), (await SendAsync(letter.Id, good)).Said());

        await ImportAsync("cells.csv", "Student ID,Section,Date,Amount\nc1,S-9,2026-09-01,1,50\n");
        letter = Assert.Single(await ListAsync("/import/cells"));
        Assert.Equal("row", letter.Field);
        var body = await BodyAsync(letter.Id);
        Assert.Contains("beyond the header", body, StringComparison.Ordinal);
        Assert.Equal((EventOutcome.Accepted, null), (await SendAsync(letter.Id, body.Replace("\"50\"", "\"\"", StringComparison.Ordinal))).Said());
    }

    [Fact]
    public async Task The_command_line_keeps_refused_rows_and_counts_as_the_server_does()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["desk.csv"], "Student ID,Section,Date,Amount\nc1,S-9,2026-09-01,10\nc2,S-9,2026-09-01,ten\n");
        var (code, words) = await ServerProcess.CommandAsync("import", folder["desk.csv"], "--format", "csv", "--data", folder["data"]);
        Assert.True(code == 0, words);
        await using var process = await ServerProcess.StartAsync(folder["data"]);
        var source = (await process.Http.GetFromJsonAsync<SourcesView>("v1/sources", Json.Options))!.Sources.Single(s => s.Name == "/import/desk");
        Assert.Equal((1L, 1L, 1L), (source.Accepted, source.Refused, source.Open));
    }

    private async Task<IReadOnlyList<LetterSummary>> ListAsync(string source) => (await server.Client.GetFromJsonAsync<LettersPage>($"/v1/dead-letters?limit=200&way=csv&source={source}", Json.Options))!.Letters;

    private async Task<string> BodyAsync(long id) => (await server.Client.GetFromJsonAsync<LetterView>($"/v1/dead-letters/{id}", Json.Options))!.Body!;

    private async Task<LetterAnswer> SendAsync(long id, string? body, bool check = false)
    {
        using var response = await server.Client.PostAsJsonAsync($"/v1/dead-letters/{id}/send", new LetterSend(body, check), Json.Options);
        return await Server.ReadAsync<LetterAnswer>(response);
    }

    private async Task<ImportView> ImportAsync(string name, string text) => await server.Client.RunAsync(await server.Client.UploadAsync(name, text));
}

file static class Answers
{
    public static (EventOutcome, string?) Said(this LetterAnswer answer) => (answer.Outcome, answer.Field);
}
