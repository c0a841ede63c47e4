using Experience.Domain.Port;
using Experience.Web.Hosting;
using Experience.Web.Imports;
using Experience.Web.Pull;
using Experience.Web.Sources;

namespace Experience.Web.Cli;

/// <summary>What the ways in share, for a command that works on a folder without a server. Nothing is opened before it is needed.</summary>
internal sealed class LocalSources : IAsyncDisposable
{
    private readonly WaysFile _file;
    private readonly SourceMeters _meters;

    public LocalSources(ServeOptions options, IExperienceEngine? engine, ILoggerFactory logging)
    {
        static bool IsSample() => false;
        var keys = new WaysKeys(options.DataFolder);
        _file = new WaysFile(options, keys, logging.CreateLogger<WaysFile>());
        _meters = new SourceMeters(_file, IsSample, options);
        var gone = new GonePeople(() => engine, _meters);
        var letters = new DeadLetters(_file, gone, IsSample, options, logging.CreateLogger<DeadLetters>());
        Erasure = new WaysErasure([new KeptInWaysFile(_file, letters), new ImportFolder(options), new PullStore(options.DataFolder, keys)], keys, gone);
        Desk = new SourceDesk(letters, _meters, Erasure, gone, options);
    }

    public SourceDesk Desk { get; }

    public WaysErasure Erasure { get; }

    public async ValueTask DisposeAsync()
    {
        await _meters.SaveAsync();
        await _file.DisposeAsync();
        Erasure.Dispose();
    }
}
