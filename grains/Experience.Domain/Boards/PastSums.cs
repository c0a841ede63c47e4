using System.Numerics;
using Experience.Domain.Assessments;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Boards;

/// <summary>
/// The sums of every segment at the end of past weeks, for figures whose past no state holds: who was at risk then. Each person's history is
/// folded up to the end of each day and assessed there, by the rules, models and inputs in force now, so the points compare with each other and
/// with today's. Nothing is stored that could be wrong: the same facts give the same sums, as <c>verify --as-of</c> proves of each person.
/// </summary>
public sealed class PastSums : IHistoryVisitor
{
    /// <summary>With today's figure, twelve weeks.</summary>
    public const int Weeks = 11;

    private readonly ProgramSnapshot _program;
    private readonly int[] _days = new int[Weeks];
    private readonly long[] _ends = new long[Weeks];
    private readonly SegmentSums?[,] _sums = new SegmentSums?[Weeks, SegmentSet.Max];
    private readonly PersonState _state = new();
    private readonly Assessed _assessed = new();

    /// <param name="day">Today, or the last day of an imported history.</param>
    public PastSums(ProgramSnapshot program, int day)
    {
        ArgumentNullException.ThrowIfNull(program);
        _program = program;
        for (var week = 0; week < Weeks; week++)
        {
            _days[week] = day - (Weeks - week) * 7;
            _ends[week] = program.DayOf(_days[week]).EndsAt;
        }
    }

    public bool Visit(IPersonHistory person)
    {
        ArgumentNullException.ThrowIfNull(person);
        _state.Clear();
        var week = 0;
        for (var i = 0; i < person.Count; i++)
        {
            var fact = person[i];
            while (fact.Time >= _ends[week])
            {
                Look(week++, i, person.LiveSince);
                if (week == Weeks) return true;
            }

            PersonFold.Apply(_state, fact, _program.Zone);
        }

        while (week < Weeks) Look(week++, person.Count, person.LiveSince);
        return true;
    }

    /// <summary>A segment's sums at the end of each week, oldest first.</summary>
    public IReadOnlyList<DaySums> Of(int segment) => [.. Enumerable.Range(0, Weeks).Select(week => new DaySums(_days[week], _sums[week, segment] ?? Nobody))];

    private static readonly SegmentSums Nobody = new();

    // Who was not known yet was nobody's.
    private void Look(int week, int facts, long liveSince)
    {
        if (facts == 0) return;
        Assessor.Assess(_state, _program, new AsOf(_ends[week] - 1, false, liveSince), _assessed);
        var row = _assessed.Row;
        for (var mask = row.Segments; mask != 0; mask &= mask - 1) (_sums[week, BitOperations.TrailingZeroCount(mask)] ??= new SegmentSums()).Add(row, 1);
    }
}
