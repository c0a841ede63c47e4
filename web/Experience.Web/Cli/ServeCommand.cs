using System.Net.Sockets;
using Experience.Web.Hosting;
using Microsoft.AspNetCore.Hosting.Server;

namespace Experience.Web.Cli;

/// <summary>Runs the server until it is stopped, and says where it is.</summary>
internal static class ServeCommand
{
    /// <summary>Ports that are tried when none was asked for.</summary>
    private const int PortsTried = 10;

    /// <param name="say">Where it says where it runs; the standard output when left out.</param>
    public static async Task<int> RunAsync(ServeOptions options, CancellationToken cancellation, TextWriter? say = null)
    {
        say ??= Console.Out;
        var app = await StartAsync(options, cancellation);
        await using (app)
        {
            var address = OwnAddress.Of(app.Services.GetRequiredService<IServer>()).ToString().TrimEnd('/');
            var folder = Path.GetFullPath(options.DataFolder);
            await say.WriteLineAsync($"Experience runs at {address}");
            await say.WriteLineAsync($"Data folder: {folder}");
            await say.WriteLineAsync("Stop it with Ctrl+C.");
            var host = app.Services.GetRequiredService<EngineHost>();
            await host.Opening.WaitAsync(cancellation);
            if (host.Failure is { } failure)
            {
                await Console.Error.WriteLineAsync(failure);
                await app.StopAsync(CancellationToken.None);
                return ExitCode.Failed;
            }

            using (ServerFile.Write(folder, address, options.Instance))
            {
                // SIGTERM and Ctrl+C reach the command line first; its token and the host's own end are one thing here.
                await using var stop = cancellation.Register(() => app.Lifetime.StopApplication());
                await app.WaitForShutdownAsync(CancellationToken.None);
            }

            return ExitCode.Done;
        }
    }

    private static async Task<WebApplication> StartAsync(ServeOptions options, CancellationToken cancellation)
    {
        if (options.Urls.Count > 0 || options.Port is not null) return await StartOnceAsync(options, cancellation);
        for (var port = ServeOptions.DefaultPort; ; port++)
        {
            // Looking first keeps the engine from being opened for a port that is taken.
            if (port < ServeOptions.DefaultPort + PortsTried - 1 && IsTaken(port)) continue;
            return await StartOnceAsync(options with { Port = port }, cancellation);
        }
    }

    private static async Task<WebApplication> StartOnceAsync(ServeOptions options, CancellationToken cancellation)
    {
        var app = ExperienceApp.Build(options);
        try
        {
            await app.StartAsync(cancellation);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    private static bool IsTaken(int port)
    {
        try
        {
            using var listener = new TcpListener(System.Net.IPAddress.Loopback, port);
            listener.Start();
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
