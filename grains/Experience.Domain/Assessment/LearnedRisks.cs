using System.Runtime.InteropServices;
using Experience.Domain.Models.Risk;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Assessments;

/// <summary>
/// Flags of what was learned from the program's history: the chance is looked up for each place, or person, that the question applies to, and raised
/// when it is among the highest that staff have time for. A rule that stands for the same thing stays alone: it says more plainly what is wrong.
/// </summary>
internal static class LearnedRisks
{
    /// <summary>A chance is kept in ten-thousandths.</summary>
    private const int Unit = 10_000;

    public static bool Is(RuleId rule) => rule is RuleId.Withdrawal or RuleId.Dissatisfaction or RuleId.Lapse;

    /// <summary>The additive model behind a flag; null for rules, and for lapse.</summary>
    public static RiskInForce? InForce(RuleId rule, ProgramSnapshot p) => rule switch
    {
        RuleId.Withdrawal => p.Models.Withdrawal,
        RuleId.Dissatisfaction => p.Models.Dissatisfaction,
        _ => null,
    };

    public static void Run(PersonState s, ProgramSnapshot p, Assessed a)
    {
        if (p.Models.Lapse is { } lapse) LapseRule.Run(s, p, a, lapse);
        if (s.Registrations.Count == 0) return;
        if (p.Models.Withdrawal is { } withdrawal) Withdrawal(s, p, a, withdrawal);
        if (p.Models.Dissatisfaction is { } dissatisfaction) Dissatisfaction(s, p, a, dissatisfaction);
    }

    /// <summary>The end of the civil day: a chance moves with facts and at midnight, and not with the hour.</summary>
    private static long MomentOf(Assessed a) => a.Day.EndsAt - 1;

    private static void Withdrawal(PersonState s, ProgramSnapshot p, Assessed a, RiskInForce learned)
    {
        var rule = p.Policy[RuleId.Withdrawal];
        if (!rule.Enabled) return;
        Span<double> values = stackalloc double[WithdrawalFeatures.Count];
        var at = MomentOf(a);
        for (var i = 0; i < s.Registrations.Count; i++)
        {
            var r = s.Registrations[i];
            if (r.Status != RegistrationStatus.Confirmed || a.Places[i].Section is not { } section) continue;
            if (!WithdrawalFeatures.Applies(r, section, p.Zone, at)) continue;
            WithdrawalFeatures.Fill(s, r, section, p, at, values);
            var chance = learned.Risk.Chance(values);
            Note(a, RuleId.Withdrawal, chance);
            if (chance < learned.Risk.ThresholdFor(p.Policy.Alerts, rule[0] / 100.0) || Stands(a, r.Section)) continue;
            var since = Math.Min(a.AsOf.Instant, Math.Max(r.ConfirmedAt, Math.Max(r.LastMeetingAt, r.LastActivityAt)));
            Raise(s, a, learned, RuleId.Withdrawal, r.Section, r.Key == r.Section ? 0 : (long)r.Key, since, r.Section, chance, values);
        }
    }

    private static void Dissatisfaction(PersonState s, ProgramSnapshot p, Assessed a, RiskInForce learned)
    {
        var rule = p.Policy[RuleId.Dissatisfaction];
        var at = MomentOf(a);
        if (!rule.Enabled || !DissatisfactionFeatures.Applies(s, at)) return;
        Span<double> values = stackalloc double[DissatisfactionFeatures.Count];
        DissatisfactionFeatures.Fill(s, p, at, values);
        var chance = learned.Risk.Chance(values);
        Note(a, RuleId.Dissatisfaction, chance);
        if (chance < learned.Risk.ThresholdFor(p.Policy.Alerts, rule[0] / 100.0) || Unhappy(a)) return;
        // One cause in sixty days, counted from the person's first: not everybody's on one day.
        var period = (a.Day.Day - p.Zone.Day(s.FirstAt)) / DissatisfactionRows.Window;
        Raise(s, a, learned, RuleId.Dissatisfaction, 0, period, s.Last.Time, 0, chance, values);
    }

    /// <summary>
    /// A flag that only a new version of a model brought is shown, and alerts nobody: an alert needs something heard of the person since that
    /// version, so that switching is no storm.
    /// </summary>
    private static void Raise(
        PersonState s, Assessed a, RiskInForce learned, RuleId rule, ulong about, long period, long since, ulong subject, double chance, ReadOnlySpan<double> values)
    {
        Span<int> reasons = stackalloc int[LearnedRisk.MostReasons];
        var count = learned.Risk.Reasons(values, reasons);
        long packed = 0;
        for (var i = count - 1; i >= 0; i--) packed = packed << ReasonBits | Pack(reasons[i], values[reasons[i]]);
        RiskRules.Raise(a, rule, about, period, high: false, since, s.Last, subject, (long)Math.Round(chance * Unit), packed);
        if (s.Last.Time >= learned.FittedAt) return;
        ref var item = ref CollectionsMarshal.AsSpan(a.Open)[^1];
        if (item.Rule == rule) item.Alert = false;
    }

