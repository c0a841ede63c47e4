using Experience.Domain.Models.Learning;

namespace Experience.Embedded;

/// <summary>How the embedded engine opens a data folder. Name, time zone and currency count when the folder is new; then they stand in it.</summary>
public sealed record EmbeddedOptions
{
    /// <summary>One folder, one process: it is locked while the engine has it.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The master key's file, made at the first start; by default beside the folder, "&lt;folder&gt;.key". Keep it out of the folder's backup.</summary>
    public string? MasterKeyFile { get; init; }

    /// <summary>Event loops, 1–8; 0 for one each core, at most 8.</summary>
    public int Loops { get; init; }

    public string ProgramName { get; init; } = "Our program";

    /// <summary>IANA time zone of the program.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>ISO 4217 currency of all money in the folder.</summary>
    public string Currency { get; init; } = "USD";

    /// <summary>The folder holds a sample: shown wherever its figures are.</summary>
    public bool Sample { get; init; }

    /// <summary>
    /// Records that a start may have to fold again. Checkpoints keep it at half of that under load; beyond it callers are told that the engine is busy until a
    /// checkpoint is through.
    /// </summary>
    public int MaxReplayFacts { get; init; } = 4_000_000;

    /// <summary>Fit models in the background as history grows. Without it they are fitted by command only.</summary>
    public bool FitModels { get; init; } = true;

    /// <summary>What is learned, in this order.</summary>
    public IReadOnlyList<ITrainer> Trainers { get; init; } = Domain.Models.Learning.Trainers.All;

    internal void Validate()
    {
        if (string.IsNullOrWhiteSpace(DataFolder)) throw new ArgumentException("DataFolder must name a folder.");
        if (Loops is < 0 or > 8) throw new ArgumentException($"Loops must be 1–8, or 0 for one each core; it is {Loops}.");
        if (MaxReplayFacts < 1_000) throw new ArgumentException($"MaxReplayFacts must be at least 1,000; it is {MaxReplayFacts}.");
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _)) throw new ArgumentException($"TimeZone '{TimeZone}' is not known to this system.");
        if (Currency.Length != 3) throw new ArgumentException($"Currency must be three letters; it is '{Currency}'.");
    }
}
