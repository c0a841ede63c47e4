using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Identity;
using Experience.Domain.Port;

namespace Experience.Contract;

/// <summary>Who looks like one is suggested with the evidence; a household never is; what staff say is remembered.</summary>
public abstract class IdentityContract(IEngineLab lab) : ContractBase(lab)
{
    private static Fact Who(string key, string given, string family, string? email, string? phone = null, int? born = null, string? student = null, string id = "is")
    {
        var builder = Given.Of(EventTypes.ParticipantIdentified, key, $"{key}-{id}", Start.AddDays(-100))
            .Set(Fields.GivenName, given).Set(Fields.FamilyName, family).Set(Fields.Email, email).Set(Fields.Phone, phone).Set(Fields.Student, student);
        if (born is { } day) builder.Set(Fields.BirthDate, day);
        return builder.Build();
    }

    private static Fact[] Okafors() =>
    [
        Who("ngozi", "Ngozi", "Okafor", "okafor@example.org", "555 0100 2233", 4_000),
        Who("ada", "Ada", "Okafor", "okafor@example.org", "555 0100 2233", 16_000),
        Who("chidi", "Chidi", "Okafor", "okafor@example.org", "555 0100 2233", 14_900),
        Given.Of(EventTypes.HouseholdLinked, "ngozi", "h-1", Start.AddDays(-90)).Set(Fields.Child, "ada").Build(),
        Given.Of(EventTypes.HouseholdLinked, "ada", "h-1#mirror", Start.AddDays(-90)).Set(Fields.Guardian, "ngozi").Build(),
        Given.Of(EventTypes.HouseholdLinked, "ngozi", "h-2", Start.AddDays(-90)).Set(Fields.Child, "chidi").Build(),
        Given.Of(EventTypes.HouseholdLinked, "chidi", "h-2#mirror", Start.AddDays(-90)).Set(Fields.Guardian, "ngozi").Build(),
    ];

    private static Fact[] Bells() =>
    [
        Who("bell-1", "Katherine", "Bell", "katherine.bell@example.org", "+1 555 0129 6642", 8_000), Given.Payment("bell-1", "b-1", Start.AddDays(-50), 10_000),
        Who("bell-2", "Kate", "Bell", "kbell@post.example.net", "+1 555 0129 6642", 8_000), Given.Payment("bell-2", "b-2", Start.AddDays(-20), 5_000),
    ];

    private static async Task<SuggestionsView> AskAsync(IExperienceEngine engine) => await ((IIdentities)engine).SuggestionsAsync(null, 50, Desk, None);

