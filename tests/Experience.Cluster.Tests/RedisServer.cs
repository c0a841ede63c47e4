using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Experience.Cluster.Tests;

/// <summary>A real redis-server that keeps what it acknowledges, on a free port, with a folder of its own that goes with it.</summary>
internal sealed class RedisServer : IDisposable
{
    private static readonly Lazy<RedisServer> SharedServer = new(() => new RedisServer());

    private readonly string _folder = Directory.CreateTempSubdirectory("experience-redis-").FullName;
    private readonly string[] _also;
    private Process _process;

    /// <param name="also">Addresses besides loopback that it listens at.</param>
    public RedisServer(params string[] also)
    {
        _also = also;
        Port = FreePort();
        _process = Start();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
    }

    /// <summary>One for all tests of the process that use names of their own.</summary>
    public static RedisServer Shared => SharedServer.Value;

    public int Port { get; }

    public string Address => $"127.0.0.1:{Port}";

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>What the append-only file holds now.</summary>
    public long StoredBytes() => Directory.EnumerateFiles(Path.Combine(_folder, "appendonlydir")).Sum(f => new FileInfo(f).Length);

    /// <summary>What the server holds in memory, as it counts itself.</summary>
    public long UsedMemory()
    {
        using var process = Process.Start(new ProcessStartInfo("redis-cli", ["-p", $"{Port}", "info", "memory"]) { RedirectStandardOutput = true })!;
        var line = process.StandardOutput.ReadToEnd().Split('\n').First(l => l.StartsWith("used_memory:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1).Trim(), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Kills the server, as a crash would, and starts it on what it had stored.</summary>
    public void Restart()
    {
        Stop();
        Begin();
    }

    public void Stop()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Begin() => _process = Start();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    private Process Start()
    {
        var process = Process.Start(new ProcessStartInfo("redis-server")
        {
            Arguments = $"--port {Port} --bind 127.0.0.1 {string.Join(' ', _also)} --protected-mode no --appendonly yes --appendfsync always --save \"\" --dir {_folder}",
            RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("redis-server does not start: apt-get install redis-server");
        var output = process.StandardOutput;
        while (output.ReadLine() is { } line)
        {
            if (!line.Contains("Ready to accept connections", StringComparison.Ordinal)) continue;

            // The pipe is read on, or the server would wait for it one day.
            _ = output.ReadToEndAsync();
            return process;
        }

        throw new InvalidOperationException("redis-server ended at its start.");
    }
}
