using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Cards;

/// <summary>The score at one moment, in hundredths; null where not enough was known.</summary>
public readonly record struct ScoreAt(long At, int? Score);

/// <summary>
/// The person's score at past moments: fed the person's facts in the order of their stamps, it folds and assesses at each moment
/// on the way. Exact, because it is the same fold and the same assessment; the catalogue and policy are today's.
/// </summary>
public sealed class ScoreTimeline(ProgramSnapshot program, IReadOnlyList<long> moments)
{
    /// <summary>Points of the trend on a card: the end of each of the last months.</summary>
    public const int Months = 8;

    private readonly PersonState _state = new();
    private readonly Assessed _assessed = new();
    private readonly List<ScoreAt> _scores = [];

    /// <summary>The ends of the months before the one of an instant, oldest first.</summary>
    public static IReadOnlyList<long> MonthEnds(ProgramSnapshot program, long at)
    {
        var (year, month, _) = CivilZone.Civil(program.Zone.Day(at));
        var ends = new long[Months];
        for (var i = Months - 1; i >= 0; i--)
        {
            ends[i] = program.Zone.StartOfDay(CivilZone.DayOf(year, month, 1)) - 1;
            (year, month) = month == 1 ? (year - 1, 12) : (year, month - 1);
        }

        return ends;
    }

    /// <summary>The next fact, not older than the one before; voided ones are left out by the caller.</summary>
    public void Add(in FactView fact)
    {
        Pass(fact.Time);
        PersonFold.Apply(_state, fact, program.Zone);
    }

    /// <summary>Scores at all moments, in their order.</summary>
    public IReadOnlyList<ScoreAt> Finish()
    {
        Pass(long.MaxValue);
        return _scores;
    }

    private void Pass(long time)
    {
        while (_scores.Count < moments.Count && moments[_scores.Count] < time)
        {
            var at = moments[_scores.Count];
            if (_state.Facts == 0)
            {
                _scores.Add(new ScoreAt(at, null));
                continue;
            }

            Assessor.Assess(_state, program, AsOf.Live(at), _assessed);
            _scores.Add(new ScoreAt(at, _assessed.Row.Score < 0 ? null : _assessed.Row.Score));
        }
    }
}
