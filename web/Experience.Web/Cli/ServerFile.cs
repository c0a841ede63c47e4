using Experience.Web.Contracts;
using Experience.Web.Hosting;

namespace Experience.Web.Cli;

/// <summary>
/// Where a running server says, in its data folder, at which address it answers: commands on a folder that a server holds go through
/// it. A file that a killed server left behind is known by nobody answering.
/// </summary>
internal static class ServerFile
{
    private const string Name = "server.address";
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(3);

    public static IDisposable Write(string folder, string address, string instance)
    {
        var path = Path.Combine(folder, Name);
        File.WriteAllLines(path, [address, instance]);
        return new Removal(path);
    }

    /// <summary>A client of the server that holds the folder, or null when none does.</summary>
    public static async Task<HttpClient?> FindAsync(string folder, CancellationToken cancellation)
    {
        var path = Path.Combine(folder, Name);
        if (!File.Exists(path) || await File.ReadAllLinesAsync(path, cancellation) is not [var text, var instance] || !Uri.TryCreate(text, UriKind.Absolute, out var address)) return null;
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            timeout.CancelAfter(AnswersWithin);
            using var answer = await client.GetAsync("/health/live", timeout.Token);
            // Another server may have taken the address of one that was killed.
            if (answer.Headers.TryGetValues(ExperienceApp.ServerInstanceHeader, out var instances) && instances.First() == instance) return client;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // Nobody answers, or somebody else: no server holds the folder.
        }

        client.Dispose();
        return null;
    }

    /// <summary>The answer, or its problem as an error in words.</summary>
    public static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode) return (await response.Content.ReadFromJsonAsync<T>(Json.Options, cancellation))!;
        var problem = await response.Content.ReadFromJsonAsync<ProblemView>(Json.Options, cancellation);
        throw new HttpRequestException($"{problem?.Title} {problem?.Detail}" + (problem?.Accepted is { } accepted ? $" Accepted: {accepted}" : ""));
    }

    private sealed class Removal(string path) : IDisposable
    {
        public void Dispose() => File.Delete(path);
    }
}
