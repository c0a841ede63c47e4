using System.Globalization;
using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.Models.Learning;
using Experience.Domain.Models.Needs;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Cards;

/// <summary>What the person may need: rules that hold, and what is computed when the card is opened; ordered by what is learned from answers.</summary>
public static partial class CardBuilder
{
    /// <summary>An own answer says more of a person than one of somebody like the person.</summary>
    private const double OwnAnswer = 2;

    private sealed record RankedNeed(NeedView View, double Index, long Value);

    /// <summary>
    /// Service comes before offers, and what the person lacks before what others went on to; then benefit to the person × acceptance as drawn for this
    /// person and fortnight (Thompson sampling); value only breaks ties, and then what waits longest comes first.
    /// </summary>
    private static List<NeedView> Needs(CardContext c)
    {
        var ranking = new NeedRanking(c);
        var needs = new List<RankedNeed>();
        foreach (var item in c.Assessed.Open)
        {
            // Whether a seat is left is known to the card alone.
            if (!item.Need || item.Rule == RuleId.DeliveryMode && item.Answer is null && ModeNeed.Other(c.Program.Section(item.Subject), c.Program, c.Now, c.Input.Sections) is null) continue;
            needs.Add(new RankedNeed(
                new NeedView(
                    Rules.Of(item.Rule).Key, item.CauseText, ItemText.Title(item, c.Program), ItemText.Detail(item, c.Program, c.Now), ItemText.Words(item, c.State, c.Program, c.Input.Sections, c.Now),
                    item.Service, item.Since / 1000, Answer(item), Held(c, ranking, item.Rule, item.Service, item.Answer is not null), ranking.With(ItemText.Receipt(item, c.Program, c.Input.Facts, c.Now), item.Rule)),
                ranking.IndexOf(item.Rule, item.Rule == RuleId.Certificate ? c.Program.Section((ulong)item.When) : null), 0));
        }

        if (ranking.Model is { } model) NextCourses(c, ranking, model, needs);

        // As the assessment asked it for what it raises: what is computed with the card is asked here.
        var (service, offers) = (c.Program.Policy.Consent.May(c.State.Profile, ConsentPurpose.Service), c.Program.Policy.Consent.May(c.State.Profile, ConsentPurpose.Offers));
        return [.. needs
            .Where(n => n.View.Service ? service : offers)
            .OrderBy(n => n.View.Answer is "accepted" or "declined")
            .ThenByDescending(n => n.View.Service)
            .ThenBy(n => n.View.Rule == Rules.Of(RuleId.NextOffering).Key)
            .ThenByDescending(n => Math.Round(n.Index, 2))
            .ThenByDescending(n => n.Value)
            .ThenBy(n => n.View.Since)
            .Take(c.Program.Policy.Offers.Needs)
            .Select(n => n.View)];
    }

    private static void NextCourses(CardContext c, NeedRanking ranking, NeedsModel model, List<RankedNeed> needs)
    {
        var rule = c.Program.Policy[RuleId.NextOffering];
        if (!rule.Enabled) return;
        // A course that a certificate lacks is named by its own rule.
        var named = c.Assessed.Open.Where(i => i.Rule == RuleId.Certificate).Select(i => c.Program.Section((ulong)i.When)?.Course ?? 0).ToHashSet();
        var ranked = NextOfferings.Rank(c.State, c.Program, c.Assessed, c.Input.Sections, model, ranking.Seed, course => named.Contains(course) || ranking.Declined(course, rule[0]));
        foreach (var offered in ranked)
        {
            if (needs.Count(n => n.View.Rule == Rules.Of(RuleId.NextOffering).Key) == rule[1]) break;
            if (!ranking.Open(RuleId.NextOffering, offered.Cause, out var answer)) continue;
            var title = OfferingReason.TitleOf(offered.Section.Course, c.Program);
            var why = OfferingReason.Of(offered, c.State, c.Program, c.Assessed, model);
            var numbers = ranking.Numbers(RuleId.NextOffering);
            var benefit = model.BenefitOf(offered.Item);
            var answers = model.Answers.OfCourse(model.Courses[offered.Item], ranking.Segment);
            numbers.Insert(0, $"{why[..1].ToUpperInvariant()}{why[1..]}.");
            numbers.Insert(1, $"Chance of being the next course among those open: {Percent(offered.Chance)}.");
            numbers.Insert(2, $"Benefit {Percent(offered.Benefit)}: {benefit.Good} of {benefit.Ended} places of the course were completed, not refunded and, where rated, rated 4 or better; shrunk to the segment.");
            numbers.Insert(3, answers.Asked == 0 ? $"Nobody of {ranking.SegmentTitle} has answered about this course yet." : $"{answers.Accepted} of {answers.Asked} of {ranking.SegmentTitle} said yes to this course.");
            if (offered.Explored) numbers.Add("Named by lot, as for one person in fifty, so that answers about every course come in.");
            needs.Add(new RankedNeed(
                ranking.View(RuleId.NextOffering, offered.Cause, $"Next course: {title}", $"{offered.Section.Title} starts {Wording.Day(offered.Section.Starts, c.Today)}; {why}",
                    Said(rule, title, "", ""), Math.Max(c.Program.Zone.StartOfDay(offered.Term.Opens), offered.Section.PublishedAt), answer, numbers),
                // The floor of exploration holds against other offers too.
                offered.Explored ? 1 : offered.Index, offered.Section.Fee));
        }
    }

