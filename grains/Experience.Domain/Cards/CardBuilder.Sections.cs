using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Cards;

/// <summary>Places, waiting lists, money back and what the desk may decide.</summary>
public static partial class CardBuilder
{
    private const int MaxChoices = 3;

    private static List<CurrentSection> CurrentSections(CardContext c)
    {
        var views = new List<CurrentSection>();
        foreach (var r in c.State.Registrations)
        {
            var ours = r.Status == RegistrationStatus.CancelledByUs && c.Today - c.Program.Zone.Day(r.StatusAt) < c.Program.Policy[RuleId.WeCancelled][1]
                && !c.State.Registrations.Exists(o => o != r && o.Kept && o.ConfirmedAt >= r.StatusAt);
            if (ours || c.Current(r)) views.Add(View(c, r));
        }

        // What meets next comes first; what has no meeting left comes last.
        views.Sort((a, b) => (a.NextMeeting ?? a.Starts ?? long.MaxValue).CompareTo(b.NextMeeting ?? b.Starts ?? long.MaxValue));
        return views;
    }

    private static CurrentSection View(CardContext c, Registration r)
    {
        var section = c.Program.Section(r.Section);
        long? next = null;
        foreach (var meeting in section?.Meetings ?? [])
        {
            if (meeting <= c.Now) continue;
            next = meeting / 1000;
            break;
        }

        var begins = section?.BeginsAt(c.Program.Zone) ?? long.MaxValue;
        var (status, standing) = StatusOf(c, r, section);
        var recorded = r.Present + r.Absent;
        return new CurrentSection(
            section?.Key ?? c.Program.NameOf(r.Section),
            c.Program.TitleOf(r.Section),
            status,
            standing,
            next,
            begins != long.MaxValue && begins > c.Now ? begins / 1000 : null,
            section?.Room,
            section is { Mode: >= 0 } ? Fields.Mode.Codes[section.Mode] : null,
            section is null || section.Instructor == 0 ? null : c.Program.NameOf(section.Instructor),
            section is not null && section.InstructorChangedAt > r.ConfirmedAt ? section.InstructorChangedAt / 1000 : null,
            recorded > 0 ? r.Present : null,
            recorded > 0 ? recorded : null,
            Choices(c, r));
    }

    private static (string? Status, Standing Standing) StatusOf(CardContext c, Registration r, SectionInfo? section)
    {
        const int refund = 1;
        if (r.Status == RegistrationStatus.CancelledByUs) return ("We cancelled", Standing.Bad);
        if (c.State.Transaction is { Kind: refund } open && open.Section == r.Section || r.RefundAskedAt != 0 && r.Refunded == 0) return ("Refund in progress", Standing.Watch);
        if (section is null) return (null, Standing.None);
        if (section.Cancelled) return ("Section cancelled", Standing.Bad);
        if (Proven(c, section.Hash) is { } problem) return (problem, Standing.Bad);
        if (section.InstructorChangedAt > r.ConfirmedAt) return ("Instructor changed", Standing.Watch);
        return section.RescheduledAt > r.ConfirmedAt ? ("Rescheduled", Standing.Watch) : (null, Standing.None);
    }

    /// <summary>A problem that the whole section has, by proof and not by a few chance answers; null when there is none.</summary>
    internal static string? Proven(CardContext c, ulong section)
    {
        if (c.Input.Sections is not { } sections) return null;
        var sums = sections[section];
        var goals = c.Program.Policy.Goals;
        if (Statistics.RatingsProveProblem(sums.Ratings, sums.RatingSum, sums.RatingSquares, goals.Service))
            return $"Rated {Wording.Rating((sums.RatingSum / sums.Ratings + 5) / 10 * 10)} of 5, n = {sums.Ratings}";
        return Statistics.RefundsProveProblem(sums.Refunds, sums.Registered, goals.RefundRate)
            ? $"{sums.Refunds} of {sums.Registered} asked for refunds"
            : null;
    }

