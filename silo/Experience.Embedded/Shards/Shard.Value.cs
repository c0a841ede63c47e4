using Experience.Domain.Models.Learning;
using Experience.Domain.People;
using Experience.Embedded.Loops;

namespace Experience.Embedded.Shards;

/// <summary>
/// The value of each row by the learned model. A row whose purchases did not change costs an event a comparison; one whose purchases did is
/// valued at once, by the generation in force. Time passing and new models are the business of generations: see <see cref="ValueGeneration"/>.
/// </summary>
internal sealed partial class Shard
{
    private ValueColumns _value = new(ValueGeneration.None);
    private ValueColumns? _nextValue;
    private int _nextValueRow;

    /// <summary>The generation that boards and rows are by.</summary>
    public long Valued => _value.Generation.Number;

    /// <summary>The newest generation that stands complete, in force or beside it.</summary>
    public long ValueReady { get; private set; }

    /// <summary>
    /// P(active) of a row, 1/10,000, where it was computed by the model that rows are assessed by. Null where it was not yet: whoever needs it computes it.
    /// </summary>
    private short? ActiveOf(LoopContext cx, int row)
    {
        if (row >= _value.Count || !ReferenceEquals(_value.Generation.Model, cx.Program.Models.Of<ValueModel>(ModelKinds.Value))) return null;
        var cell = _value[row];
        return cell.Basis == 0 || cell.Active < 0 ? null : cell.Active;
    }

    /// <summary>One step of a generation, beside the one in force; true while there is more.</summary>
    public bool ValueStep(LoopContext cx, ValueGeneration target)
    {
        if (ValueReady >= target.Number) return false;
        if (_nextValue is null || _nextValue.Generation.Number != target.Number)
        {
            _nextValue?.Dispose();
            _nextValue = new ValueColumns(target);
            _nextValueRow = 0;
        }

        if (target.Model is not null)
        {
            _nextValue.Grow(_rows.Count);
            cx.Flush();
            for (var end = Math.Min(_rows.Count, _nextValueRow + StepRows); _nextValueRow < end; _nextValueRow++)
            {
                cx.Scratch.Read(StateBytes(_nextValueRow));
                var basis = BasisOf(target.Model, cx.Scratch);
                _nextValue.Put(_nextValueRow, _measures[_nextValueRow].Segments, Cell(cx, target.Model, cx.Scratch, _nextValueRow, basis));
            }

            if (_nextValueRow < _rows.Count) return true;
        }

        ValueReady = target.Number;
        return false;
    }

    /// <summary>Puts a complete generation in force; false when the shard was loaded anew meanwhile and does not have it.</summary>
    public bool SwitchValue(long number)
    {
        if (_nextValue?.Generation.Number != number || ValueReady < number) return false;
        _value.Dispose();
        (_value, _nextValue) = (_nextValue, null);
        Version++;
        return true;
    }

    /// <summary>Values the person at hand anew where the purchases changed. Before the assessment, which may read P(active).</summary>
    private void Value(LoopContext cx, int row)
    {
        if (_value.Generation.Model is { } model) Value(cx, row, _value, model);

        // Rows that the next generation has not reached are valued when it does.
        if (_nextValue?.Generation.Model is { } next && row < _nextValueRow) Value(cx, row, _nextValue, next);
    }

    private void Value(LoopContext cx, int row, ValueColumns columns, ValueModel model)
    {
        columns.Grow(_rows.Count);
        var basis = BasisOf(model, cx.State);
        if (columns[row].Basis == basis) return;
        columns.Put(row, _measures[row].Segments, Cell(cx, model, cx.State, row, basis));
        Version++;
    }

    private void MoveValue(int row, ulong before, ulong after)
    {
        if (row < _value.Count) _value.Move(row, before, after);
        if (_nextValue is not null && row < _nextValue.Count) _nextValue.Move(row, before, after);
    }

    private void ClearValue()
    {
        var generation = _value.Generation;
        _value.Dispose();
        _value = new ValueColumns(generation);
        _nextValue?.Dispose();
        _nextValue = null;
        ValueReady = generation.Number;
    }

    private ValueCell Cell(LoopContext cx, ValueModel model, PersonState state, int row, uint basis)
    {
        var measures = model.Measure(state, cx.Program, AsOfRow(cx, row));
        return new ValueCell { Expected = measures.Expected, Costs = measures.Costs, Active = measures.Active, Forecast = measures.Forecast, Basis = basis };
    }

    private static uint BasisOf(ValueModel model, PersonState state)
    {
        var p = state.Purchases;
        var hash = new HashCode();
        hash.Add(p.Days);
        hash.Add(p.FirstDay);
        hash.Add(p.LastDay);
        hash.Add(p.Spend);
        hash.Add(p.FirstDaySpend);
        if (model.HasCosts)
        {
            foreach (var registration in state.Registrations)
            {
                if (registration.Kept) hash.Add(registration.Key);
            }
        }

        return (uint)hash.ToHashCode() | 1;
    }
}
