using System.Net;
using System.Net.Http.Json;
using Experience.Contract;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Pull;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Experience.Web.Tests.Pull;

/// <summary>A system that is polled: its table, seen again and again, becomes each event once, and its bad days are no harm.</summary>
public sealed class PullTests : IAsyncLifetime
{
    private const string Two = """{"items":[{"id":1,"student":{"id":"900113","name":"Maria Delgado"},"class":"EXC-03","fee":"190.00","on":"2026-03-02"},{"id":2,"student":{"id":"900114","name":"Walter Pym"},"class":"YOG-60","fee":"80.50","on":"2026-03-03"}]}""";

    private readonly ManualTime _time = new(DateTimeOffset.Parse("2026-03-04T12:00:00Z"));
    private PolledSystem _system = null!;
    private Server _server = null!;

    public async Task InitializeAsync()
    {
        _system = await PolledSystem.StartAsync();
        _server = new Server { With = o => o with { Time = _time, AllowPrivatePull = true, FitModels = false } };
        await _server.InitializeAsync();
        _system.Table = Two;
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _system.DisposeAsync();
    }

    [Fact]
    public async Task Rows_that_appear_change_and_vanish_are_events_once()
    {
        Assert.Equal((2L, 6L), Read(await PutAsync(Settings())));
        await PaidAsync(19_000);

        // The same again, asked for at once and on its schedule: the system says that nothing changed.
        var view = await RunAsync();
        Assert.True(view.Last!.Unchanged);
        await TickAsync();
        Assert.Equal((3, 2), _system.Asked);

        // A fee that was wrong: what the row said is undone and said anew; who the person is, is not said again.
        _system.Table = Two.Replace("190.00", "170.00", StringComparison.Ordinal);
        view = await RunAsync();
        Assert.Equal((1L, 2L, 0L), (view.Last!.Changed, view.Last.Events, view.Last.Duplicates));
        await PaidAsync(17_000);

        // And back: the row says what it said once, and that is an event of its own.
        _system.Table = Two;
        Assert.Equal(2, (await RunAsync()).Last!.Events);
        await PaidAsync(19_000);

        _system.Table = """{"items":[{"id":2,"student":{"id":"900114","name":"Walter Pym"},"class":"YOG-60","fee":"80.50","on":"2026-03-03"}]}""";
        view = await RunAsync();
        Assert.Equal((1L, 1L), (view.Last!.Vanished, view.Last.Events));
        Assert.False(await SitsAsync("900113"));
        Assert.True(await SitsAsync("900114"));

        // What is known of the table is lost: the rows that stand there are known by their ids.
        File.Delete(Path.Combine(_server.DataFolder, "pulls", "registrar.state"));
        view = await RunAsync();
        Assert.Equal((0L, 3L), (view.Last!.Events, view.Last.Duplicates));
        var report = await _server.Services.GetRequiredService<EngineHost>().Engine.VerifyAsync(new VerifyOptions(null), null, default);
        Assert.Equal(0, report.Differences);
    }

    [Fact]
    public async Task A_table_that_is_suddenly_empty_ends_nothing_until_somebody_confirms_it()
    {
        _system.Table = Many(60);
        await PutAsync(Settings());
        _system.Table = """{"items":[]}""";
        var view = await RunAsync();
        Assert.Equal(("held", 60L, 0L), (view.State, view.Last!.Held, view.Last.Vanished));
        Assert.True(await SitsAsync("s-1"));
        _system.Table = Many(60);
        Assert.Equal(("waiting", 0L), ((await RunAsync()).State, (await RunAsync()).Last!.Events));
        _system.Table = """{"items":[]}""";
        await RunAsync();
        view = await RunAsync("?confirm=true");
        Assert.Equal((60L, 60L), (view.Last!.Vanished, view.Last.Events));
        Assert.False(await SitsAsync("s-1"));
    }

