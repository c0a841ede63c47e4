using System.Text.Json;
using Experience.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Experience.Browser.Tests;

/// <summary>Every page, light and dark, for everyone: axe finds nothing, the keyboard reaches everything, nothing overflows.</summary>
[Collection(BrowserTests.Name)]
public sealed class AccessTests(Chromium chromium, SampleProgramServer sample)
{
    private static readonly string AxeScript = Path.Combine(Repository.Root, "web", "Experience.Web", "client", "node_modules", "axe-core", "axe.min.js");

    /// <summary>The page's width where it is wider than its window, and what reaches out of it and is not cut off by what it scrolls in.</summary>
    private const string TooWide = """
        () => {
            const page = document.scrollingElement;
            if (page.scrollWidth <= page.clientWidth) return [];
            const cut = (element) => {
                for (let at = element; at !== document.body;) {
                    const style = getComputedStyle(at);
                    if (style.position === 'fixed') return true;
                    at = (style.position === 'absolute' ? at.offsetParent : at.parentElement) ?? document.body;
                    if (at !== document.body && getComputedStyle(at).overflowX !== 'visible') return true;
                }
                return false;
            };
            const end = (element) => Math.round(element.getBoundingClientRect().right);
            return [`${page.scrollWidth} px instead of ${page.clientWidth}`, ...[...document.querySelectorAll('body *')]
                .filter(e => end(e) > page.clientWidth && !cut(e)).slice(0, 12)
                .map(e => `${e.localName}.${[...e.classList].join('.')} to ${end(e)}: ${e.textContent.trim().slice(0, 40)}`)];
        }
        """;

