using System.Globalization;
using System.Text.Json;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Sources;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace Experience.Web.Tests.Ways;

/// <summary>
/// Bodies that were good once, with bytes changed, cut, doubled and exchanged, sent to every way in: none is answered by a mistake of ours, what was taken is there
/// (sent again it is a duplicate, and every state is the fold of the journal), what was refused is bounded, memory is flat. EXPERIENCE_MUTATIONS says how
/// many for each address (by default <see cref="UsualMutations"/>), EXPERIENCE_MUTATION_SEED with which seed; the seed is printed.
/// </summary>
[Collection(nameof(Alone))]
public sealed class MutationTests(ITestOutputHelper output)
{
    private const int UsualMutations = 1_000;

    /// <summary>Requests under way at once.</summary>
    private const int Together = 32;

    /// <summary>Mutants that were taken and are sent again.</summary>
    private const int Again = 2_000;

    /// <summary>
    /// What the heap may grow by from the first fifth to the end: people whom mutants name are people, and each loop of the engine keeps the blocks that it wrote last, 27 MiB,
    /// which requests of a few events fill one by one.
    /// </summary>
    private static readonly long Growth = (64L << 20) + (Math.Clamp(Environment.ProcessorCount, 1, 8) * (27L << 20));

    private const string Hook = """{"source":"/mutant-hook","signature":{"kind":"token","header":"X-Hook"},"events":[{"each":"$.orders[*].lines[?@.price > 0]","type":{"first":["$.type","registration.confirmed"]},"id":{"concat":["$.id","-","/no"]},"subject":"$..buyer.id","time":{"date":"$.at","format":"unix"},"data":{"section":{"lower":"/class"},"amount":{"money":"/price"},"note":"$.orders[0]"}}]}""";

    private static readonly byte[][] Pieces = [.. new[] { "null", "{}", "[]", "\"\"", "-1", "1e999", "true", "\\ud800", "\"\0\"", "[[[[[[[[", "\u0085", "9999999999999999999999", "2026-02-30T00:00:00Z", ":", ",", "}", "\"", ";", "\r\n", "\t", "\ufeff", "31.02.2026", "1.234,50 €", "refused because" }.Select(System.Text.Encoding.UTF8.GetBytes)];