    private static List<SectionChoice> Choices(CardContext c, Registration r)
    {
        var own = c.Program.Section(r.Section);
        var course = r.Course != 0 ? r.Course : own?.Course ?? 0;
        if (course == 0 || c.Input.Sections is not { } sums) return [];
        var missed = own is null ? 0 : Begun(c, own);
        var open = new List<(SectionInfo Section, int Seats)>();
        foreach (var other in c.Program.SectionsOfCourse(course))
        {
            // One that is on is a choice as long as it is no further than the section that is left.
            if (other.Hash == r.Section || other.OverAt(c.Program.Zone) <= c.Now || other.BeginsAt(c.Program.Zone) == long.MaxValue || Begun(c, other) > missed) continue;
            var seats = other.Capacity - sums[other.Hash].Seats;
            if (seats > 0 && !c.State.Registrations.Exists(o => o.Section == other.Hash && o.Kept)) open.Add((other, seats));
        }

        // Another term is a choice only when this one has none.
        if (own is { Term: not 0 } && open.Exists(o => o.Section.Term == own.Term)) open.RemoveAll(o => o.Section.Term != own.Term);
        return [.. open.Take(MaxChoices).Select(o => new SectionChoice(o.Section.Key, o.Section.Title, o.Section.Meets, o.Seats))];
    }

    private static int Begun(CardContext c, SectionInfo section) =>
        section.Meetings.Count > 0 ? section.Meetings.Count(m => m <= c.Now) : section.BeginsAt(c.Program.Zone) <= c.Now ? 1 : 0;

    private static List<WaitView> Waits(CardContext c)
    {
        var views = new List<WaitView>();
        foreach (var wait in c.State.Waits)
        {
            if (wait.EndedAt != 0) continue;
            var (other, day) = ItemText.RoomElsewhere(wait.Section, c.Program, c.Input.Sections, c.Now);
            var note = wait.OfferedAt != 0 ? "A seat was offered." : other is not null ? $"{other.Title} has room, {day}." : "No other section with room yet.";
            var waiting = Math.Max(c.Input.Sections?[wait.Section].Waiting ?? 0, Math.Max(1, wait.Place));
            views.Add(new WaitView(c.Program.Section(wait.Section)?.Key ?? c.Program.NameOf(wait.Section), c.Program.TitleOf(wait.Section), wait.Place == 0 ? null : wait.Place, waiting, wait.Since / 1000, note));
        }

        return views;
    }

    /// <summary>
    /// The place whose money the person is most likely here about: the open transaction's, else one that we changed, else the next to
    /// meet. The policy's line is chosen by how many meetings have begun.
    /// </summary>
    private static RefundView? Refundable(CardContext c)
    {
        Registration? chosen = null;
        var chosenNext = long.MaxValue;
        foreach (var r in c.State.Registrations)
        {
            if (!c.Current(r) || r.Paid - r.Refunded <= 0 || Line(c, r).Percent == 0 && !Ours(c, r)) continue;
            var next = c.State.Transaction?.Section == r.Section ? long.MinValue : Ours(c, r) ? 0 : NextMeeting(c, r);
            if (chosen is not null && next >= chosenNext) continue;
            (chosen, chosenNext) = (r, next);
        }

        if (chosen is null) return null;
        var paid = chosen.Paid - chosen.Refunded;
        var (percent, text) = Line(c, chosen);
        // Rounded down to the minor unit: a refund never exceeds what its line says.
        var amount = paid * percent / 100;
        var currency = c.Program.Policy.Currency;
        var line = percent == 100 ? $"{text}: 100 %, {Wording.Money(amount, currency)}" : $"{text}: {percent} %, {Wording.Money(amount, currency)} of {Wording.Money(paid, currency)}";
        var ours = Ours(c, chosen) && c.Program.Policy.Desk.FullRefundWhenOurs && percent < 100;
        return new RefundView(
            amount,
            c.Program.Section(chosen.Section)?.Key ?? c.Program.NameOf(chosen.Section),
            c.Program.TitleOf(chosen.Section),
            line,
            ours ? $"Our change: you may give 100 %, {Wording.Money(paid, currency)}" : null,
            ours ? paid : null,
            chosen.Key == chosen.Section ? null : JourneyFact.Spell(c.Input.Facts, Fields.Registration, chosen.Key));
    }

