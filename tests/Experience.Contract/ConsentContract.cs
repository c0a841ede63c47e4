using Experience.Domain.Events;
using Experience.Domain.Port;

namespace Experience.Contract;

/// <summary>An offer is nowhere at the port while its person has not consented; a service is not touched by that.</summary>
public abstract class ConsentContract(IEngineLab lab) : ContractBase(lab)
{
    private static Fact Consent(EventType type, string id, DateTimeOffset at, string purpose, string? channel = null) =>
        Given.Of(type, "dana", id, at, live: true).Set(Fields.Purpose, purpose).Set(Fields.Channel, channel).Build();

    private static IEnumerable<Fact> Dana()
    {
        yield return Given.Section("excel-01", Start.AddDays(-90), Start.AddDays(40));
        yield return Given.Person("dana", Start.AddDays(-80), "Dana", "Reyes");
        yield return Given.Of(EventTypes.CertificateProgressed, "dana", "cp", Start.AddDays(-1), live: true)
            .Set(Fields.Certificate, "office").Set(Fields.Completed, 3L).Set(Fields.Required, 4L).Set(Fields.Course, "excel").Build();
        yield return Given.Of(EventTypes.WaitlistJoined, "dana", "w", Start.AddDays(-20), live: true).Set(Fields.Section, "excel-01").Build();
    }

    [Fact]
    public async Task Consent_that_is_taken_back_ends_an_offer_everywhere_at_once_and_a_late_word_counts_by_its_time()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Dana()]);
        Assert.Equal(["certificate", "waitlist"], await ShownAsync(engine));

        await AcceptAsync(engine, [Consent(EventTypes.ConsentRevoked, "c-2", Start, "offers")]);
        Assert.Equal(["waitlist"], await ShownAsync(engine));

        // Granted before it was taken back: the newest word counts, whenever it comes.
        await AcceptAsync(engine, [Consent(EventTypes.ConsentGranted, "c-1", Start.AddDays(-5), "offers")]);
        Assert.Equal(["waitlist"], await ShownAsync(engine));

        // The word that took it back was a mistake.
        await AcceptAsync(engine, [Given.Void("dana", "v", Start, "c-2")]);
        Assert.Equal(["certificate", "waitlist"], await ShownAsync(engine));

        await AcceptAsync(engine, [Consent(EventTypes.ConsentRevoked, "c-3", Start, "service"), Consent(EventTypes.ConsentRevoked, "c-4", Start, "offers")]);
        Assert.Empty(await ShownAsync(engine));
        await AcceptAsync(engine, [Consent(EventTypes.ContactAllowed, "c-5", Start.AddMinutes(1), "service", "phone")]);
        Assert.Equal(["waitlist"], await ShownAsync(engine));
        var consent = (await CardAsync(engine, "dana")).Consent;
        Assert.Equal(("Only by phone: consent taken back", false), (consent.Single(c => c.Purpose == "service").Text, consent.Single(c => c.Purpose == "offers").May));
        await VerifyAsync(engine);
    }

    /// <summary>The needs that are shown, once every path that can show one agrees.</summary>
    private async Task<List<string>> ShownAsync(IExperienceEngine engine)
    {
        var card = await CardAsync(engine, "dana");
        List<string> shown = [.. card.Needs.Select(n => n.Rule).Order(StringComparer.Ordinal)];
        var flags = await UntilAsync(() => engine.FlagsAsync(Desk, None), f => f.Flags.Count == shown.Count);
        Assert.Equal(shown, flags.Flags.Select(f => f.Rule).Order(StringComparer.Ordinal));
        var list = await engine.PeopleAsync(new PeopleQuery("needs", "everyone", null, null, 10), Desk, None);
        Assert.Equal(shown.Count == 0 ? 0 : 1, list.Total);
        if (card.SayFirst is { Kind: "need" } said) Assert.Contains(said.Rule.Rule, shown);
        return shown;
    }
}
