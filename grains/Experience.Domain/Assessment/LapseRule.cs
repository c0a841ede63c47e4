using System.Runtime.InteropServices;
using Experience.Domain.Events;
using Experience.Domain.Models.Risk;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Assessments;

/// <summary>
/// Who may not come back, by the value model: the chance of being still active, which falls with silence as fast as the person's own rhythm says. Raised
/// on the day on which it falls to the policy's percent, and shown for a while: somebody long lost is no news. One purchase tells no rhythm, so
/// newcomers are the second term's rule; where gone quiet holds it stands alone.
/// </summary>
internal static class LapseRule
{
    private const int Unit = 10_000;
    private const double DaysAWeek = 7;

    // When a flag began and what it is of fit into one number: the day of the newest purchase above, the usual gap below.
    private const int GapBits = 16;

    public static void Run(PersonState s, ProgramSnapshot p, Assessed a, LapseInForce lapse)
    {
        var rule = p.Policy[RuleId.Lapse];
        var today = a.Day.Day;
        if (!rule.Enabled || a.Row.Minor || s.Purchases.Days == 0 || today - s.Purchases.FirstDay < rule[1]) return;
        var most = rule[0] / 100.0;

        // Computed beforehand for everybody where the engine keeps it; the same number either way, rounded.
        if (a.AsOf.Active is { } known && known > rule[0] * (Unit / 100)) return;
        if (GoneQuiet(p, a) || HasPlace(s, p, a) || lapse.Model.HistoryOf(s, p, today) is not { Count: > 0 } history) return;
        var counts = lapse.Model.CountsOf(s, p);
        var active = a.AsOf.Active is { } share ? share / (double)Unit : counts.ProbabilityActive(history);
        if (active > most) return;
        var silent = (int)Math.Round((history.Age - history.Last) * DaysAWeek);
        double After(int days) => counts.ProbabilityActive(history.SilentUntil(history.Last + days / DaysAWeek));
        int before = silent - Math.Min(rule[2], silent), fell = silent;
        var then = After(before);
        if (then <= most) return;

        // It falls with silence, so the first day at or below the percent is found by halving.
        while (fell - before > 1)
        {
            var middle = (before + fell) / 2;
            if (After(middle) <= most) fell = middle;
            else before = middle;
        }

        var last = today - silent;
        var since = Math.Min(a.AsOf.Instant, p.Zone.StartOfDay(last + fell));
        var gap = Math.Clamp((long)Math.Round(history.Last * DaysAWeek / history.Count), 1, (1 << GapBits) - 1);
        RiskRules.Raise(a, RuleId.Lapse, 0, s.Purchases.LastDay, high: false, since, new Stamp(since, 0), 0, (long)Math.Round(active * Unit), (long)last << GapBits | gap);

        // Beside chances of what is to come in some weeks stands what was lost in some weeks: how far the chance fell while the flag may be shown.
        LearnedRisks.Note(a, RuleId.Lapse, then - active);

        // What only a new version brought is shown and alerts nobody: the silence must have been heard under it.
        ref var item = ref CollectionsMarshal.AsSpan(a.Open)[^1];
        if (item.Rule == RuleId.Lapse && since < lapse.Source.FittedAt) item.Alert = false;
    }

    public static string Detail(in OpenItem item, ProgramSnapshot p, long now)
    {
        var last = (int)(item.When >> GapBits);
        var gap = item.When & ((1 << GapBits) - 1);
        return $"nothing for {Wording.Span((int)(p.Zone.Day(now) - last))}, usually every {Wording.Span((int)gap)}: {Models.Reports.Figures.Share(item.Number / (double)Unit)} likely to be still active";
    }

    private static bool GoneQuiet(ProgramSnapshot p, Assessed a) => a.Silence.Close is not null && p.Policy[RuleId.Silence].Enabled;

    /// <summary>A place that runs or is to come: the person is here, whenever it was bought.</summary>
    private static bool HasPlace(PersonState s, ProgramSnapshot p, Assessed a)
    {
        for (var i = 0; i < s.Registrations.Count; i++)
        {
            if (s.Registrations[i].Status == RegistrationStatus.Confirmed && a.Places[i].Section is { } section && section.OverAt(p.Zone) > a.AsOf.Instant) return true;
        }

        return false;
    }
}
