using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Experience.Contract;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Pull;
using Experience.Web.Sources;
using Experience.Web.Tests.Pull;
using Microsoft.Extensions.DependencyInjection;

namespace Experience.Web.Tests.Imports;

/// <summary>Whoever is erased stands nowhere in the data folder any more: not in a file that waits, not in refused rows, not in what is known of a polled table.</summary>
public sealed class ErasedRowTests : IAsyncLifetime
{
    /// <summary>What the person is called, and parts of it as refusals quote them.</summary>
    private static readonly string[] Words = ["900113", "Quillfeather", "quill@example.org", "5550142", "Marigold"];

    private const string Row = "900113,Marigold Quillfeather,quill@example.org,(312) 555-0142";

    private PolledSystem _system = null!;
    private Server _server = null!;

    public async Task InitializeAsync()
    {
        _system = await PolledSystem.StartAsync();
        _server = new Server { With = o => o with { Time = new ManualTime(DateTimeOffset.Parse("2026-10-04T12:00:00Z")), AllowPrivatePull = true, FitModels = false } };
        await _server.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _system.DisposeAsync();
    }

    [Fact]
    public async Task Whoever_is_erased_stands_in_no_file_of_the_data_folder()
    {
        // Known under one key; in files by key, by name, by address, by number; refused and waiting; in the table of a system, refused there too.
        using (var known = await _server.SendAsync(Server.Event("k", "participant.identified", """{"givenName":"Marigold","familyName":"Quillfeather","email":"quill@example.org","phone":"+1 312 555 0142"}""", "900113").Replace("/desk", "/registrar", StringComparison.Ordinal), "application/cloudevents+json")) known.EnsureSuccessStatusCode();
        var waiting = await UploadAsync("waiting.csv", $"Term list\n\nStudent ID,Name,Email,Phone,Section,Date,Fee,Payer\n{Row},S-1,2026-09-01,10,\n2,Walter Pym,,,S-1,2026-09-02,10,\n3,Ada Quill,,,S-1,2026-09-03,10,900113\n4,Zoë Müller,,,S-900113,2026-09-03,10,\n");
        var done = await _server.Client.RunAsync(await UploadAsync("done.csv", $"Student ID,Name,Email,Phone,Section,Date,Fee\n{Row},S-1,2026-09-01,Quillfeather-free\n,,quill@example.org,,S-1,2026-09-01,10\n5,Walter Pym,,,S-1,soon,10\n"));
        await _server.Client.RunAsync(await UploadAsync("lines.ndjson", Server.Event("n", data: """{"amount":"x","note":"Quillfeather, Marigold"}""", subject: "900113") + "\n"));
        await PollAsync("""[{"id":"900113","name":"Marigold Quillfeather","class":"S-1","fee":"quill@example.org"},{"id":"7","name":"Walter Pym","class":"S-1","fee":"1"},{"id":"8","name":"Of another","class":"S-1","fee":"none"}]""");
        await PollAsync("""[{"id":"900113","name":"Marigold Quillfeather","class":"S-1","fee":"2"},{"id":"7","name":"Walter Pym","class":"S-1","fee":"1"},{"id":"8","name":"Of another","class":"S-1","fee":"none"}]""");
        Assert.NotEmpty(await FoundAsync());

        var engine = _server.Services.GetRequiredService<EngineHost>().Engine;
        var person = (await engine.FindAsync("/registrar", "900113", default))!;
        using (var erased = await _server.Client.PostAsJsonAsync($"/v1/participants/{person}/erasure", new EraseRequest(person, null), Json.Options)) Assert.True((await Server.ReadAsync<ErasureView>(erased)).Complete);
        await NowhereAsync();

        // The others' rows are there, and are what they were.
        waiting = await _server.Client.RunAsync(waiting);
        Assert.Equal((2L, 4L, 0L), (waiting.Progress.Rows, waiting.Progress.Events, waiting.Progress.Refused));
        Assert.Contains("Walter Pym", await _server.Client.GetStringAsync($"/v1/imports/{done.Id}/refused"), StringComparison.Ordinal);
        var letters = (await _server.Client.GetFromJsonAsync<LettersPage>("/v1/dead-letters", Json.Options))!.Letters;
        Assert.Equal(["5 csv", "8 poll"], letters.Select(l => $"{l.Subject} {l.Way}").Order());

        // The system goes on showing the person: the row is passed over, and nothing of it is kept.
        await PollAsync("""[{"id":"900113","name":"Marigold Quillfeather","class":"S-1","fee":"3"},{"id":"7","name":"Walter Pym","class":"S-1","fee":"2"}]""");
        await NowhereAsync();
        Assert.Equal(0, (await engine.VerifyAsync(new VerifyOptions(null), null, default)).Differences);
    }

