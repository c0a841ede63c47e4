using Experience.Domain.Events;

namespace Experience.Sample.Tests;

public sealed class HistoryTests(Riverbend riverbend) : IClassFixture<Riverbend>
{
    [Fact]
    public void Facts_come_in_the_order_of_time_and_none_is_of_the_future()
    {
        var last = new Stamp(long.MinValue, 0);
        foreach (var fact in riverbend.Facts)
        {
            Assert.True(fact.Stamp > last);
            last = fact.Stamp;
            Assert.False(fact.Live);
            Assert.Equal(SampleOptions.Source, fact.Source);
        }

        Assert.True(last.Time <= Riverbend.NowMicros);
        Assert.True(last.Time > Riverbend.NowMicros - 3600L * 1_000_000);
    }

    [Fact]
    public void The_policy_is_the_first_fact() => Assert.Equal(EventTypes.PolicyPublished, riverbend.Facts[0].Type);

    [Fact]
    public void No_two_facts_share_an_id() => Assert.Equal(riverbend.Facts.Count, riverbend.Facts.Select(f => f.Id).Distinct().Count());

    [Fact]
    public void Every_fact_has_the_fields_that_its_type_asks_for()
    {
        foreach (var fact in riverbend.Facts) FactRules.Check(fact);
    }

    [Fact]
    public void Equal_options_give_equal_facts_and_another_seed_other_ones()
    {
        var options = new SampleOptions { Now = Riverbend.Now, People = 1_200 };
        var first = new SampleProgram(options).History().Select(f => (f.Id, f.Time, Convert.ToHexString(f.Clear.Span), Convert.ToHexString(f.Personal.Span))).ToList();
        Assert.Equal(first, new SampleProgram(options).History().Select(f => (f.Id, f.Time, Convert.ToHexString(f.Clear.Span), Convert.ToHexString(f.Personal.Span))));
        Assert.NotEqual(first, new SampleProgram(options with { Seed = 1 }).History().Select(f => (f.Id, f.Time, Convert.ToHexString(f.Clear.Span), Convert.ToHexString(f.Personal.Span))));
    }

    [Fact]
    public void There_are_six_thousand_people_and_each_was_identified_before_anything_else()
    {
        var identified = new HashSet<string>();
        foreach (var fact in riverbend.Facts)
        {
            if (fact.Subject.Length == 0) continue;
            if (fact.Type == EventTypes.ParticipantIdentified) Assert.True(identified.Add(fact.Subject));
            else if (fact.Type != EventTypes.InquiryReceived) Assert.Contains(fact.Subject, identified);
        }

        Assert.InRange(identified.Count, 5_950, 6_000);
    }

    [Fact]
    public void What_names_a_section_names_one_that_was_published_before()
    {
        var published = new HashSet<string>();
        foreach (var fact in riverbend.Facts)
        {
            if (fact.Text(Fields.Section) is not { } section) continue;
            if (fact.Type == EventTypes.SectionPublished) published.Add(section);
            else Assert.Contains(section, published);
        }
    }

    [Fact]
    public void Two_sided_facts_are_told_to_both()
    {
        foreach (var group in riverbend.Facts.Where(f => f.Text(Fields.Payer) is not null || f.Text(Fields.Child) is not null).GroupBy(f => f.Type))
        {
            var mirrors = riverbend.Facts.Where(f => f.Type == group.Key && (f.Text(Fields.Beneficiary) ?? f.Text(Fields.Guardian)) is not null).Select(f => (f.Subject, f.Time)).ToHashSet();
            foreach (var fact in group) Assert.Contains(((fact.Text(Fields.Payer) ?? fact.Text(Fields.Child))!, fact.Time), mirrors);
        }
    }

    [Fact]
    public void Money_that_goes_back_came_before()
    {
        var paid = new Dictionary<string, long>();
        foreach (var fact in riverbend.Facts.Where(f => f.Text(Fields.Beneficiary) is null))
        {
            var key = fact.Text(Fields.Registration);
            if (fact.Type == EventTypes.PaymentReceived) paid[key!] = paid.GetValueOrDefault(key!) + fact.Number(Fields.Amount)!.Value;
            if (fact.Type != EventTypes.RefundIssued) continue;
            paid[key!] = paid.GetValueOrDefault(key!) - fact.Number(Fields.Amount)!.Value;
            Assert.True(paid[key!] >= 0, key);
        }
    }

