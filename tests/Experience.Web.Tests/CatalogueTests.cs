using System.Net;
using System.Net.Http.Json;
using Experience.Domain.Port;
using Experience.Web.Contracts;

namespace Experience.Web.Tests;

/// <summary>The catalogue over HTTP, and one payment for several people from its arrival to its end.</summary>
public sealed class CatalogueTests : IAsyncLifetime
{
    private readonly Server _server = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_split_payment_is_refunded_voided_and_sent_right_and_every_sum_follows()
    {
        await SendAsync("course-1", "section.published", """{"section":"camp-1","course":"camp","title":"Camp 01","term":"2026-q1","capacity":12,"starts":"2026-02-01","ends":"2026-02-05"}""", null);
        await SendAsync("course-2", "section.published", """{"section":"art-1","course":"art","title":"Art 01","term":"2026-q1","starts":"2026-02-01"}""", null);
        await SendAsync("r-1", "registration.confirmed", """{"section":"camp-1","payer":"ngozi"}""", "ada");
        await SendAsync("r-2", "registration.confirmed", """{"section":"camp-1","payer":"ngozi"}""", "chidi");
        await SendAsync("r-3", "registration.confirmed", """{"section":"art-1"}""", "ngozi");

        // One payment for two children and herself, in two sections.
        const string parts = """[{"subject":"ada","amount":31000,"section":"camp-1"},{"subject":"chidi","amount":31000,"section":"camp-1"},{"subject":"ngozi","amount":13000,"section":"art-1"}]""";
        await SendAsync("pay-1", "payment.received", $$"""{"amount":75000,"payment":"x","allocations":{{parts}}}""", "ngozi");
        Assert.Equal((62_000, 13_000, 75_000), await SumsAsync());

        // Half of Ada's fee goes back to her mother; nothing of it is Chidi's.
        await SendAsync("ref-1", "refund.issued", """{"amount":15500,"allocations":[{"subject":"ada","amount":15500,"section":"camp-1"}]}""", "ngozi");
        Assert.Equal((46_500, 13_000, 59_500), await SumsAsync());

        // The fee was wrong: the refund and the payment are undone whole, and what is right is sent.
        await SendAsync("void-1", "event.voided", """{"targetId":"ref-1","allocations":[{"subject":"ada"}]}""", "ngozi");
        await SendAsync("void-2", "event.voided", """{"targetId":"pay-1","reason":"fee corrected","allocations":[{"subject":"ada"},{"subject":"chidi"},{"subject":"ngozi"}]}""", "ngozi");
        Assert.Equal((0, 0, 0), await SumsAsync());
        await SendAsync("pay-2", "payment.received", $$"""{"amount":75000,"allocations":{{parts}}}""", "ngozi");
        Assert.Equal((62_000, 13_000, 75_000), await SumsAsync());

        // Sent again, it counts once.
        await SendAsync("pay-2", "payment.received", $$"""{"amount":75000,"allocations":{{parts}}}""", "ngozi");
        Assert.Equal((62_000, 13_000, 75_000), await SumsAsync());
    }

    [Fact]
    public async Task Terms_courses_and_certificates_answer_and_mistakes_are_named()
    {
        await SendAsync("c-1", "course.published", """{"course":"payroll","title":"Payroll","certificate":"bookkeeping","hours":24,"prerequisite":"bookkeeping-1"}""", null);
        await SendAsync("c-2", "certificate.published", """{"certificate":"bookkeeping","title":"Bookkeeping certificate","required":4}""", null);
        await SendAsync("c-3", "section.published", """{"section":"payroll-1","course":"payroll","title":"Payroll 01","term":"2026-q2","starts":"2026-05-01","meetings":["2026-05-01T18:00:00-05:00","2026-05-08T18:00:00-05:00"]}""", null);
        var view = await GetAsync<CatalogueView>("/v1/catalogue?term=2026-q2");
        Assert.Null(view.Totals.CostPerParticipant);
        var course = await GetAsync<CourseView>("/v1/catalogue/courses/payroll?term=2026-q2");
        Assert.Equal((24.0, 2, "bookkeeping-1"), (course.Hours, course.Offerings[0].Meetings.Count, course.Course.Prerequisite));
        Assert.Contains(await GetAsync<List<TermItem>>("/v1/catalogue/terms"), t => t.Id == "2026-q2" && t.Offerings == 1);
        Assert.Equal(4, Assert.Single(await GetAsync<List<CertificateRow>>("/v1/catalogue/certificates")).Required);
        foreach (var (path, status) in new[] { ("/v1/catalogue?term=1999-fall", 404), ("/v1/catalogue/courses/nothing", 404), ($"/v1/catalogue?term={new string('x', 90)}", 400) })
        {
            using var response = await _server.Client.GetAsync(path);
            Assert.Equal(status, (int)response.StatusCode);
            Assert.NotEmpty((await Server.ReadAsync<ProblemView>(response)).Title);
        }
    }

    /// <summary>Income of the two courses, and what the payer has paid net.</summary>
    private async Task<(long Camp, long Art, long NetPaid)> SumsAsync()
    {
        var view = await GetAsync<CatalogueView>("/v1/catalogue?term=2026-q1");
        var person = await GetAsync<PersonRef>("/v1/participants?source=/desk&key=ngozi");
        var card = await GetAsync<CardView>($"/v1/participants/{person.Id}");
        return (view.Courses.Single(c => c.Id == "camp").Income, view.Courses.Single(c => c.Id == "art").Income, card.Value!.NetPaid);
    }

    private async Task<T> GetAsync<T>(string path) => (await _server.Client.GetFromJsonAsync<T>(path, Json.Options))!;

    private async Task SendAsync(string id, string type, string data, string? subject)
    {
        var body = $$"""{"specversion":"1.0","id":"{{id}}","source":"/desk","type":"{{type}}","time":"2026-01-10T10:00:00-06:00",{{(subject is null ? "" : $"\"subject\":\"{subject}\",")}}"data":{{data}}}""";
        using var response = await _server.SendAsync(body, "application/cloudevents+json");
        Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Accepted or HttpStatusCode.Created, $"{id}: {response.StatusCode} {await response.Content.ReadAsStringAsync()}");
    }
}
