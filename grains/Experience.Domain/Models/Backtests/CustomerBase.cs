namespace Experience.Domain.Models.Backtests;

/// <summary>Transactions by customer and day, and the histories that follow from them at any cut. Time is in weeks.</summary>
internal sealed class CustomerBase
{
    public const double DaysAWeek = 7;

    private readonly (int Day, long Amount)[][] _customers;

    public CustomerBase(IEnumerable<Transaction> transactions)
        : this(ByCustomer(transactions))
    {
    }

    /// <param name="customers">Each customer's days, as <see cref="DateOnly.DayNumber"/> and ascending, with what was spent on them, in the order of the customers' keys.</param>
    public CustomerBase((int Day, long Amount)[][] customers)
    {
        _customers = customers;
        Start = customers.Length == 0 ? 0 : customers.Min(static days => days[0].Day);
        End = customers.Length == 0 ? 0 : customers.Max(static days => days[^1].Day);
    }

    private static (int Day, long Amount)[][] ByCustomer(IEnumerable<Transaction> transactions)
    {
        var byCustomer = new SortedDictionary<string, SortedDictionary<int, long>>(StringComparer.Ordinal);
        foreach (var transaction in transactions)
        {
            if (!byCustomer.TryGetValue(transaction.Customer, out var days)) byCustomer.Add(transaction.Customer, days = []);
            days[transaction.Day.DayNumber] = days.GetValueOrDefault(transaction.Day.DayNumber) + transaction.Amount;
        }

        return [.. byCustomer.Values.Select(static days => days.Select(static day => (day.Key, day.Value)).ToArray())];
    }

    public int Start { get; }

    public int End { get; }

    /// <summary>Every customer whose first transaction is not after the cut, in the order of their keys.</summary>
    public IEnumerable<CustomerCut> Cut(int calibrationEnd, int end)
    {
        foreach (var days in _customers)
        {
            if (days[0].Day > calibrationEnd) continue;
            var last = 0;
            double logGaps = 0;
            long repeatAmount = 0;
            for (var i = 1; i < days.Length && days[i].Day <= calibrationEnd; i++)
            {
                last = i;
                logGaps += Math.Log((days[i].Day - days[i - 1].Day) / DaysAWeek);
                repeatAmount += days[i].Amount;
            }

            var after = 0;
            long afterAmount = 0;
            for (var i = last + 1; i < days.Length && days[i].Day <= end; i++)
            {
                after++;
                afterAmount += days[i].Amount;
            }

            var history = new PurchaseHistory(
                last, (days[last].Day - days[0].Day) / DaysAWeek, (calibrationEnd - days[0].Day) / DaysAWeek, logGaps);
            yield return new CustomerCut(days[0].Day, history, repeatAmount, after, afterAmount);
        }
    }

    /// <summary>Cumulative transactions after the first at the end of each week, of customers acquired by the calibration's end.</summary>
    public double[] Tracking(int calibrationEnd, int end)
    {
        var weeks = new double[Weeks(end)];
        foreach (var days in _customers)
        {
            if (days[0].Day > calibrationEnd) continue;
            foreach (var (day, _) in days.Skip(1))
                if (day <= end) weeks[(day - Start) / 7]++;
        }

        for (var week = 1; week < weeks.Length; week++) weeks[week] += weeks[week - 1];
        return weeks;
    }

    public int Weeks(int end) => (end - Start) / 7 + 1;

    public LernRule Lern(int calibrationEnd)
    {
        var half = Start + (calibrationEnd - Start) / 2;
        int transactions = 0, early = 0, repeated = 0;
        long amount = 0;
        foreach (var days in _customers)
        {
            foreach (var (day, spent) in days)
            {
                if (day > calibrationEnd) break;
                transactions++;
                amount += spent;
            }

            if (days[0].Day > half) continue;
            early++;
            if (days.Any(day => day.Day > half && day.Day <= calibrationEnd)) repeated++;
        }

        var average = transactions == 0 ? 0 : (double)amount / transactions;
        double? rate = early == 0 ? null : (double)repeated / early;
        return new LernRule(average, rate, rate is null or 1 ? null : average / (1 - rate));
    }
}

/// <summary>A customer as known at the calibration's end, and what came after.</summary>
internal readonly record struct CustomerCut(int FirstDay, PurchaseHistory History, long RepeatAmount, int After, long AfterAmount);
