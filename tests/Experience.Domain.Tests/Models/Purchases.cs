using System.Globalization;
using Experience.Domain.Models.Backtests;
using Experience.Testing;

namespace Experience.Domain.Tests.Models;

/// <summary>The CDNOW purchases as the published results count them: calibrated to 30 September 1997, held out to 30 June 1998.</summary>
internal static class Purchases
{
    public static readonly DateOnly CalibrationEnd = new(1997, 9, 30);
    public static readonly DateOnly End = new(1998, 6, 30);

    private static readonly Lazy<ValueReport> Report = new(() => ValueBacktest.Run(Read(Repository.CdnowSample, column: 1), CalibrationEnd, End));

    /// <summary>Everything about the tenth of the customers; fitted once for all tests.</summary>
    public static ValueReport SampleReport => Report.Value;

    public static List<Transaction> Read(string path, int column)
    {
        var result = new List<Transaction>();
        foreach (var line in File.ReadLines(path))
        {
            var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length < 4 || !char.IsAsciiDigit(columns[0][0])) continue;
            result.Add(new Transaction(
                columns[column],
                DateOnly.ParseExact(columns[^3], "yyyyMMdd", CultureInfo.InvariantCulture),
                (long)(decimal.Parse(columns[^1], CultureInfo.InvariantCulture) * 100)));
        }

        return result;
    }
}
