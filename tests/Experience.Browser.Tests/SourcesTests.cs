using System.Net.Http.Headers;
using System.Text;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Experience.Browser.Tests;

/// <summary>What staff do about what was refused, in a real browser on the real program.</summary>
[Collection(BrowserTests.Name)]
public sealed class SourcesTests(Chromium chromium)
{
    [BrowserFact]
    public async Task A_refused_event_is_found_corrected_by_keyboard_and_taken()
    {
        await using var program = await OwnProgram.StartAsync();
        await program.PeopleAsync();
        const string bad = """{"specversion":"1.0","id":"odd-1","source":"/shop","type":"registration.confirmed","subject":"s-1","data":{"amount":19000}}""";
        using (var refused = await program.Server.Http.PostAsync("v1/events", new StringContent(bad, Encoding.UTF8, new MediaTypeHeaderValue("application/cloudevents+json")))) Assert.Equal(400, (int)refused.StatusCode);

        await using var visitor = await chromium.VisitAsync(program.Server.Address);
        var page = visitor.Page;
        await page.GotoAsync("sources");
        await Expect(page.GetByRole(AriaRole.Row, new() { NameRegex = new("registrar") })).ToContainTextAsync("speaks");
        await page.GetByRole(AriaRole.Row, new() { NameRegex = new("shop") }).GetByRole(AriaRole.Link).ClickAsync();
        var open = page.GetByRole(AriaRole.Button, new() { Name = "registration.confirmed" });
        await open.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        var body = page.Locator("dialog[open] textarea");
        await Expect(body).ToBeFocusedAsync();
        await body.FillAsync(bad.Replace("\"data\":{", "\"data\":{\"section\":\"excel-03\",", StringComparison.Ordinal));
        await page.GetByRole(AriaRole.Button, new() { Name = "Check" }).ClickAsync();
        await Expect(page.Locator("dialog[open]")).ToContainTextAsync("It would be taken: 1 event.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send again", Exact = true }).ClickAsync();
        await Expect(page.Locator(".said")).ToHaveTextAsync("Taken: 1 event.");
        await Expect(page.Locator(".nothing")).ToContainTextAsync("Nothing waits");
        Assert.Equal(200, (int)(await program.Server.Http.GetAsync("v1/participants?source=/shop&key=s-1")).StatusCode);
        Assert.Empty(visitor.Problems);
    }

    [BrowserFact]
    public async Task A_webhook_is_written_tried_and_put_in_force()
    {
        await using var program = await OwnProgram.StartAsync();
        await program.PeopleAsync();
        await using var visitor = await chromium.VisitAsync(program.Server.Address);
        var page = visitor.Page;
        await page.GotoAsync("sources/hooks");
        await page.GetByRole(AriaRole.Button, new() { Name = "New webhook" }).ClickAsync();
        await page.GetByLabel("Name").FillAsync("shop");
        await page.GetByLabel("Payload to try").FillAsync("""{"created":"2026-11-02T10:00:00Z","attendees":[{"id":"t-1","email":"kim@example.org","class":"excel-03","price":"190.00"}]}""");
        await page.GetByRole(AriaRole.Button, new() { Name = "Test", Exact = true }).ClickAsync();
        await Expect(page.Locator("#h-tested")).ToHaveTextAsync("It gives 1 event");
        await Expect(page.Locator(".tested pre")).ToContainTextAsync("19000");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make it" }).ClickAsync();
        await Expect(page.Locator(".secret")).ToContainTextAsync("whsec_");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Row, new() { NameRegex = new("shop") })).ToContainTextAsync("hmac");
        Assert.Empty(visitor.Problems);
    }
}