    [Fact]
    public async Task A_system_that_fails_is_asked_later_and_later_and_not_before_it_asks_to_be()
    {
        _system.Trouble = c => Task.FromResult(c.Response.StatusCode = StatusCodes.Status500InternalServerError);
        var view = await PutAsync(Settings());
        Assert.Equal(("failing", 1), (view.State, view.Failures));
        Assert.Contains("500", view.Problem, StringComparison.Ordinal);
        var first = view.NextAt!.Value - view.LastTriedAt!.Value;
        Assert.InRange(first, 30_000, 60_000);
        for (var n = 2; n <= 5; n++)
        {
            view = await RunAsync();
            Assert.Equal(n, view.Failures);
        }

        Assert.InRange(view.NextAt!.Value - view.LastTriedAt!.Value, 480_000, 960_000);
        var poll = Assert.Single((await SourceAsync()).Polls);
        Assert.Equal(("registrar", "failing", 5, (long?)null), (poll.Name, poll.State, poll.Failures, poll.LastSuccessAt));
        Assert.Contains("500", poll.Problem, StringComparison.Ordinal);
        _system.Trouble = c =>
        {
            c.Response.Headers.RetryAfter = "7200";
            c.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            return Task.CompletedTask;
        };
        view = await RunAsync();
        Assert.Equal(7_200_000, view.NextAt - view.LastTriedAt);

        // It is well again: asked by itself when its time has come, and the schedule is the usual one.
        _system.Trouble = null;
        await TickAsync();
        view = (await GetAsync())!;
        Assert.Equal(("waiting", 0, (string?)null), (view.State, view.Failures, view.Problem));
        Assert.Equal(("waiting", view.LastSuccessAt, 2L), Assert.Single((await SourceAsync()).Polls) is { } well ? (well.State, well.LastSuccessAt, (await SourceAsync()).Accepted / 3) : default);
        Assert.InRange(view.NextAt!.Value - view.LastTriedAt!.Value, 600_000, 660_000);
    }

