namespace Experience.Sample;

/// <summary>What a sample program is made from. Equal options give equal facts, so a folder's sample can be taken up again.</summary>
public sealed record SampleOptions
{
    /// <summary>The CloudEvents source of everything that is invented.</summary>
    public const string Source = "/sample/riverbend";

    /// <summary>Fewer people cannot hold what is planted.</summary>
    public const int MinPeople = 1_000;

    /// <summary>More would plan in more memory than a laptop should give; asking for more is an error.</summary>
    public const int MaxPeople = 100_000;

    /// <summary>What is planted takes three years.</summary>
    public const int MinYears = 3;

    public const int MaxYears = 6;

    public int Seed { get; init; } = 2026;

    public int People { get; init; } = 6_000;

    public int Years { get; init; } = 3;

    /// <summary>The moment at which the history ends.</summary>
    public required DateTimeOffset Now { get; init; }

    public string TimeZone { get; init; } = "America/Chicago";

    internal void Check()
    {
        if (People is < MinPeople or > MaxPeople) throw new ArgumentOutOfRangeException(nameof(People), People, $"People must be {MinPeople} to {MaxPeople}.");
        if (Years is < MinYears or > MaxYears) throw new ArgumentOutOfRangeException(nameof(Years), Years, $"Years must be {MinYears} to {MaxYears}: what is planted takes three.");
    }
}