    [Fact]
    public async Task What_an_earlier_version_sealed_for_polled_systems_opens_under_the_one_key()
    {
        await PollAsync("""[{"id":"7","name":"Walter Pym","class":"S-1","fee":"1"}]""");
        var store = _server.Services.GetRequiredService<PullStore>();
        var folder = Path.Combine(_server.DataFolder, "pulls");
        var before = JsonSerializer.SerializeToUtf8Bytes(store.State("registrar"), Json.Options);
        var key = RandomNumberGenerator.GetBytes(32);
        await File.WriteAllBytesAsync(Path.Combine(folder, "registrar.state"), SealedBefore(key, before, "state:registrar"));
        var pull = store.Find("registrar")! with { Secret = SealedBefore(key, Encoding.UTF8.GetBytes("of before"), "secret:registrar") };
        await File.WriteAllBytesAsync(Path.Combine(folder, "registrar.json"), JsonSerializer.SerializeToUtf8Bytes(pull, Json.Options));
        await File.WriteAllTextAsync(OldPullKey.PathOf(_server.DataFolder), Convert.ToHexStringLower(key) + "\n");

        store = new PullStore(_server.DataFolder, new WaysKeys(_server.DataFolder));
        Assert.Equal("of before", store.Secret(Assert.Single(store.List())));
        Assert.Equal(Encoding.UTF8.GetString(before), JsonSerializer.Serialize(store.State("registrar"), Json.Options));
        Assert.False(File.Exists(OldPullKey.PathOf(_server.DataFolder)));
    }

    private static byte[] SealedBefore(byte[] key, byte[] plain, string bound)
    {
        var text = new byte[12 + plain.Length + 16];
        RandomNumberGenerator.Fill(text.AsSpan(0, 12));
        using var aes = new AesGcm(key, 16);
        aes.Encrypt(text.AsSpan(0, 12), plain, text.AsSpan(12, plain.Length), text.AsSpan(12 + plain.Length), Encoding.UTF8.GetBytes(bound));
        return text;
    }

    private async Task NowhereAsync()
    {
        var found = await FoundAsync();
        Assert.True(found.Count == 0, string.Join("; ", found));
    }

    /// <summary>Files in which a word of the person stands, what is sealed by the ways in opened for the look.</summary>
    private async Task<List<string>> FoundAsync()
    {
        var found = new List<string>();
        foreach (var path in Directory.EnumerateFiles(_server.DataFolder, "*", SearchOption.AllDirectories).Where(p => !p.EndsWith("lock", StringComparison.Ordinal)))
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            await file.CopyToAsync(bytes);
            Look(path, Encoding.Latin1.GetString(bytes.ToArray()));
            if (path.EndsWith(".state", StringComparison.Ordinal)) Look(path, JsonSerializer.Serialize(_server.Services.GetRequiredService<PullStore>().State("registrar"), Json.Options));
        }

        foreach (var (id, _, letter) in _server.Services.GetRequiredService<DeadLetters>().All()) Look($"letter {id}", JsonSerializer.Serialize(letter with { Body = [] }) + Encoding.UTF8.GetString(letter.Body));
        return found;

        void Look(string where, string text) => found.AddRange(Words.Where(w => text.Replace("S-900113", "", StringComparison.Ordinal).Contains(w, StringComparison.OrdinalIgnoreCase)).Select(w => $"{w} in {where}"));
    }

    private async Task PollAsync(string table)
    {
        _system.Table = table;
        var mapping = new ImportMapping("/registrar", "registration.confirmed", "America/Chicago", null, true, new Dictionary<string, string> { ["id"] = "subject", ["name"] = "fullName", ["class"] = "section", ["fee"] = "amount" }, null);
        var settings = new PullSettings("json", _system.Address + "all", null, null, ["id"], true, null, null, mapping, new ImportAlso("registration.dropped", new Dictionary<string, string>()), 60, "bearer", true);
        using var put = await _server.Client.PutAsJsonAsync("/v1/pulls/registrar", new PullPut(settings, PolledSystem.Secret), Json.Options);
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
        using var run = await _server.Client.PostAsJsonAsync("/v1/pulls/registrar/run", new { }, Json.Options);
        Assert.Null((await Server.ReadAsync<PullView>(run)).Problem);
    }

    private async Task<ImportView> UploadAsync(string name, string text)
    {
        var view = await _server.Client.UploadAsync(name, text);
        if (view.Format != "csv") return view;
        using var mapped = await _server.Client.PutAsJsonAsync($"/v1/imports/{view.Id}/mapping", view.Mapping! with { Source = "/registrar" }, Json.Options);
        return await Server.ReadAsync<ImportView>(mapped);
    }
}
