using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Cards;

/// <summary>What to say first, and the score with its reasons.</summary>
public static partial class CardBuilder
{
    private const int MaxReasons = 6;

    /// <summary>An overdue dissatisfier, then a promise due, a problem in a current section, a need, thanks.</summary>
    private static SayFirst? SayFirst(CardContext c, List<CurrentSection> sections, List<NeedView> needs)
    {
        var said = Dissatisfier(c) ?? Promise(c) ?? Problem(c, sections) ?? OtherFlag(c) ?? Need(needs) ?? Thanks(c);
        if (said is null || !c.Assessed.Row.Minor) return said;
        var guardians = string.Join(" or ", Guardians(c).Select(static g => g.Name));
        return said with { Because = $"Under 18: speak with {(guardians.Length > 0 ? guardians : "the guardian")}. {said.Because}" };
    }

    private static SayFirst? Dissatisfier(CardContext c)
    {
        OpenItem? first = null;
        foreach (var item in c.Assessed.Open)
        {
            if (item.Rule == RuleId.PastClock && (first is not { } f || item.Since < f.Since)) first = item;
        }

        if (first is not { } open) return null;
        return new SayFirst(
            "dissatisfier",
            ItemText.Words(open, c.State, c.Program, c.Input.Sections, c.Now),
            $"An answer was due {Wording.Instant(c.Program.Zone, open.Number, c.Now)}, {Wording.Duration(c.Now - open.Number)} ago.",
            ItemText.Receipt(open, c.Program, c.Input.Facts, c.Now));
    }

    private static SayFirst? Promise(CardContext c)
    {
        PromiseMade? first = null;
        foreach (var promise in c.State.Promises)
        {
            if (promise.Open && c.Program.Zone.Day(promise.DueAt) <= c.Today && (first is null || promise.DueAt < first.DueAt)) first = promise;
        }

        if (first is null) return null;
        var rule = Rules.Of(RuleId.Promise);
        var title = first.Title == 0 ? "to call" : $"“{c.Program.NameOf(first.Title)}”";
        foreach (var item in c.Assessed.Open)
        {
            if (item.Rule != RuleId.Promise || item.When != first.DueAt) continue;
            return new SayFirst("promise", ItemText.Words(item, c.State, c.Program, c.Input.Sections, c.Now),
                $"It was due {Wording.Instant(c.Program.Zone, first.DueAt, c.Now)}.", ItemText.Receipt(item, c.Program, c.Input.Facts, c.Now));
        }

        var who = first.Staff == 0 ? "We" : c.Program.NameOf(first.Staff);
        var words = $"{who} promised {title}. It is for today; I am seeing to it.";
        return new SayFirst("promise", words, $"Due {Wording.Instant(c.Program.Zone, first.DueAt, c.Now)}.", Receipt(c, rule, new Stamp(first.MadeAt, 0), title));
    }

    /// <summary>Flags about a section that is on, then what we changed about it, then what the section's sums prove.</summary>
    private static SayFirst? Problem(CardContext c, List<CurrentSection> sections)
    {
        foreach (var item in c.Assessed.Open)
        {
            if (item.Need || Settled(item) || item.Rule is not (RuleId.LowRating or RuleId.NoShow or RuleId.Attendance or RuleId.Refund or RuleId.WeCancelled)) continue;
            var current = item.Rule == RuleId.WeCancelled || c.State.Registrations.Exists(r => r.Section == item.Subject && c.Current(r));
            if (!current) continue;
            return Said(c, item, "section");
        }

        foreach (var section in sections)
        {
            if (section.Standing == Standing.None || section.Status is null) continue;
            var words = section.Status switch
            {
                "Instructor changed" => $"We changed your instructor in {section.Title}. That was our doing; how is it for you?",
                "Rescheduled" => $"We moved {section.Title} to another time. Does it still suit you?",
                "Section cancelled" or "We cancelled" => $"We cancelled {section.Title}. I am sorry; shall we find you another seat?",
                "Refund in progress" => $"Your refund for {section.Title} is in progress. Would another section suit? Your choice.",
                _ => $"We know that {section.Title} is not going well. What should we put right for you?",
            };
            return new SayFirst("section", words, $"{section.Title}: {ItemText.Lower(section.Status)}.", new RuleReceipt("section-problem", "Problem in a current section", c.Program.Policy.Version,
                "A section that the person is in was changed or cancelled by us, or its ratings or refunds are past the goal with their whole 95 % interval.", []));
        }

        return null;
    }

