using Experience.Domain.Assessments;
using Experience.Domain.Models.Gam;
using Experience.Domain.People;
using Experience.Domain.Programs;
using static Experience.Domain.Models.Risk.RiskFeature;

namespace Experience.Domain.Models.Risk;

/// <summary>
/// What is known on a day about how a person stands with us: what they are in, what they said, what is open, what we owe them. Read
/// from the state alone, and of the catalogue only the timetable, the mode and changes that had been made by then.
/// </summary>
public static class DissatisfactionFeatures
{
    private const double DayMicros = CivilZone.MicrosPerDay;
    private const long Year = 365 * CivilZone.MicrosPerDay;
    private const long HalfYear = 180 * CivilZone.MicrosPerDay;

    public static IReadOnlyList<RiskFeature> All { get; } =
    [
        new("current places", Monotone.Free, static v => v <= 0 ? "in no course now" : $"in {Times(v, "course", "courses")} now"),
        new("online places", Monotone.Free, static v => v <= 0 ? "in no course online" : $"in {Times(v, "course", "courses")} online"),
        new("course begins", Monotone.Free, static v => double.IsNaN(v) ? "no course begins or began lately" : v < 0 ? $"a course begins in {Days(-v)}" : $"a course began {Days(v)} ago"),
        new("days since registering", Monotone.Free, static v => double.IsNaN(v) ? "never registered" : $"registered {Days(v)} ago"),
        new("places in a year", Monotone.Free, static v => $"{Times(v, "course", "courses")} in a year"),
        new("lowest answer", Monotone.Falling, static v => double.IsNaN(v) ? "has not been asked in half a year" : $"the lowest answer was {Rating(v)} of 5"),
        new("mean answer", Monotone.Falling, static v => double.IsNaN(v) ? "has never answered" : $"answers of {v / 100:0.#} on average"),
        new("would recommend", Monotone.Falling, static v => double.IsNaN(v) ? "was not asked to recommend us" : $"would recommend us at {v:0} of 10"),
        new("easy", Monotone.Falling, static v => double.IsNaN(v) ? "was not asked how easy we are" : $"found us {Rating(v)} of 5 for easy"),
        new("complaints in a year", Monotone.Rising, static v => v <= 0 ? "no complaint in a year" : $"complained {Times(v, "time", "times")} in a year"),
        new("complaints open", Monotone.Rising, static v => v <= 0 ? "no open complaint" : $"{Times(v, "complaint", "complaints")} of theirs open"),
        new("past the clock", Monotone.Rising, static v => v <= 0 ? "no clock is over" : $"{Times(v, "complaint", "complaints")} past the clock"),
        new("slowest answer", Monotone.Rising, static v => double.IsNaN(v) ? "waited for no answer" : $"waited {Times(v, "hour", "hours")} for an answer"),
        new("promises late", Monotone.Rising, static v => v <= 0 ? "no promise is late" : $"{Times(v, "promise", "promises")} of ours late"),
        new("promises broken", Monotone.Rising, static v => v <= 0 ? "no promise broken" : $"we broke {Times(v, "promise", "promises")}"),
        new("refunds in a year", Monotone.Rising, static v => v <= 0 ? "no refund in a year" : $"asked for money back {Times(v, "time", "times")} in a year"),
        new("refunds because of us", Monotone.Rising, static v => v <= 0 ? "no refund because of us" : $"asked for money back because of us {Times(v, "time", "times")}"),
        new("cancelled by us", Monotone.Rising, static v => v <= 0 ? "we cancelled nothing of theirs" : $"we cancelled {Times(v, "course", "courses")} of theirs in a year"),
        new("changed course", Monotone.Rising, static v => v <= 0 ? "their courses run as announced" : "a course of theirs was changed"),
        new("absences running", Monotone.Rising, static v => v <= 0 ? "was there last time" : $"missed {Times(v, "meeting", "meetings")} running"),
        new("waiting", Monotone.Free, static v => v <= 0 ? "on no waiting list" : $"on {Times(v, "waiting list", "waiting lists")}"),
        new("delights", Monotone.Falling, static v => v <= 0 ? "nothing special done yet" : $"we did something special {Times(v, "time", "times")}"),
        new("days with us", Monotone.Free, static v => $"with us for {Days(v)}"),
    ];

    public static int Count => All.Count;

