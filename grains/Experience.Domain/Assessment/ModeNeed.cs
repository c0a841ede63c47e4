using Experience.Domain.Boards;
using Experience.Domain.Models.Needs;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Assessments;

/// <summary>
/// A section is to come in a mode of delivery that went worse for the person than the other one, by own places shrunk to what is learned of the
/// segment; and the course is open in the other mode too. Without a fitted model nothing is said: a few own places alone are chance.
/// </summary>
internal static class ModeNeed
{
    private const int Bits = 16;
    private const int Percent = 100;

    public static void Run(PersonState s, ProgramSnapshot p, Assessed a, NeedsModel model)
    {
        var rule = p.Policy[RuleId.DeliveryMode];
        if (!rule.Enabled) return;
        ModeFit? modes = null;
        for (var i = 0; i < s.Registrations.Count; i++)
        {
            var r = s.Registrations[i];
            if (r.Status != RegistrationStatus.Confirmed || a.Places[i].Section is not { Mode: >= 0, Cancelled: false } section) continue;
            var begins = section.BeginsAt(p.Zone);
            if (begins <= a.AsOf.Instant) continue;
            a.Until(begins);
            if (modes is null)
            {
                var segment = CourseHistory.Read(s, p, a.AsOf.Instant, a.Courses);
                modes = new ModeFit(model, a.Courses, segment);
            }

            var own = modes.Own(section.Online);
            var (here, there) = (modes.Rate(section.Online), modes.Rate(!section.Online));
            if (own.Ended == 0 || there - here < rule[0] / (double)Percent || Other(section, p, a.AsOf.Instant, null) is null) continue;
            RiskRules.Raise(
                a, RuleId.DeliveryMode, section.Hash, 0, high: false, r.ConfirmedAt, new Events.Stamp(r.ConfirmedAt, 0), section.Hash,
                (long)own.Good << Bits | (uint)own.Ended, (long)Math.Round(here * Percent) << Bits | (long)Math.Round(there * Percent));
            return;
        }
    }

    /// <summary>An open section of the course in the other mode; null when there is none.</summary>
    /// <param name="sums">Seats taken; null while not known, and then nothing is full.</param>
    public static SectionInfo? Other(SectionInfo? section, ProgramSnapshot p, long now, SectionSums? sums)
    {
        if (section is null) return null;
        var today = p.Zone.Day(now);
        foreach (var other in p.SectionsOfCourse(section.Course))
        {
            if (other.Mode >= 0 && other.Online != section.Online && NextOfferings.IsOpen(other, p, now, today, sums, out _)) return other;
        }

        return null;
    }

    public static string Title(in OpenItem item, ProgramSnapshot p) => $"Rather {Mode(item, p, other: true)}?";

    public static string Detail(in OpenItem item, ProgramSnapshot p)
    {
        var mode = Mode(item, p, other: false);
        return $"{p.TitleOf(item.Subject)} is {mode}; {Good(item)} of {Ended(item)} places {mode} went well";
    }

    /// <summary>What the estimate was made of, for whoever asks.</summary>
    public static string Receipt(in OpenItem item, ProgramSnapshot p)
    {
        string here = Mode(item, p, other: false), there = Mode(item, p, other: true);
        return $"{Good(item)} of {Ended(item)} own places {here} went well; estimated {item.When >> Bits} % {here}, {item.When & ((1 << Bits) - 1)} % {there}.";
    }

    public static string Mode(in OpenItem item, ProgramSnapshot p, bool other) => (p.Section(item.Subject)?.Online ?? false) != other ? "online" : "in a room";

    private static long Good(in OpenItem item) => item.Number >> Bits;

    private static long Ended(in OpenItem item) => item.Number & ((1 << Bits) - 1);
}
