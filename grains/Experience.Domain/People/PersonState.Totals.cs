namespace Experience.Domain.People;

public sealed partial class MoneyTotals
{
    internal bool IsEmpty => Mask() == 0;

    internal void Write(ref StateWriter w)
    {
        var mask = Mask();
        w.Number(mask);
        if ((mask & (1 << 0)) != 0) w.Signed(NetPaid);
        if ((mask & (1 << 1)) != 0) w.Signed(Refunded);
        if ((mask & (1 << 2)) != 0) w.Signed(PaidByOrganisations);
        if ((mask & (1 << 3)) != 0) w.Signed(Balance);
        if ((mask & (1 << 4)) != 0) w.Time(BalanceDueAt);
        if ((mask & (1 << 5)) != 0) w.Time(BalanceStatedAt);
        if ((mask & (1 << 6)) != 0) w.Signed(Credit);
        if ((mask & (1 << 7)) != 0) w.Hash(LatestPayerOrganisation);
        if ((mask & (1 << 8)) != 0) w.Time(LatestPaymentAt);
        if ((mask & (1 << 9)) != 0) w.Number((ulong)Payments);
        if (ByOrganisation.Count > 0)
        {
            w.Number((ulong)ByOrganisation.Count);
            foreach (var (organisation, net) in ByOrganisation)
            {
                w.Hash(organisation);
                w.Signed(net);
            }
        }

        if (Months.Count == 0) return;
        w.Number((ulong)Months.Count);
        var last = 0;
        foreach (var (month, net) in Months)
        {
            w.Signed(month - last);
            w.Signed(net);
            last = month;
        }
    }

    internal void Read(ref StateReader r)
    {
        var mask = r.Number();
        if ((mask & (1 << 0)) != 0) NetPaid = r.Signed();
        if ((mask & (1 << 1)) != 0) Refunded = r.Signed();
        if ((mask & (1 << 2)) != 0) PaidByOrganisations = r.Signed();
        if ((mask & (1 << 3)) != 0) Balance = r.Signed();
        if ((mask & (1 << 4)) != 0) BalanceDueAt = r.Time();
        if ((mask & (1 << 5)) != 0) BalanceStatedAt = r.Time();
        if ((mask & (1 << 6)) != 0) Credit = r.Signed();
        if ((mask & (1 << 7)) != 0) LatestPayerOrganisation = r.Hash();
        if ((mask & (1 << 8)) != 0) LatestPaymentAt = r.Time();
        if ((mask & (1 << 9)) != 0) Payments = r.Int();
        if ((mask & OrganisationsBit) != 0)
        {
            for (var n = r.Count(); n > 0; n--) ByOrganisation.Add((r.Hash(), r.Signed()));
        }

        if ((mask & MonthsBit) == 0) return;
        var month = 0;
        for (var n = r.Count(); n > 0; n--)
        {
            month += (int)r.Signed();
            Months.Add((month, r.Signed()));
        }
    }

    private const ulong MonthsBit = 1 << 10;
    private const ulong OrganisationsBit = 1 << 11;

    private ulong Mask()
    {
        var mask = Months.Count > 0 ? MonthsBit : 0;
        if (NetPaid != 0) mask |= 1 << 0;
        if (Refunded != 0) mask |= 1 << 1;
        if (PaidByOrganisations != 0) mask |= 1 << 2;
        if (Balance != 0) mask |= 1 << 3;
        if (BalanceDueAt != 0) mask |= 1 << 4;
        if (BalanceStatedAt != 0) mask |= 1 << 5;
        if (Credit != 0) mask |= 1 << 6;
        if (LatestPayerOrganisation != 0) mask |= 1 << 7;
        if (LatestPaymentAt != 0) mask |= 1 << 8;
        if (Payments != 0) mask |= 1 << 9;
        if (ByOrganisation.Count > 0) mask |= OrganisationsBit;
        return mask;
    }
}

/// <remarks>The last day is the last of the recent days, and so is the first while all days are recent: neither is stored then.</remarks>
public sealed partial class PurchaseStatistics
{
    internal bool IsEmpty => Days == 0 && Spend == 0 && FirstDaySpend == 0 && Quantity == 0;

    internal void Write(ref StateWriter w)
    {
        w.Number((ulong)Days);
        w.Signed(Spend);
        w.Signed(FirstDaySpend);
        w.Signed(Quantity);
        if (Days == 0) return;
        w.Number((ulong)RecentDays.Count);
        var last = 0;
        foreach (var day in RecentDays)
        {
            w.Signed(day - last);
            last = day;
        }

        if (Days > 1) w.Signed(SumLogGaps);
        if (Days > RecentDays.Count) w.Signed(FirstDay);
    }

    internal void Read(ref StateReader r)
    {
        Days = r.Int();
        Spend = r.Signed();
        FirstDaySpend = r.Signed();
        Quantity = r.Signed();
        if (Days == 0) return;
        var day = 0;
        for (var n = r.Count(); n > 0; n--) RecentDays.Add(day += (int)r.Signed());
        if (RecentDays.Count == 0) throw new InvalidDataException("A stored state has purchases and no day of one.");
        LastDay = day;
        if (Days > 1) SumLogGaps = r.Signed();
        FirstDay = Days > RecentDays.Count ? (int)r.Signed() : RecentDays[0];
    }
}

public sealed partial class Profile
{
    internal bool HasNumbers => Mask() != 0;

    internal void WriteNumbers(ref StateWriter w)
    {
        var mask = Mask();
        w.Number(mask);
        if ((mask & 1) != 0) w.Signed(BirthDay);
        if ((mask & 2) != 0) w.Hash(Organisation);
        if ((mask & 4) != 0)
        {
            w.Number((ulong)ConsentStated);
            w.Number((ulong)ConsentGranted);
        }

        if ((mask & 8) != 0)
        {
            w.Number((ulong)Goal);
            w.Time(GoalAt);
        }

        if ((mask & 16) != 0) w.Number((ulong)PreferredMode);
        if ((mask & 32) != 0) w.Number((ulong)PreferredChannel);
        if ((mask & 64) != 0)
        {
            w.Number(ContactStated);
            w.Number(ContactAllowed);
        }

        if ((mask & 128) != 0) w.Hash(ContactFor);
    }

    internal void ReadNumbers(ref StateReader r)
    {
        var mask = r.Number();
        if ((mask & 1) != 0) BirthDay = (int)r.Signed();
        if ((mask & 2) != 0) Organisation = r.Hash();
        if ((mask & 4) != 0) (ConsentStated, ConsentGranted) = (r.Int(), r.Int());
        if ((mask & 8) != 0) (Goal, GoalAt) = (r.Int(), r.Time());
        if ((mask & 16) != 0) PreferredMode = r.Int();
        if ((mask & 32) != 0) PreferredChannel = r.Int();
        if ((mask & 64) != 0) (ContactStated, ContactAllowed) = (r.Number(), r.Number());
        if ((mask & 128) != 0) ContactFor = r.Hash();
    }

    private ulong Mask()
    {
        ulong mask = 0;
        if (BirthDay != int.MinValue) mask |= 1;
        if (Organisation != 0) mask |= 2;
        if (ConsentStated != 0) mask |= 4;
        if (Goal >= 0) mask |= 8;
        if (PreferredMode >= 0) mask |= 16;
        if (PreferredChannel >= 0) mask |= 32;
        if (ContactStated != 0) mask |= 64;
        if (ContactFor != 0) mask |= 128;
        return mask;
    }
}
