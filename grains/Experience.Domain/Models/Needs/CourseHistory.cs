using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Models.Needs;

/// <summary>How a place in a course ended for the person.</summary>
public enum CourseOutcome : byte
{
    /// <summary>Not over.</summary>
    Open,

    /// <summary>Completed (or attended, where nobody records completion), no money asked back, and rated 4 or better where it was rated.</summary>
    Good,

    Poor,
}

/// <summary>One place in a course.</summary>
/// <param name="Segment">The person's market segment just before, from 0, as far as earlier registrations and the age tell.</param>
/// <param name="Online">Delivered online; null where the catalogue does not say.</param>
public readonly record struct CourseTaking(ulong Course, ulong Section, int Day, int Season, int Segment, bool? Online, CourseOutcome Outcome);

/// <summary>
/// What somebody took, as the needs models read it: places kept, in order of confirmation, each with what was known just before it. Segments are those
/// of that moment, not of today, so that nothing later leaks into what is learned.
/// </summary>
public static class CourseHistory
{
    private const int Youth = 0;
    private const int Employer = 1;
    private const int Certificate = 2;
    private const int Seniors = 3;
    private const int Career = 4;
    private const int Enrichment = 5;
    private const int Occasional = 6;

    private const int SeniorAge = 60;
    private const int Adult = 18;
    private const int GoodRating = 400;

    /// <summary>Fills the list with places kept of known courses; gives the segment of now.</summary>
    public static int Read(PersonState s, ProgramSnapshot p, long asOf, List<CourseTaking> into)
    {
        into.Clear();
        Registration? before = null;
        SectionInfo? beforeSection = null;
        foreach (var r in s.Registrations)
        {
            if (!r.Kept || r.ConfirmedAt > asOf) continue;
            var section = p.Section(r.Section);
            var day = p.Zone.Day(r.ConfirmedAt);
            var course = r.Course != 0 ? r.Course : section?.Course ?? 0;
            if (course != 0)
            {
                into.Add(new CourseTaking(
                    course, r.Section, day, p.TermOf(r, section)?.SeasonIndex ?? 0, Segment(s, day, before, beforeSection),
                    section is null || section.Mode < 0 ? null : section.Online, Outcome(r, section, p, asOf)));
            }

            (before, beforeSection) = (r, section);
        }

        return Segment(s, p.Zone.Day(asOf), before, beforeSection);
    }

    /// <summary>The segment that somebody began in: by the age then and the first place that is known. What is taken later does not change it.</summary>
    public static int EntrySegment(PersonState s, ProgramSnapshot p)
    {
        ArgumentNullException.ThrowIfNull(s);
        ArgumentNullException.ThrowIfNull(p);
        if (s.Registrations.Count == 0) return Occasional;
        var first = s.Registrations[0];
        return Segment(s, p.Zone.Day(first.ConfirmedAt), first, p.Section(first.Section));
    }

    private static int Segment(PersonState s, int day, Registration? before, SectionInfo? section)
    {
        var age = s.Profile.BirthDay == int.MinValue ? -1 : (int)((day - s.Profile.BirthDay) / 365.25);
        if (age is >= 0 and < Adult || before is null && s.Profile.ChildCount > 0) return Youth;
        if (before is null) return age >= SeniorAge ? Seniors : Occasional;
        if (before.PayerOrganisation != 0) return Employer;
        var audience = section is null || section.Audience < 0 ? "" : Fields.Audience.Codes[section.Audience];
        if (section is { Certificate: not 0 } || audience == "licence") return Certificate;
        if (age >= SeniorAge || audience == "senior") return Seniors;
        return audience switch
        {
            "professional" => Career,
            "leisure" or "language" => Enrichment,
            _ => Occasional,
        };
    }

    private static CourseOutcome Outcome(Registration r, SectionInfo? section, ProgramSnapshot p, long asOf)
    {
        if (r.Status == RegistrationStatus.Withdrawn || r.RefundAskedAt != 0) return CourseOutcome.Poor;
        var over = section is not null && section.OverAt(p.Zone) <= asOf;
        if (r.Status != RegistrationStatus.Completed && !over) return CourseOutcome.Open;
        var stayed = r.Status == RegistrationStatus.Completed || r.Present > r.Absent;
        return stayed && r.Rating is 0 or >= GoodRating ? CourseOutcome.Good : CourseOutcome.Poor;
    }
}