    private static SayFirst? OtherFlag(CardContext c)
    {
        OpenItem? best = null;
        foreach (var item in c.Assessed.Open)
        {
            if (item.Need || Settled(item)) continue;
            if (best is not { } b || item.High && !b.High || item.High == b.High && item.Since < b.Since) best = item;
        }

        return best is { } found ? Said(c, found, "section") : null;
    }

    private static SayFirst? Need(List<NeedView> needs)
    {
        foreach (var need in needs)
        {
            if (need.Held is null && need.Answer is null) return new SayFirst("need", need.Words, need.Detail.Length > 0 ? $"{need.Detail}." : $"{need.Title}.", need.Receipt);
        }

        return null;
    }

    private static SayFirst? Thanks(CardContext c)
    {
        var receipt = new RuleReceipt("thanks", "Thanks", c.Program.Policy.Version, "Nothing is open between us and the person: say thanks.", []);
        if (c.Assessed.Row.TermsKept >= 2 && c.Program.Terms.Named)
            return new SayFirst("thanks", $"This is your {Wording.Ordinal(c.Assessed.Row.TermsKept)} term with us. Thank you.", "Nothing is open.", receipt);
        return c.Assessed.Row.FirstPurchaseDay == 0
            ? new SayFirst("thanks", "Welcome. What would you like to learn?", "Nothing is open, and nothing was taken yet.", receipt)
            : new SayFirst("thanks", "Thank you for being with us.", "Nothing is open.", receipt);
    }

    private static bool Settled(in OpenItem item) => item.Answer is not null and not ReplyKind.Offered;

    private static SayFirst Said(CardContext c, in OpenItem item, string kind) => new(
        kind,
        ItemText.Words(item, c.State, c.Program, c.Input.Sections, c.Now),
        $"{ItemText.Title(item, c.Program)}: {ItemText.Detail(item, c.Program, c.Now)}.",
        ItemText.Receipt(item, c.Program, c.Input.Facts, c.Now));

    private static RuleReceipt Receipt(CardContext c, RuleDefinition rule, Stamp causing, string text)
    {
        var events = ItemText.Events(causing, c.Program, c.Input.Facts);
        if (events.Count == 0) events = [new EventReceipt(null, rule.Key, causing.Time / 1000, text)];
        return new RuleReceipt(rule.Key, rule.Title, c.Program.Policy.Version, rule.FormulaOf(c.Program.Policy[rule.Id]), events);
    }

    private static ScoreView Score(CardContext c, ScoreParts parts, List<ScoreFact> facts)
    {
        var weights = c.Program.Policy.Weights;
        ScoreGroup[] groups =
        [
            new("Satisfaction", Points(parts.Satisfaction), weights.Satisfaction),
            new("Effort and trust", Points(parts.Effort), weights.Effort),
            new("Engagement", Points(parts.Engagement), weights.Engagement),
            new("Loyalty", Points(parts.Loyalty), weights.Loyalty),
        ];
        var reasons = facts.Where(f => f.Points != 0).Take(MaxReasons).Select(f => Reason(c, f)).ToList();
        var trend = c.Input.PastScores.Select(p => p.Score is { } s ? s / 100.0 : (double?)null).ToList();
        ScoreChange? change = null;
        if (parts.Total >= 0)
        {
            // Against the newest past moment at which the score was known.
            for (var i = c.Input.PastScores.Count - 1; i >= 0 && change is null; i--)
            {
                if (c.Input.PastScores[i].Score is { } before) change = new ScoreChange((parts.Total - before) / 100.0, c.Input.PastScores[i].At / 1000);
            }

            trend.Add(parts.Total / 100.0);
        }

        return new ScoreView(parts.Total < 0 ? null : parts.Total / 100.0, groups, reasons, change, parts.Total < 0 ? null : MoveMost(c, facts), trend);
    }

    private static double? Points(int hundredths) => hundredths < 0 ? null : hundredths / 100.0;

