using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Experience.Cluster.Tests;

/// <summary>A real redis-server that keeps what it acknowledges, on a free port, with a folder of its own that goes with it.</summary>
internal sealed class RedisServer : IDisposable
{
    private static readonly Lazy<RedisServer> SharedServer = new(() => new RedisServer());

    private static readonly ConcurrentBag<RedisServer> Begun = EndWithProcess();

    private readonly string _folder = Directory.CreateTempSubdirectory("experience-redis-").FullName;
    private readonly string[] _also;
    private readonly string _more;
    private Process _process;

    /// <param name="also">Addresses besides loopback that it listens at.</param>
    public RedisServer(params string[] also)
        : this(also, "")
    {
    }

    private RedisServer(string[] also, string more)
    {
        _also = also;
        _more = more;

        // The nodes of a Redis Cluster talk to each other at ports 10,000 above their own.
        do Port = FreePort();
        while (Port > 55_000);
        _process = Start();
        Begun.Add(this);
    }

    /// <summary>One for all tests of the process that use names of their own.</summary>
    public static RedisServer Shared => SharedServer.Value;

    /// <summary>The program: EXPERIENCE_REDIS names another one than the system's.</summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("EXPERIENCE_REDIS") ?? "redis-server";

    public int Port { get; }

    public int ProcessId => _process.Id;

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>A replica that keeps on disk what it receives.</summary>
    public static RedisServer ReplicaOf(RedisServer master) => new([], $"--replicaof 127.0.0.1 {master.Port} --repl-diskless-sync-delay 0");

    /// <summary>A node of a Redis Cluster that is still to be made.</summary>
    public static RedisServer Node() => new([], "--cluster-enabled yes --cluster-node-timeout 2000");

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>What the append-only file holds now.</summary>
    public long StoredBytes() => Directory.EnumerateFiles(Path.Combine(_folder, "appendonlydir")).Sum(f => new FileInfo(f).Length);

    /// <summary>What the server holds in memory, as it counts itself.</summary>
    public long UsedMemory() => long.Parse(Info("memory", "used_memory"), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>One of the figures that the server gives of itself.</summary>
    public string Info(string section, string name)
    {
        var lines = Cli("-p", $"{Port}", "info", section).Split('\n');
        return lines.FirstOrDefault(l => l.StartsWith($"{name}:", StringComparison.Ordinal))?[(name.Length + 1)..].Trim() ?? "";
    }

    /// <summary>What redis-cli prints.</summary>
    public static string Cli(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("redis-cli", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        return process.StandardOutput.ReadToEnd();
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

    // A process that ends is given little time: all are killed before the first folder is deleted.
    private static ConcurrentBag<RedisServer> EndWithProcess()
    {
        var begun = new ConcurrentBag<RedisServer>();
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            foreach (var server in begun.Where(s => !s._process.HasExited)) server._process.Kill();
            foreach (var server in begun) server.Dispose();
        };
        return begun;
    }

    private Process Start()
    {
        var process = Process.Start(new ProcessStartInfo(Program)
        {
            Arguments = $"--port {Port} --bind 127.0.0.1 {string.Join(' ', _also)} --protected-mode no --appendonly yes --appendfsync always --save \"\" --dir {_folder} {_more}",
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