    /// <summary>Whoever registered within a year is looked at: of others nothing is expected, and little is known.</summary>
    public static bool Applies(PersonState s, long at)
    {
        for (var i = s.Registrations.Count - 1; i >= 0; i--)
        {
            if (at - s.Registrations[i].ConfirmedAt < Year) return true;
        }

        return false;
    }

    /// <param name="values">As many as <see cref="Count"/>.</param>
    public static void Fill(PersonState s, ProgramSnapshot p, long at, Span<double> values)
    {
        Places(s, p, at, values);
        Voice(s, at, values);
        Care(s, p, at, values);
        var waiting = 0;
        foreach (var wait in s.Waits)
        {
            if (wait.EndedAt == 0) waiting++;
        }

        values[20] = waiting;
        values[21] = s.Delights;
        values[22] = Math.Floor((at - s.FirstAt) / DayMicros);
    }

    private static void Places(PersonState s, ProgramSnapshot p, long at, Span<double> values)
    {
        int current = 0, online = 0, year = 0, cancelled = 0, changed = 0, absent = 0;
        double nearest = double.NaN, registered = double.NaN;
        foreach (var r in s.Registrations)
        {
            if (at - r.ConfirmedAt < Year) year++;
            registered = Math.Floor((at - r.ConfirmedAt) / DayMicros);
            if (r.Status == RegistrationStatus.CancelledByUs && at - r.StatusAt < Year) cancelled++;
            if (r.Status != RegistrationStatus.Confirmed || p.Section(r.Section) is not { } section) continue;
            var (begins, over) = (section.BeginsAt(p.Zone), section.OverAt(p.Zone));
            if (over == long.MaxValue || begins == long.MaxValue || over <= at) continue;
            current++;
            if (section.Online) online++;
            var days = Math.Floor((at - begins) / DayMicros);
            if (double.IsNaN(nearest) || Math.Abs(days) < Math.Abs(nearest)) nearest = days;
            if (section.InstructorChangedAt > r.ConfirmedAt && section.InstructorChangedAt <= at || section.RescheduledAt > r.ConfirmedAt && section.RescheduledAt <= at) changed = 1;
            absent = Math.Max(absent, r.AbsentRunning);
        }

        values[0] = current;
        values[1] = online;
        values[2] = nearest;
        values[3] = registered;
        values[4] = year;
        values[17] = cancelled;
        values[18] = changed;
        values[19] = absent;
    }

    private static void Voice(PersonState s, long at, Span<double> values)
    {
        double lowest = double.NaN, sum = 0, recommend = double.NaN, easy = double.NaN;
        var answers = 0;
        foreach (var answer in s.Answers)
        {
            if (answer.NpsPlusOne > 0) recommend = answer.NpsPlusOne - 1;
            if (answer.Easy > 0) easy = answer.Easy;
            var rating = RiskRules.Lowest(answer);
            if (rating == 0) continue;
            answers++;
            sum += rating;
            if (at - answer.Stamp.Time < HalfYear && !(rating >= lowest)) lowest = rating;
        }

        values[5] = lowest;
        values[6] = answers == 0 ? double.NaN : sum / answers;
        values[7] = recommend;
        values[8] = easy;
    }

    private static void Care(PersonState s, ProgramSnapshot p, long at, Span<double> values)
    {
        int year = 0, open = 0, past = 0;
        var slowest = double.NaN;
        foreach (var complaint in s.Complaints)
        {
            if (at - complaint.OpenedAt < Year)
            {
                year++;
                var answered = complaint.FirstAnswerAt == 0 ? at : complaint.FirstAnswerAt;
                var hours = Math.Floor((answered - complaint.OpenedAt) / (double)OfficeCalendar.Hour);
                if (!(hours <= slowest)) slowest = hours;
            }

            if (!complaint.Open) continue;
            open++;
            if (Clocks.Due(complaint, p) < at) past++;
        }

        var late = 0;
        foreach (var promise in s.Promises)
        {
            if (promise.Open && promise.DueAt < at) late++;
        }

        int refunds = 0, ours = 0;
        foreach (var refund in s.Refunds)
        {
            if (at - refund.At >= Year) continue;
            refunds++;
            if (refund.OurFault) ours++;
        }

        values[9] = year;
        values[10] = open;
        values[11] = past;
        values[12] = slowest;
        values[13] = late;
        values[14] = s.PromisesBroken;
        values[15] = refunds;
        values[16] = ours;
    }
}
