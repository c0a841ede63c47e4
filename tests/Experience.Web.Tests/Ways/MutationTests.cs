using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Experience.Domain.Port;
using Experience.Web.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace Experience.Web.Tests.Ways;

/// <summary>
/// Bodies that were good once, with bytes changed, cut, doubled and exchanged. EXPERIENCE_MUTATIONS says how many for each address (by default
/// <see cref="UsualMutations"/>); the seed is printed.
/// </summary>
[Collection(nameof(Server))]
public sealed class MutationTests(Server server, ITestOutputHelper output)
{
    private const int UsualMutations = 1_500;

    private static readonly byte[][] Pieces = [.. new[] { "null", "{}", "[]", "\"\"", "-1", "1e999", "true", "\\ud800", "\"\0\"", "[[[[[[[[", "\u0085", "9999999999999999999999", "2026-02-30T00:00:00Z", ":", ",", "}" }.Select(System.Text.Encoding.UTF8.GetBytes)];

    public static TheoryData<string, string, string> Addresses => new()
    {
        { "/v1/events", "application/cloudevents+json", Server.Event("mutant", "feedback.submitted", """{"survey":"annual","service":4,"text":"Fine, \u00e9 😀","unknown":{"a":[1,2,{"b":null}]}}""", time: "2026-10-01T10:00:00-05:00") },
        { "/v1/events", "application/x-ndjson", Server.Event("m1") + "\n" + Server.Event("m2", "registration.confirmed", """{"section":"excel-03","amount":19000,"payer":"p-9"}""") + "\n" },
        { "/v1/batch", "application/json", """{"batch":[{"type":"identify","userId":"m","traits":{"name":"Mutant One","email":"m@example.org"}},{"type":"track","userId":"m","messageId":"mm","event":"Order Completed","properties":{"order_id":"1","total":10.5,"products":[{"product_id":"a","price":10.5,"quantity":1}]}}],"sentAt":"2026-10-01T10:00:00Z"}""" },
        { "/xapi/statements", "application/json", """[{"id":"c0ffee00-aaaa-4bbb-8ccc-ddddeeeeffff","actor":{"name":"M","mbox":"mailto:mutant@example.org"},"verb":{"id":"http://adlnet.gov/expapi/verbs/passed","display":{"en-US":"passed"}},"object":{"id":"https://example.org/q","definition":{"type":"http://adlnet.gov/expapi/activities/assessment","extensions":{"https://example.org/e":1}}},"result":{"score":{"scaled":0.5,"raw":5,"min":0,"max":10},"duration":"PT1H"},"timestamp":"2026-10-01T10:00:00Z"}]""" },
        { "/caliper", "application/json", """{"sensor":"https://example.edu/s","sendTime":"2026-11-15T11:05:01.000Z","dataVersion":"http://purl.imsglobal.org/ctx/caliper/v1p2","data":[{"@context":"http://purl.imsglobal.org/ctx/caliper/v1p2","id":"urn:uuid:a50ca17f-5971-47bb-8fca-4e6e6879001d","type":"GradeEvent","action":"Graded","actor":{"id":"https://example.edu/u","type":"Person"},"object":{"id":"https://example.edu/a","type":"Attempt","assignee":"https://example.edu/u"},"generated":{"id":"https://example.edu/g","type":"Score","maxScore":20,"scoreGiven":15},"eventTime":"2026-11-15T10:15:00.000Z"}]}""" },
    };

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Whatever_comes_is_answered_and_what_is_taken_is_kept(string address, string contentType, string body)
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var count = int.TryParse(Environment.GetEnvironmentVariable("EXPERIENCE_MUTATIONS"), CultureInfo.InvariantCulture, out var asked) ? asked : UsualMutations;
        var original = System.Text.Encoding.UTF8.GetBytes(body);
        var answers = new Dictionary<HttpStatusCode, int>();
        for (var i = 0; i < count; i++)
        {
            var mutant = Mutate(original, random);
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(mutant) };
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", server.Key);
            request.Headers.Add("X-Experience-API-Version", "1.0.3");
            using var response = await server.Client.SendAsync(request);
            answers[response.StatusCode] = answers.GetValueOrDefault(response.StatusCode) + 1;
            Assert.True((int)response.StatusCode < 500, $"seed {seed}, mutant {i}: {(int)response.StatusCode} for {Convert.ToBase64String(mutant)}");
        }

        output.WriteLine(string.Join(", ", answers.Select(a => $"{(int)a.Key}: {a.Value}")));
        var engine = server.Services.GetRequiredService<EngineHost>().Engine;
        var report = await engine.VerifyAsync(new VerifyOptions(null), null, CancellationToken.None);
        Assert.Equal(0, report.Differences);
    }

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
