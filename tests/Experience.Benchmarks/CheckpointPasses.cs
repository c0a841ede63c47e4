namespace Experience.Benchmarks;

/// <summary>Counts how often every shard's checkpoint was written, by looking at the files: the least often written one decides.</summary>
internal sealed class CheckpointPasses : IAsyncDisposable
{
    private readonly Dictionary<string, (DateTime At, int Times)> _files = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _look;

    public CheckpointPasses(string folder) => _look = LookAsync(folder, _stop.Token);

    public async Task<int> StopAsync()
    {
        await _stop.CancelAsync();
        await _look;
        return _files.Count == 0 ? 0 : _files.Values.Min(f => f.Times);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task LookAsync(string folder, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        try
        {
            do
            {
                foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
                {
                    if (!path.Contains("checkpoint", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".tmp", StringComparison.Ordinal)) continue;
                    var at = File.GetLastWriteTimeUtc(path);
                    if (!_files.TryGetValue(path, out var seen)) _files[path] = (at, 0);
                    else if (seen.At != at) _files[path] = (at, seen.Times + 1);
                }
            }
            while (await timer.WaitForNextTickAsync(cancellation));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopped.
        }
    }
}
