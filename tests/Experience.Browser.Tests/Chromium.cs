using Microsoft.Playwright;

namespace Experience.Browser.Tests;

/// <summary>A test that needs Debian's Chromium, and is skipped with a plain line where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (!File.Exists(Chromium.Path)) Skip = $"{Chromium.Path} is absent: apt-get install chromium";
    }
}

/// <summary>One browser for all tests; each test has contexts of its own, so nothing is shared but the program.</summary>
public sealed class Chromium : IAsyncLifetime
{
    public const string Path = "/usr/bin/chromium";

    private static readonly string[] Flags =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (!File.Exists(Path)) return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Path, Args = Flags });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>A person at a browser of their own: nothing stored, and already said who they are.</summary>
    internal async Task<Visitor> VisitAsync(Uri address, ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 800)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = address.ToString(),
            ColorScheme = scheme,
            ReducedMotion = ReducedMotion.Reduce,
            ViewportSize = new ViewportSize { Width = width, Height = height },
        });
        context.SetDefaultTimeout((float)Visitor.Patience.TotalMilliseconds);
        await context.AddInitScriptAsync("""localStorage.getItem('experience.identity') ?? localStorage.setItem('experience.identity', JSON.stringify({ name: 'Rosa Lin', desk: 'Main' }))""");
        return new Visitor(context, await context.NewPageAsync());
    }
}

/// <summary>One page in a context of its own, which remembers what went wrong in it.</summary>
internal sealed class Visitor : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly IBrowserContext _context;
    private readonly List<string> _problems = [];

    public Visitor(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        Assertions.SetDefaultExpectTimeout((float)Patience.TotalMilliseconds);
        page.PageError += (_, error) => _problems.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error") _problems.Add($"{message.Text} ({message.Location})");
        };
    }

    public IPage Page { get; }

    /// <summary>Errors of scripts and of the network since the page was opened.</summary>
    public IReadOnlyList<string> Problems => _problems;

    public ILocator Search => Page.GetByRole(AriaRole.Combobox, new() { Name = "Find a person" });

    /// <summary>Types into the search from wherever one is, and opens the first hit.</summary>
    public async Task OpenCardAsync(string typed, string name)
    {
        // The key is the page's: it does nothing before the page is there.
        await Assertions.Expect(Search).ToBeVisibleAsync();
        await Page.Keyboard.PressAsync("/");
        await Search.FillAsync(typed);
        await Assertions.Expect(Page.GetByRole(AriaRole.Option).First).ToContainTextAsync(name);
        await Search.PressAsync("Enter");
        await Assertions.Expect(Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync(name);
    }

    public Task LiveAsync() => Assertions.Expect(Page.Locator("p.link")).ToContainTextAsync("Live");

    /// <summary>A mark that a reload would wipe out.</summary>
    public Task MarkAsync() => Page.EvaluateAsync("window.neverReloaded = true");

    public async Task NeverReloadedAsync() => Assert.True(await Page.EvaluateAsync<bool>("window.neverReloaded === true"), "The page was reloaded.");

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
