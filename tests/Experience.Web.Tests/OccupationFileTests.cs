using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Experience.Domain.Port;
using Experience.Web.Contracts;

namespace Experience.Web.Tests;

/// <summary>Tables of occupations as statistics offices export them, over HTTP.</summary>
public sealed class OccupationFileTests : IAsyncLifetime
{
    private readonly Server _server = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_table_is_checked_read_once_and_shown_with_its_source_and_date()
    {
        using (var published = await _server.SendAsync("""{"specversion":"1.0","id":"c","source":"/desk","type":"course.published","data":{"course":"payroll","title":"Payroll"}}""", "application/cloudevents+json"))
            Assert.True(published.IsSuccessStatusCode);
        const string table = "OCC_CODE,OCC_TITLE,A_MEDIAN,Annual openings,Growth percent,Course\n43-3051,\"Payroll, and timekeeping clerks\",\"$52,240\",\"13,900\",-16.4%,payroll\n29-1141,Registered nurses,\"86,070\",*,5.6,\n";
        var dry = await PostAsync(table, "dryRun=true&source=BLS&asOf=2025-05-31");
        Assert.Equal((2, 1, 0), (dry.Occupations, dry.Links, dry.Refused));
        Assert.Empty((await CourseAsync()).Occupations);
        Assert.Empty(dry.Unknown);
        Assert.Equal(["pay-roll"], (await PostAsync("code,course\n43-3051,payroll\n43-3051,pay-roll\n", "dryRun=true")).Unknown);

        await PostAsync(table, "source=BLS&asOf=2025-05-31");
        await PostAsync(table, "source=BLS&asOf=2025-05-31");
        var clerk = Assert.Single((await CourseAsync()).Occupations);
        Assert.Equal(("43-3051", "Payroll, and timekeeping clerks", 5_224_000L, 13_900L, -16.4, "BLS", "2025-05-31"), (clerk.Code, clerk.Title, clerk.MedianWage!.Value, clerk.AnnualOpenings!.Value, clerk.Growth!.Value, clerk.Source, clerk.Of));

        // A newer table replaces the figures whole.
        await PostAsync("soc code;title;median wage\n43-3051;Payroll clerks;53100\n", "source=BLS&asOf=2026-05-31");
        clerk = Assert.Single((await CourseAsync()).Occupations);
        Assert.Equal((5_310_000L, null, "2026-05-31"), (clerk.MedianWage!.Value, clerk.AnnualOpenings, clerk.Of));
    }

    [Fact]
    public async Task A_wrong_row_is_refused_with_its_line_and_the_others_stand()
    {
        var result = await PostAsync("code,title,wage,course\n43-3031,Clerks,lots,\n43 3031,Clerks,1,\n43-3031,Bookkeeping clerks,47440,\n43-3031,,,bookkeeping-1\n43-3031,,,\n", "dryRun=true");
        Assert.Equal((1, 1, 3), (result.Occupations, result.Links, result.Refused));
        Assert.Equal([(2L, "medianWage"), (3L, "code"), (6L, "title")], result.Refusals.Select(r => (r.Line, r.Field)));
        Assert.Equal("header", Assert.Single((await PostAsync("name,pay\nx,1\n", "dryRun=true")).Refusals).Field);
        using var bad = await _server.Client.PostAsync("/v1/catalogue/occupations?asOf=May", Content("code,title\n"));
        Assert.Equal("asOf", (await Server.ReadAsync<ProblemView>(bad)).Field);
    }

    private async Task<OccupationImport> PostAsync(string table, string query)
    {
        using var response = await _server.Client.PostAsync("/v1/catalogue/occupations?" + query, Content(table));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await Server.ReadAsync<OccupationImport>(response);
    }

    private async Task<CourseView> CourseAsync() => (await _server.Client.GetFromJsonAsync<CourseView>("/v1/catalogue/courses/payroll?term=all", Json.Options))!;

    private static ByteArrayContent Content(string table) => new(Encoding.UTF8.GetBytes(table)) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
}
