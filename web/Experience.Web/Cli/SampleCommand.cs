using System.CommandLine;
using System.Text.Json;
using Experience.Sample;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Spectre.Console;

namespace Experience.Web.Cli;

/// <summary>
/// sample: Riverbend College through the server's API. A running server switches to it; without one, a server is started, filled and
/// left streaming until it is stopped.
/// </summary>
internal static class SampleCommand
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(200);

    private sealed record Summary(long Events, long Participants, string Address);

    public static Command Create(Option<string> data, Option<bool> json)
    {
        var people = new Option<int?>("--people") { Description = $"People, {SampleOptions.MinPeople:N0} to {SampleOptions.MaxPeople:N0} (6,000)." };
        var years = new Option<int?>("--years") { Description = $"Years of history, {SampleOptions.MinYears} to {SampleOptions.MaxYears} (3)." };
        var speed = new Option<double?>("--speed") { Description = "How fast it goes on: 1 is a lively college, 0 stands still: the command then ends when all is in." };
        var seed = new Option<int?>("--seed") { Description = "Seed: the same seed gives the same college." };
        var port = new Option<int?>("--port") { Description = "Port, when a server is started." };
        var command = new Command("sample", "Fill the sample program, in a folder of its own, and go on streaming.") { people, years, speed, seed, port };
        command.SetAction((parsed, cancellation) => CommandLine.GuardAsync(async () =>
        {
            var folder = parsed.GetValue(data)!;
            var request = new SampleRequest(parsed.GetValue(people), parsed.GetValue(years), parsed.GetValue(speed), parsed.GetValue(seed));
            using var running = await ServerFile.FindAsync(folder, cancellation);
            if (running is not null)
            {
                await FillAsync(running, request, parsed.GetValue(json), cancellation);
                return ExitCode.Done;
            }

            // Only the summary goes to the standard output of a program that reads it.
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            // One that is filled and left again is the same each time: what is learned of it would come when the machine has time, and one that stands still does so from the start.
            var served = ServeCommand.RunAsync(
                new ServeOptions { DataFolder = folder, Port = parsed.GetValue(port), Quiet = true, FitModels = request.Speed != 0, SampleSpeed = request.Speed }, stop.Token, parsed.GetValue(json) ? Console.Error : Console.Out);
            try
            {
                using var server = await FindStartedAsync(folder, served, cancellation);
                if (server is not null) await FillAsync(server, request, parsed.GetValue(json), cancellation);
                if (request.Speed == 0) await stop.CancelAsync();
            }
            catch
            {
                await stop.CancelAsync();
                await served;
                throw;
            }

            return await served;
        }));
        return command;
    }

    private static async Task<HttpClient?> FindStartedAsync(string folder, Task served, CancellationToken cancellation)
    {
        while (!served.IsCompleted)
        {
            if (await ServerFile.FindAsync(folder, cancellation) is { } server) return server;
            await Task.Delay(PollEvery, cancellation);
        }

        return null;
    }

    private static async Task FillAsync(HttpClient server, SampleRequest request, bool json, CancellationToken cancellation)
    {
        using var started = await server.PostAsJsonAsync("/v1/sample", request, Json.Options, cancellation);
        await ServerFile.ReadAsync<SampleView>(started, cancellation);
        if (json) await WaitAsync(server, _ => { }, cancellation);
        else
        {
            await AnsiConsole.Progress().StartAsync(async context =>
            {
                var task = context.AddTask("Filling the sample", maxValue: 1);
                await WaitAsync(server, s => task.Value = s.Total == 0 ? 0 : (double)s.Done / s.Total, cancellation);
                task.Value = 1;
            });
        }

        var status = (await server.GetFromJsonAsync<StatusView>("/v1/status", Json.Options, cancellation))!;
        if (json) Console.WriteLine(JsonSerializer.Serialize(new Summary(status.Events, status.People, server.BaseAddress!.ToString()), Json.Options));
        else AnsiConsole.WriteLine($"{status.Events:N0} events of {status.People:N0} people at {server.BaseAddress}");
    }

    private static async Task WaitAsync(HttpClient server, Action<SampleView> report, CancellationToken cancellation)
    {
        while (true)
        {
            var sample = (await server.GetFromJsonAsync<StatusView>("/v1/status", Json.Options, cancellation))!.SampleProgram;
            report(sample);
            if (sample.Phase == SamplePhase.Streaming) return;
            if (sample.Phase == SamplePhase.Failed) throw new IOException(sample.Problem ?? "The sample could not be filled.");
            await Task.Delay(PollEvery, cancellation);
        }
    }
}