    private static string Said(RuleSettings rule, string about, string when, string hours) =>
        rule.Words.Replace("{about}", about, StringComparison.Ordinal).Replace("{when}", when, StringComparison.Ordinal).Replace("{hours}", hours, StringComparison.Ordinal);

    private static string Percent(double share) => (share * 100).ToString("0", CultureInfo.InvariantCulture) + " %";

    private static string? Answer(in OpenItem item) => item.Answer?.ToString().ToLowerInvariant();

    /// <summary>Why an offer waits: the channel, one offer a transaction, one outreach a fortnight, a better moment. A service to the person never waits.</summary>
    private static string? Held(CardContext c, NeedRanking ranking, RuleId rule, bool service, bool answered)
    {
        const int refund = 1;
        if (service || answered) return null;
        var limits = c.Program.Policy.Offers;
        if (!c.Program.Policy.Consent.May(c.State.Profile, ConsentPurpose.Offers, ConsentRules.Counter)) return "Held: no offers at the counter.";
        if (c.State.Transaction is { } transaction)
        {
            if (transaction.Kind == refund) return "Held: one offer a transaction, after the refund.";
            var made = c.State.Replies.Count(r => r.Transaction == transaction.Key && r.Kind != ReplyKind.Acknowledged);
            if (made >= limits.PerTransaction) return "Held: one offer a transaction.";
        }

        if (c.State.LastOutreachAt != 0)
        {
            var day = c.Program.Zone.Day(c.State.LastOutreachAt);
            if (c.Today - day < limits.EveryDays) return $"Held: one outreach in {limits.EveryDays} days; the last was {Wording.Day(day, c.Today)}.";
        }

        return ranking.BetterMoment(rule);
    }

    /// <summary>What is learned of answers, for one person on one day.</summary>
    private sealed class NeedRanking
    {
        private const int FortnightDays = 14;

        private readonly CardContext _c;
        private readonly AskTiming _timing;

        public NeedRanking(CardContext c)
        {
            _c = c;
            Model = c.Program.Models.Of<NeedsModel>(ModelKinds.Needs);
            var now = CourseHistory.Read(c.State, c.Program, c.Now, Courses);
            (Segment, _timing) = NeedMoment.Of(Courses, now, c.Today, c.State.Transaction is not null);
            Seed = c.Input.Keys.Count == 0 ? 0 : SipHash.Name($"{c.Input.Keys[0].Source} {c.Input.Keys[0].Key}");
        }

        public NeedsModel? Model { get; }

        public List<CourseTaking> Courses { get; } = [];

        public int Segment { get; }

        public string SegmentTitle => _c.Program.Segments.All[SegmentSet.MarketFirst + Segment].Title;

        /// <summary>The same on every engine, as the person's key at its source is.</summary>
        public ulong Seed { get; }

        /// <summary>Benefit × acceptance. Without a model nothing is drawn: the person's own answers decide, and nothing known is a half.</summary>
        public double IndexOf(RuleId rule, SectionInfo? section)
        {
            var (accepted, declined) = Own(rule);
            if (Model is null) return (accepted + 1.0) / (accepted + declined + 2);
            var (a, b) = Model.Answers.Posterior(rule, Segment, _timing);
            var draw = new BetaDraw(OpenItem.CauseOf(rule, Seed, _c.Today / FortnightDays));
            var item = section is null ? -1 : Model.IndexOf(section.Course);
            return (item < 0 ? 1 : Model.BenefitRate(item, Segment)) * draw.Beta(a + OwnAnswer * accepted, b + OwnAnswer * declined);
        }

