using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Programs;
using Experience.Domain.Tests.Assessments;
using Experience.Domain.Tests.People;
using static Experience.Domain.Tests.Assessments.Case;

namespace Experience.Domain.Tests.Cards;

/// <summary>What a person has not consented to is raised, counted, listed and said nowhere.</summary>
public sealed class ConsentTests
{
    private static readonly long Now = At(2026, 7, 20);

    [Fact]
    public void No_path_shows_an_offer_to_somebody_without_consent_for_its_purpose()
    {
        var seen = (Offers: 0, NoOffers: 0, NoServices: 0);
        for (var seed = 1; seed <= 400; seed++)
        {
            var random = new Random(seed);
            var (written, waits) = (random.Next(2) == 0, random.Next(2) == 0);
            var policy = PolicyJson($$""","consent":{"offers":"{{(waits ? "when-granted" : "until-refused")}}","writtenOffers":"{{(written ? "when-granted" : "until-refused")}}"},"offers":{"needs":10}""");
            var person = Needy(policy);
            var words = Words(random);
            foreach (var word in random.Next(3) == 0 ? words.OrderByDescending(w => w.At).ToList() : words)
                person.Tell(word.Type, word.At, f => f.Set(Fields.Purpose, word.Purpose).Set(Fields.Channel, word.Channel));

            var offers = Fields.Channel.Codes.Any(c => Allowed(words, "offers", c, waits || written && IsWritten(c)));
            var services = Fields.Channel.Codes.Any(c => Allowed(words, "service", c, false));
            var because = $"seed {seed}: offers {offers}, services {services}";

            var assessed = person.Assess(Now);
            Check(assessed.Open.Where(i => i.Need).Select(i => i.Service), offers, services, because);
            Assert.True(assessed.Row.Needs == assessed.Open.Count(i => i.Need), because);
            var card = person.Card(Now);
            Check(card.Needs.Select(n => n.Service), offers, services, because);
            if (card.SayFirst is { Kind: "need" } said) Assert.True(card.Needs.Any(n => n.Rule == said.Rule.Rule), because);
            Assert.Equal((services, offers), (card.Consent.Single(c => c.Purpose == "service").May, card.Consent.Single(c => c.Purpose == "offers").May));
            var listed = PeopleLists.Rank(PeopleList.Needs, 0, assessed.Row) != PeopleLists.NotInList;
            Assert.True(listed == (offers || services), because);
            var row = PeopleLists.Describe(PeopleList.Needs, "p", person.State(Now), assessed, person.Snapshot(), null);
            if (!offers) Assert.DoesNotContain("One course left", row.Why, StringComparison.Ordinal);
            if (!Allowed(words, "service", "phone", false)) Assert.Equal(PeopleLists.NotInList, PeopleLists.Rank(PeopleList.Calls, 0, assessed.Row with { Risks = 1, Chance = 5_000 }));
            if (offers && !Allowed(words, "offers", "counter", waits)) Assert.All(card.Needs.Where(n => !n.Service), n => Assert.NotNull(n.Held));

            if (offers) seen.Offers++;
            else seen.NoOffers++;
            if (!services) seen.NoServices++;
        }

        Assert.True(seen is { Offers: > 80, NoOffers: > 80, NoServices: > 15 }, $"the stories reach too little: {seen}");
    }

    [Fact]
    public void A_word_on_a_purpose_replaces_what_was_said_of_its_channels_and_the_newest_counts()
    {
        var person = new Case()
            .Tell(EventTypes.ConsentGranted, At(2026, 1, 1), f => f.Set(Fields.Purpose, "offers"))
            .Tell(EventTypes.ContactRefused, At(2026, 1, 2), f => f.Set(Fields.Channel, "email").Set(Fields.Purpose, "offers"))
            .Tell(EventTypes.ContactRefused, At(2026, 1, 3), f => f.Set(Fields.Channel, "phone"));
        Assert.Equal("Yes, not by phone, by e-mail: consent given", Offers(person));
        Assert.Equal("Yes, not by phone: nothing said, by policy", person.Card(Now).Consent.Single(c => c.Purpose == "service").Text);
        person.Tell(EventTypes.ConsentGranted, At(2026, 1, 4), f => f.Set(Fields.Purpose, "offers"));
        Assert.Equal("Yes: consent given", Offers(person));
        person.Tell(EventTypes.ConsentRevoked, At(2026, 1, 5), f => f.Set(Fields.Purpose, "offers"));
        Assert.Equal("No: consent taken back", Offers(person));
        person.Tell(EventTypes.ContactAllowed, At(2026, 1, 6), f => f.Set(Fields.Channel, "counter").Set(Fields.Purpose, "offers"));
        Assert.Equal("Only at the counter: consent taken back", Offers(person));

        static string Offers(Case person) => person.Card(Now).Consent.Single(c => c.Purpose == "offers").Text;
    }

