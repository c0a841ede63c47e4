using Experience.Domain.Models.Learning;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Models.Backtests;

/// <summary>
/// The program's own purchases out of its history: the days that <see cref="PurchaseStatistics"/> counts, or where terms are named the terms with
/// such a day, as <see cref="ValueModel"/> counts them, each with what was spent from it until the next one. So a backtest judges what cards
/// show. Payments before a first purchase belong to it.
/// </summary>
internal sealed class ProgramTransactions(CivilZone zone, TermCalendar? terms, long until) : IHistoryVisitor
{
    private static readonly int Epoch = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    private readonly PersonState _state = new();
    private readonly List<(int Day, long Amount)[]> _people = [];
    private readonly List<(int Day, long Amount)> _person = [];

    public bool Visit(IPersonHistory person)
    {
        _state.Clear();
        _person.Clear();
        long before = 0;
        int term = 0, last = 0;
        for (var i = 0; i < person.Count; i++)
        {
            var fact = person[i];
            // In order of time: whatever follows is later still.
            if (fact.Time > until) break;
            if (!PersonFold.Folds(fact.Type)) continue;
            var (days, spend) = (_state.Purchases.Days, _state.Purchases.Spend);
            PersonFold.Apply(_state, fact, zone);
            var paid = _state.Purchases.Spend - spend;
            if (_state.Purchases.Days > days && IsAnother(_state.Purchases.LastDay, ref term, ref last))
            {
                _person.Add((Epoch + _state.Purchases.LastDay, before + paid));
                before = 0;
            }
            else if (_person.Count > 0) _person[^1] = (_person[^1].Day, _person[^1].Amount + paid);
            else before += paid;
        }

        if (_person.Count > 0) _people.Add([.. _person]);
        return true;
    }

    private bool IsAnother(int day, ref int term, ref int last)
    {
        if (terms is null) return true;
        var key = ValueModel.KeyOf(terms.Main, day, ref term);
        if (_person.Count > 0 && key == last) return false;
        last = key;
        return true;
    }

    /// <summary>Each customer's days (<see cref="DateOnly.DayNumber"/>) and amounts, customers in an order of what they bought: the same people give the same report in every folder.</summary>
    public (int Day, long Amount)[][] Customers()
    {
        _people.Sort(static (a, b) =>
        {
            for (var i = 0; i < Math.Min(a.Length, b.Length); i++)
            {
                if (a[i] != b[i]) return a[i].CompareTo(b[i]);
            }

            return a.Length.CompareTo(b.Length);
        });
        return [.. _people];
    }
}