        /// <summary>Whether a need that is computed with the card is to be shown, and its answer: what was accepted or declined leaves a day later.</summary>
        public bool Open(RuleId rule, ulong cause, out ReplyKind? answer)
        {
            answer = null;
            if (_c.State.Replies.Count == 0) return true;
            var (ruleHash, causeHash) = (Rules.Of(rule).Hash, SipHash.Name(OpenItem.Text(cause)));
            for (var i = _c.State.Replies.Count - 1; i >= 0; i--)
            {
                var reply = _c.State.Replies[i];
                if (reply.Rule != ruleHash || reply.Cause != causeHash || reply.At > _c.Now) continue;
                answer = reply.Kind;
                return reply.Kind == ReplyKind.Offered || reply.At + Assessor.AnswerShown > _c.Now;
            }

            return true;
        }

        /// <summary>Whether the person declined the course, in whichever term, within the days.</summary>
        public bool Declined(ulong course, int days)
        {
            var rule = Rules.Of(RuleId.NextOffering).Hash;
            HashSet<ulong>? causes = null;
            foreach (var reply in _c.State.Replies)
            {
                // A fresh answer stays in sight for a day.
                if (reply.Rule != rule || reply.Kind != ReplyKind.Declined || reply.At > _c.Now || reply.At + Assessor.AnswerShown > _c.Now || _c.Today - _c.Program.Zone.Day(reply.At) >= days) continue;
                causes ??= [.. _c.Program.Terms.All.Where(t => Math.Abs(t.Starts - _c.Today) <= days + DayContext.Year).Select(t => SipHash.Name(OpenItem.Text(NextOfferings.CauseOf(course, t))))];
                if (causes.Contains(reply.Cause)) return true;
            }

            return false;
        }

        public string? BetterMoment(RuleId rule)
        {
            if (Model?.Answers.BetterMoment(rule, Segment, _timing) is not { } better) return null;
            var now = Model.Answers.Of(rule, Segment, _timing);
            return $"Held: {better.Then.Accepted} of {better.Then.Asked} said yes {Words(better.Timing)}, {now.Accepted} of {now.Asked} {Words(_timing)}.";
        }

        /// <summary>What answers say of a rule, for the receipt.</summary>
        public List<string> Numbers(RuleId rule)
        {
            if (Model is null) return [];
            var all = Model.Answers.Of(rule, Segment);
            var now = Model.Answers.Of(rule, Segment, _timing);
            return [all.Asked == 0
                ? $"Nobody of {SegmentTitle} has answered a need like this yet."
                : $"{all.Accepted} of {all.Asked} of {SegmentTitle} said yes to needs like this; {Words(_timing)} {now.Accepted} of {now.Asked}."];
        }

        /// <summary>A rule's receipt with what answers say of it.</summary>
        public RuleReceipt With(RuleReceipt receipt, RuleId rule) => receipt with { Events = [.. receipt.Events, .. Receipts(rule, Numbers(rule))] };

        public NeedView View(RuleId rule, ulong cause, string title, string detail, string words, long since, ReplyKind? answer, List<string> numbers)
        {
            var definition = Rules.Of(rule);
            var receipt = new RuleReceipt(definition.Key, definition.Title, _c.Program.Policy.Version, definition.FormulaOf(_c.Program.Policy[rule]), Receipts(rule, numbers));
            return new NeedView(
                definition.Key, OpenItem.Text(cause), title, detail, words, definition.Service, since / 1000, answer?.ToString().ToLowerInvariant(), Held(_c, this, rule, definition.Service, answer is not null), receipt);
        }

        private List<EventReceipt> Receipts(RuleId rule, List<string> numbers)
        {
            var at = (_c.Program.Models.Find(ModelKinds.Needs)?.FittedAt ?? _c.Now) / 1000;
            return [.. numbers.Select(text => new EventReceipt(null, Rules.Of(rule).Key, at, text))];
        }

        private (int Accepted, int Declined) Own(RuleId rule)
        {
            int accepted = 0, declined = 0;
            foreach (var reply in _c.State.Replies)
            {
                if (reply.Rule != Rules.Of(rule).Hash) continue;
                if (reply.Kind == ReplyKind.Accepted) accepted++;
                else if (reply.Kind == ReplyKind.Declined) declined++;
            }

            return (accepted, declined);
        }

        private static string Words(AskTiming timing) => timing switch
        {
            AskTiming.AtTheDesk => "at the desk",
            AskTiming.JustRegistered => "within a month of registering",
            AskTiming.ThisHalfYear => "within half a year of registering",
            _ => "later",
        };
    }
}
