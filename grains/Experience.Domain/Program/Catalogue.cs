using Experience.Domain.People;

namespace Experience.Domain.Programs;

/// <summary>One section as the newest catalogue facts describe it. Immutable; names are hashes that the snapshot can spell.</summary>
public sealed record SectionInfo(ulong Hash, string Key)
{
    public const int NoDay = int.MinValue;

    public ulong Course { get; init; }

    public string Title { get; init; } = Key;

    public ulong Term { get; init; }

    public ulong Program { get; init; }

    /// <summary>Code of <c>audience</c>, or −1.</summary>
    public int Audience { get; init; } = -1;

    public ulong Instructor { get; init; }

    public long InstructorChangedAt { get; init; }

    public string? Room { get; init; }

    /// <summary>Code of <c>mode</c>, or −1.</summary>
    public int Mode { get; init; } = -1;

    public int Starts { get; init; } = NoDay;

    public int Ends { get; init; } = NoDay;

    public string? Meets { get; init; }

    /// <summary>Class meetings in order, µs; empty when not stated.</summary>
    public IReadOnlyList<long> Meetings { get; init; } = [];

    public long Fee { get; init; }

    /// <summary>Seats; 0 when not stated.</summary>
    public int Capacity { get; init; }

    public int Minimum { get; init; }

    public ulong Certificate { get; init; }

    /// <summary>The course that must have been taken before, or 0.</summary>
    public ulong Prerequisite { get; init; }

    /// <summary>Youngest age; 0 when not stated.</summary>
    public int MinimumAge { get; init; }

    /// <summary>Oldest age; 0 when not stated.</summary>
    public int MaximumAge { get; init; }

    public long RescheduledAt { get; init; }

    public long PublishedAt { get; init; }

    /// <summary>When we cancelled it; 0 while it is on.</summary>
    public long CancelledAt { get; init; }

    public bool Cancelled => CancelledAt != 0;

    public bool Online => Mode is 1 or 3;

    /// <summary>When it begins: its first meeting, else its first day; <see cref="long.MaxValue"/> when neither is known.</summary>
    public long BeginsAt(CivilZone zone) => Meetings.Count > 0 ? Meetings[0] : Starts != NoDay ? zone.StartOfDay(Starts) : long.MaxValue;

    /// <summary>When it is over: the end of its last day; <see cref="long.MaxValue"/> when not known.</summary>
    public long OverAt(CivilZone zone) =>
        Ends != NoDay ? zone.StartOfDay(Ends + 1) : Meetings.Count > 0 ? zone.StartOfDay(zone.Day(Meetings[^1]) + 1) : long.MaxValue;
}

/// <summary>Costs of one term by kind, minor units.</summary>
public sealed record TermCosts(long Promotion, long Production, long Service, long LastAt)
{
    public long Total => Promotion + Production + Service;
}

/// <summary>A thank-you to a member of staff.</summary>
/// <param name="Desk">Where they work, or 0 when it was not said.</param>
public readonly record struct Thanks(long At, ulong Staff, ulong Desk);

public sealed record Initiative(ulong Hash, string Name, long StartedAt, long EndedAt);

/// <summary>
/// What one person's assessment needs to know about all others, frozen once a day so that it is the same for everyone and can
/// be named in a receipt.
/// </summary>
/// <param name="BestThreshold">24-month net paid from which somebody counts as best; <see cref="long.MaxValue"/> while unknown.</param>
/// <param name="SelfPayers">People who paid for themselves in 12 months, by employer.</param>
public sealed record FrozenInputs(int Number, int Day, long BestThreshold, IReadOnlyDictionary<ulong, int> SelfPayers)
{
    public static FrozenInputs None { get; } = new(0, 0, long.MaxValue, new Dictionary<ulong, int>());
}

/// <summary>What changed between two snapshots, so that the engine re-assesses the rows that it touches and no others.</summary>
/// <param name="Everyone">Policy, segments or frozen inputs: everybody.</param>
/// <param name="Sections">Otherwise people with a place, or waiting, in one of these.</param>
/// <param name="Courses">And people who wait for, or lack, one of these courses.</param>
public sealed record ProgramChange(bool Everyone, IReadOnlySet<ulong> Sections, IReadOnlySet<ulong> Courses)
{
    /// <summary>Kinds of models that were fitted since.</summary>
    public IReadOnlySet<string> Models { get; init; } = new HashSet<string>();

    public bool Touches(PersonState state)
    {
        if (Everyone) return true;
        if (Sections.Count == 0) return false;
        foreach (var r in state.Registrations)
        {
            if (Sections.Contains(r.Section)) return true;
        }

        foreach (var wait in state.Waits)
        {
            if (wait.EndedAt == 0 && (Sections.Contains(wait.Section) || Courses.Contains(wait.Course))) return true;
        }

        foreach (var certificate in state.Certificates)
        {
            if (certificate.AwardedAt == 0 && (certificate.NextCourse == 0 || Courses.Contains(certificate.NextCourse))) return true;
        }

        foreach (var course in state.Plan.Courses)
        {
            if (Courses.Contains(course)) return true;
        }

        return false;
    }
}
