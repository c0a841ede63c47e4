using Experience.Domain.Events;
using Experience.Domain.Voice;
using Experience.Web.Contracts;

namespace Experience.Web.Imports;

/// <summary>Totals of an import, as its last line states them.</summary>
internal sealed class ImportTotals
{
    /// <summary>Refused rows that are kept to be looked at; the rest is counted, and stands in the file of refused rows.</summary>
    public const int MaxRefusals = 100;

    private readonly HashSet<UInt128> _people = [];
    private readonly SortedDictionary<string, long> _types = new(StringComparer.Ordinal);

    public long Bytes { get; set; }

    public long Rows { get; set; }

    /// <summary>Events accepted; of a dry run, those that would be sent.</summary>
    public long Events { get; set; }

    public long Duplicates { get; set; }

    public long Refused { get; set; }

    public long Skipped { get; set; }

    public int Participants => _people.Count;

    public List<ImportPreview> Refusals { get; } = [];

    public void Add(IReadOnlyList<Fact> facts)
    {
        _types[facts[0].Type.Name] = _types.GetValueOrDefault(facts[0].Type.Name) + 1;
        foreach (var fact in facts)
        {
            if (fact.Subject.Length > 0 && !Voices.IsKey(fact.Subject)) _people.Add(SipHash.Public.Pair(fact.Source, fact.Subject));
        }
    }

    /// <summary>How it stands, for pages and the command line.</summary>
    public ImportProgress Progress(ImportPhase phase, TimeSpan spent, long length)
    {
        var seconds = Math.Max(0.001, spent.TotalSeconds);
        double? left = phase is not (ImportPhase.Running or ImportPhase.Checking) ? 0 : Bytes == 0 ? null : seconds * (length - Bytes) / Bytes;
        return new ImportProgress(phase, Bytes, Rows, Events, Duplicates, Refused, Skipped, Participants, Rows / seconds, left, null, [.. _types.Select(t => new ImportTypeCount(t.Key, t.Value))], [.. Refusals]);
    }
}
