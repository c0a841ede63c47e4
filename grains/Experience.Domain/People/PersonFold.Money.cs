using Experience.Domain.Events;

namespace Experience.Domain.People;

/// <summary>
/// Money. Each event names what it is for (a section, a registration, nothing) and who pays: the person; another person
/// (<c>payer</c>, whose own copy names the <c>beneficiary</c>); an organisation.
/// </summary>
public static partial class PersonFold
{
    private readonly ref struct MoneyFields
    {
        public MoneyFields(in FactView fact, bool quantity = false)
        {
            var personal = new FieldCursor(fact.Personal);
            PaidByOther = personal.Has(Fields.Payer);
            ForOther = personal.Has(Fields.Beneficiary);
            var c = new FieldCursor(fact.Clear);
            Section = c.Hash(Fields.Section);
            Registration = c.Hash(Fields.Registration);
            Organisation = c.Hash(Fields.PayerOrganisation);
            Amount = c.Number(Fields.Amount);
            Quantity = quantity ? c.Number(Fields.Quantity, 1) : 0;
        }

        public ulong Section { get; }

        public ulong Registration { get; }

        public ulong Organisation { get; }

        public long Amount { get; }

        public long Quantity { get; }

        public bool PaidByOther { get; }

        /// <summary>This is the copy of the payer.</summary>
        public bool ForOther { get; }

        /// <summary>It is this person's own money.</summary>
        public bool Own => !PaidByOther && Organisation == 0;

        /// <summary>An organisation's money, on the copy of the person that it is for.</summary>
        public bool ByOrganisation => !PaidByOther && !ForOther && Organisation != 0;

        public bool NamesSeat => Section != 0 || Registration != 0;
    }

    private static bool Payment(PersonState state, in FactView fact, CivilZone zone, bool late)
    {
        var m = new MoneyFields(fact, quantity: true);
        var money = state.Money;
        Registration? seat = null;
        var hasSeat = m.NamesSeat && !m.ForOther;
        var purchase = m.Own && !m.NamesSeat && m.Amount >= 0;
        var day = m.Own ? zone.Day(fact.Time) : 0;
        if (late)
        {
            if (hasSeat && FindLate(state, m.Registration, m.Section, fact.Time, out seat) != Found.Known) return false;
            if (seat is not null && m.Organisation != 0 && seat.PayerOrganisation != m.Organisation) return false;
            if (fact.Time == money.LatestPaymentAt || fact.Time == money.BalanceStatedAt) return false;
            if (m.ByOrganisation && !CanAddOrganisation(money, m.Organisation)) return false;
            if (m.Own && !CanSpend(state.Purchases) || purchase && !CanPurchase(state.Purchases, day)) return false;
        }
        else if (hasSeat)
        {
            seat = Find(state, m.Registration, m.Section);
        }

        if (m.ForOther) state.LastForOthersAt = Math.Max(state.LastForOthersAt, fact.Time);
        else if (!late || fact.Time > money.LatestPaymentAt)
        {
            money.LatestPaymentAt = fact.Time;
            money.LatestPayerOrganisation = m.PaidByOther ? 0 : m.Organisation;
        }

        if (seat is not null)
        {
            seat.Paid += m.Amount;
            seat.PaidByOther |= m.PaidByOther;
            if (seat.PayerOrganisation == 0 && !m.PaidByOther) seat.PayerOrganisation = m.Organisation;
        }
        else if (hasSeat)
        {
            Keep(state, m, m.Amount, 0);
        }

        Settle(money, m.Amount, fact.Time);
        if (m.ByOrganisation) AddOrganisation(money, m.Organisation, m.Amount);
        if (!m.Own) return true;
        money.Payments++;
        AddNet(money, zone.Month(fact.Time), m.Amount);
        if (purchase) Purchase(state.Purchases, day, m.Quantity);
        Spend(state.Purchases, day, m.Amount);
        return true;
    }

    private static bool RefundIssued(PersonState state, in FactView fact, CivilZone zone, bool late)
    {
        var m = new MoneyFields(fact);
        var fault = new FieldCursor(fact.Clear).Number(Fields.Fault, -1) == FaultOurs;
        Registration? seat = null;
        var hasSeat = m.NamesSeat && !m.ForOther;
        if (late && hasSeat && FindLate(state, m.Registration, m.Section, fact.Time, out seat) != Found.Known) return false;
        if (late && m.ByOrganisation && !CanAddOrganisation(state.Money, m.Organisation)) return false;
        if (!late && hasSeat) seat = Find(state, m.Registration, m.Section);
        if (seat is not null)
        {
            seat.Refunded += m.Amount;
            seat.OurFault |= fault;
        }
        else if (hasSeat)
        {
            Keep(state, m, 0, m.Amount);
        }

        var money = state.Money;
        if (m.ByOrganisation) AddOrganisation(money, m.Organisation, -m.Amount);
        if (!m.Own) return true;
        money.Refunded += m.Amount;
        AddNet(money, zone.Month(fact.Time), -m.Amount);
        return true;
    }

