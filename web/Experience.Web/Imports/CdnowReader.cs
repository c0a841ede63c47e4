using System.Globalization;
using System.Text;
using Experience.Domain.Events;
using Experience.Domain.Wire;

namespace Experience.Web.Imports;

/// <summary>
/// The CDNOW purchases of Fader and Hardie: the master with a header and four columns (customer, date, CDs, dollars), the sample
/// with none and five (a second customer number follows the first). A purchase is a payment at the start of its day.
/// </summary>
internal sealed class CdnowReader(string source, TimeZoneInfo zone) : IImportReader
{
    public const string DefaultSource = "/import/cdnow";

    private const string Accepted = "customer, yyyyMMdd, count, dollars (or customer, sample number, yyyyMMdd, count, dollars)";
    private readonly Dictionary<int, long> _days = [];

    public IEnumerable<ImportItem> Read(Stream file)
    {
        var ids = new RowIds();
        using var reader = new StreamReader(file, Encoding.ASCII, false, 1 << 16, leaveOpen: true);
        long line = 0;
        while (reader.ReadLine() is { } text)
        {
            line++;
            var columns = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length == 0 || (line == 1 && !char.IsAsciiDigit(columns[0][0]))) continue;
            yield return Row(line, file.Position, columns, ids);
        }
    }

    private ImportItem Row(long line, long bytes, string[] columns, RowIds ids)
    {
        if (columns.Length is not (4 or 5)) return Refuse("row", $"has {columns.Length} columns");
        var last = columns.Length - 1;
        if (!DateOnly.TryParseExact(columns[last - 2], "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return Refuse("date", "is not a day");
        if (!long.TryParse(columns[last - 1], NumberStyles.None, CultureInfo.InvariantCulture, out var quantity) || quantity > Fields.Quantity.Max) return Refuse("count", "is not a count");
        if (!decimal.TryParse(columns[last], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var dollars) || dollars * 100 % 1 != 0 || dollars * 100 > Fields.Amount.Max) return Refuse("dollars", "is not an amount");
        var fact = new FactBuilder(EventTypes.PaymentReceived, source, ids.Next([string.Join(' ', columns)]), columns[0], StartOf(date))
            .Set(Fields.Amount, (long)(dollars * 100)).Set(Fields.Quantity, quantity).Build();
        return new ImportItem(line, bytes, [[fact]], null) { Cells = [string.Join(' ', columns)] };

        ImportItem Refuse(string field, string reason) => new(line, bytes, [], new Refusal(field, reason, Accepted)) { Cells = [string.Join(' ', columns)] };
    }

    private long StartOf(DateOnly date)
    {
        if (_days.TryGetValue(date.DayNumber, out var start)) return start;
        var local = (date.DayNumber - new DateOnly(1970, 1, 1).DayNumber) * 86_400_000_000L;
        WireTime.TryFromLocal(local, zone, out start);
        return _days[date.DayNumber] = start;
    }
}