    private static ScoreReason Reason(CardContext c, in ScoreFact fact)
    {
        var p = c.Program;
        var text = fact.Kind switch
        {
            ScoreFactKind.CourseRating => $"Rated {p.TitleOf(fact.Subject)} {Wording.Rating(fact.Number)} of 5",
            ScoreFactKind.ServiceRating => $"Rated our service {Wording.Rating(fact.Number)} of 5",
            ScoreFactKind.EffortAnswer => $"Found it {Wording.Rating(fact.Number)} of 5 easy",
            ScoreFactKind.OpenComplaint => "Complaint open" + About(p, fact.Subject),
            ScoreFactKind.ComplaintPast => "Complaint past the clock" + About(p, fact.Subject),
            ScoreFactKind.PromiseLate => "Promise late" + About(p, fact.Subject),
            ScoreFactKind.PromiseBroken => "Promise broken" + About(p, fact.Subject),
            ScoreFactKind.PromiseKept => "Promise kept" + About(p, fact.Subject),
            ScoreFactKind.RefundOurs => "Refund, our fault" + (fact.Subject == 0 ? "" : $": {p.TitleOf(fact.Subject)}"),
            ScoreFactKind.Delight => "More than was expected",
            ScoreFactKind.Attendance => $"Came to {fact.Number} of {fact.Of} meetings",
            ScoreFactKind.Completion => $"Completed {fact.Number} of {fact.Of}",
            ScoreFactKind.UsualTerms => $"Kept {fact.Number} of {fact.Of} usual terms",
            _ => $"Sent {Wording.Count(fact.Number, "person", "people")} to us",
        };
        var group = fact.Group switch
        {
            ScoreGroupId.Satisfaction => "Satisfaction",
            ScoreGroupId.Effort => "Effort and trust",
            ScoreGroupId.Engagement => "Engagement",
            _ => "Loyalty",
        };
        var events = fact.At == 0 ? [] : ItemText.Events(new Stamp(fact.At, 0), p, c.Input.Facts);
        if (events.Count == 0) events = [new EventReceipt(null, group, (fact.At == 0 ? c.Now : fact.At) / 1000, text)];
        return new ScoreReason(fact.Points / 100.0, text, group, new RuleReceipt("score", "Score", p.Policy.Version, FormulaOf(fact.Kind), events));
    }

    private static string About(ProgramSnapshot p, ulong subject) => subject == 0 ? "" : ": " + ItemText.Lower(p.NameOf(subject));

    private static string FormulaOf(ScoreFactKind kind) => kind switch
    {
        ScoreFactKind.CourseRating or ScoreFactKind.ServiceRating => "Mean of the ratings of 24 months, newer ones counting more (4, 3, 2, 1 for 90, 180, 365, 730 days); against a neutral 4 of 5.",
        ScoreFactKind.EffortAnswer => "Mean of easy, competent, pleasant and effort answers of 24 months, newer ones counting more; against a neutral 4 of 5.",
        ScoreFactKind.OpenComplaint => "4 points off while a complaint is open; put right, they come back.",
        ScoreFactKind.ComplaintPast => "9 points off while a complaint is past its clock; put right, they come back.",
        ScoreFactKind.PromiseLate => "5 points off while a promise is late.",
        ScoreFactKind.PromiseBroken => "6 points off for 180 days after a broken promise.",
        ScoreFactKind.PromiseKept => "2 points for a promise kept within 12 months.",
        ScoreFactKind.RefundOurs => "5 points off for 180 days after a refund that was our fault.",
        ScoreFactKind.Delight => "3 points when we did more than was expected within 12 months.",
        ScoreFactKind.Attendance or ScoreFactKind.Completion => "Meetings attended of 12 months, and sections completed of 24 counting twice; against a neutral three quarters.",
        ScoreFactKind.UsualTerms => "Terms kept of the last four of the person's own seasons; against a neutral three quarters.",
        _ => "2 points for sending somebody to us.",
    };

    /// <summary>The largest loss that somebody can do something about.</summary>
    private static string? MoveMost(CardContext c, List<ScoreFact> facts)
    {
        foreach (var fact in facts)
        {
            if (fact.Points >= 0) continue;
            var gain = $"+{Math.Round(-fact.Points / 100.0):0}";
            switch (fact.Kind)
            {
                case ScoreFactKind.ComplaintPast or ScoreFactKind.OpenComplaint:
                    return $"Put the complaint right: {gain}";
                case ScoreFactKind.PromiseLate:
                    return $"Keep the promise: {gain}";
                case ScoreFactKind.CourseRating:
                    return $"A better experience in {c.Program.TitleOf(fact.Subject)}: up to {gain}";
                case ScoreFactKind.ServiceRating or ScoreFactKind.EffortAnswer:
                    return $"Make it easier to deal with us: up to {gain}";
                case ScoreFactKind.Attendance:
                    return $"Help with coming to the meetings: up to {gain}";
            }
        }

        return null;
    }
}
