using System.Text;
using Experience.Domain.Events;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Imports;
using Experience.Web.Imports.Tables;

namespace Experience.Web.Tests;

public sealed class ImportTests
{
    private const string Registrations = """
        First Name,Last Name,E-mail,Date of birth,Course,Section,Registered on,Fee,Paid,Locker
        Ngozi,Okafor,okafor@example.org,05/02/1984,Excel,EXC-03,11/18/2026,"$1,190.00",190.00,
        Ada,Okafor,okafor@example.org,06/09/2016,Robotics,ROB-01,11/18/2026,210,,12
        Chidi,Okafor,okafor@example.org,01/30/2013,Robotics,ROB-01,11/18/2026,210,,
        Chidi,Okafor,okafor@example.org,01/30/2013,Robotics,ROB-01,11/18/2026,210,,
        Maria,Delgado,m@example.org,02/31/1990,Excel,EXC-03,yesterday,190,,
        """;

    [Fact]
    public void Quotes_line_breaks_and_delimiters_are_read_as_RFC_4180_says()
    {
        var rows = CsvFile.Rows(File("a;\"b \"\"x\"\"\";c\n1;\"two\nlines; yes\";3\n\n4;;6")).ToList();
        Assert.Equal(["a", "b \"x\"", "c"], rows[0].Columns);
        Assert.Equal(["1", "two\nlines; yes", "3"], rows[1].Columns);
        Assert.Equal((5L, "6"), (rows[2].Line, rows[2].Columns[2]));
    }

    [Fact]
    public void Columns_are_guessed_and_the_Okafors_stay_three_people()
    {
        var mapping = Guess();
        Assert.Equal("registration.confirmed", mapping.Type);
        Assert.Equal("M/d/yyyy", mapping.DateFormat);
        Assert.Equal(("givenName", "email", "section", "amount", "paid", "time"), (mapping.Columns["First Name"], mapping.Columns["E-mail"], mapping.Columns["Section"], mapping.Columns["Fee"], mapping.Columns["Paid"], mapping.Columns["Registered on"]));

        var items = Read(mapping);
        Assert.Equal(5, items.Count);
        var facts = items.SelectMany(i => i.Events).SelectMany(e => e).ToList();
        Assert.Equal(3, facts.Select(f => f.Subject).Distinct().Count());
        Assert.Equal(3, facts.Count(f => f.Type == EventTypes.ParticipantIdentified));
        Assert.Equal(4, facts.Count(f => f.Type == EventTypes.RegistrationConfirmed));
        Assert.Equal(facts.Count, facts.Select(f => f.Id).Distinct().Count());
        Assert.All(facts, f => Assert.False(f.Live));
        Assert.Equal(19_000, Number(Assert.Single(facts, f => f.Type == EventTypes.PaymentReceived), Fields.Amount));
        Assert.Equal(119_000, Number(facts.First(f => f.Type == EventTypes.RegistrationConfirmed), Fields.Amount));
        Assert.Equal("time", items[4].Refusal!.Field);
        Assert.Equal(6, items[4].Line);
    }

    [Fact]
    public void The_same_file_in_another_order_gives_the_same_ids()
    {
        var lines = Registrations.Split('\n');
        var shuffled = string.Join('\n', lines.Take(1).Concat(lines.Skip(1).Reverse()));
        static IEnumerable<UInt128> Ids(List<ImportItem> items) => items.SelectMany(i => i.Events).SelectMany(e => e).Select(f => f.Id).Order();
        Assert.Equal(Ids(Read(Guess())), Ids(Read(Guess(), shuffled)));
    }

    [Fact]
    public void A_mapping_that_does_not_hold_is_refused_by_name()
    {
        var mapping = Guess();
        Assert.Equal("type", Wrong(mapping with { Type = "risk.raised" }));
        Assert.Equal("timeZone", Wrong(mapping with { TimeZone = "Mars/Olympus" }));
        Assert.Equal("columns[\"Fee\"]", Wrong(mapping with { Columns = new Dictionary<string, string> { ["Fee"] = "fee-ish" } }));
        Assert.Equal("columns", Wrong(mapping with { Columns = new Dictionary<string, string> { ["Fee"] = "amount", ["Paid"] = "amount" } }));
        static string Wrong(ImportMapping mapping) => CsvReader.Create(mapping, TimeProvider.System, out _)!.Field;
    }

    [Theory]
    [InlineData(" customer_id  date number_of_cds  dollar_value\n 00001 19970101  1   11.77\n 00002 19970112  1    0.00\n 00002 19970112  1    0.00\n")]
    [InlineData(" 00001 0001 19970101  1   11.77\n 00002 0002 19970112  1    0.00\n 00002 0002 19970112  1    0.00\n")]
    public void CDNOW_is_read_with_and_without_a_header(string text)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");
        var items = new CdnowReader("/import/cdnow", zone).Read(File(text)).ToList();
        var facts = items.SelectMany(i => i.Events).SelectMany(e => e).ToList();
        Assert.Equal(["00001", "00002", "00002"], facts.Select(f => f.Subject));
        Assert.Equal(1177, Number(facts[0], Fields.Amount));
        Assert.Equal(3, facts.Select(f => f.Id).Distinct().Count());
        Assert.True(WireTime.TryParse("1997-01-01T00:00:00"u8, zone, out var midnight));
        Assert.Equal(midnight, facts[0].Time);
    }

    [Fact]
    public void A_broken_row_is_refused_and_the_rest_is_read()
    {
        var items = new CdnowReader("/import/cdnow", TimeZoneInfo.Utc).Read(File("00001 19970101 1 11.77\n00001 19971301 1 1\n00001 19970101 x 1\n00001 19970101 1 1.234\n1 2\n00002 19970101 1 5\n")).ToList();
        Assert.Equal([null, "date", "count", "dollars", "row", null], items.Select(i => i.Refusal?.Field));
    }

    private static ImportMapping Guess()
    {
        // The broken last row must not keep the good ones from being guessed.
        var rows = CsvFile.Rows(File(Registrations)).Take(5);
        return CsvGuess.Guess("Registrations 2026.csv", TableProfile.Read(rows)!, CsvForm.Detect(File(Registrations)), "America/Chicago").Mapping;
    }

    private static List<ImportItem> Read(ImportMapping mapping, string text = Registrations)
    {
        Assert.Null(CsvReader.Create(mapping, TimeProvider.System, out var reader));
        return [.. reader!.Read(File(text))];
    }

    private static MemoryStream File(string text) => new(Encoding.UTF8.GetBytes(text));

    private static long Number(Fact fact, Field field)
    {
        var reader = fact.Fields();
        while (reader.Next())
        {
            if (reader.Number == field.Number) return reader.Value;
        }

        throw new InvalidOperationException($"No {field.Name}.");
    }
}
