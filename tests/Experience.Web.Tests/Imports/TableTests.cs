using System.Text;
using Experience.Domain.Wire;
using Experience.Web.Imports.Tables;

namespace Experience.Web.Tests.Imports;

/// <summary>Tables as real systems write them: encodings, delimiters, titles, dates and amounts.</summary>
public sealed class TableTests
{
    private const string Text = "Kunde;Name;Betrag\n7001;Zoë Müller;\"1.234,50 €\"\n7002;José Núñez;80,00\n";

    public static TheoryData<string, bool> Encodings => new()
    {
        { "utf-8", false }, { "utf-8", true }, { "utf-16", false }, { "utf-16", true }, { "utf-16BE", false }, { "utf-16BE", true }, { "windows-1252", false },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Every_encoding_of_real_exports_gives_the_same_rows(string name, bool mark)
    {
        Encoding encoding = name switch
        {
            "utf-8" => new UTF8Encoding(mark),
            "utf-16" => new UnicodeEncoding(false, mark),
            "utf-16BE" => new UnicodeEncoding(true, mark),
            _ => CodePagesEncodingProvider.Instance.GetEncoding(1252)!,
        };
        var rows = CsvFile.Rows(new MemoryStream([.. encoding.GetPreamble(), .. encoding.GetBytes(Text)])).Select(r => r.Columns).ToList();
        Assert.Equal(["Kunde", "Name", "Betrag"], rows[0]);
        Assert.Equal(["7001", "Zoë Müller", "1.234,50 €"], rows[1]);
        Assert.Equal(["7002", "José Núñez", "80,00"], rows[2]);
    }

    [Fact]
    public void One_accent_at_the_end_of_a_long_file_decides_its_encoding()
    {
        // Longer than what is read at once, so that a character lies across the border.
        var ascii = string.Concat(Enumerable.Repeat("1,plain,row\n", 11_000));
        var windows = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;
        Assert.Equal(1252, TextEncodings.Detect(new MemoryStream(windows.GetBytes(ascii + "2,Zoë,x\n"))).CodePage);
        for (var shift = 0; shift < 4; shift++)
        {
            var text = new string('a', 65_534 + shift) + "é€𝄞 " + ascii;
            Assert.Equal(65001, TextEncodings.Detect(new MemoryStream(Encoding.UTF8.GetBytes(text))).CodePage);
        }
    }

    [Theory]
    [InlineData("a,b,c\n1,2,3\n")]
    [InlineData("a;b;c\n\"1,5\";2;3\n")]
    [InlineData("a\tb\tc\n1,5\t2\t3\n")]
    [InlineData("a|b|c\n1|2,5|3\n")]
    [InlineData("sep=;\na;b;c\n1;2;3\n")]
    [InlineData("Registrations of Fall 2026\n\nPrinted 11/3/2026\na,b,c\n1,2,3\n4,5,6\n")]
    public void The_delimiter_and_the_header_are_found(string text)
    {
        var rows = CsvFile.Rows(new MemoryStream(Encoding.UTF8.GetBytes(text))).ToList();
        Assert.Equal(["a", "b", "c"], rows[0].Columns);
        Assert.Equal(3, rows[1].Columns.Length);
    }

    [Fact]
    public void Every_kind_of_line_end_ends_a_row_and_lines_are_counted()
    {
        var rows = CsvFile.Rows(new MemoryStream(Encoding.UTF8.GetBytes("a,b\r\n1,\"two\r\nlines\"\r3,4\n\n5,6"))).ToList();
        Assert.Equal([1L, 2, 4, 6], rows.Select(r => r.Line));
        Assert.Equal("two\nlines", rows[1].Columns[1]);
    }

    [Fact]
    public void A_quote_that_is_never_closed_is_said_and_not_held_in_memory()
    {
        var text = "a,b\n1,\"" + new string('x', CsvFile.MaxRowLength + 10);
        var refused = Assert.Throws<InvalidDataException>(() => CsvFile.Rows(new MemoryStream(Encoding.UTF8.GetBytes(text)), new CsvForm(Encoding.UTF8, ',', 0)).ToList());
        Assert.Contains("line 2", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$1,234.50", null, 1234.50)]
    [InlineData("1.234,50 €", null, 1234.50)]
    [InlineData("(12.00)", null, -12.00)]
    [InlineData("12.00-", null, -12.00)]
    [InlineData("−12", null, -12.00)]
    [InlineData("USD 1,234", null, 1234)]
    [InlineData("1.234", ",", 1234)]
    [InlineData("1,234", ",", 1.234)]
    [InlineData("80,50", null, 80.50)]
    [InlineData("CHF 1'250.00", null, 1250)]
    [InlineData("1\u00A0234,50", null, 1234.50)]
    [InlineData("1,23,456.00", null, 123456)]
    [InlineData("$.50", null, .50)]
    [InlineData("82.5 %", null, 82.5)]
    public void Amounts_are_read_as_they_are_written(string text, string? mark, double value)
    {
        Assert.True(MoneyText.TryParse(text, mark?[0], out var read));
        Assert.Equal((decimal)value, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("free")]
    [InlineData("three 4")]
    [InlineData("1.23,4.5")]
    [InlineData("1,2345")]
    [InlineData(",234.00")]
    [InlineData("12)")]
    [InlineData("12/3")]
    public void What_is_no_amount_is_not_made_one(string text)
    {
        Assert.False(MoneyText.TryParse(text, '.', out _), text);
    }

    [Theory]
    [InlineData("11/3/2026 5:30 PM", "M/d/yyyy", "2026-11-03T23:30:00Z")]
    [InlineData("3/11/2026 17:30", "d/M/yyyy", "2026-11-03T23:30:00Z")]
    [InlineData("03.11.2026", "d.M.yyyy", "2026-11-03T06:00:00Z")]
    [InlineData("Nov 3, 2026 5:30 p.m.", "MMM d, yyyy", "2026-11-03T23:30:00Z")]
    [InlineData("2026-11-03", null, "2026-11-03T06:00:00Z")]
    [InlineData("2026-11-03 17:30", null, "2026-11-03T23:30:00Z")]
    [InlineData("2026-11-03T17:30:00+01:00", "M/d/yyyy", "2026-11-03T16:30:00Z")]
    [InlineData("46329", "excel", "2026-11-03T06:00:00Z")]
    [InlineData("46329.729166666664", "excel", "2026-11-03T23:30:00Z")]
    // Clocks went forward at two: the skipped time is read with the offset before; at one on 1 November there were two of them, and the first is meant.
    [InlineData("3/8/2026 2:30 AM", "M/d/yyyy", "2026-03-08T08:30:00Z")]
    [InlineData("11/1/2026 1:30", "M/d/yyyy", "2026-11-01T06:30:00Z")]
    public void Dates_are_read_in_the_zone_of_their_source(string text, string? format, string expected)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/Chicago");
        Assert.True(DateText.TryInstant(text, format, zone, out var read));
        Assert.True(WireTime.TryParse(Encoding.UTF8.GetBytes(expected), zone, out var instant));
        Assert.Equal(instant, read);
    }

    [Theory]
    [InlineData("13/13/2026", "M/d/yyyy")]
    [InlineData("2/30/2026", "M/d/yyyy")]
    [InlineData("yesterday", null)]
    [InlineData("11/3/2026 25:00", "M/d/yyyy")]
    [InlineData("46329", null)]
    [InlineData("999999", "excel")]
    public void What_is_no_date_is_not_made_one(string text, string? format) => Assert.False(DateText.TryInstant(text, format, TimeZoneInfo.Utc, out _));

    [Theory]
    [InlineData("1/2/2026 3/4/2026 5/23/2026", "M/d/yyyy", "line 4 has \"5/23/2026\"")]
    [InlineData("1/2/2026 3/4/2026 23/5/2026", "d/M/yyyy", "line 4 has \"23/5/2026\"")]
    [InlineData("1/2/2026 3/4/2026 5/6/2026", "M/d/yyyy", "fits month/day and day/month")]
    [InlineData("46329 46330.5 46331", "excel", null)]
    [InlineData("2026-11-03 2026-11-04", null, null)]
    [InlineData("3.11.2026 4.11.2026", "d.M.yyyy", null)]
    public void Day_and_month_are_told_apart_by_the_whole_column(string values, string? form, string? said)
    {
        var column = new ColumnProfile("Date");
        var line = 2L;
        foreach (var value in values.Split(' ')) column.Add(value, line++);
        Assert.Equal(form, column.DateForm(monthFirst: true, out var note));
        if (said is null) Assert.Null(note);
        else Assert.Contains(said, note, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_tells_day_and_month_apart_the_place_of_the_program_does()
    {
        var column = new ColumnProfile("Date");
        column.Add("1/2/2026", 2);
        Assert.Equal("d/M/yyyy", column.DateForm(monthFirst: false, out _));
        Assert.Equal("M/d/yyyy", column.DateForm(monthFirst: true, out _));
    }
}