    internal static void Note(Assessed a, RuleId rule, double chance)
    {
        var kept = (ushort)Math.Round(chance * Unit);
        if (kept <= a.Row.Chance) return;
        a.Row.Chance = kept;
        a.Row.ChanceOf = (byte)rule;
    }

    private static bool Stands(Assessed a, ulong section)
    {
        foreach (var item in a.Open)
        {
            if (item.Rule is RuleId.NoShow or RuleId.Attendance && item.Subject == section) return true;
        }

        return false;
    }

    private static bool Unhappy(Assessed a)
    {
        foreach (var item in a.Open)
        {
            if (item.Rule is RuleId.LowRating or RuleId.PastClock or RuleId.Promise or RuleId.Refund) return true;
        }

        return false;
    }

    /// <summary>What the highest chance is of, and why, whether a flag was raised for it or not. For lists, where allocating is fine.</summary>
    public static string Why(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var at = MomentOf(a);
        if (a.Row.ChanceOf == (byte)RuleId.Lapse)
        {
            var lapse = a.Open.Find(static item => item.Rule == RuleId.Lapse);
            return lapse.Cause == 0 ? "" : $"{Rules.Of(RuleId.Lapse).Title}: {LapseRule.Detail(lapse, p, a.AsOf.Instant)}";
        }

        if (a.Row.ChanceOf == (byte)RuleId.Dissatisfaction && p.Models.Dissatisfaction is { } dissatisfaction)
        {
            var values = new double[DissatisfactionFeatures.Count];
            DissatisfactionFeatures.Fill(s, p, at, values);
            return $"{Rules.Of(RuleId.Dissatisfaction).Title}: {Because(dissatisfaction, values)}";
        }

        if (p.Models.Withdrawal is not { } withdrawal) return "";
        foreach (var r in s.Registrations)
        {
            if (p.Section(r.Section) is not { } section || !WithdrawalFeatures.Applies(r, section, p.Zone, at)) continue;
            var values = new double[WithdrawalFeatures.Count];
            WithdrawalFeatures.Fill(s, r, section, p, at, values);
            if ((ushort)Math.Round(withdrawal.Risk.Chance(values) * Unit) == a.Row.Chance) return $"{Rules.Of(RuleId.Withdrawal).Title}: {section.Title}, {Because(withdrawal, values)}";
        }

        return "";
    }

    private static string Because(RiskInForce learned, double[] values)
    {
        var reasons = new int[LearnedRisk.MostReasons];
        var count = learned.Risk.Reasons(values, reasons);
        return count == 0 ? NothingSingle : string.Join(", ", reasons.Take(count).Select(i => learned.Risk.Features[i].Say(values[i])));
    }

    private const string NothingSingle = "nothing single: the whole picture";

    // A reason in 32 bits: the feature's place + 1 in the upper 8, the value in hundredths in the lower 24, its least for "not measured".
    private const int ReasonBits = 32;
    private const int ValueBits = 24;
    private const int NotMeasured = -(1 << (ValueBits - 1));

    private static long Pack(int feature, double value)
    {
        var hundredths = double.IsNaN(value) ? NotMeasured : (int)Math.Clamp(Math.Round(value * 100), NotMeasured + 1, -NotMeasured - 1);
        return (long)(uint)(feature + 1) << ValueBits | (uint)hundredths & ((1u << ValueBits) - 1);
    }

    /// <summary>The model's own reasons as a desk would say them.</summary>
    public static string Because(in OpenItem item)
    {
        var features = item.Rule == RuleId.Withdrawal ? WithdrawalFeatures.All : DissatisfactionFeatures.All;
        var words = new List<string>();
        for (var packed = (ulong)item.When; packed != 0; packed >>= ReasonBits)
        {
            var reason = (uint)packed;
            var feature = features[(int)(reason >> ValueBits) - 1];
            var hundredths = (int)(reason << (32 - ValueBits)) >> (32 - ValueBits);
            words.Add(feature.Say(hundredths == NotMeasured ? double.NaN : hundredths / 100.0));
        }

        return words.Count == 0 ? NothingSingle : string.Join(", ", words);
    }
}
