using Experience.Contract;
using Experience.Domain.Port;
using Experience.Embedded.Journal;
using Microsoft.Extensions.Logging.Abstractions;

namespace Experience.Embedded.Tests;

/// <summary>A data folder in the temporary directory, gone with the test; engines on it, one at a time.</summary>
internal sealed class Folder : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 3, 10, 15, 0, 0, TimeSpan.Zero);

    private readonly string _root = Directory.CreateTempSubdirectory("experience-").FullName;
    private EmbeddedEngine? _engine;

    public string Data => System.IO.Path.Combine(_root, "data");

    public ManualTime Time { get; } = new(Start);

    public static Access Access => Access.System("test");

    public EmbeddedOptions Options(int loops = 2) => new() { DataFolder = Data, Loops = loops };

    public async Task<EmbeddedEngine> OpenAsync(int loops = 2, Func<string, IJournal>? journal = null, Func<EmbeddedOptions, EmbeddedOptions>? with = null)
    {
        if (_engine is not null) await _engine.DisposeAsync();
        var options = Options(loops);
        if (with is not null) options = with(options);
        _engine = await EmbeddedEngine.OpenAsync(options, journal ?? (static path => new SqliteJournal(path)), Time, NullLoggerFactory.Instance, CancellationToken.None);
        return _engine;
    }

    public static async Task<int> RecordAsync(EmbeddedEngine engine, IEnumerable<Domain.Events.Fact> facts, int batch = 100)
    {
        var accepted = 0;
        foreach (var part in facts.Chunk(batch)) accepted += (await engine.RecordAsync(part, Access, CancellationToken.None)).Accepted;
        return accepted;
    }

    public static async Task<VerifyReport> VerifyAsync(EmbeddedEngine engine)
    {
        var report = await engine.VerifyAsync(new VerifyOptions(null), null, CancellationToken.None);
        Assert.True(report.Differences == 0, string.Join('\n', report.Examples));
        return report;
    }

    /// <summary>The hash that a fresh folder gets from these facts, in order and at once.</summary>
    public static async Task<string> HashOfAsync(IEnumerable<Domain.Events.Fact> facts)
    {
        await using var folder = new Folder();
        var engine = await folder.OpenAsync();
        await RecordAsync(engine, facts.OrderBy(f => f.Stamp), 500);
        return (await VerifyAsync(engine)).StateHash;
    }

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null) await _engine.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }
}
