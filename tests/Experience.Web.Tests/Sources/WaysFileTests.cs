using Experience.Web.Hosting;
using Experience.Web.Sources;
using Microsoft.Extensions.Logging.Abstractions;

namespace Experience.Web.Tests.Sources;

public sealed class WaysFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("experience-ways-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_server_that_stops_while_the_file_is_opened_closes_it()
    {
        for (var round = 0; round < 64; round++)
        {
            var folder = Path.Combine(_folder.FullName, $"{round}");
            var file = Closed(folder);
            using var together = new Barrier(2);
            var reading = Task.Run(() =>
            {
                together.SignalAndWait();
                return file.TryRead(static _ => true, out var read) && read;
            });
            together.SignalAndWait();
            await file.DisposeAsync();
            await reading;

            // The last connection that closes takes the WAL with it.
            Assert.False(File.Exists(Path.Combine(folder, "ways.db-wal")), $"round {round}");
        }
    }

    [Fact]
    public async Task A_server_that_has_stopped_opens_nothing()
    {
        var folder = Path.Combine(_folder.FullName, "data");
        var file = Closed(folder);
        await file.DisposeAsync();

        Assert.Throws<IOException>(() => file.Read(static _ => true));
        await Assert.ThrowsAsync<IOException>(() => file.WriteAsync(static _ => { }));
        Assert.False(Directory.Exists(folder));
    }

    private static WaysFile Closed(string folder) =>
        new(new ServeOptions { DataFolder = folder }, new WaysKeys(folder), NullLogger<WaysFile>.Instance);
}
