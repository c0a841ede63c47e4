using Experience.Domain.Events;
using Experience.Domain.Wire;

namespace Experience.Web.Imports;

/// <summary>One row of a file: the events that it became, each as its facts, or why it became none.</summary>
/// <param name="Line">Line of the file, from 1.</param>
/// <param name="Bytes">How far the file was read when it was made.</param>
/// <param name="Json">The row's own event, for the preview.</param>
internal sealed record ImportItem(long Line, long Bytes, IReadOnlyList<IReadOnlyList<Fact>> Events, Refusal? Refusal, ReadOnlyMemory<byte> Json = default)
{
    /// <summary>The row as it came: its cells, or the one text of a line.</summary>
    public IReadOnlyList<string> Cells { get; init; } = [];

    /// <summary>Its letter, where it was refused.</summary>
    public RowLetter? Letter { get; init; }

    /// <summary>Letters that need nobody any more once the row is taken: its own of an earlier time, and that of the refused row which it corrects.</summary>
    public IReadOnlyList<UInt128> Mends { get; init; } = [];

    /// <summary>The column that is at fault, when it was refused.</summary>
    public string? Column { get; init; }

    /// <summary>Left out on purpose.</summary>
    public bool Skipped { get; init; }
}

/// <summary>A file as rows. Reading is lazy and flat; it belongs to one thread.</summary>
internal interface IImportReader
{
    /// <summary>Names of the columns, once the first row was read; none when the file has no columns.</summary>
    IReadOnlyList<string> Header => [];

    IEnumerable<ImportItem> Read(Stream file);
}

/// <summary>
/// Ids for rows that have none: the hash of the row and how many times the same row came before, so that the same file gives the same
/// ids in whatever order its rows stand, and two equal rows stay two.
/// </summary>
internal sealed class RowIds
{
    /// <summary>Distinct rows without ids of one file; a larger file must be split (each row costs about 40 bytes while reading).</summary>
    public const int MaxRows = 20_000_000;

    private readonly Dictionary<UInt128, int> _seen = [];

    /// <summary>How many times the row has come, itself included.</summary>
    public int Count(string[] row)
    {
        var hash = Hash(row);
        _seen.TryGetValue(hash, out var count);
        if (count == 0 && _seen.Count >= MaxRows) throw new InvalidDataException($"More than {MaxRows} rows without ids: split the file, or name an id column.");
        return _seen[hash] = count + 1;
    }

    public string Next(string[] row) => Of(row, Count(row));

    public static string Of(string[] row, int occurrence) => $"{Hash(row):x32}#{occurrence}";

    private static UInt128 Hash(string[] row) => SipHash.Public.Pair("row", string.Join('\u001f', row));
}