    [Fact]
    public void A_main_term_offers_140_sections_and_about_a_seventh_are_cancelled()
    {
        var cancelled = riverbend.Of(EventTypes.SectionCancelled).Select(f => f.Text(Fields.Section)).ToHashSet();
        foreach (var term in (string[])["2024-fall", "2025-spring", "2025-fall", "2026-spring", "2026-fall"])
        {
            var sections = riverbend.Of(EventTypes.SectionPublished).Where(f => f.Text(Fields.Term) == term).Select(f => f.Text(Fields.Section)).ToList();
            Assert.Equal(140, sections.Count);
            Assert.InRange(sections.Count(cancelled.Contains), 18, 24);
        }
    }

    [Fact]
    public void Repeat_attrition_refunds_pace_and_cost_are_near_what_a_program_of_its_kind_has()
    {
        var kept = Kept();
        HashSet<string> Of(string term) => [.. kept.Where(k => k.Term == term).Select(k => k.Person)];
        var (spring, fall) = (Of("2026-spring"), Of("2026-fall"));
        Assert.InRange(spring.Count(fall.Contains) / (double)spring.Count, 0.42, 0.53);

        var year = 365L * 86_400_000_000;
        var before = kept.Where(k => k.At > Riverbend.NowMicros - 2 * year && k.At <= Riverbend.NowMicros - year).Select(k => k.Person).ToHashSet();
        var lately = kept.Where(k => k.At > Riverbend.NowMicros - year).Select(k => k.Person).ToHashSet();
        Assert.InRange(1 - before.Count(lately.Contains) / (double)before.Count, 0.33, 0.43);

        var confirmed = Confirmed().ToList();
        var asked = riverbend.Of(EventTypes.RefundRequested).Where(f => f.Text(Fields.Beneficiary) is null).Select(f => f.Text(Fields.Registration)).ToHashSet();
        var term = confirmed.Where(f => f.Text(Fields.Term) == "2026-fall").ToList();
        Assert.InRange(term.Count(f => asked.Contains(f.Text(Fields.Registration))) / (double)term.Count, 0.044, 0.048);

        var now = confirmed.Count(f => f.Text(Fields.Term) == "2027-spring");
        var day60 = new DateTimeOffset(2025, 11, 20, 16, 42, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1000;
        var last = confirmed.Count(f => f.Text(Fields.Term) == "2026-spring" && f.Time <= day60);
        Assert.InRange(now / (double)last, 0.94, 0.98);

        var cost = riverbend.Of(EventTypes.CostRecorded).Where(f => f.Text(Fields.Term) == "2026-fall").Sum(f => f.Number(Fields.Amount)!.Value);
        var everybody = Kept(contracts: true).Where(k => k.Term == "2026-fall").Select(k => k.Person).Distinct().Count();
        Assert.InRange(cost / (double)everybody, 147_00, 149_00);
    }

    private IEnumerable<Fact> Confirmed() => riverbend.Of(EventTypes.RegistrationConfirmed).Where(f => f.Text(Fields.Beneficiary) is null);

    private List<(string Person, string Term, long At)> Kept(bool contracts = false)
    {
        var gone = riverbend.Facts.Where(f => f.Type == EventTypes.RegistrationCancelled || f.Type == EventTypes.RegistrationDropped).Select(f => f.Text(Fields.Registration)).ToHashSet();
        var back = riverbend.Of(EventTypes.RefundIssued).Where(f => f.Text(Fields.Beneficiary) is null).ToDictionary(f => f.Text(Fields.Registration)!, f => f.Number(Fields.Amount)!.Value);
        return
        [
            .. Confirmed().Where(f => (contracts || f.Text(Fields.PayerOrganisation) is null) && !gone.Contains(f.Text(Fields.Registration)) && back.GetValueOrDefault(f.Text(Fields.Registration)!) < f.Number(Fields.Amount))
                .Select(f => (f.Subject, f.Text(Fields.Term)!, f.Time)),
        ];
    }
}