    [Fact]
    public async Task Two_who_look_like_one_are_suggested_and_a_household_is_not()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Okafors(), .. Bells(), Who("other", "Peter", "Bell", "p@example.org")]);
        var found = Assert.Single((await AskAsync(engine)).Suggestions);
        Assert.Equal(["bell-1", "bell-2"], new[] { found.First, found.Second }.SelectMany(p => p.Keys).Select(k => k.Key).Order());
        Assert.Contains(found.Evidence, e => e is { Kind: "phone", For: true });
        Assert.Contains(found.Evidence, e => e is { Kind: "birth", For: true });
        Assert.DoesNotContain("katherine.bell", found.First.Contact + found.Second.Contact, StringComparison.Ordinal);

        // Nobody was merged by it.
        Assert.Equal(6, (await BoardAsync(engine)).People);
        engine = await ReopenAsync(engine);
        var again = await UntilAsync(() => ((IIdentities)engine).SuggestionsAsync(null, 50, Desk, None), v => v.Ready);
        Assert.Equal(found.Id, Assert.Single(again.Suggestions).Id);
    }

    [Fact]
    public async Task A_household_stands_together_with_its_sum_and_apart_as_people()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Okafors(), Given.Payment("ngozi", "o-1", Start.AddDays(-10), 30_000), Given.Payment("ada", "o-2", Start.AddDays(-9), 2_500)]);
        var card = await CardAsync(engine, "ngozi");
        Assert.Equal(["Ada Okafor", "Chidi Okafor"], card.Household.Select(h => h.Name).Order());
        Assert.Equal(new HouseholdWorth(3, 32_500), card.HouseholdWorth);
        Assert.Equal(30_000, card.Value!.NetPaid);
        Assert.Null((await CardAsync(engine, "ada")).HouseholdWorth);
        Assert.Equal(3, (await BoardAsync(engine)).People);
    }

    [Fact]
    public async Task A_child_is_the_one_of_the_source_that_told_of_it()
    {
        var engine = await OpenAsync();
        // One mother under two keys; the shop tells of her child, and the desk knows a stranger by the child's key.
        await AcceptAsync(engine, [Who("ngozi", "Ngozi", "Okafor", null), Who("kid", "Walter", "Pym", null)]);
        await AcceptAsync(engine,
        [
            new FactBuilder(EventTypes.ParticipantIdentified, Unions.Second, "s-1", "kid", Start.AddDays(-9).Micros()).Set(Fields.GivenName, "Ada").Set(Fields.FamilyName, "Okafor").Build(),
            new FactBuilder(EventTypes.HouseholdLinked, Unions.Second, "s-2", "cust-9", Start.AddDays(-8).Micros()).Set(Fields.Child, "kid").Build(),
            new FactBuilder(EventTypes.HouseholdLinked, Unions.Second, "s-2#mirror", "kid", Start.AddDays(-8).Micros()).Set(Fields.Guardian, "cust-9").Build(),
        ]);
        await AcceptAsync(engine, Unions.Merge("cust-9", "ngozi", "merge", Start, Unions.Second, Given.Source));
        var mother = await UntilAsync(async () => (await CardAsync(engine, "ngozi")), c => c.Person.Keys.Count == 2);
        Assert.Equal(["Ada Okafor"], mother.Household.Select(h => h.Name));
        Assert.Empty((await CardAsync(engine, "kid")).Household);
    }

    [Fact]
    public async Task A_preview_folds_histories_of_any_length()
    {
        var engine = await OpenAsync();
        const int many = 20_500;
        // What counts is what is oldest; one event came under both keys, and what one of them voids is the other's.
        var history = Enumerable.Range(0, many).Select(i => Given.Of(EventTypes.ActivityRecorded, "bell-1", $"a-{i}", Start.AddDays(-30).AddMinutes(i)).Build());
        await AcceptAsync(engine, [.. Bells(), Given.Payment("bell-1", "first", Start.AddDays(-900), 70_000), Given.Payment("bell-2", "first", Start.AddDays(-900), 70_000), Given.Payment("bell-2", "undone", Start.AddDays(-899), 9), Given.Void("bell-1", "void", Start, "undone")]);
        await AcceptAsync(engine, [.. history], 5_000);
        var preview = await ((IIdentities)engine).PreviewAsync(await PersonAsync(engine, "bell-2"), await PersonAsync(engine, "bell-1"), Desk, None);
        await AcceptAsync(engine, Unions.Merge("bell-1", "bell-2", "merge", Start));
        var card = await CardAsync(engine, "bell-1");
        Assert.Equal(85_000, card.Value!.NetPaid);
        Assert.Equal(JsonSerializer.Serialize<object?[]>([card.Value, card.Score, card.Money, card.More.Facts]), JsonSerializer.Serialize<object?[]>([preview!.Merged.Value, preview.Merged.Score, preview.Merged.Money, preview.Merged.More.Facts]));
        Assert.Equal(many + 6, card.More.Facts);
    }

    [Fact]
    public async Task A_preview_is_what_the_merge_then_makes()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, Bells());
        var people = (IIdentities)engine;
        var (first, second) = (await PersonAsync(engine, "bell-1"), await PersonAsync(engine, "bell-2"));
        var preview = await people.PreviewAsync(second, first, Desk, None);
        Assert.NotNull(preview);
        Assert.Equal(15_000, preview.Merged.Value!.NetPaid);
        Assert.Equal(2, (await BoardAsync(engine)).People);
        await AcceptAsync(engine, Unions.Merge("bell-1", "bell-2", "m", Start));
        var card = await CardAsync(engine, "bell-2");
        Assert.Equal(card.Id, preview.Merged.Id);
        Assert.Equal(card.Value!.NetPaid, preview.Merged.Value!.NetPaid);
        Assert.Equal(card.Score?.Value, preview.Merged.Score?.Value);
        Assert.Equal(card.Person.PreferredName, preview.Merged.Person.PreferredName);
        Assert.Equal(card.Person.Keys, preview.Merged.Person.Keys);
        Assert.Equal(card.More.Facts, preview.Merged.More.Facts);
        Assert.Null(await people.PreviewAsync(first, card.Id, Desk, None));
        Assert.Null(await people.PreviewAsync(first, new string('0', 31) + "1", Desk, None));
    }

    [Fact]
    public async Task A_merge_is_listed_until_it_is_undone_and_what_was_declined_is_not_asked_again()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Bells(), Who("ann-1", "Ann", "Lee", "ann@example.org"), Who("ann-2", "Ann", "Lee", "ann@example.org")]);
        Assert.Equal(2, (await AskAsync(engine)).Total);
        await AcceptAsync(engine, Unions.Unmerge("ann-2", "ann-1", "no", Start));
        Assert.Equal("bell", Assert.Single((await AskAsync(engine)).Suggestions).First.Keys[0].Key[..4]);
        await AcceptAsync(engine, Unions.Merge("bell-2", "bell-1", "yes", Start));
        var merged = await AskAsync(engine);
        Assert.Empty(merged.Suggestions);
        var link = Assert.Single(merged.Merged);
        Assert.Equal(["bell-1", "bell-2"], new[] { link.First.Key, link.Second.Key }.Order());
        await AcceptAsync(engine, Unions.Unmerge("bell-1", "bell-2", "undo", Start.AddMinutes(1)));
        engine = await ReopenAsync(engine);
        var after = await UntilAsync(() => ((IIdentities)engine).SuggestionsAsync(null, 50, Desk, None), v => v.Ready);
        Assert.Empty(after.Merged);
        Assert.Empty(after.Suggestions);
    }

    [Fact]
    public async Task An_exact_pair_is_merged_by_the_policy_and_stays_two_once_somebody_says_so()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Who("r-1", "Lena", "Vogt", "lena@example.org", born: 9_000), Given.Payment("r-1", "r-p", Start.AddDays(-50), 700), .. Okafors()]);
        await AcceptAsync(engine, [Who("r-2", "Lena", "Vogt", "Lena@example.org", born: 9_000), Given.Payment("r-2", "r-q", Start.AddDays(-5), 70), .. Bells()]);
        var view = await UntilAsync(() => ((IIdentities)engine).SuggestionsAsync(null, 50, Desk, None), v => v.Merged.Count == 1);
        Assert.Equal("Lena Vogt", view.Merged[0].Name);
        Assert.Equal(770, (await CardAsync(engine, "r-2")).Value!.NetPaid);
        Assert.Equal("bell", Assert.Single(view.Suggestions).First.Keys[0].Key[..4]);
        Assert.Equal(6, (await BoardAsync(engine)).People);
        await AcceptAsync(engine, Unions.Unmerge("r-1", "r-2", "no", Start.AddMinutes(30)));
        Time.Advance(TimeSpan.FromHours(1));
        await AcceptAsync(engine, [Who("r-2", "Lena", "Vogt", "lena@example.org", born: 9_000, id: "again")]);
        Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty((await AskAsync(engine)).Merged);
        Assert.Equal(70, (await CardAsync(engine, "r-2")).Value!.NetPaid);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task Three_sources_that_overlap_are_one_roster_by_the_policy_and_a_household_stays_apart()
    {
        static Fact At(string source, string key, string given, string family, string? student, string? email, int born)
        {
            var builder = new FactBuilder(EventTypes.ParticipantIdentified, source, $"is-{key}", key, Start.AddDays(-3).Micros())
                .Set(Fields.GivenName, given).Set(Fields.FamilyName, family).Set(Fields.Student, student).Set(Fields.Email, email);
            return builder.Set(Fields.BirthDate, born).Build();
        }

        static Fact Paid(string source, string key, long cents) => new FactBuilder(EventTypes.PaymentReceived, source, $"paid-{key}", key, Start.AddDays(-2).Micros()).Set(Fields.Amount, cents).Build();

        // Pushed by the desk, polled from the shop, read from the cashier's file: each has keys of its own. The mother shares her address with her child, who shares her family name.
        var engine = await OpenAsync();
        await AcceptAsync(engine, [At("/registrar", "r-1", "Maria", "Delgado", "900113", "maria@example.org", 7_000), Paid("/registrar", "r-1", 100), At("/registrar", "r-2", "Ngozi", "Okafor", "900114", "okafor@example.org", 4_000)]);
        await AcceptAsync(engine, [At("/shop", "c-7", "Maria", "Delgado", "900113", null, 7_000), Paid("/shop", "c-7", 20), At("/shop", "c-8", "Ngozi", "Okafor", null, "okafor@example.org", 4_000), Paid("/shop", "c-8", 50), At("/shop", "c-9", "Ada", "Okafor", null, "okafor@example.org", 16_000), Paid("/shop", "c-9", 7)]);
        await AcceptAsync(engine, [At("/import/cashier", "1", "Maria", "Delgado", null, "maria@example.org", 7_000), Paid("/import/cashier", "1", 3), At("/import/cashier", "2", "Ada", "Okafor", null, "okafor@example.org", 16_000)]);

        // The desk's Maria is the shop's by student number and the cashier's by address: one person, though shop and cashier share neither.
        await UntilAsync(() => ((IIdentities)engine).SuggestionsAsync(null, 50, Desk, None), v => v is { Ready: true, Merged.Count: 4 });
        var roster = new List<string>();
        foreach (var (source, key) in ((string, string)[])[("/registrar", "r-1"), ("/registrar", "r-2"), ("/import/cashier", "2")])
        {
            var card = (await engine.CardAsync(await PersonAsync(engine, key, source), Desk, None))!;
            roster.Add($"{card.Person.PreferredName} {string.Join('+', card.Person.Keys.Select(k => k.Key).Order(StringComparer.Ordinal))} {card.Value?.NetPaid}");
        }

        // Of a child no value is shown.
        Assert.Equal(["Maria 1+c-7+r-1 123", "Ngozi c-8+r-2 50", "Ada 2+c-9 "], roster);
        Assert.Equal(3, (await BoardAsync(engine)).People);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task A_policy_may_merge_nobody_and_may_not_merge_households()
    {
        Assert.Null(Domain.Programs.Policy.Parse("""{"identity":{"merge":[["email","family","birth"]]}}"""u8, out var error));
        Assert.Equal("identity.merge[0]", error!.Field);
        Assert.Empty(Domain.Programs.Policy.Parse("""{"identity":{"merge":[]}}"""u8, out _)!.Identity.Merge);
        var engine = await OpenAsync();
        await AcceptAsync(engine, [new FactBuilder(EventTypes.PolicyPublished, Given.Source, "pol", "", Start.AddDays(-1).Micros()).Set(Fields.Document, """{"identity":{"merge":[]}}""").Build()]);
        await engine.PolicyAsync(None);
        await AcceptAsync(engine, [Who("r-1", "Lena", "Vogt", "lena@example.org", born: 9_000), Who("r-2", "Lena", "Vogt", "lena@example.org", born: 9_000)]);
        Time.Advance(TimeSpan.FromSeconds(2));
        var view = await AskAsync(engine);
        Assert.Single(view.Suggestions);
        Assert.Empty(view.Merged);
    }

    [Fact]
    public async Task People_are_found_by_each_identity_they_state_under_any_key()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Bells(), .. Okafors(), Who("st", "Sam", "Tan", null, student: "900-113")]);
        await AcceptAsync(engine, Unions.Merge("bell-1", "bell-2", "m", Start));
        engine = await ReopenAsync(engine);
        await UntilAsync(() => ((IIdentities)engine).SuggestionsAsync(null, 50, Desk, None), v => v.Ready);
        var people = (IIdentities)engine;
        var bell = await PersonAsync(engine, "bell-1");
        Assert.Equal([bell], await people.WithIdentityAsync(IdentityKind.Email, "Katherine.Bell@example.org", Desk, None));
        Assert.Equal([bell], await people.WithIdentityAsync(IdentityKind.Email, "kbell@post.example.net", Desk, None));
        Assert.Equal([bell], await people.WithIdentityAsync(IdentityKind.Phone, "(555) 0129-6642", Desk, None));
        Assert.Equal([await PersonAsync(engine, "st")], await people.WithIdentityAsync(IdentityKind.Student, "900113", Desk, None));
        Assert.Equal(3, (await people.WithIdentityAsync(IdentityKind.Email, "okafor@example.org", Desk, None)).Count);
        Assert.Empty(await people.WithIdentityAsync(IdentityKind.Email, "nobody@example.org", Desk, None));

        // An address that was changed leads nowhere, and neither does one of somebody erased.
        await AcceptAsync(engine, [Given.Of(EventTypes.ParticipantIdentified, "st", "st-2", Start).Set(Fields.Student, "77-1234").Build()]);
        Assert.Empty(await people.WithIdentityAsync(IdentityKind.Student, "900113", Desk, None));
        await AcceptAsync(engine, [Given.Of(EventTypes.ParticipantErased, "bell-1", "gone", Start, live: true).Build()]);
        Assert.Empty(await people.WithIdentityAsync(IdentityKind.Phone, "5550129 6642", Desk, None));
        Assert.Empty(await people.WithIdentityAsync(IdentityKind.Email, "kbell@post.example.net", Desk, None));
    }

    [Fact]
    public async Task What_a_person_states_is_told_under_every_key_and_is_gone_after_an_erasure()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Bells(), Who("st", "Sam", "Tan", null, student: "900-113")]);
        var people = (IIdentities)engine;
        var (bell, kate) = (await PersonAsync(engine, "bell-1"), await PersonAsync(engine, "bell-2"));
        Assert.Equal(new StatedIdentities("Katherine", "Bell", "katherine.bell@example.org", "+1 555 0129 6642"), await people.StatedAsync(bell, Desk, None));
        Assert.Equal(new StatedIdentities("Sam", "Tan", "", ""), await people.StatedAsync(await PersonAsync(engine, "st"), Desk, None));
        Assert.Null(await people.StatedAsync(new string('7', 32), Desk, None));
        Assert.Null(await people.StatedAsync("nobody", Desk, None));

        // Of one who has two keys the same is told by the id of either.
        await AcceptAsync(engine, Unions.Merge("bell-1", "bell-2", "m", Start));
        await AcceptAsync(engine, [Given.Of(EventTypes.ParticipantIdentified, "bell-2", "new", Start.AddHours(1)).Set(Fields.Phone, "555 0130 0000").Build()]);
        var both = await people.StatedAsync(bell, Desk, None);
        Assert.Equal("555 0130 0000", both!.Phone);
        Assert.Equal(both, await people.StatedAsync(kate, Desk, None));
        await AcceptAsync(engine, [Given.Of(EventTypes.ParticipantErased, "bell-2", "gone", Start, live: true).Build()]);
        Assert.Equal(new StatedIdentities("", "", "", ""), await people.StatedAsync(bell, Desk, None));
        Assert.Equal(new StatedIdentities("", "", "", ""), await people.StatedAsync(kate, Desk, None));
    }
}
