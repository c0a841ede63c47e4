using System.Diagnostics;
using Experience.Silo.Hosting;

namespace Experience.Cluster.Tests;

/// <summary>The real silo program in a process of its own, which is killed as a power cut would.</summary>
internal sealed class SiloChild : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _output = [];

    private SiloChild(Process process) => _process = process;

    public string Output
    {
        get
        {
            lock (_output) return string.Join('\n', _output);
        }
    }

    public int ProcessId => _process.Id;

    /// <summary>Where its web listens.</summary>
    public Uri Web { get; private init; } = null!;

    /// <summary>Starts it and waits until it has joined.</summary>
    /// <param name="inside">A network namespace to run in, which the address of the settings belongs to.</param>
    /// <param name="program">Another copy of the program than the one beside the tests, which has no pages.</param>
    public static async Task<SiloChild> StartAsync(ClusterSettings settings, string folder, string? inside = null, string? program = null)
    {
        var port = RedisServer.FreePort();
        var start = new ProcessStartInfo(inside is null ? "dotnet" : "ip") { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] before = inside is null ? [] : ["netns", "exec", inside, "dotnet"];
        string[] arguments =
        [
            .. before, program ?? Path.Combine(AppContext.BaseDirectory, "Experience.Silo.dll"), "--data", Path.Combine(folder, $"host-{port}"), "--urls", $"http://127.0.0.1:{port}",
            $"--Cluster:Redis={settings.Redis}", $"--Cluster:Name={settings.Name}", $"--Cluster:MasterKeyFile={settings.MasterKeyFile}",
            $"--Cluster:ProbeSeconds={settings.ProbeSeconds}", $"--Cluster:MissedProbes={settings.MissedProbes}",
            $"--Cluster:SiloPort={RedisServer.FreePort()}", $"--Cluster:GatewayPort={RedisServer.FreePort()}", $"--Cluster:Address={settings.Address}",
            $"--Cluster:FitModels={settings.FitModels}", $"--Cluster:DashboardKey={settings.DashboardKey}", "--role", settings.Role,
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var child = new SiloChild(Process.Start(start)!) { Web = new Uri($"http://127.0.0.1:{port}") };
        var joined = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Keep(object sender, DataReceivedEventArgs line)
        {
            if (line.Data is null) return;
            lock (child._output) child._output.Add(line.Data);
            if (line.Data.StartsWith("Experience runs at", StringComparison.Ordinal)) joined.TrySetResult();
        }

        child._process.OutputDataReceived += Keep;
        child._process.ErrorDataReceived += Keep;
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        var ended = child._process.WaitForExitAsync();
        if (await Task.WhenAny(joined.Task, ended, Task.Delay(TimeSpan.FromSeconds(90))) != joined.Task)
        {
            child.Kill();
            throw new InvalidOperationException($"The silo did not join:\n{child.Output}");
        }

        return child;
    }

    /// <summary>SIGKILL: nothing is handed over.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM: it hands over what it holds. Answers its exit code.</summary>
    public async Task<int> StopAsync(TimeSpan patience)
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
        using var limit = new CancellationTokenSource(patience);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }
}
