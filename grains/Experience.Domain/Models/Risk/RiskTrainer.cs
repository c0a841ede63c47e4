using Experience.Domain.Models.Learning;
using Experience.Domain.Models.Reports;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Models.Risk;

/// <summary>
/// Learns one risk from everybody's history: looks whether the model in force still holds, fits anew on everything, and gives the new one only when it
/// did well on what it had not seen. Where neither holds, it says why the rules stand alone.
/// </summary>
public sealed class RiskTrainer : ITrainer
{
    private readonly string _title;
    private readonly IReadOnlyList<RiskFeature> _features;
    private readonly Func<ProgramSnapshot, long, RiskRows> _rows;

    private RiskTrainer(string kind, string title, IReadOnlyList<RiskFeature> features, Func<ProgramSnapshot, long, RiskRows> rows)
    {
        Kind = kind;
        _title = title;
        _features = features;
        _rows = rows;
    }

    public static RiskTrainer Withdrawal { get; } = new(
        ModelKinds.Withdrawal, "Leaving or not completing a section", WithdrawalFeatures.All, static (program, until) => new WithdrawalRows(program, until));

    public static RiskTrainer Dissatisfaction { get; } = new(
        ModelKinds.Dissatisfaction, "A complaint, a low rating or a refund because of us within 60 days", DissatisfactionFeatures.All, static (program, until) => new DissatisfactionRows(program, until));

    public string Kind { get; }

    public async Task<TrainingOutcome> TrainAsync(ITrainingSource source, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(source);
        var rows = _rows(source.Program, source.AsOf);
        var walk = await source.Histories.WalkAsync(rows, IHistories.UsualFacts, cancellation).ConfigureAwait(false);
        return await source.ComputeAsync(() => Train(rows, walk.Share, source.Program, cancellation), cancellation).ConfigureAwait(false);
    }

    /// <summary>The same of rows that were made already; <paramref name="share"/> is the share of all people that they are of.</summary>
    public TrainingOutcome Train(RiskRows rows, double share, ProgramSnapshot program, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(program);
        var all = rows.Rows();
        var inForce = program.Models.Find(Kind);
        var drift = inForce is { Model: LearnedRisk { Answers: true } risk } ? Drift(risk, inForce.Receipt, all, program) : null;
        var applies = (long)Math.Round(rows.Now / Math.Max(share, 1e-9));
        switch (RiskLearning.Fit(_features, all, rows.NowValues, applies, cancellation))
        {
            case Fitted<RiskFit> { Model: { Usable: true } fit }:
                return new TrainedModel(Document(fit, all, rows.Calls, drift, program));
            case Fitted<RiskFit> { Model: var poor }:
                return Without(drift, all, program, poor.Verdict);
            case NotEnoughHistory<RiskFit> none:
                return Without(drift, all, program, none.Reason);
            default:
                throw new InvalidOperationException("A fit has two outcomes.");
        }
    }

    /// <summary>The model in force by what came after it was fitted, against the season of a year before where there is one.</summary>
    private static DriftFinding Drift(LearnedRisk risk, ModelReceipt receipt, IReadOnlyList<RiskRow> rows, ProgramSnapshot program)
    {
        var from = program.Zone.StartOfDay(receipt.To.DayNumber - Epoch);
        var since = rows.Where(row => row.AsOf >= from).ToArray();
        if (since.Length == 0) return RiskDrift.Check(risk, since, []);
        var year = 365 * People.CivilZone.MicrosPerDay;
        var season = rows.Where(row => row.AsOf >= from - year && row.AsOf < since[^1].AsOf - year).ToArray();
        var then = season.Length >= RiskDrift.FewestRows ? season : [.. rows.Where(row => row.AsOf < from)];
        return RiskDrift.Check(risk, since, RiskDrift.Shifts(risk, then, since));
    }

    /// <summary>Nothing new holds: what is in force stays, or is ended by a document of its own when it no longer holds either.</summary>
    private TrainingOutcome Without(DriftFinding? drift, IReadOnlyList<RiskRow> rows, ProgramSnapshot program, string why)
    {
        if (drift is not { Beyond: true }) return new NotTrained(why);
        var reason = $"The model no longer fits what happens: {drift.Words} The rules stand in until a new one holds. {why}";
        var receipt = new ModelReceipt(Kind, ModelReceipt.Rules, Day(program, rows[0].AsOf), Day(program, rows[^1].KnownAt), rows.Count, reason, []);
        return new TrainedModel(new ModelDocument(receipt, LearnedRisk.TurnedOff(_features, reason).Write()));
    }

    private ModelDocument Document(RiskFit fit, IReadOnlyList<RiskRow> rows, CallOutcomes outcomes, DriftFinding? drift, ProgramSnapshot program)
    {
        var held = fit.Held;
        var calls = program.Policy.Alerts.CallsPerDay;
        var figures = new Dictionary<string, double>
        {
            ["calibrationError"] = held.CalibrationError,
            ["outcomes"] = held.Positives,
            ["rows"] = held.Test,
            ["share"] = held.Positives / (double)held.Test,
        };
        if (held.Auroc is { } auroc) figures["auroc"] = auroc;
        if (held.Auprc is { } auprc) figures["auprc"] = auprc;
        if (fit.Risk.PrecisionAt(calls) is { } precision) figures[$"precisionAt{calls}"] = precision;
        var from = Day(program, fit.From);
        var to = Day(program, rows.Max(static row => row.KnownAt));
        var scored = $"Learned from rows known before {Figures.Day(Day(program, fit.HeldFrom))}, judged on the {Figures.Count(held.Test)} from then on; what is in force is fitted on all.";
        var receipt = new ModelReceipt(Kind, "Additive model", from, to, fit.Rows, scored, [new ModelScore("Additive model", true, figures, drift is null ? null : "The one before: " + drift.Words)]) { Calls = outcomes.Counts };
        var page = RiskReportPage.Build(_title, scored, held, fit.Risk, calls, drift);
        if (outcomes.Any) page = page with { Sections = [.. page.Sections, outcomes.Section()] };
        return new ModelDocument(receipt, fit.Risk.Write()) { Report = page };
    }

    private static readonly int Epoch = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    private static DateOnly Day(ProgramSnapshot program, long at) => DateOnly.FromDayNumber(Epoch + program.Zone.Day(at));
}
