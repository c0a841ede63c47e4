using System.Globalization;
using Experience.Domain.Events;

namespace Experience.Contract;

/// <summary>
/// The CDNOW purchases as facts. They have no event ids and repeat rows exactly, so an id is the row and how many times it has
/// occurred. The master has a header and four columns, the sample none and five.
/// </summary>
public static class Cdnow
{
    public const string Source = "/cdnow";

    public static List<Fact> Read(string path)
    {
        var facts = new List<Fact>();
        var occurred = new Dictionary<string, int>();
        foreach (var line in File.ReadLines(path))
        {
            var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length < 4 || !char.IsAsciiDigit(columns[0][0])) continue;
            occurred[line] = occurred.GetValueOrDefault(line) + 1;
            var at = DateTimeOffset.ParseExact(columns[^3], "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
            facts.Add(new FactBuilder(EventTypes.PaymentReceived, Source, $"{line}#{occurred[line]}", columns[0], at.Micros())
                .Set(Fields.Quantity, long.Parse(columns[^2], CultureInfo.InvariantCulture))
                .Set(Fields.Amount, (long)(decimal.Parse(columns[^1], CultureInfo.InvariantCulture) * 100))
                .Build());
        }

        return facts;
    }
}