    [BrowserFact]
    public async Task Axe_finds_nothing_on_any_page_in_light_and_dark()
    {
        await using var empty = await OwnProgram.StartAsync();
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await using var first = await chromium.VisitAsync(empty.Server.Address, scheme);
            await first.Page.GotoAsync("start");
            await Expect(first.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
            await AxeAsync(first, $"start, {scheme}");

            await using var visitor = await chromium.VisitAsync(sample.Server.Address, scheme, 1440, 900);
            await visitor.Page.GotoAsync("counter");
            await visitor.LiveAsync();
            await AxeAsync(visitor, $"counter, {scheme}");
            await visitor.OpenCardAsync("maria delgado", "Delgado");
            await AxeAsync(visitor, $"card, {scheme}");
            await visitor.Page.Keyboard.PressAsync("m");
            await Expect(visitor.Page.GetByRole(AriaRole.Dialog).First).ToBeVisibleAsync();
            await AxeAsync(visitor, $"more, {scheme}");
            await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Plan a certificate" }).ClickAsync();
            await Expect(visitor.Page.GetByRole(AriaRole.Heading, new() { Name = "What it takes" })).ToBeVisibleAsync();
            await AxeAsync(visitor, $"plan, {scheme}");
            await visitor.Page.GotoAsync("board");
            await Expect(visitor.Page.Locator("article.tile")).ToHaveCountAsync(12);
            await AxeAsync(visitor, $"board, {scheme}");
            await visitor.Page.GotoAsync("people?list=risk");
            await Expect(visitor.Page.Locator("table tbody tr").First).ToBeVisibleAsync();
            await AxeAsync(visitor, $"people, {scheme}");
            await visitor.Page.GotoAsync("catalogue?course=excel");
            await Expect(visitor.Page.Locator(".offerings > li").First).ToBeVisibleAsync();
            await AxeAsync(visitor, $"catalogue, {scheme}");
            await visitor.Page.GotoAsync("organisations/harlan%20precision");
            await Expect(visitor.Page.Locator(".organisation tbody tr").First).ToBeVisibleAsync();
            await AxeAsync(visitor, $"organisations, {scheme}");
            await visitor.Page.GotoAsync("models");
            // A fit of the sample's history is there within a minute of its filling.
            await Expect(visitor.Page.Locator("figure.chart svg[role=img]").First).ToBeVisibleAsync(new() { Timeout = 90_000 });
            await AxeAsync(visitor, $"models, {scheme}");
            await visitor.Page.GotoAsync("same");
            await Expect(visitor.Page.Locator(".compared table")).ToBeVisibleAsync();
            await Expect(visitor.Page.Locator(".pair").Filter(new() { HasText = "Bell" }).First).ToBeVisibleAsync();
            await AxeAsync(visitor, $"same, {scheme}");
            await SourcesAsync(visitor, scheme);
            await first.Page.GotoAsync("pulls");
            await Expect(first.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
            await AxeAsync(first, $"pulls, {scheme}");
            await first.Page.Keyboard.PressAsync("a");
            await Expect(first.Page.GetByRole(AriaRole.Dialog).First).ToBeVisibleAsync();
            await AxeAsync(first, $"a system to poll, {scheme}");
            await visitor.Page.GotoAsync("docs");
            await Expect(visitor.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
            await AxeAsync(visitor, $"docs, {scheme}");
        }
    }

    [BrowserFact]
    public async Task The_counter_fits_a_desk_screen_without_scrolling()
    {
        await using var visitor = await chromium.VisitAsync(sample.Server.Address);
        await visitor.Page.GotoAsync("counter");
        foreach (var (typed, name) in new[] { ("maria delgado", "Delgado"), ("okafor ngozi", "Okafor"), ("pym", "Pym"), ("priya nair", "Nair") })
        {
            await visitor.OpenCardAsync(typed, name);
            await visitor.LiveAsync();
            Assert.True(await visitor.Page.EvaluateAsync<int>("document.scrollingElement.scrollHeight") <= 800, $"The card of {name} scrolls.");
            var cut = await visitor.Page.EvaluateAsync<int>("Math.max(...[...document.querySelectorAll('.col')].map(c => c.scrollHeight - c.clientHeight))");
            Assert.True(cut <= 1, $"A column of the card of {name} scrolls by {cut} px.");
        }
    }

    [BrowserFact]
    public async Task No_page_overflows_a_phone()
    {
        await using var visitor = await chromium.VisitAsync(sample.Server.Address, width: 360, height: 740);
        foreach (var page in new[] { "start", "counter", "counter/nobody", "board", "people?list=risk", "catalogue?course=excel", "organisations/harlan%20precision", "plan", "models", "same", "sources", "sources/refused", "sources/hooks", "pulls", "docs" })
        {
            await visitor.Page.GotoAsync(page);
            await Expect(visitor.Page.Locator("main")).ToBeVisibleAsync();
            if (page != "docs") await visitor.LiveAsync();
            await FitsAsync(page);
            // What streams in is another at each run: names, complaints and figures twice as long stand for the longest of them.
            await visitor.Page.EvaluateAsync("""
                () => {
                    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
                    while (texts.nextNode()) if (!texts.currentNode.parentElement.closest('script, style')) texts.currentNode.nodeValue += ' ' + texts.currentNode.nodeValue;
                }
                """);
            await FitsAsync($"{page}, every text twice as long");
        }

        async Task FitsAsync(string where)
        {
            var over = await visitor.Page.EvaluateAsync<string[]>(TooWide);
            Assert.True(over.Length == 0, $"{where} overflows:\n{string.Join('\n', over)}");
        }
    }

    [BrowserFact]
    public async Task The_card_answers_to_its_keys()
    {
        await using var visitor = await chromium.VisitAsync(sample.Server.Address);
        var page = visitor.Page;
        await page.GotoAsync("counter");
        await visitor.OpenCardAsync("maria delgado", "Delgado");
        foreach (var key in new[] { "r", "t", "c", "p", "n", "m" })
        {
            // A key that the desk may not use now is disabled, with the reason beside it.
            var button = page.Locator($"button[aria-keyshortcuts='{key.ToUpperInvariant()}']").First;
            if (await button.IsDisabledAsync()) continue;
            await page.Keyboard.PressAsync(key);
            await Expect(page.Locator("dialog[open]")).ToHaveCountAsync(1);
            await page.Keyboard.PressAsync("Escape");
            await Expect(page.Locator("dialog[open]")).ToHaveCountAsync(0);
        }

        await page.Keyboard.PressAsync("h");
        await Expect(page.Locator("html[data-cover]")).ToHaveCountAsync(1);
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Score" })).ToBeHiddenAsync();
        await page.Keyboard.PressAsync("h");
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Score" })).ToBeVisibleAsync();

        // Letters do nothing while typing.
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("hmr");
        await Expect(visitor.Search).ToHaveValueAsync("hmr");
        await Expect(page.Locator("html[data-cover]")).ToHaveCountAsync(0);
        Assert.Empty(visitor.Problems);
    }

    [BrowserFact]
    public async Task The_board_answers_to_its_keys()
    {
        await using var visitor = await chromium.VisitAsync(sample.Server.Address, width: 1440, height: 900);
        var page = visitor.Page;
        await page.GotoAsync("board");
        await Expect(page.Locator("article.tile")).ToHaveCountAsync(12);
        await page.Keyboard.PressAsync("ArrowRight");
        var first = await Focused(page);
        await page.Keyboard.PressAsync("ArrowRight");
        Assert.NotEqual(first, await Focused(page));
        await page.Keyboard.PressAsync("ArrowLeft");
        Assert.Equal(first, await Focused(page));

        await page.Keyboard.PressAsync("f");
        await Expect(page.Locator(".formula:popover-open")).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator(".formula:popover-open")).ToHaveCountAsync(0);

        await page.Locator("article.tile[data-place]").First.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#drill tbody tr").First).ToBeVisibleAsync();
        Assert.Empty(visitor.Problems);

        static Task<string> Focused(IPage page) => page.EvaluateAsync<string>("document.activeElement.getAttribute('aria-labelledby') ?? document.activeElement.tagName");
    }

    [BrowserFact]
    public async Task A_score_opens_to_its_reasons_its_rule_and_its_events()
    {
        await using var visitor = await chromium.VisitAsync(sample.Server.Address);
        await visitor.Page.GotoAsync("counter");
        await visitor.OpenCardAsync("maria delgado", "Delgado");
        await visitor.Page.Locator("button.why-row").First.ClickAsync();
        var receipt = visitor.Page.Locator(".formula:popover-open");
        await Expect(receipt).ToContainTextAsync("policy version");
        await Expect(receipt.Locator("tr code").First).ToContainTextAsync(".");
    }

    private static async Task SourcesAsync(Visitor visitor, ColorScheme scheme)
    {
        await visitor.Page.GotoAsync("sources");
        await visitor.Page.Locator("tbody button").First.ClickAsync();
        await Expect(visitor.Page.Locator(".source-detail")).ToBeVisibleAsync();
        await AxeAsync(visitor, $"sources, {scheme}");
        await visitor.Page.GotoAsync("sources/refused");
        await Expect(visitor.Page.Locator(".letters-filters")).ToBeVisibleAsync();
        await AxeAsync(visitor, $"refused, {scheme}");
        await visitor.Page.GotoAsync("sources/hooks");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "New webhook" }).ClickAsync();
        await Expect(visitor.Page.Locator("dialog[open] textarea").First).ToBeVisibleAsync();
        await AxeAsync(visitor, $"webhook, {scheme}");
        await visitor.Page.Keyboard.PressAsync("Escape");
    }

    private static async Task AxeAsync(Visitor visitor, string where)
    {
        await visitor.Page.EvaluateAsync(await File.ReadAllTextAsync(AxeScript));
        var found = await visitor.Page.EvaluateAsync<JsonElement>("""
            axe.run(document, { resultTypes: ['violations'] }).then(r =>
                r.violations.map(v => `${v.id}: ${v.help} at ${v.nodes.map(n => n.target.join(' ')).slice(0, 5).join(' | ')}`))
            """);
        Assert.True(found.GetArrayLength() == 0, $"{where}:\n{string.Join('\n', found.EnumerateArray())}");
    }
}
