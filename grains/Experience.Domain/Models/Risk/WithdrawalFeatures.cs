using Experience.Domain.Models.Gam;
using Experience.Domain.People;
using Experience.Domain.Programs;
using static Experience.Domain.Models.Risk.RiskFeature;

namespace Experience.Domain.Models.Risk;

/// <summary>
/// What is known of a person in a section on a day: presence, activity, graded work, how they registered, how they fared before, what
/// is wrong between them and us. Everything is read from the state, so a fact that is not folded yet cannot show; of the catalogue, only the
/// timetable, the mode and changes that had been made by then.
/// </summary>
public static class WithdrawalFeatures
{
    private const double DayMicros = CivilZone.MicrosPerDay;

    public static IReadOnlyList<RiskFeature> All { get; } =
    [
        new("days in", Monotone.Free, static v => v < 0 ? $"starts in {Days(-v)}" : $"{Days(v)} into the course"),
        new("share over", Monotone.Free, static v => $"{Percent(v)} of the course is over"),
        new("length", Monotone.Free, static v => $"a course of {Days(v)}"),
        new("present share", Monotone.Falling, static v => double.IsNaN(v) ? "no attendance recorded yet" : $"came to {Percent(v)} of the meetings"),
        new("absences", Monotone.Rising, static v => $"missed {Times(v, "meeting", "meetings")}"),
        new("absences running", Monotone.Rising, static v => v <= 0 ? "was there last time" : $"missed {Times(v, "meeting", "meetings")} running"),
        new("meetings without a word", Monotone.Free, static v => $"nothing recorded for {Times(v, "meeting", "meetings")}"),
        new("quiet days", Monotone.Rising, static v => double.IsNaN(v) ? "not seen yet" : $"nothing seen or heard in the course for {Days(v)}"),
        new("activities", Monotone.Falling, static v => v <= 0 ? "no activity online" : $"active online {Times(v, "time", "times")}"),
        new("activities a week", Monotone.Falling, static v => double.IsNaN(v) ? "not begun online" : $"active online {v:0.#} times a week"),
        new("grades", Monotone.Free, static v => v <= 0 ? "nothing graded yet" : $"{Times(v, "piece", "pieces")} of work graded"),
        new("mean grade", Monotone.Falling, static v => double.IsNaN(v) ? "nothing graded yet" : $"grades of {v:0} % on average"),
        new("not passed", Monotone.Rising, static v => v <= 0 ? "passed what was graded" : $"did not pass {Times(v, "piece", "pieces")} of work"),
        new("registered before", Monotone.Free, static v => v < 0 ? "registered after the start" : $"registered {Days(v)} before the start"),
        new("earlier places", Monotone.Free, static v => v <= 0 ? "the first course with us" : $"{Times(v, "course", "courses")} with us before"),
        new("earlier left", Monotone.Rising, static v => v <= 0 ? "never left a course" : $"left {Times(v, "course", "courses")} before"),
        new("earlier completed", Monotone.Falling, static v => double.IsNaN(v) ? "no course completed before" : $"completed {Percent(v)} of the courses before"),
        new("same course before", Monotone.Rising, static v => v <= 0 ? "takes it for the first time" : $"takes it for the {Wording.Ordinal((int)v + 1)} time"),
        new("courses at once", Monotone.Free, static v => $"{Times(v, "course", "courses")} at once"),
        new("complaints open", Monotone.Rising, static v => v <= 0 ? "no open complaint" : $"{Times(v, "complaint", "complaints")} of theirs open"),
        new("complaints about it", Monotone.Rising, static v => v <= 0 ? "no complaint about it" : $"complained about it {Times(v, "time", "times")}"),
        new("rating of it", Monotone.Falling, static v => double.IsNaN(v) ? "has not rated it" : $"rated it {Rating(v)} of 5"),
        new("instructor changed", Monotone.Rising, static v => v <= 0 ? "the instructor is the one announced" : "the instructor was changed"),
        new("balance due", Monotone.Rising, static v => v <= 0 ? "everything is paid" : "a balance is due"),
        new("paid by others", Monotone.Free, static v => v <= 0 ? "pays it themselves" : "somebody else pays"),
        new("online", Monotone.Free, static v => v <= 0 ? "a course in the room" : "a course online"),
    ];

    public static int Count => All.Count;

