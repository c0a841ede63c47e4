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

    /// <summary>Starts it and waits until it has joined.</summary>
    public static async Task<SiloChild> StartAsync(ClusterSettings settings, string folder)
    {
        var port = RedisServer.FreePort();
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "Experience.Silo.dll"), "--data", Path.Combine(folder, $"host-{port}"), "--urls", $"http://127.0.0.1:{port}",
            $"--Cluster:Redis={settings.Redis}", $"--Cluster:Name={settings.Name}", $"--Cluster:MasterKeyFile={settings.MasterKeyFile}",
            $"--Cluster:ProbeSeconds={settings.ProbeSeconds}", $"--Cluster:MissedProbes={settings.MissedProbes}",
            $"--Cluster:SiloPort={RedisServer.FreePort()}", $"--Cluster:GatewayPort={RedisServer.FreePort()}",
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var child = new SiloChild(Process.Start(start)!);
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

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }
}
