using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Experience.Browser.Tests;

/// <summary>What streams in is on screen without a reload, in every browser, and after a restart of the server.</summary>
[Collection(BrowserTests.Name)]
public sealed class LiveTests(Chromium chromium)
{
    [BrowserFact]
    public async Task A_streamed_refund_appears_on_the_card_and_on_the_board()
    {
        await using var program = await OwnProgram.StartAsync();
        await program.PeopleAsync();
        await using var desk = await chromium.VisitAsync(program.Server.Address);
        await using var leader = await chromium.VisitAsync(program.Server.Address, width: 1440, height: 900);

        await desk.Page.GotoAsync("counter");
        await desk.OpenCardAsync("delg", "Delgado");
        await desk.MarkAsync();
        await leader.Page.GotoAsync("board");
        var tile = leader.Page.Locator("article.tile[aria-labelledby='tile-refunds']");
        await Expect(tile.Locator(".value").First).ToBeVisibleAsync();
        var before = await tile.Locator(".value").First.InnerTextAsync();
        await leader.MarkAsync();

        await program.SendAsync("refund.requested", "p-17", new { section = "excel-03", registration = "reg-17", reason = "instructor changed" });
        await program.SendAsync("refund.issued", "p-17", new { amount = 19_000, section = "excel-03", registration = "reg-17" });

        await Expect(desk.Page.Locator(".col-right table.journey tr").Filter(new() { HasTextRegex = new("refund", System.Text.RegularExpressions.RegexOptions.IgnoreCase) }).First).ToBeVisibleAsync();
        await Expect(desk.Page.GetByRole(AriaRole.Region, new() { Name = "Value and household" })).ToContainTextAsync("$0");
        await Expect(tile.Locator(".value").First).Not.ToHaveTextAsync(before);
        await desk.NeverReloadedAsync();
        await leader.NeverReloadedAsync();
        Assert.Empty(desk.Problems);
        Assert.Empty(leader.Problems);
    }

    [BrowserFact]
    public async Task A_page_recovers_by_itself_when_the_server_was_killed_and_comes_back()
    {
        await using var program = await OwnProgram.StartAsync();
        await program.PeopleAsync();
        await using var desk = await chromium.VisitAsync(program.Server.Address);
        await desk.Page.GotoAsync("counter");
        await desk.OpenCardAsync("delg", "Delgado");
        await desk.LiveAsync();
        await desk.MarkAsync();
        // Parts of the page come in the pause after the first. Its own file is not enough: what it is made of has to be there too.
        await desk.Page.EvaluateAsync(
            """
            () => new Promise(done => new PerformanceObserver(list => {
              const file = list.getEntries().find(r => r.name.includes('BoardPage') && r.name.endsWith('.js'));
              if (file !== undefined) import(file.name).then(() => done());
            }).observe({ type: 'resource', buffered: true }))
            """);

        await program.Server.KillAsync();
        await Expect(desk.Page.Locator("p.link")).Not.ToContainTextAsync("Live");
        await Expect(desk.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Delgado");
        await desk.Page.GetByRole(AriaRole.Link, new() { Name = "Board", Exact = true }).ClickAsync();
        await Expect(desk.Page.Locator("main")).ToContainTextAsync("The server does not answer. The board opens by itself");

        await program.Server.StartAsync();
        await desk.LiveAsync();
        await Expect(desk.Page.Locator("article.tile")).ToHaveCountAsync(12);
        await desk.Page.GoBackAsync();
        await program.SendAsync("note.added", "p-17", new { text = "Called back after the cut." });
        await Expect(desk.Page.Locator(".col-right table.journey")).ToContainTextAsync("note", new() { IgnoreCase = true });
        await desk.NeverReloadedAsync();
    }

    [BrowserFact]
    public async Task A_page_whose_file_had_not_come_when_the_server_went_opens_when_it_is_back()
    {
        await using var program = await OwnProgram.StartAsync();
        await program.PeopleAsync();
        await using var desk = await chromium.VisitAsync(program.Server.Address);
        await desk.Page.RouteAsync("**/assets/BoardPage*.js", route => route.AbortAsync());
        await desk.Page.GotoAsync("counter");
        await desk.OpenCardAsync("delg", "Delgado");
        await desk.LiveAsync();
        await desk.MarkAsync();

        await program.Server.KillAsync();
        await desk.Page.GetByRole(AriaRole.Link, new() { Name = "Board", Exact = true }).ClickAsync();
        await Expect(desk.Page.Locator("main")).ToContainTextAsync("The server does not answer. The page opens by itself");

        await desk.Page.UnrouteAllAsync();
        await program.Server.StartAsync();
        await Expect(desk.Page.Locator("article.tile")).ToHaveCountAsync(12);
        await desk.NeverReloadedAsync();
    }

    [BrowserFact]
    public async Task An_answer_given_in_one_browser_is_seen_in_another_at_once()
    {
        await using var program = await OwnProgram.StartAsync();
        await program.PeopleAsync();
        await using var one = await chromium.VisitAsync(program.Server.Address);
        await using var two = await chromium.VisitAsync(program.Server.Address);
        foreach (var visitor in new[] { one, two })
        {
            await visitor.Page.GotoAsync("counter");
            await visitor.OpenCardAsync("delg", "Delgado");
        }

        var flags = (Visitor v) => v.Page.GetByRole(AriaRole.Region, new() { Name = "Flags" }).GetByRole(AriaRole.Button, new() { Name = "Offered" }).First;
        await Expect(flags(two)).ToHaveAttributeAsync("aria-pressed", "false");
        await two.MarkAsync();
        await flags(one).ClickAsync();
        await Expect(flags(two)).ToHaveAttributeAsync("aria-pressed", "true");
        await two.NeverReloadedAsync();
        Assert.Empty(one.Problems);
        Assert.Empty(two.Problems);
    }

    [BrowserFact]
    public async Task What_is_recorded_at_the_desk_shows_on_the_card_of_every_desk()
    {
        await using var program = await OwnProgram.StartAsync();
        await program.PeopleAsync();
        await using var one = await chromium.VisitAsync(program.Server.Address);
        await using var two = await chromium.VisitAsync(program.Server.Address);
        foreach (var visitor in new[] { one, two })
        {
            await visitor.Page.GotoAsync("counter");
            await visitor.OpenCardAsync("delg", "Delgado");
        }

        await one.Page.Keyboard.PressAsync("n");
        var dialog = one.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByRole(AriaRole.Textbox).First.FillAsync("Prefers mornings.");
        await dialog.Locator("button[type=submit]").ClickAsync();
        await Expect(two.Page.Locator(".col-right table.journey")).ToContainTextAsync("note", new() { IgnoreCase = true });
    }
}
