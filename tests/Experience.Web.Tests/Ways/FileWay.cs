using System.Net.Http.Headers;
using System.Net.Http.Json;
using Experience.Web.Contracts;
using Experience.Web.Imports;
using Microsoft.Extensions.DependencyInjection;

namespace Experience.Web.Tests.Ways;

/// <summary>
/// A file for each, as the page does it: uploaded, looked at, half of them given the mapping of the file that was good, and run to the end. What its
/// end says is added up, and the file of refused rows has as many rows as were refused.
/// </summary>
internal sealed class FileWay : IWay
{
    public const string Address = "/v1/imports?name=";

    /// <summary>Fewer than the server keeps: one that is looked at must not be forgotten for the next.</summary>
    private const int Together = ImportFolder.MaxKept / 2;

    private readonly Server _server;
    private readonly string _address;
    private readonly ImportFolder _folder;
    private ImportMapping? _good;
    private long _taken;

    private FileWay(Server server, string address)
    {
        (_server, _address) = (server, address);
        _folder = server.Services.GetRequiredService<ImportFolder>();
    }

    public long? Taken => Interlocked.Read(ref _taken);

    public static async Task<FileWay> OpenAsync(Server server, string address, byte[] original)
    {
        var way = new FileWay(server, address);
        using var answer = await way.UploadAsync(original);
        var view = await Server.ReadAsync<ImportView>(answer);
        Assert.All(view.Preview, p => Assert.True(p.Event is not null || p.Line > 3, p.Reason));
        way._good = view.Mapping;
        return way;
    }

    public async Task<string[]> SendAsync(IReadOnlyList<byte[]> bodies)
    {
        var answers = new List<string>(bodies.Count);
        foreach (var some in bodies.Chunk(Together)) answers.AddRange(await Task.WhenAll(some.Select(OneAsync)));
        return [.. answers];
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<HttpResponseMessage> UploadAsync(byte[] file)
    {
        using var body = new ByteArrayContent(file);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return await _server.Client.PostAsync(_address, body);
    }

    private async Task<string> OneAsync(byte[] file)
    {
        using var uploaded = await UploadAsync(file);
        if (!uploaded.IsSuccessStatusCode) return $"{(int)uploaded.StatusCode} uploaded";
        var id = (await Server.ReadAsync<ImportView>(uploaded)).Id;
        // By the file itself: sent again, it is read in the same way.
        if (file.Length % 2 == 1)
        {
            using var mapped = await _server.Client.PutAsJsonAsync($"/v1/imports/{id}/mapping", _good, Json.Options);
            if ((int)mapped.StatusCode >= 500) return $"{(int)mapped.StatusCode} mapped";
        }

        using var started = await _server.Client.PostAsJsonAsync($"/v1/imports/{id}/start", new { });
        if (!started.IsSuccessStatusCode) return $"{(int)started.StatusCode} started";
        try
        {
            await _folder.Find(id)!.Task.WaitAsync(TimeSpan.FromMinutes(1));
        }
        catch (Exception e)
        {
            return $"5: {e.GetType().Name} {e.Message}";
        }

        var end = (await _server.Client.GetFromJsonAsync<ImportView>($"/v1/imports/{id}", Json.Options))!.Progress;
        var refused = await RefusedAsync(id);
        Interlocked.Add(ref _taken, end.Events);
        if (end.Refused != refused) return $"5: {end.Refused} rows were refused, {refused} are in their file";
        if (end.Phase == ImportPhase.Failed) return end.Problem is null ? "5: failed without a word" : "failed and said why";
        if (end.Phase != ImportPhase.Done) return $"5: {end.Phase} at its end";
        return end.Events > 0 ? "accepted" : end.Duplicates > 0 ? "duplicate" : end.Refused > 0 ? "refused" : "nothing in it";
    }

    /// <summary>Rows of the file of refused rows, counted by what ends them: a line break outside quotes, or for a file of lines any.</summary>
    private async Task<int> RefusedAsync(string id)
    {
        using var answer = await _server.Client.GetAsync($"/v1/imports/{id}/refused");
        if (answer.StatusCode == System.Net.HttpStatusCode.NotFound) return 0;
        var text = await answer.Content.ReadAsStringAsync();
        if (_address.EndsWith(".ndjson", StringComparison.Ordinal)) return text.Count(static c => c == '\n');
        var (rows, quoted) = (0, false);
        foreach (var c in text)
        {
            if (c == '"') quoted = !quoted;
            else if (c == '\n' && !quoted) rows++;
        }

        return rows - 1;
    }
}
