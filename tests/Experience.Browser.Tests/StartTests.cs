using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Experience.Browser.Tests;

/// <summary>A stranger's first minutes: three ways in, and each of them works.</summary>
[Collection(BrowserTests.Name)]
public sealed partial class StartTests(Chromium chromium)
{
    [BrowserFact]
    public async Task The_first_way_fills_the_sample_within_its_time_and_streams_on()
    {
        await using var program = await OwnProgram.StartAsync();
        await using var visitor = await chromium.VisitAsync(program.Server.Address);
        await visitor.Page.GotoAsync("");
        await Expect(visitor.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Three ways in");
        await visitor.Page.Keyboard.PressAsync("1");
        await Expect(visitor.Page.Locator("p.sample")).ToContainTextAsync("SAMPLE", new() { Timeout = 120_000 });
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!(await program.Server.Http.GetStringAsync("v1/status", deadline.Token)).Contains("\"phase\":\"streaming\"", StringComparison.Ordinal)) await Task.Delay(100, deadline.Token);
        await visitor.Page.GotoAsync("counter");
        await visitor.OpenCardAsync("delg", "Maria Delgado");
        await Expect(visitor.Page.Locator("p.sample")).ToBeVisibleAsync();
        Assert.Empty(visitor.Problems);
    }

    [BrowserFact]
    public async Task The_second_way_reads_a_file_and_keeps_a_household_three_people()
    {
        await using var program = await OwnProgram.StartAsync();
        await using var visitor = await chromium.VisitAsync(program.Server.Address);
        await visitor.Page.GotoAsync("start");
        const string csv = """
            Participant ID,First Name,Last Name,Email,Section,Registration Date,Amount
            1001,Ngozi,Okafor,okafor@example.org,EXCEL-03,2026-09-02,190.00
            1002,Ada,Okafor,okafor@example.org,ROBOTICS-01,2026-09-02,120.00
            1003,Chidi,Okafor,okafor@example.org,ROBOTICS-02,2026-09-03,120.00

            """;
        await visitor.Page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "registrations.csv", MimeType = "text/csv", Buffer = Encoding.UTF8.GetBytes(csv) });
        await visitor.Page.GetByRole(AriaRole.Button, new() { NameRegex = ImportButton() }).ClickAsync();
        using var deadline = new CancellationTokenSource(Visitor.Patience);
        while (!(await program.Server.Http.GetStringAsync("v1/status", deadline.Token)).Contains("\"people\":3", StringComparison.Ordinal)) await Task.Delay(100, deadline.Token);
    }

    [BrowserFact]
    public async Task A_messy_export_is_known_corrected_and_checked_by_keys_alone_and_gives_its_refused_rows_back()
    {
        await using var program = await OwnProgram.StartAsync();
        await using var visitor = await chromium.VisitAsync(program.Server.Address);
        await visitor.Page.GotoAsync("start");
        // Windows-1252 as a desk program writes it: 0x80 is the euro sign there.
        var rows = Enumerable.Range(1, 18).Select(i => $"EXC-03;{100 + i};Groß;Jürgen;{i:00}.11.2025;1.234,50 \u0080;gebucht;")
            .Append("EXC-03;18;Weiß;Zoë;25.11.2025;90,00 \u0080;storniert;\"früh; spät\"").Append("EXC-03;19;Müller;Käthe;31.02.2025;90,00 \u0080;gebucht;");
        var csv = string.Join("\r\n", rows.Prepend("Kurs-Nr.;Teilnehmer-Nr.;Nachname;Vorname;Anmeldedatum;Gebühr;Status;Bemerkung"));
        await visitor.Page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "anmeldungen.csv", MimeType = "text/csv", Buffer = Encoding.Latin1.GetBytes(csv) });
        var dialog = visitor.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("Jürgen");
        await Expect(dialog.GetByLabel("Gebühr becomes")).ToHaveValueAsync("amount");
        await Expect(dialog).ToContainTextAsync("registration.dropped when Status is “storniert”");

        await dialog.GetByLabel("Bemerkung becomes").FocusAsync();
        await visitor.Page.Keyboard.PressAsync("ArrowDown");
        await Expect(dialog.GetByLabel("Bemerkung becomes")).ToHaveValueAsync("-");
        await Expect(dialog.GetByLabel("Bemerkung becomes")).ToBeFocusedAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Dry run" }).PressAsync("Enter");
        var found = dialog.GetByRole(AriaRole.Heading, new() { Name = "Dry run: nothing is recorded" });
        await Expect(found).ToBeFocusedAsync();
        await Expect(dialog).ToContainTextAsync("1 would be refused");
        await dialog.GetByRole(AriaRole.Button, new() { NameRegex = ImportButton() }).PressAsync("Enter");
        await Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "To the board" })).ToBeFocusedAsync();

        var download = await visitor.Page.RunAndWaitForDownloadAsync(() => dialog.GetByRole(AriaRole.Link, new() { NameRegex = RefusedLink() }).PressAsync("Enter"));
        Assert.Equal("anmeldungen.refused.csv", download.SuggestedFilename);
        var refused = await File.ReadAllLinesAsync(await download.PathAsync());
        Assert.Equal(2, refused.Length);
        Assert.Contains("Müller;Käthe;31.02.2025", refused[1], StringComparison.Ordinal);
        Assert.Empty(visitor.Problems);
    }

    [BrowserFact]
    public async Task The_third_way_is_a_line_to_paste_whose_event_is_seen_on_screen_then_called_a_duplicate()
    {
        await using var program = await OwnProgram.StartAsync();
        await using var visitor = await chromium.VisitAsync(program.Server.Address);
        await visitor.Page.GotoAsync("start");
        var curl = visitor.Page.Locator("pre").First;
        await Expect(curl).ToContainTextAsync("curl ");
        var line = await curl.InnerTextAsync();

        Assert.Contains("accepted", await PasteAsync(program, line), StringComparison.OrdinalIgnoreCase);
        await Expect(visitor.Page.Locator("main")).ToContainTextAsync("registration.confirmed");
        Assert.Contains("duplicate", await PasteAsync(program, line), StringComparison.OrdinalIgnoreCase);
        await Expect(visitor.Page.Locator("main")).ToContainTextAsync("duplicate", new() { IgnoreCase = true });

        var broken = await PasteAsync(program, line.Replace("19000", "\"much\"", StringComparison.Ordinal).Replace("\"id\": \"", "\"id\": \"x-", StringComparison.Ordinal));
        Assert.Contains("amount", broken, StringComparison.Ordinal);
    }

    /// <summary>What a shell would do with the line: the address, the headers and the body, exactly as they stand there.</summary>
    private static async Task<string> PasteAsync(OwnProgram program, string line)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address().Match(line).Value);
        var body = Body().Match(line).Groups[1].Value;
        Assert.NotEqual("", body);
        request.Content = new StringContent(body, Encoding.UTF8);
        foreach (Match header in Header().Matches(line))
        {
            var (name, value) = (header.Groups[1].Value, header.Groups[2].Value);
            if (name.Equals("content-type", StringComparison.OrdinalIgnoreCase)) request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
            else request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await program.Server.Http.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    [GeneratedRegex("""https?://[^\s'"\\]+""")]
    private static partial Regex Address();

    [GeneratedRegex("""-H\s+['"]([^:]+):\s*([^'"]+)['"]""")]
    private static partial Regex Header();

    [GeneratedRegex("""(?:-d|--data\S*|--json)\s+'([^']*)'""", RegexOptions.Singleline)]
    private static partial Regex Body();

    [GeneratedRegex("^The refused rows")]
    private static partial Regex RefusedLink();

    [GeneratedRegex("^Import")]
    private static partial Regex ImportButton();
}