    /// <summary>Whether the chance of leaving is asked for this place at this moment: confirmed, on or about to begin, and not over.</summary>
    public static bool Applies(Registration r, SectionInfo? section, CivilZone zone, long at)
    {
        if (r.Status != RegistrationStatus.Confirmed || r.RefundAskedAt != 0 || section is null || section.CancelledAt is > 0 and var cancelled && cancelled <= at) return false;
        var (begins, over) = (section.BeginsAt(zone), section.OverAt(zone));
        return begins != long.MaxValue && over != long.MaxValue && over > at && begins - at <= LongestLead && r.ConfirmedAt <= at;
    }

    /// <summary>Places are looked at from a week before the course begins.</summary>
    public const long LongestLead = 7 * CivilZone.MicrosPerDay;

    /// <param name="values">As many as <see cref="Count"/>.</param>
    public static void Fill(PersonState s, Registration r, SectionInfo section, ProgramSnapshot p, long at, Span<double> values)
    {
        var begins = section.BeginsAt(p.Zone);
        var over = section.OverAt(p.Zone);
        var heard = r.AbsentRunning == 0 ? Math.Max(r.LastActivityAt, r.LastMeetingAt) : r.LastActivityAt;
        var meetings = 0;
        foreach (var meeting in section.Meetings)
        {
            if (meeting > at) break;
            meetings++;
        }

        int places = 0, left = 0, completed = 0, ended = 0, same = 0, load = 0;
        foreach (var other in s.Registrations)
        {
            if (other == r || other.ConfirmedAt > r.ConfirmedAt)
            {
                if (other != r && other.Status == RegistrationStatus.Confirmed && p.Section(other.Section) is { } running && running.OverAt(p.Zone) > at) load++;
                continue;
            }

            if (other.Status is RegistrationStatus.CancelledByUs or RegistrationStatus.Transferred) continue;
            places++;
            if (other.Course != 0 && other.Course == r.Course) same++;
            if (other.Status is RegistrationStatus.Dropped or RegistrationStatus.Withdrawn) left++;
            else if (other.Status == RegistrationStatus.Completed) completed++;
            else if (p.Section(other.Section) is { } concurrent && concurrent.OverAt(p.Zone) > at)
            {
                load++;
                continue;
            }

            ended++;
        }

        int open = 0, about = 0;
        foreach (var complaint in s.Complaints)
        {
            if (complaint.Open) open++;
            if (complaint.Section == r.Section && complaint.Section != 0) about++;
        }

        var weeks = Math.Max(1, (at - begins) / DayMicros / 7);
        values[0] = Math.Floor((at - begins) / DayMicros);
        values[1] = Math.Clamp((at - begins) / (double)Math.Max(1, over - begins), 0, 1);
        values[2] = Math.Round((over - begins) / DayMicros);
        values[3] = r.Present + r.Absent == 0 ? double.NaN : r.Present / (double)(r.Present + r.Absent);
        values[4] = r.Absent;
        values[5] = r.AbsentRunning;
        values[6] = Math.Max(0, meetings - r.Present - r.Absent);
        values[7] = at < begins ? 0 : heard == 0 ? double.NaN : Math.Max(0, Math.Floor((at - Math.Max(heard, begins)) / DayMicros));
        values[8] = r.Activities;
        values[9] = at < begins ? double.NaN : r.Activities / weeks;
        values[10] = r.Grades;
        values[11] = r.Grades == 0 ? double.NaN : r.GradeSum / 100.0 / r.Grades;
        values[12] = r.NotPassed;
        values[13] = Math.Floor((begins - r.ConfirmedAt) / DayMicros);
        values[14] = places;
        values[15] = left;
        values[16] = ended == 0 ? double.NaN : completed / (double)ended;
        values[17] = same;
        values[18] = load + 1;
        values[19] = open;
        values[20] = about;
        values[21] = r.Rating == 0 ? double.NaN : r.Rating;
        values[22] = section.InstructorChangedAt > r.ConfirmedAt && section.InstructorChangedAt <= at ? 1 : 0;
        values[23] = s.Money.Balance > 0 ? 1 : 0;
        values[24] = r.PaidByOther || r.PayerOrganisation != 0 ? 1 : 0;
        values[25] = section.Online ? 1 : 0;
    }
}