    public static TheoryData<string, string, string> Addresses => new()
    {
        { "/v1/events", "application/cloudevents+json", Server.Event("mutant", "feedback.submitted", """{"survey":"annual","service":4,"text":"Fine, \u00e9 😀","unknown":{"a":[1,2,{"b":null}]}}""", time: "2026-10-01T10:00:00-05:00") },
        { "/v1/events", "application/x-ndjson", Server.Event("m1") + "\n" + Server.Event("m2", "registration.confirmed", """{"section":"excel-03","amount":19000,"payer":"p-9"}""") + "\n" },
        { "/v1/batch", "application/json", """{"batch":[{"type":"identify","userId":"m","traits":{"name":"Mutant One","email":"m@example.org"}},{"type":"track","userId":"m","messageId":"mm","event":"Order Completed","properties":{"order_id":"1","total":10.5,"products":[{"product_id":"a","price":10.5,"quantity":1}]}}],"sentAt":"2026-10-01T10:00:00Z"}""" },
        { "/xapi/statements", "application/json", """[{"id":"c0ffee00-aaaa-4bbb-8ccc-ddddeeeeffff","actor":{"name":"M","mbox":"mailto:mutant@example.org"},"verb":{"id":"http://adlnet.gov/expapi/verbs/passed","display":{"en-US":"passed"}},"object":{"id":"https://example.org/q","definition":{"type":"http://adlnet.gov/expapi/activities/assessment","extensions":{"https://example.org/e":1}}},"result":{"score":{"scaled":0.5,"raw":5,"min":0,"max":10},"duration":"PT1H"},"timestamp":"2026-10-01T10:00:00Z"}]""" },
        { "/caliper", "application/json", """{"sensor":"https://example.edu/s","sendTime":"2026-11-15T11:05:01.000Z","dataVersion":"http://purl.imsglobal.org/ctx/caliper/v1p2","data":[{"@context":"http://purl.imsglobal.org/ctx/caliper/v1p2","id":"urn:uuid:a50ca17f-5971-47bb-8fca-4e6e6879001d","type":"GradeEvent","action":"Graded","actor":{"id":"https://example.edu/u","type":"Person"},"object":{"id":"https://example.edu/a","type":"Attempt","assignee":"https://example.edu/u"},"generated":{"id":"https://example.edu/g","type":"Score","maxScore":20,"scoreGiven":15},"eventTime":"2026-11-15T10:15:00.000Z"}]}""" },
        { "/v1/hooks/mutant", "application/json", """{"id":"h-1","type":"registration.confirmed","at":1790000000,"orders":[{"buyer":{"id":"b-1"},"lines":[{"no":1,"class":"XL","price":19.5},{"no":2,"class":"PY","price":"7"}]}]}""" },
        { "/v1/stream", "", Server.Event("s", "feedback.submitted", """{"survey":"annual","service":4,"text":"Fine"}""") },
        { "/hubs/ingest", "", Server.Event("h", "registration.confirmed", """{"section":"excel-03","amount":19000}""") },
        { FileWay.Address + "mutant.csv", "", "Student ID,First Name,Email,Course,Date,Price\n17,Ann,ann@example.org,excel-03,11/20/2026,$190.00\n18,\"Lee, Bo\",bo@example.org,excel-04,11/21/2026,90\n17,Ann,ann@example.org,excel-05,11/22/2026,85.5\n" },
        { FileWay.Address + "unsauber.csv", "latin1", "Teilnehmer-Nr.;Vorname;Nachname;E-Mail;Kurs;Anmeldedatum;Gebühr\r\n17;Jürgen;Groß;j.gross@example.org;EXC-03;24.11.2026;1.234,50 \u0080\r\n18;Zoë;\"von der Au; geb. Wäß\";;EXC-03;25.11.2026 14:30;90,00 \u0080\r\n\r\n19;;;;;;\r\n" },
        { FileWay.Address + "mutant.ndjson", "", Server.Event("i1") + "\n" + Server.Event("i2", "registration.confirmed", """{"section":"excel-03"}""") + "\n" },
        { PullWay.JsonTable, "", """{"items":[{"id":1,"student":{"id":"900113","name":"Maria Delgado"},"class":"EXC-03","fee":"190.00","on":"2026-03-02"},{"id":2,"student":{"id":"900114","name":"Walter Pym"},"class":"YOG-60","fee":"80.50","on":"2026-03-03"}]}""" },
        { PullWay.CsvTable, "", "id,student.id,student.name,class,fee,on\n1,900113,Maria Delgado,EXC-03,190,2026-03-02\n2,900114,Walter Pym,YOG-60,80.50,2026-03-02\n" },
    };

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Whatever_comes_is_answered_and_what_is_taken_is_kept(string address, string contentType, string body)
    {
        var seed = Number("EXPERIENCE_MUTATION_SEED") ?? Random.Shared.Next();
        var count = Number("EXPERIENCE_MUTATIONS") ?? UsualMutations;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var server = new Server { With = o => o with { FitModels = false, AllowPrivatePull = true } };
        await server.InitializeAsync();
        try
        {
            await PrepareAsync(server, address);
            var original = (contentType == "latin1" ? System.Text.Encoding.Latin1 : System.Text.Encoding.UTF8).GetBytes(body);
            await using var way = await OpenAsync(server, address, contentType, original);
            var engine = server.Services.GetRequiredService<EngineHost>().Engine;
            var before = engine.Status.Events;
            var answers = new SortedDictionary<string, int>(StringComparer.Ordinal);
            var taken = new List<byte[]>();
            long heap = 0;
            for (var sent = 0; sent < count;)
            {
                var mutants = Enumerable.Range(0, Math.Min(Together, count - sent)).Select(_ => Mutate(original, random)).ToArray();
                var answered = await way.SendAsync(mutants);
                for (var i = 0; i < mutants.Length; i++)
                {
                    answers[answered[i]] = answers.GetValueOrDefault(answered[i]) + 1;
                    Assert.False(answered[i].StartsWith('5'), $"seed {seed}, mutant {sent + i}: {answered[i]} for {Convert.ToBase64String(mutants[i])}");
                    if (answered[i] is "200" or "accepted" && taken.Count < Again && IsNamed(address, mutants[i])) taken.Add(mutants[i]);
                }

                sent += mutants.Length;
                if (heap == 0 && sent >= count / 5) heap = GC.GetTotalMemory(forceFullCollection: true);
            }

            var growth = GC.GetTotalMemory(forceFullCollection: true) - heap;
            output.WriteLine($"{count} sent: {string.Join(", ", answers.Select(a => $"{a.Value} {a.Key}"))}; heap grew by {growth / 1024} KiB; {taken.Count} sent again");
            var events = engine.Status.Events;
            output.WriteLine($"{events - before} events of {engine.Status.People} people");
            Assert.True(growth < Growth, $"The heap grew by {growth} bytes.");
            if (way.Taken is { } said) Assert.Equal(said, events - before);
            Assert.NotEqual(before, events);
            foreach (var again in taken.Chunk(Together)) await way.SendAsync(again);
            Assert.Equal(events, engine.Status.Events);
            Assert.Equal(0, (await engine.VerifyAsync(new VerifyOptions(null), null, CancellationToken.None)).Differences);
            using var letters = await server.Client.GetAsync("/v1/dead-letters");
            Assert.InRange((await Server.ReadAsync<LettersPage>(letters)).Open, 0, DeadLetters.MaxLetters);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static int? Number(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : null;

    private static async Task PrepareAsync(Server server, string address)
    {
        if (!address.StartsWith("/v1/hooks/", StringComparison.Ordinal)) return;
        using var made = await server.Client.PutAsync(address, new StringContent($$"""{"mapping":{{Hook}},"secret":"a secret"}""", System.Text.Encoding.UTF8, "application/json"));
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
    }

    /// <summary>A statement without an id is given one, a new one each time: the specification has it so. A polled table that comes again is what it is compared with.</summary>
    private static bool IsNamed(string address, byte[] body)
    {
        if (address is PullWay.JsonTable or PullWay.CsvTable) return false;
        if (address != "/xapi/statements") return true;
        using var json = JsonDocument.Parse(body);
        return json.RootElement.ValueKind == JsonValueKind.Array && json.RootElement.EnumerateArray().All(s => s.TryGetProperty("id", out _));
    }

    private static async Task<IWay> OpenAsync(Server server, string address, string contentType, byte[] original) => address switch
    {
        PullWay.JsonTable or PullWay.CsvTable => await PullWay.OpenAsync(server, address, original),
        _ when address.StartsWith(FileWay.Address, StringComparison.Ordinal) => await FileWay.OpenAsync(server, address, original),
        "/v1/stream" => new StreamWay(server),
        "/hubs/ingest" => new HubWay(server),
        _ => new RequestWay(server, address, contentType),
    };

    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Next(1, 20)));
                    break;
                case 2:
                    bytes.InsertRange(at, Pieces[random.Next(Pieces.Length)]);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, random.Next(1, 60))));
                    break;
                case 4:
                    // A value in place of a value: the shape stays JSON, the kind does not.
                    if (bytes.IndexOf((byte)':', at) is var colon and >= 0 && bytes.FindIndex(colon, b => b is (byte)',' or (byte)'}') is var end and >= 0)
                    {
                        bytes.RemoveRange(colon + 1, end - colon - 1);
                        bytes.InsertRange(colon + 1, Pieces[random.Next(Pieces.Length)]);
                    }

                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }

            if (bytes.Count == 0) bytes.Add((byte)' ');
        }

        return [.. bytes];
    }
}

/// <summary>Tests that measure the process's own memory: nothing else runs beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