    private static (int Percent, string Text) Line(CardContext c, Registration r)
    {
        var begun = 0;
        if (c.Program.Section(r.Section) is { } section)
        {
            begun = Begun(c, section);
            if (section.Meetings.Count == 0 && begun > 0) begun = Math.Max(1, r.Present + r.Absent);
        }
        else begun = r.Present + r.Absent;

        foreach (var line in c.Program.Policy.Refunds)
        {
            if (begun < line.BeforeMeeting) return (line.Percent, $"Before {Wording.Ordinal(line.BeforeMeeting)} meeting");
        }

        return (0, $"After {Wording.Count(begun, "meeting", "meetings")}");
    }

    /// <summary>We changed what the person had bought.</summary>
    private static bool Ours(CardContext c, Registration r) =>
        r.OurFault || c.Program.Section(r.Section) is { } s && (s.InstructorChangedAt > r.ConfirmedAt || s.RescheduledAt > r.ConfirmedAt || s.Cancelled);

    private static long NextMeeting(CardContext c, Registration r)
    {
        foreach (var meeting in c.Program.Section(r.Section)?.Meetings ?? [])
        {
            if (meeting > c.Now) return meeting;
        }

        return long.MaxValue - 1;
    }

    private static Decision Decide(CardContext c, RefundView? refundable, List<CurrentSection> sections)
    {
        var powers = c.Program.Policy.Desk;
        var currency = c.Program.Policy.Currency;
        var parts = new List<string>();
        if (refundable is not null)
        {
            var amount = refundable.OurAmount ?? refundable.Amount;
            var kind = refundable.OurAmount is not null || refundable.Line.Contains("100 %", StringComparison.Ordinal) ? "full refund" : "refund";
            if (amount > 0 && (refundable.OurAmount is not null || amount <= powers.FullRefundUpTo)) parts.Add($"{kind} of {Wording.Money(amount, currency)}");
            else if (amount > 0) parts.Add($"refund up to {Wording.Money(powers.FullRefundUpTo, currency)} of the {Wording.Money(amount, currency)}");
        }

        // A move instead of the refund, so of the same section; without a refund, of the first that could move.
        var move = sections.FirstOrDefault(s => s.CouldMove.Count > 0 && (refundable is null || s.Section == refundable.Section));
        if (powers.FreeTransfer && move is not null)
        {
            var to = move.CouldMove[0];
            parts.Add($"a free move to {to.Title} ({(to.Meets is null ? "" : to.Meets + ", ")}{Wording.Count(to.Seats, "seat", "seats")})");
        }

        if (parts.Count == 0 && powers.CreditUpTo > 0) parts.Add($"credit up to {Wording.Money(powers.CreditUpTo, currency)} to put something right");
        var text = parts.Count == 0 ? "Nothing without approval." : Capital(string.Join(", or ", parts)) + ". No approval needed.";
        return new Decision(text,
        [
            new DeskAction("R", refundable is { Amount: > 0 } ? $"Refund {Wording.Money(refundable.Amount, currency)}" : "Refund", refundable is not null, refundable is null ? "Nothing may be refunded today." : null),
            new DeskAction("T", "Transfer", sections.Count > 0, sections.Count == 0 ? "No current section." : null),
            new DeskAction("C", "Complaint", true, null),
            new DeskAction("P", "Promise", true, null),
            new DeskAction("H", "Hide", true, null),
        ]);
    }

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