    [Fact]
    public void Consent_in_any_order_of_arrival_is_the_same()
    {
        for (var seed = 1; seed <= 60; seed++)
        {
            var random = new Random(seed);
            var facts = Words(random).Select((w, i) => new FactBuilder(w.Type, "/t", $"c-{i}", "p", w.At).Set(Fields.Purpose, w.Purpose).Set(Fields.Channel, w.Channel).Build()).ToArray();
            var folder = new ReferenceFolder(Zone);
            foreach (var fact in facts) folder.Add(fact);
            random.Shuffle(facts);
            var other = new ReferenceFolder(Zone);
            foreach (var fact in facts) other.Add(fact);
            Assert.Equal(folder.Bytes, other.Bytes);
        }
    }

    [Fact]
    public void An_older_policy_that_waited_for_consent_still_does()
    {
        var policy = Policy.Parse("""{"offers":{"needsConsent":true}}"""u8, out _)!;
        Assert.True(policy.Consent.Offers);
        Assert.Equal(ConsentRules.Default, Policy.Parse("{}"u8, out _)!.Consent);
        Assert.Null(Policy.Parse("""{"consent":{"offers":"maybe"}}"""u8, out var error));
        Assert.Equal("consent.offers", error!.Field);
    }

    /// <summary>Somebody with an offer (one course left) and a service (licence hours) to speak of.</summary>
    private static Case Needy(string policy) => new Case(policy)
        .Section("pay", CivilZone.DayOf(2026, 9, 14), course: "payroll", more: f => f.Set(Fields.Term, "2026-fall").Set(Fields.Certificate, "bookkeeping"))
        .Tell(EventTypes.CertificateProgressed, At(2026, 5, 1), f => f.Set(Fields.Certificate, "bookkeeping").Set(Fields.Completed, 3L).Set(Fields.Required, 4L).Set(Fields.Course, "payroll"))
        .Tell(EventTypes.CredentialExpiring, At(2026, 6, 1), f => f.Set(Fields.Credential, "RN").Set(Fields.Expires, (long)CivilZone.DayOf(2026, 9, 1)).Set(Fields.HoursRequired, 1200L));

    private static bool IsWritten(string channel) => channel is "email" or "text" or "chat" or "post";

    private static void Check(IEnumerable<bool> needs, bool offers, bool services, string because)
    {
        var list = needs.ToList();
        Assert.True(list.Contains(false) == offers, because);
        Assert.True(list.Contains(true) == services, because);
    }

    private static List<(EventType Type, long At, string? Purpose, string? Channel)> Words(Random random)
    {
        var words = new List<(EventType, long, string?, string?)>();
        for (var i = 0; i < random.Next(6); i++)
        {
            var at = At(2026, 1, 1) + i * CivilZone.MicrosPerDay;
            var purpose = random.Next(3) == 0 ? "service" : "offers";
            words.Add(random.Next(5) switch
            {
                0 => (EventTypes.ConsentGranted, at, purpose, null),
                1 or 2 => (EventTypes.ConsentRevoked, at, purpose, null),
                3 => (EventTypes.ContactAllowed, at, random.Next(2) == 0 ? purpose : null, Fields.Channel.Codes[random.Next(7)]),
                _ => (EventTypes.ContactRefused, at, random.Next(2) == 0 ? purpose : null, Fields.Channel.Codes[random.Next(7)]),
            });
        }

        return words;
    }

    /// <summary>The newest word that speaks of the purpose and channel, else the policy.</summary>
    private static bool Allowed(List<(EventType Type, long At, string? Purpose, string? Channel)> words, string purpose, string channel, bool waits)
    {
        var newest = words.OrderBy(w => w.At).LastOrDefault(w => (w.Purpose is null || w.Purpose == purpose) && (w.Channel is null || w.Channel == channel));
        return newest.Type is null ? !waits : newest.Type == EventTypes.ConsentGranted || newest.Type == EventTypes.ContactAllowed;
    }
}
