using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Experience.Contract;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Imports;
using Experience.Web.Pull;
using Microsoft.Extensions.DependencyInjection;

namespace Experience.Web.Tests.Pull;

/// <summary>One day of one registration system in three shapes, with the student number as the key that they share.</summary>
public sealed class RosterTests
{
    // Pushed as it happened: the desk's registrations.
    private const string Pushed = """
        {"specversion":"1.0","id":"d-1","source":"/registrar","type":"registration.confirmed","subject":"900113","time":"2026-03-02T09:00:00Z","data":{"section":"EXC-03","registration":"R-1","amount":19000}}
        {"specversion":"1.0","id":"d-2","source":"/registrar","type":"registration.confirmed","subject":"900114","time":"2026-03-02T09:05:00Z","data":{"section":"YOG-60","registration":"R-2","amount":8050}}
        {"specversion":"1.0","id":"d-3","source":"/registrar","type":"payment.received","subject":"900113","time":"2026-03-02T09:01:00Z","data":{"amount":19000,"registration":"R-1"}}
        """;

    // Polled in the evening: the web shop, which also shows what the desk registered, and who dropped.
    private const string Polled = """
        [{"reg":"R-1","person":{"number":900113,"first":"Maria","last":"Delgado"},"section":"EXC-03","state":"Enrolled","at":"2026-03-02 03:00"},
         {"reg":"R-2","person":{"number":900114,"first":"Walter","last":"Pym"},"section":"YOG-60","state":"Dropped","at":"2026-03-02 03:05"},
         {"reg":"R-3","person":{"number":900115,"first":"Ngozi","last":"Okafor"},"section":"EXC-03","state":"Enrolled","at":"2026-03-02 10:30"},
         {"reg":"R-4","person":{"number":900116,"first":"Ada","last":"Okafor"},"section":"ROB-01","state":"Waiting","at":"2026-03-02 10:31"}]
        """;

    // The cashier's file at the end of the day, as Excel writes it in Europe.
    private const string Cashier = "Tagesabschluss 2. März 2026\r\n\r\nMatrikel;Name;Kurs;Anmeldung;Gebucht am;Bezahlt\r\n900115;\"Okafor, Ngozi\";EXC-03;R-3;2.3.2026 16:31;1.190,00 €\r\n900117;\"Müller, Zoë\";YOG-60;R-5;2.3.2026 15:00;80,50\r\n";

    [Fact]
    public async Task A_day_in_three_shapes_gives_one_right_roster()
    {
        await using var system = await PolledSystem.StartAsync();
        system.Table = Polled;
        var server = new Server { With = o => o with { Time = new ManualTime(DateTimeOffset.Parse("2026-03-03T02:00:00Z")), AllowPrivatePull = true, FitModels = false } };
        await server.InitializeAsync();
        try
        {
            using (var pushed = await server.SendAsync(Pushed, "application/x-ndjson")) pushed.EnsureSuccessStatusCode();
            await PollAsync(server, system);
            await ImportAsync(server);

            // By hand: who sits where, who waits, what was paid.
            Assert.Equal(
                ["900113 EXC-03 19000", "900114 - 0", "900115 EXC-03 119000", "900116 - 0 waits ROB-01", "900117 YOG-60 8050"],
                await RosterAsync(server, "900113", "900114", "900115", "900116", "900117"));
            var status = await server.Client.GetFromJsonAsync<StatusView>("/v1/status", Json.Options);
            Assert.Equal(5, status!.People);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static async Task PollAsync(Server server, PolledSystem system)
    {
        var mapping = new ImportMapping("/registrar", "registration.confirmed", "America/Chicago", null, true,
            new Dictionary<string, string> { ["reg"] = "registration", ["person.number"] = "subject", ["person.first"] = "givenName", ["person.last"] = "familyName", ["section"] = "section", ["at"] = "time" }, null,
            When: new ImportCondition("state", ["Enrolled", "Dropped"]),
            Also:
            [
                new ImportAlso("registration.dropped", new Dictionary<string, string>(), null, new ImportCondition("state", ["Dropped"])),
                new ImportAlso("waitlist.joined", new Dictionary<string, string>(), null, new ImportCondition("state", ["Waiting"])),
            ]);
        var done = server.Services.GetRequiredService<PullService>().Next("shop");
        using var put = await server.Client.PutAsJsonAsync("/v1/pulls/shop", new PullPut(new PullSettings("json", system.Address + "all", null, null, ["reg"], true, null, null, mapping, null, 60, "bearer", false), PolledSystem.Secret), Json.Options);
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
        await done.WaitAsync(TimeSpan.FromSeconds(60));
        var view = await server.Client.GetFromJsonAsync<PullView>("/v1/pulls/shop", Json.Options);
        Assert.True(view!.Problem is null && view.Last!.Refused == 0, $"{view.Problem} {(view.Last?.Refusals is [var first, ..] ? first : null)}");
    }

    private static async Task ImportAsync(Server server)
    {
        server.Services.GetRequiredService<MappingStore>().Save("cashier", new ImportMapping("/registrar", "registration.confirmed", "America/Chicago", "d.M.yyyy", true,
            new Dictionary<string, string> { ["Matrikel"] = "subject", ["Name"] = "fullName", ["Kurs"] = "section", ["Anmeldung"] = "registration", ["Gebucht am"] = "time", ["Bezahlt"] = "paid" }, null), null);
        using var body = new ByteArrayContent(CodePagesEncodingProvider.Instance.GetEncoding(1252)!.GetBytes(Cashier));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var uploaded = await server.Client.PostAsync("/v1/imports?name=kasse.csv", body);
        var view = await Server.ReadAsync<ImportView>(uploaded);
        Assert.Equal("cashier", view.Saved);
        using (await server.Client.PostAsJsonAsync($"/v1/imports/{view.Id}/start", new { }))
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (view.Progress.Phase != ImportPhase.Done)
            {
                await Task.Delay(10, deadline.Token);
                view = (await server.Client.GetFromJsonAsync<ImportView>($"/v1/imports/{view.Id}", Json.Options, deadline.Token))!;
            }
        }

        Assert.Equal(0, view.Progress.Refused);
    }

    private static async Task<List<string>> RosterAsync(Server server, params string[] students)
    {
        var engine = server.Services.GetRequiredService<EngineHost>().Engine;
        var roster = new List<string>();
        foreach (var student in students)
        {
            var person = await engine.FindAsync("/registrar", student, default);
            var card = (await engine.CardAsync(person!, Access.System("test"), default))!;
            var seats = card.Sections.Count == 0 ? "-" : string.Join('+', card.Sections.Select(s => s.Section));
            roster.Add($"{student} {seats} {card.Value?.NetPaid ?? 0}" + string.Concat(card.Waits.Select(w => " waits " + w.Section)));
        }

        return roster;
    }
}