    private static bool RefundRequested(PersonState state, in FactView fact, bool late)
    {
        var m = new MoneyFields(fact);
        if (m.ForOther) return true;
        var c = new FieldCursor(fact.Clear);
        var fault = c.Number(Fields.Fault, -1) == FaultOurs;
        var reason = c.Hash(Fields.Reason);
        Registration? seat = null;
        if (late)
        {
            var found = FindLate(state, m.Registration, m.Section, fact.Time, out seat);
            // One that has left may have told the section.
            if (found == Found.Unclear || found == Found.Gone && m.Section == 0) return false;
            if (seat is not null && seat.RefundAskedAt == fact.Time || !CanLog(state.Refunds, fact.Time)) return false;
        }
        else
        {
            seat = Find(state, m.Registration, m.Section);
        }

        if (seat is not null)
        {
            seat.RefundAskedAt = late ? Math.Max(seat.RefundAskedAt, fact.Time) : fact.Time;
            seat.OurFault |= fault;
        }

        Log(state.Refunds, new RefundAsked(fact.Time, m.Section != 0 ? m.Section : seat?.Section ?? 0, reason, fault), PersonState.MaxRefunds);
        return true;
    }

    // Place in Fields.Fault.Codes.
    private const long FaultOurs = 0;

    /// <summary>The newest stated balance counts; what the payer owes for another person is on the payer's copy.</summary>
    private static bool Balance(PersonState state, in FactView fact, bool late)
    {
        var personal = new FieldCursor(fact.Personal);
        if (personal.Has(Fields.Payer)) return true;
        var money = state.Money;
        // What was paid between this one and the next is not kept, so only an older one than the newest is sure to mean nothing.
        if (late) return fact.Time < money.BalanceStatedAt;
        var c = new FieldCursor(fact.Clear);
        money.Balance = Math.Max(0, c.Number(Fields.Amount));
        money.BalanceDueAt = Instant(c.Number(Fields.Due));
        money.BalanceStatedAt = fact.Time;
        return true;
    }

    private static bool CreditIssued(PersonState state, in FactView fact)
    {
        var m = new MoneyFields(fact);
        if (!m.PaidByOther) state.Money.Credit += m.Amount;
        return true;
    }

    /// <summary>Credit pays like money, but is none: what it stood for was paid before.</summary>
    private static bool CreditRedeemed(PersonState state, in FactView fact, bool late)
    {
        var m = new MoneyFields(fact);
        Registration? seat = null;
        var hasSeat = m.NamesSeat && !m.ForOther;
        if (late)
        {
            if (hasSeat && FindLate(state, m.Registration, m.Section, fact.Time, out seat) != Found.Known) return false;
            if (fact.Time == state.Money.BalanceStatedAt) return false;
        }
        else if (hasSeat)
        {
            seat = Find(state, m.Registration, m.Section);
        }

        if (seat is not null) seat.Paid += m.Amount;
        else if (hasSeat) Keep(state, m, m.Amount, 0);
        Settle(state.Money, m.Amount, fact.Time);
        if (!m.PaidByOther) state.Money.Credit -= m.Amount;
        return true;
    }

    /// <summary>
    /// Takes a payment off the balance that was stated before it, down to nothing. Payments commute, because none is negative here: the end
    /// is max(0, stated − sum) in any order. A negative one corrects the totals only.
    /// </summary>
    private static void Settle(MoneyTotals money, long amount, long time)
    {
        if (amount > 0 && time >= money.BalanceStatedAt) money.Balance = Math.Max(0, money.Balance - amount);
    }

    private static void Keep(PersonState state, in MoneyFields m, long paid, long refunded)
    {
        if (state.Unplaced.Count == PersonState.MaxUnplaced) state.Unplaced.RemoveAt(0);
        state.Unplaced.Add(new UnplacedMoney(m.Registration, m.Section, paid, refunded, m.PaidByOther ? 0 : m.Organisation, m.PaidByOther));
    }

    /// <summary>Late, a new organisation commutes only while there is room: in a full list the first ones in order of time stay.</summary>
    private static bool CanAddOrganisation(MoneyTotals money, ulong organisation) =>
        money.ByOrganisation.Count < PersonState.MaxPayingOrganisations || money.ByOrganisation.Exists(o => o.Organisation == organisation);

    private static void AddOrganisation(MoneyTotals money, ulong organisation, long net)
    {
        money.PaidByOrganisations += net;
        var list = money.ByOrganisation;
        var index = 0;
        while (index < list.Count && list[index].Organisation < organisation) index++;
        if (index < list.Count && list[index].Organisation == organisation) list[index] = (organisation, list[index].Net + net);
        else if (list.Count < PersonState.MaxPayingOrganisations) list.Insert(index, (organisation, net));
    }

    /// <summary>Adds to the net of a civil month. The newest months stay, whatever the order: an older one than all of a full list is dropped.</summary>
    private static void AddNet(MoneyTotals money, int month, long net)
    {
        money.NetPaid += net;
        var months = money.Months;
        var index = months.Count;
        while (index > 0 && months[index - 1].Month > month) index--;
        if (index > 0 && months[index - 1].Month == month)
        {
            months[index - 1] = (month, months[index - 1].Net + net);
            return;
        }

        if (months.Count == PersonState.MaxMonths)
        {
            if (index == 0) return;
            months.RemoveAt(0);
            index--;
        }

        months.Insert(index, (month, net));
    }
}
