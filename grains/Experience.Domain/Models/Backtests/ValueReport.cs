namespace Experience.Domain.Models.Backtests;

/// <summary>One transaction of a customer. Several of one day count as one, with their amounts added.</summary>
/// <param name="Amount">In minor units.</param>
public readonly record struct Transaction(string Customer, DateOnly Day, long Amount);

/// <summary>What a backtest of the value models found. All of it can be shown: a table, and the series for its pictures.</summary>
/// <param name="Customers">Whose first transaction lies in the calibration period; nobody else takes part.</param>
/// <param name="HoldoutTransactions">Their transactions after the calibration's end.</param>
/// <param name="Chosen">The name of the model that forecast the last third of the calibration period best; the holdout has no part in the choice.</param>
/// <param name="Unfitted">Models that this history does not support, each with the reason.</param>
public sealed record ValueReport(
    DateOnly Start,
    DateOnly CalibrationEnd,
    DateOnly End,
    int Customers,
    int Repeaters,
    int HoldoutTransactions,
    string? Chosen,
    IReadOnlyList<ValueModelResult> Models,
    IReadOnlyList<UnfittedModel> Unfitted,
    SpendResult? Spend,
    LernRule Lern,
    IReadOnlyList<double> ActualTracking);

public sealed record UnfittedModel(string Name, string Reason);

/// <param name="LogLikelihood">On the calibration period.</param>
/// <param name="SelectionLogLikelihood">Of the counts in the last third of the calibration period, fitted on the first two; who is clearly less likely is not chosen (<see cref="ModelChoice"/>).</param>
/// <param name="SelectionMae">Mean absolute error of a person's count at three origins within the calibration period; decides among those that the likelihood cannot tell apart.</param>
/// <param name="HoldoutLogLikelihood">Of the counts in the holdout.</param>
/// <param name="Mae">Mean absolute error of a customer's holdout count.</param>
/// <param name="Tracking">Expected cumulative transactions after the first, at the end of each week from the start.</param>
/// <param name="Reliability">The stated probability of any transaction in the holdout against the share that had one.</param>
/// <param name="Gains">Share of the holdout's transactions by the people with the highest forecasts.</param>
public sealed record ValueModelResult(
    string Name,
    IReadOnlyList<FittedParameter> Parameters,
    double LogLikelihood,
    double? SelectionLogLikelihood,
    double? SelectionMae,
    double HoldoutLogLikelihood,
    double Mae,
    double Rmse,
    double ExpectedHoldoutTransactions,
    IReadOnlyList<FrequencyCell> HoldoutByFrequency,
    IReadOnlyList<FrequencyCell> CalibrationByFrequency,
    IReadOnlyList<double> Tracking,
    IReadOnlyList<ReliabilityBin> Reliability,
    IReadOnlyList<GainPoint> Gains);

/// <summary>Actual beside expected, for customers of one calibration frequency, the last cell holding all larger ones.</summary>
/// <param name="Frequency">Transactions after the first in the calibration period.</param>
public sealed record FrequencyCell(string Frequency, int Customers, double Actual, double Expected);

/// <param name="HoldoutAmount">What the customers spent in the holdout, in minor units.</param>
/// <param name="ExpectedHoldoutAmount">Σ of expected transactions by the chosen model × expected spend.</param>
/// <param name="Mae">Mean absolute error of the mean holdout transaction of those who had one, in major units; null when nobody had.</param>
/// <param name="Rmse">The same, root of the mean square.</param>
public sealed record SpendResult(
    string Name, IReadOnlyList<FittedParameter> Parameters, double LogLikelihood, int Customers, long HoldoutAmount, long? ExpectedHoldoutAmount,
    double? Mae, double? Rmse);

/// <summary>
/// The field's rule of thumb, lifetime revenue = average fee ÷ (1 − repeat rate): shown beside the models, never added to them.
/// </summary>
/// <param name="AverageAmount">Per transaction in the calibration period, minor units.</param>
/// <param name="RepeatRate">Of those active in the first half of the calibration period, the share that is active in the second.</param>
/// <param name="LifetimeRevenue">Null when nobody can be judged, or everybody repeats.</param>
public sealed record LernRule(double AverageAmount, double? RepeatRate, double? LifetimeRevenue);