    [Fact]
    public async Task A_secret_is_never_shown_kept_in_clear_or_told_to_another_system()
    {
        await PutAsync(Settings());
        Assert.DoesNotContain(PolledSystem.Secret, await _server.Client.GetStringAsync("/v1/pulls/registrar"), StringComparison.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_server.DataFolder, "pulls")))
        {
            var bytes = await File.ReadAllBytesAsync(file);
            Assert.True(bytes.AsSpan().IndexOf("s3cret-of"u8) < 0, file);
            Assert.True(bytes.AsSpan().IndexOf("Delgado"u8) < 0, file);
        }

        await using var other = await PolledSystem.StartAsync();
        using var refused = await _server.Client.PutAsJsonAsync("/v1/pulls/registrar", new PullPut(Settings() with { Address = other.Address + "items" }, null), Json.Options);
        Assert.Equal("secret", (await Server.ReadAsync<ProblemView>(refused)).Field);

        string? told = "not asked";
        other.Trouble = c =>
        {
            told = c.Request.Headers.Authorization;
            return c.Response.WriteAsync(Two);
        };
        _system.Trouble = c =>
        {
            c.Response.Redirect(other.Address + "items");
            return Task.CompletedTask;
        };
        await RunAsync();
        Assert.Equal("", told ?? "");
    }

    [Fact]
    public async Task This_computer_and_its_network_are_not_polled_unless_the_server_was_told_so()
    {
        var closed = new Server { With = o => o with { FitModels = false } };
        await closed.InitializeAsync();
        try
        {
            foreach (var address in (string[])[_system.Address + "items", _system.Address.ToString().Replace("127.0.0.1", "localhost", StringComparison.Ordinal) + "items", _system.Address.ToString().Replace("127.0.0.1", "[::ffff:127.0.0.1]", StringComparison.Ordinal) + "items"])
            {
                using var answer = await closed.Client.PostAsJsonAsync("/v1/pulls/registrar/look", new PullPut(Settings() with { Address = address }, null), Json.Options);
                Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
                Assert.Contains("private network", (await Server.ReadAsync<ProblemView>(answer)).Detail, StringComparison.Ordinal);
            }

            Assert.Equal(0, _system.Asked.Asked);
        }
        finally
        {
            await closed.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.1.2.3")]
    [InlineData("172.20.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("64:ff9b::a00:1")]
    [InlineData("fd00::1")]
    [InlineData("fe80::1")]
    [InlineData("2002:a00:1::")]
    public void Private_addresses_are_known_in_every_form(string address) => Assert.False(PublicAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("2606:4700::1111")]
    public void Public_addresses_are_open(string address) => Assert.True(PublicAddress.Is(IPAddress.Parse(address)));

    [Fact]
    public async Task What_is_too_large_or_no_table_is_said_in_words()
    {
        await PutAsync(Settings());
        foreach (var (answer, words) in new[] { ("<html>Sign in</html>", "not JSON"), ("""{"items":[{"id":"\ud800"}]}""", "not Unicode"), ("""{"items":{"a":1}}""", "no list at /items"), ("""{"items":[1,2]}""", "not a JSON object"), ("""{"items":[{"nr":1}]}""", "mapping does not fit") })
        {
            _system.Table = answer;
            Assert.Contains(words, (await RunAsync()).Problem, StringComparison.Ordinal);
        }

        _system.Trouble = async c =>
        {
            var chunk = new byte[1 << 20];
            while (!c.RequestAborted.IsCancellationRequested) await c.Response.Body.WriteAsync(chunk, c.RequestAborted);
        };
        Assert.Contains("larger than 64 MiB", (await RunAsync()).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_row_is_counted_until_it_is_mended_and_then_comes_in()
    {
        _system.Table = Two.Replace("80.50", "free", StringComparison.Ordinal);
        var view = await PutAsync(Settings());
        Assert.Equal((1L, "fee"), (view.Last!.Refused, view.Last.Refusals[0].Column));
        Assert.Equal(1, (await RunAsync()).Last!.Refused);
        _system.Table = Two;
        view = await RunAsync();
        Assert.Equal((0L, 3L), (view.Last!.Refused, view.Last.Events));
        // Its letter was one however often it was polled, and nobody needs it any more.
        Assert.Equal([1], (await LettersAsync("mended")).Select(l => l.Times));
        Assert.Empty(await LettersAsync());
    }

    [Fact]
    public async Task A_refused_row_that_was_corrected_here_is_known_by_what_it_was_made_to_say()
    {
        _system.Table = Two.Replace("190.00", "free", StringComparison.Ordinal);
        await PutAsync(Settings());
        var letter = Assert.Single(await LettersAsync());
        Assert.Equal(("poll", "900113", "registrar", "amount"), (letter.Way, letter.Subject, letter.Place, letter.Field));
        var body = (await _server.Client.GetFromJsonAsync<LetterView>($"/v1/dead-letters/{letter.Id}", Json.Options))!.Body!;
        using (var sent = await _server.Client.PostAsJsonAsync($"/v1/dead-letters/{letter.Id}/send", new LetterSend(body.Replace("\"free\"", "\"170\"", StringComparison.Ordinal), null), Json.Options))
            Assert.Equal((EventOutcome.Accepted, 3), (await Server.ReadAsync<LetterAnswer>(sent) is { } a ? (a.Outcome, a.Events) : default));
        await PaidAsync(17_000);

        // While the system shows it as it was nothing comes of it; then it is undone and said anew, and a row that vanishes takes it back.
        _system.Table = Two.Replace("190.00", "free", StringComparison.Ordinal) + " ";
        var view = await RunAsync();
        Assert.Equal((0L, 0L), (view.Last!.Refused, view.Last.Events));
        _system.Table = Two;
        await RunAsync();
        await PaidAsync(19_000);
        _system.Table = """{"items":[]}""";
        await RunAsync();
        Assert.False(await SitsAsync("900113"));
        Assert.Equal(0, (await _server.Services.GetRequiredService<EngineHost>().Engine.VerifyAsync(new VerifyOptions(null), null, default)).Differences);
    }

    [Fact]
    public async Task A_row_that_no_key_leads_to_is_told_once()
    {
        const string twice = """{"items":[{"id":1,"student":{"id":"1","name":"A B"},"class":"C","fee":"1","on":"2026-03-02"},{"id":1,"student":{"id":"2","name":"C D"},"class":"C","fee":"1","on":"2026-03-02"}]}""";
        _system.Table = twice;
        await PutAsync(Settings());
        var letter = Assert.Single(await LettersAsync());
        Assert.Equal(("key", "2"), (letter.Field, letter.Subject));
        using (var dismissed = await _server.Client.PostAsJsonAsync("/v1/dead-letters/dismiss", new { ids = new[] { letter.Id } }, Json.Options)) dismissed.EnsureSuccessStatusCode();
        _system.Table = twice + " ";
        Assert.Equal(1, (await RunAsync()).Last!.Refused);
        Assert.Empty(await LettersAsync());
    }

    [Fact]
    public async Task Files_put_into_a_folder_are_snapshots_in_the_order_of_their_names()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_server.DataFolder, "inbox", "north"));
        void Write(string name, string text)
        {
            File.WriteAllText(Path.Combine(folder.FullName, name), text);
            File.SetLastWriteTimeUtc(Path.Combine(folder.FullName, name), _time.GetUtcNow().UtcDateTime.AddMinutes(-1));
        }

        Write("2026-03-02.csv", "id,student.id,student.name,class,fee,on\n1,900113,Maria Delgado,EXC-03,190,2026-03-02\n2,900114,Walter Pym,YOG-60,80,2026-03-02\n");
        Write("2026-03-01.csv", "id,student.id,student.name,class,fee,on\n1,900113,Maria Delgado,EXC-03,150,2026-03-02\n");
        Write("note.pdf", "no table");
        var view = await PutAsync(Settings() with { Kind = "folder", Address = "north", Auth = null });
        Assert.Equal((8L, 1L), (view.Last!.Events, view.Last.Changed));
        await PaidAsync(19_000);
        File.SetLastWriteTimeUtc(Path.Combine(folder.FullName, "note.pdf"), _time.GetUtcNow().UtcDateTime);
        Assert.Equal(0, (await RunAsync()).Last!.Events);
        using var outside = await _server.Client.PutAsJsonAsync("/v1/pulls/outside", new PullPut(Settings() with { Kind = "folder", Address = "../north" }, null), Json.Options);
        Assert.Equal("address", (await Server.ReadAsync<ProblemView>(outside)).Field);
    }

    [Fact]
    public async Task A_first_look_guesses_and_records_nothing()
    {
        using var answer = await _server.Client.PostAsJsonAsync("/v1/pulls/registrar/look", new PullPut(Settings() with { Mapping = null }, PolledSystem.Secret), Json.Options);
        var look = await Server.ReadAsync<PullLook>(answer);
        Assert.Equal(2, look.Rows);
        Assert.Contains(look.Columns, c => c.Name == "student.id");
        Assert.Equal(0, (await _server.Client.GetFromJsonAsync<StatusView>("/v1/status", Json.Options))!.Events);
    }

    private PullSettings Settings() => new(
        "json", _system.Address + "items", "/items", null, ["id"], true, null, null,
        new ImportMapping("/registrar", "registration.confirmed", "America/Chicago", null, true,
            new Dictionary<string, string> { ["id"] = "registration", ["student.id"] = "subject", ["student.name"] = "fullName", ["class"] = "section", ["fee"] = "paid", ["on"] = "time" }, null),
        new ImportAlso("registration.dropped", new Dictionary<string, string>()), 10, "bearer", false);

    private static string Many(int count) =>
        $$"""{"items":[{{string.Join(',', Enumerable.Range(1, count).Select(i => $$"""{"id":{{i}},"student":{"id":"s-{{i}}","name":"Person {{i}}"},"class":"C-1","fee":"10","on":"2026-03-01"}"""))}}]}""";

    private static (long Rows, long Events) Read(PullView view) => (view.Last!.Rows, view.Last.Events);

    /// <summary>Sets it, and answers after its first poll.</summary>
    private async Task<PullView> PutAsync(PullSettings settings)
    {
        var done = _server.Services.GetRequiredService<PullService>().Next("registrar");
        using var answer = await _server.Client.PutAsJsonAsync("/v1/pulls/registrar", new PullPut(settings, PolledSystem.Secret), Json.Options);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        await done.WaitAsync(TimeSpan.FromSeconds(60));
        return (await GetAsync())!;
    }

    private async Task<PullView> RunAsync(string query = "")
    {
        using var answer = await _server.Client.PostAsJsonAsync("/v1/pulls/registrar/run" + query, new { }, Json.Options);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await Server.ReadAsync<PullView>(answer);
    }

    /// <summary>Lets the time come at which it is asked again, and no more: what runs then has a time limit by the same clock.</summary>
    private async Task TickAsync()
    {
        var service = _server.Services.GetRequiredService<PullService>();
        var done = service.Next("registrar");
        _time.Advance(DateTimeOffset.FromUnixTimeMilliseconds((await GetAsync())!.NextAt!.Value) - _time.GetUtcNow());
        // A round that read the clock before and sets its timer after would wait for a time that does not come.
        service.Wake();
        await done.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private async Task<SourceView> SourceAsync() => (await _server.Client.GetFromJsonAsync<SourcesView>("/v1/sources", Json.Options))!.Sources.Single(s => s.Name == "/registrar");

    private async Task<IReadOnlyList<LetterSummary>> LettersAsync(string state = "open") => (await _server.Client.GetFromJsonAsync<LettersPage>("/v1/dead-letters?state=" + state, Json.Options))!.Letters;

    private Task<PullView?> GetAsync() => _server.Client.GetFromJsonAsync<PullView>("/v1/pulls/registrar", Json.Options);

    private async Task PaidAsync(long amount)
    {
        var card = await CardAsync("900113");
        Assert.Equal("EXC-03", Assert.Single(card.Sections).Section);
        Assert.Equal(amount, card.Value!.NetPaid);
    }

    private async Task<bool> SitsAsync(string key) => (await CardAsync(key)).Sections.Count > 0;

    private async Task<CardView> CardAsync(string key)
    {
        var engine = _server.Services.GetRequiredService<EngineHost>().Engine;
        var person = await engine.FindAsync("/registrar", key, default);
        return (await engine.CardAsync(person!, Access.System("test"), default))!;
    }
}
