using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Cards;

/// <summary>Somebody of the household, as the engine found the key.</summary>
/// <param name="Now">What the person is in now, such as "Robotics Camp"; see <see cref="CardBuilder.NowOf"/>.</param>
/// <param name="NetPaid">Net paid to date, minor units.</param>
public sealed record HouseholdPerson(string Id, string Name, int? Age, string? Now, long NetPaid = 0);

/// <summary>Everything that a card is made of. The builder is pure: the engine reads, unseals and resolves.</summary>
/// <param name="Facts">Newest facts of the person, newest first, voided ones marked. The more there are, the more receipts open to their event.</param>
/// <param name="Resolve">A key at the person's own source to somebody else, or null when nothing is known of it.</param>
/// <param name="Sections">Sums of sections over everybody, for seats, waiting lists and proven problems; null while not ready.</param>
/// <param name="PastScores">Scores at the ends of past months, oldest first (<see cref="ScoreTimeline"/>); empty when not computed.</param>
public sealed record CardInput(
    string Id,
    PersonState State,
    ProgramSnapshot Program,
    AsOf AsOf,
    IReadOnlyList<JourneyFact> Facts,
    IReadOnlyList<SourceKey> Keys,
    Func<string, HouseholdPerson?> Resolve,
    SectionSums? Sections,
    IReadOnlyList<ScoreAt> PastScores);
