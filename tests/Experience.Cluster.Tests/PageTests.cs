using Experience.Browser.Tests;
using Experience.Testing;
using static Microsoft.Playwright.Assertions;

namespace Experience.Cluster.Tests;

/// <summary>A page of one host shows what came in at another, and goes on when that one is killed.</summary>
public sealed class PageTests(Chromium chromium) : IClassFixture<Chromium>
{
    [PagesFact]
    public async Task Card_and_board_of_one_host_move_by_what_another_records_and_go_on_when_it_is_killed()
    {
        using var hosts = await TwoHosts.StartAsync(Repository.SiloProgram);
        var (_, key) = await TwoHosts.KeyAsync(hosts.One);
        var (here, there) = (hosts.Sender(hosts.One, key), hosts.Sender(hosts.Two, key));
        await TwoHosts.UntilAsync(async () => (int)await hosts.TryAsync(there, "registration.confirmed", "p-0", Registered(0)) < 300, "The key did not come to the other host.");
        for (var i = 1; i < 40; i++) await hosts.SendAsync(there, "registration.confirmed", $"p-{i}", Registered(i));
        await hosts.SendAsync(there, "participant.identified", "p-17", new { givenName = "Maria", familyName = "Delgado", email = "maria@example.org" });
        await hosts.SendAsync(there, "payment.received", "p-17", new { amount = 19_000, registration = "reg-17", section = "excel-03" });

        await using var desk = await chromium.VisitAsync(hosts.One.Web);
        await using var leader = await chromium.VisitAsync(hosts.One.Web, width: 1440, height: 900);
        await desk.Page.GotoAsync("counter");
        await desk.OpenCardAsync("delg", "Delgado");
        await desk.LiveAsync();
        await leader.Page.GotoAsync("board");
        var refunds = leader.Page.Locator("article.tile[aria-labelledby='tile-refunds'] .value").First;
        await Expect(refunds).ToBeVisibleAsync();
        var before = await refunds.InnerTextAsync();
        await desk.MarkAsync();
        await leader.MarkAsync();

        await hosts.SendAsync(there, "refund.requested", "p-17", new { section = "excel-03", registration = "reg-17", reason = "instructor changed" });
        await hosts.SendAsync(there, "refund.issued", "p-17", new { amount = 19_000, section = "excel-03", registration = "reg-17" });
        var journey = desk.Page.Locator(".col-right table.journey");
        await Expect(journey).ToContainTextAsync("refund", new() { IgnoreCase = true });
        await Expect(refunds).Not.ToHaveTextAsync(before);
        var after = await refunds.InnerTextAsync();

        // What the killed silo held is held by the other when it is declared dead; whoever sends meanwhile is told to send again, or waits.
        hosts.Two.Kill();
        await TwoHosts.UntilAsync(async () => (int)await hosts.TryAsync(here, "note.added", "p-17", new { text = "Called back after the cut." }) < 300, "Nothing was recorded after a silo was killed.");
        await Expect(journey).ToContainTextAsync("note", new() { IgnoreCase = true });
        for (var i = 0; i < 6; i++)
        {
            var (section, registration) = ("excel-03", $"reg-{i}");
            await TwoHosts.UntilAsync(async () => (int)await hosts.TryAsync(here, "refund.requested", $"p-{i}", new { section, registration, reason = "instructor changed" }) < 300, "A refund was not recorded.");
        }

        await Expect(refunds).Not.ToHaveTextAsync(after);
        await desk.LiveAsync();
        await desk.NeverReloadedAsync();
        await leader.NeverReloadedAsync();
        Assert.Empty(desk.Problems);
        Assert.Empty(leader.Problems);
    }

    private static object Registered(int i) => new { section = "excel-03", course = "excel", registration = $"reg-{i}", amount = 19_000 };
}

/// <summary>A test that needs Debian's Chromium and the built pages, and is skipped with a plain line where either is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PagesFactAttribute : FactAttribute
{
    public PagesFactAttribute()
    {
        var page = Path.Combine(Path.GetDirectoryName(Repository.SiloProgram)!, "wwwroot", "index.html");
        if (!File.Exists(Chromium.Path)) Skip = $"{Chromium.Path} is absent: apt-get install chromium";
        else if (!File.Exists(page)) Skip = $"{page} is absent: the pages were not built (-p:BuildClient=false)";
    }
}
