using System.Text;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Voice;
using Experience.Testing;
using Experience.Web.Contracts;
using Experience.Web.Imports;
using Experience.Web.Imports.Mapping;
using Experience.Web.Imports.Tables;

namespace Experience.Web.Tests.Imports;

/// <summary>What tables are taken for, and what their rows become.</summary>
public sealed class MappingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_row_becomes_its_registration_its_payment_and_its_person()
    {
        var (mapping, _) = Guess("reg.csv", "Student ID,Name,Email,Section,Date,Fee,Paid\n900113,Maria Delgado,m@example.org,EXC-03,11/18/2026,$190.00,$100.00\n900114,\"Pym, Walter\",,EXC-03,11/18/2026,190,\n");
        var items = Read(mapping, "Student ID,Name,Email,Section,Date,Fee,Paid\n900113,Maria Delgado,m@example.org,EXC-03,11/18/2026,$190.00,$100.00\n900114,\"Pym, Walter\",,EXC-03,11/18/2026,190,\n");
        Assert.Equal(["participant.identified", "registration.confirmed", "payment.received"], Types(items[0]));
        Assert.Equal(["participant.identified", "registration.confirmed"], Types(items[1]));
        Assert.All(items.SelectMany(i => i.Events), e => Assert.Equal(items[0].Events[0][0].Time, e[0].Time));
    }

    [Fact]
    public void States_of_registrations_are_the_events_that_they_stand_for()
    {
        const string text = "Reg ID,Student ID,Section,Registered on,Status,Status date\n1,7,S-1,2026-09-01,Enrolled,\n2,8,S-1,2026-09-02,Dropped,2026-09-05\n3,9,S-1,2026-09-02,Waitlist,\n4,10,S-1,2026-09-02,In cart,\n5,11,S-1,2026-09-02,Withdrawn,\n";
        var (mapping, notes) = Guess("registrations.csv", text);
        Assert.Contains(notes, n => n.Contains("registration.dropped", StringComparison.Ordinal));
        var items = Read(mapping, text);
        Assert.Equal(["registration.confirmed"], Types(items[0]));
        Assert.Equal(["registration.confirmed", "registration.dropped"], Types(items[1]));
        Assert.Equal(["waitlist.joined"], Types(items[2]));
        Assert.True(items[3].Skipped);
        Assert.Equal(["registration.confirmed", "registration.withdrawn"], Types(items[4]));
        // The drop has its own day; a withdrawal without one comes after its registration all the same.
        Assert.Equal(TimeSpan.FromDays(3).TotalMicroseconds, items[1].Events[1][0].Time - items[1].Events[0][0].Time);
        Assert.True(items[4].Events[1][0].Time > items[4].Events[0][0].Time);
    }

    [Fact]
    public void An_export_in_German_is_known_by_its_names_its_dates_and_its_commas()
    {
        const string text = "Kurs-Nr.;Kurstitel;Teilnehmer-Nr.;Nachname;Vorname;E-Mail;Geb.-Datum;Anmeldedatum;Gebühr;Status\nEXC-03;Büro;17;Groß;Jürgen;j@example.org;19.03.1984;24.11.2026;1.234,50 €;gebucht\nEXC-03;Büro;18;Weiß;Zoë;;01.12.1990;25.11.2026;90,00 €;storniert\n";
        var (mapping, _) = Guess("anmeldungen.csv", text);
        var items = Read(mapping, text);
        Assert.Equal(["participant.identified", "registration.confirmed"], Types(items[0]));
        Assert.Equal(["participant.identified", "registration.confirmed", "registration.dropped"], Types(items[1]));
        Assert.Contains("\"section\":\"EXC-03\"", Encoding.UTF8.GetString(items[0].Json.Span), StringComparison.Ordinal);
        Assert.Contains("\"amount\":123450", Encoding.UTF8.GetString(items[0].Json.Span), StringComparison.Ordinal);
        Assert.Equal("birthDate", mapping.Columns["Geb.-Datum"]);
        Assert.Equal(new DateTimeOffset(2026, 11, 24, 6, 0, 0, TimeSpan.Zero), DateTimeOffset.UnixEpoch.AddTicks(items[0].Events[1][0].Time * 10));
    }

    [Fact]
    public void A_row_that_fits_no_event_is_refused_and_never_lost_in_silence()
    {
        var mapping = new ImportMapping("/reg", "registration.confirmed", "UTC", null, true, new Dictionary<string, string> { ["who"] = "subject", ["what"] = "section" }, null,
            When: new ImportCondition("state", ["enrolled"]), Skip: new ImportCondition("state", ["test"]));
        var items = Read(mapping, "who,what,state\n1,a,Enrolled\n2,b,test\n3,c,Lost\n,d,enrolled\n5,e,enrolled,more\n");
        Assert.Null(items[0].Refusal);
        Assert.True(items[1].Skipped);
        Assert.Equal(("row", "state"), (items[2].Refusal!.Field, items[2].Column));
        Assert.Equal(("subject", "who"), (items[3].Refusal!.Field, items[3].Column));
        Assert.Contains("4 cells", items[4].Refusal!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guardian_a_constant_and_the_files_own_words_are_said_by_the_mapping()
    {
        var mapping = new ImportMapping("/camp", "registration.confirmed", "UTC", null, true,
            new Dictionary<string, string> { ["Child"] = "subject", ["Camp"] = "section", ["Parent"] = "payer", ["How"] = "channel" }, null,
            Values: new Dictionary<string, string> { ["program"] = "Youth" },
            Words: new Dictionary<string, IReadOnlyDictionary<string, string>> { ["channel"] = new Dictionary<string, string> { ["Fax machine"] = "post" } },
            Also:
            [
                new ImportAlso("household.linked", new Dictionary<string, string> { ["Parent"] = "subject", ["Child"] = "child" }),
                new ImportAlso("participant.identified", new Dictionary<string, string> { ["Parent"] = "subject", ["Parent name"] = "fullName" }),
            ]);
        var item = Assert.Single(Read(mapping, "Child,Camp,Parent,Parent name,How\nada,rob-1,ngozi,Ngozi Okafor,fax machine\n"));
        Assert.Equal(["registration.confirmed", "household.linked", "participant.identified"], Types(item));
        Assert.Equal(["ada", "ngozi"], item.Events[0].Select(f => f.Subject));
        Assert.Equal(["ngozi", "ada"], item.Events[1].Select(f => f.Subject));
        Assert.Equal("ngozi", item.Events[2][0].Subject);
        var data = JsonDocument.Parse(item.Json).RootElement.GetProperty("data");
        Assert.Equal(("Youth", "post"), (data.GetProperty("program").GetString(), data.GetProperty("channel").GetString()));
    }

    [Theory]
    [InlineData("catalogue.csv", "Section,Title,Start date,End date,Instructor,Room,Max,Fee\nEXC-03,Excel,9/8/2026,12/11/2026,Tom Reed,B214,16,$190\n", "section.published")]
    [InlineData("costs.csv", "Term,Cost type,Amount\n2026-fall,Marketing,\"$12,000.00\"\n2026-fall,Instructors,80000\n2026-fall,Admin,9000\n", "cost.recorded")]
    [InlineData("reviews.csv", "Site,Posted,Stars,Review\nGoogle,2026-11-01,4,Good classes\nYelp,2026-11-02,2,Parking!\n", "feedback.submitted")]
    [InlineData("posts.csv", "Platform,Posted,Post text\nReddit,2026-11-01,Anyone took Excel there?\n", "comment.posted")]
    [InlineData("attendance.csv", "Student ID,Section,Class date,Attended\n1,S-1,2026-09-08,Yes\n1,S-1,2026-09-15,No\n", "attendance.recorded")]
    [InlineData("refunds.csv", "Student ID,Date,Amount\n1,2026-09-08,(12.00)\n", "refund.issued")]
    public void Tables_of_other_kinds_are_known_by_their_columns_and_read_without_a_change(string file, string text, string type)
    {
        var (mapping, _) = Guess(file, text);
        Assert.Equal(type, mapping.Type);
        Assert.All(Read(mapping, text), i => Assert.Equal(type, Assert.Single(Types(i))));
    }

    [Fact]
    public void What_is_said_in_public_is_nobodys_until_the_file_says_whose()
    {
        const string text = "Site,Posted,Stars,Review,Student ID\nGoogle,2026-11-01,4,Good classes,\nGoogle,2026-11-01,5,Great,900113\n";
        var items = Read(Guess("reviews.csv", text).Mapping, text);
        Assert.Equal([true, false], items.Select(i => Voices.IsKey(i.Events[0][0].Subject)));
        Assert.Equal("900113", items[1].Events[0][0].Subject);
        Assert.Contains("Google", JsonDocument.Parse(items[0].Json).RootElement.GetProperty("data").GetProperty("site").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_row_says_of_its_person_nothing_that_the_next_row_would_then_not_say()
    {
        var mapping = new ImportMapping("/reg", "registration.confirmed", "UTC", null, true, new Dictionary<string, string> { ["id"] = "subject", ["name"] = "fullName", ["sec"] = "section", ["fee"] = "amount" }, null);
        var items = Read(mapping, "id,name,sec,fee\n1,Ada Okafor,s,free\n1,Ada Okafor,s,12\n");
        Assert.NotNull(items[0].Refusal);
        Assert.Equal(["participant.identified", "registration.confirmed"], Types(items[1]));
    }

    [Fact]
    public void Refused_rows_corrected_in_their_file_come_in_with_the_ids_that_they_would_have_had()
    {
        var mapping = new ImportMapping("/reg", "payment.received", "UTC", null, true, new Dictionary<string, string> { ["id"] = "subject", ["fee"] = "amount" }, null);
        const string text = "id;fee;note\n1;12,50;a\n2;free;\"b; c\"\n3;1;\n";
        var path = _folder["refused.csv"];
        Assert.Null(CsvReader.Create(mapping, TimeProvider.System, out var reader));
        using (var file = new RefusedFile(path, ';'))
        {
            foreach (var item in reader!.Read(Bytes(text)).Where(i => i.Refusal is not null)) file.Write(reader.Header, item, item.Refusal!);
        }

        var written = File.ReadAllText(path);
        Assert.StartsWith("id;fee;note;refused because", written.TrimStart('\uFEFF'), StringComparison.Ordinal);
        Assert.Contains("fee: is not an amount", written, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));

        var corrected = Assert.Single(Read(mapping, written.Replace("2;free;", "2;9,00;", StringComparison.Ordinal)));
        var original = Read(mapping, text.Replace("2;free;", "2;9,00;", StringComparison.Ordinal))[1];
        Assert.Null(corrected.Refusal);
        Assert.Equal(original.Events[0][0].Id, corrected.Events[0][0].Id);
    }

    [Fact]
    public void Saved_mappings_have_versions_and_the_table_finds_its_own()
    {
        var store = new MappingStore(_folder.Path, TimeProvider.System);
        var (mapping, _) = Guess("a.csv", "Student ID,Section,Amount\n1,2,3\n");
        Assert.Equal("name", store.Save("Not a name", mapping, null).Refusal!.Field);
        Assert.Equal("type", store.Save("north", mapping with { Type = "risk.raised" }, null).Refusal!.Field);
        Assert.Equal(1, store.Save("north", mapping, "Rosa Lin").Saved!.Version);
        Assert.Equal(1, store.Save("north", mapping, "Rosa Lin").Saved!.Version);
        Assert.Equal(2, store.Save("north", mapping with { Source = "/north" }, null).Saved!.Version);
        Assert.Equal("/import/a", store.Find("north", 1)!.Mapping.Source);
        Assert.Equal("/north", store.FindFor(["Amount", "Section", "Student ID", "Locker"])!.Mapping.Source);
        Assert.Null(store.FindFor(["Amount", "Section"]));
        Assert.Null(store.Find("../north"));
        Assert.True(store.Delete("north"));
        Assert.Empty(store.List());
    }

    [Theory]
    [InlineData("""{"also":[{"type":"payment.received","columns":{}}]}""", "also[0]")]
    [InlineData("""{"also":[{"type":"risk.raised","columns":{"a":"amount"}}]}""", "also[0].type")]
    [InlineData("""{"when":{"column":"a","is":[]}}""", "when.is")]
    [InlineData("""{"words":{"channel":{"Fax":"pigeon"}}}""", "words[\"channel\"][\"Fax\"]")]
    [InlineData("""{"values":{"costKind":"promotion"}}""", "values[\"costKind\"]")]
    [InlineData("""{"dates":{"a":"tomorrow"}}""", "dates[\"a\"]")]
    [InlineData("""{"encoding":"ebcdic"}""", "encoding")]
    [InlineData("""{"delimiter":"#"}""", "delimiter")]
    [InlineData("""{"decimalMark":"'"}""", "decimalMark")]
    public void What_does_not_hold_in_a_mapping_is_named(string part, string field)
    {
        var document = $$"""{"source":"/a","type":"payment.received","timeZone":"UTC","decimalMoney":true,"columns":{"a":"subject","b":"amount"},{{part[1..]}}""";
        Assert.Equal(field, MappingCheck.Of(JsonSerializer.Deserialize<ImportMapping>(document, Json.Options)!)!.Field);
    }

    private static IEnumerable<string> Types(ImportItem item)
    {
        Assert.True(item.Refusal is null, $"line {item.Line}: {item.Refusal}");
        return item.Events.Select(e => e[0].Type.Name);
    }

    private static (ImportMapping Mapping, IReadOnlyList<string> Notes) Guess(string name, string text)
    {
        var form = CsvForm.Detect(Bytes(text));
        return CsvGuess.Guess(name, TableProfile.Read(CsvFile.Rows(Bytes(text), form))!, form, "America/Chicago");
    }

    private static List<ImportItem> Read(ImportMapping mapping, string text)
    {
        var refusal = CsvReader.Create(mapping, TimeProvider.System, out var reader);
        Assert.True(refusal is null, refusal?.ToString());
        return [.. reader!.Read(Bytes(text))];
    }

    private static MemoryStream Bytes(string text) => new(Encoding.UTF8.GetBytes(text));
}
