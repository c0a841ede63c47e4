using Experience.Grains.Contracts;

namespace Experience.Grains.Roster;

/// <summary>
/// What time and rules cause: passes (everybody is assessed again: midnight, a new policy, the end of an import moved) and deadlines
/// (a clock ran out). Both in steps between flushes.
/// </summary>
internal sealed partial class RosterShardGrain
{
    private readonly List<(long Target, TaskCompletionSource Done)> _passWaits = [];
    private long _passWanted;
    private long _passTarget;
    private long _passed;
    private int _passRow = -1;
    private int _passDay = int.MinValue;
    private int _dueRow = -1;
    private bool _whole;

    public Task<ShardPulse> PulseAsync() => Task.FromResult(new ShardPulse(
        Totals(), _rows.Version, _rows.OpenVersion, _rows.Clocks.Seen, OfToday && _settled is not null && _passed == _passWanted, new Moment(_program.Mark, _settled ?? []), News, (_epoch << 32) + _rows.Said));

    public async Task<ShardPulse> SettleAsync(Moment moment)
    {
        var program = await parts.Programs.AtLeastAsync(moment.Program);
        if (_ended) throw Moved();
        while (HasNews) await CarriedAsync();
        if (_ended) throw Moved();
        var same = _settled is not null && _program.Mark.Covers(program.Mark) && Clocks.Same(_settled, moment.Clocks) && OfToday && _passed == _passWanted;
        if (!same)
        {
            if (!_program.Mark.Covers(program.Mark)) _program = program;
            _rows.Clocks.Tell(moment.Clocks);
            _settled = moment.Clocks;
            RequestPass();
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _passWaits.Add((_passWanted, done));
            Wake();
            await done.Task;

            // Whoever recorded something meanwhile of a person of several streams was passed over: that is shown when it was told.
            if (HasNews) await CarriedAsync();
        }

        _whole = true;
        return await PulseAsync();
    }

    /// <summary>Nobody counts who has not been assessed: an activation that has just loaded its people is told the moment first.</summary>
    private void ThrowUnlessWhole()
    {
        if (_ended) throw Moved();
        if (!_whole) throw new ShardUnsettledException(_shard);
    }

    private bool OfToday => _passDay == parts.Zone.Day(parts.Now());

    private void RequestPass()
    {
        _passWanted++;
        _passDay = parts.Zone.Day(parts.Now());
        if (_passRow < 0) BeginPass();
    }

    private void BeginPass()
    {
        _passTarget = _passWanted;
        _passRow = 0;
    }

    /// <summary>One step of the pass and of the deadlines that have come. Rows that are being appended to are assessed by that.</summary>
    private void Sweep(List<Change> swept, HashSet<UInt128> touched)
    {
        var now = parts.Now();
        if (_passRow >= 0)
        {
            for (var end = Math.Min(_rows.Count, _passRow + StepRows); _passRow < end; _passRow++) Reassess(_passRow);
        }

        if (_dueRow < 0) return;
        for (; _dueRow < _rows.Count && swept.Count < 2 * StepRows; _dueRow++)
        {
            var deadline = _rows[_dueRow].Deadline;
            if (deadline <= now) Reassess(_dueRow);
            else _rows.NextDeadline = Math.Min(_rows.NextDeadline, deadline);
        }

        if (_dueRow == _rows.Count) _dueRow = -1;

        void Reassess(int row)
        {
            if (!_rows.IsElsewhere(row) && touched.Add(_rows[row].Stream)) swept.Add(_rows.Assess(row, _program.Snapshot, now, observe: _settled is not null));
        }
    }

    private void AdvancePass()
    {
        if (_passRow < 0 || _passRow < _rows.Count) return;
        _passRow = -1;
        _passed = _passTarget;
        if (_passWanted > _passed) BeginPass();
        for (var i = _passWaits.Count - 1; i >= 0; i--)
        {
            if (_passWaits[i].Target > _passed) continue;
            _passWaits[i].Done.TrySetResult();
            _passWaits.RemoveAt(i);
        }
    }
}
