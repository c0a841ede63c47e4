using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Experience.Web.Contracts;

namespace Experience.Web.Tests.Imports;

/// <summary>Files sent to a server as its page sends them.</summary>
internal static class Uploads
{
    public static async Task<ImportView> UploadAsync(this HttpClient http, string name, string text)
    {
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var answer = await http.PostAsync($"/v1/imports?name={name}", body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await Server.ReadAsync<ImportView>(answer);
    }

    public static async Task<ImportView> CheckAsync(this HttpClient http, ImportView view) => await http.UntilAsync(await http.PostAsync(view, "check"), static v => v.Check is not null);

    public static async Task<ImportView> RunAsync(this HttpClient http, ImportView view) => await http.UntilAsync(await http.PostAsync(view, "start"), static v => v.Progress.Phase == ImportPhase.Done);

    public static async Task<ImportView> PostAsync(this HttpClient http, ImportView view, string what)
    {
        using var answer = await http.PostAsJsonAsync($"/v1/imports/{view.Id}/{what}", new { });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await Server.ReadAsync<ImportView>(answer);
    }

    public static async Task<ImportView> UntilAsync(this HttpClient http, ImportView view, Func<ImportView, bool> holds)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!holds(view))
        {
            Assert.True(view.Progress.Phase is not (ImportPhase.Failed or ImportPhase.Cancelled), view.Progress.Problem);
            await Task.Delay(10, deadline.Token);
            view = (await http.GetFromJsonAsync<ImportView>($"/v1/imports/{view.Id}", Json.Options, deadline.Token))!;
        }

        return view;
    }
}
