using System.Text.Json.Nodes;
using Experience.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Experience.Browser.Tests;

/// <summary>
/// The pictures of the README, taken from the real pages. Each run takes them, so that they can always be taken; they are
/// kept when EXPERIENCE_PICTURES names a folder (<c>docs/images</c>).
/// </summary>
[Collection(BrowserTests.Name)]
public sealed class PictureTests(Chromium chromium, SampleProgramServer sample)
{
    [BrowserFact]
    public async Task The_pages_can_be_pictured_in_light_and_dark()
    {
        using var temporary = new TemporaryFolder();
        var folder = Environment.GetEnvironmentVariable("EXPERIENCE_PICTURES") is { Length: > 0 } kept ? Path.Combine(Repository.Root, kept) : temporary.Path;
        var keeps = folder != temporary.Path;
        // The forecasts come some moments after the people: without them a picture would show half of what there is.
        using (var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(3)))
        {
            while (JsonNode.Parse(await sample.Server.Http.GetStringAsync("v1/models", deadline.Token))!["models"]!.AsArray().All(m => m!["kind"]!.GetValue<string>() != "value" || m["name"] is null)) await Task.Delay(250, deadline.Token);
        }

        foreach (var (scheme, suffix) in new[] { (ColorScheme.Light, "light"), (ColorScheme.Dark, "dark") })
        {
            await using var desk = await chromium.VisitAsync(sample.Server.Address, scheme);
            await desk.Page.GotoAsync("counter");
            await desk.OpenCardAsync("maria delgado", "Delgado");
            await desk.LiveAsync();
            if (keeps)
            {
                // A picture that is kept waits for what comes a minute later: the refund, and a fit that knows the costs.
                await Expect(desk.Page.Locator(".decide")).ToContainTextAsync("Refund in progress", new() { Timeout = 180_000 });
                await Expect(desk.Page.GetByRole(AriaRole.Region, new() { Name = "Value and household" })).ToContainTextAsync("after costs", new() { Timeout = 180_000 });
            }

            await TakeAsync(desk, Path.Combine(folder, $"counter-{suffix}.png"), 1280, 800);

            await using var leader = await chromium.VisitAsync(sample.Server.Address, scheme, 1440, 900);
            await leader.Page.GotoAsync("board");
            await Expect(leader.Page.Locator("article.tile")).ToHaveCountAsync(12);
            await leader.LiveAsync();
            if (keeps) await Expect(leader.Page.Locator("article.tile[aria-labelledby='tile-risk'] svg.sp")).ToBeVisibleAsync(new() { Timeout = 120_000 });
            await TakeAsync(leader, Path.Combine(folder, $"board-{suffix}.png"), 1440, 900);
        }

        await using var empty = await OwnProgram.StartAsync();
        await using var stranger = await chromium.VisitAsync(empty.Server.Address);
        await stranger.Page.GotoAsync("start");
        await Expect(stranger.Page.Locator("pre").First).ToContainTextAsync("curl ");
        await Expect(stranger.Page.Locator("p.link")).ToContainTextAsync("no data");
        await TakeAsync(stranger, Path.Combine(folder, "start-light.png"), 1280, 800);
    }

    private static async Task TakeAsync(Visitor visitor, string path, int width, int height)
    {
        var picture = await visitor.Page.ScreenshotAsync(new PageScreenshotOptions { Path = path });

        // The header of a PNG: width and height stand big-endian at 16 and 20. A blank page would be far smaller.
        Assert.Equal(width, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(picture.AsSpan(16)));
        Assert.Equal(height, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(picture.AsSpan(20)));
        Assert.True(picture.Length > 40_000, $"{path} is nearly blank.");
        Assert.Empty(visitor.Problems);
    }
}
