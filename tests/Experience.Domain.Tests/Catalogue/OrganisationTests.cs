using System.Buffers;
using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Programs;
using Experience.Domain.Tests.Assessments;
using Experience.Domain.Tests.People;
using static Experience.Domain.Tests.Assessments.Case;

namespace Experience.Domain.Tests.Catalogue;

/// <summary>Names, and every sum of an organisation against a count that reads the events.</summary>
public sealed class OrganisationTests
{
    [Theory]
    [InlineData("Harlan Precision", "harlan precision")]
    [InlineData("HARLAN  PRECISION, Inc.", "harlan precision")]
    [InlineData("Müller & Söhne GmbH", "muller and sohne")]
    [InlineData("O'Neil S.A.", "oneil")]
    [InlineData("Cafe\u0301 Noir", "cafe noir")]
    [InlineData("Łódź Sp. z o.o.", "lodz sp z oo")]
    [InlineData("The Co", "the")]
    [InlineData("Borg & Co.", "borg")]
    [InlineData("Inc.", "inc")]
    [InlineData("---", "---")]
    public void A_name_has_one_normal_form(string name, string normal)
    {
        Assert.Equal(normal, OrganisationBook.Normal(name));
        Assert.Equal(normal, OrganisationBook.Normal(OrganisationBook.Normal(name)));
    }

    [Fact]
    public void Aliases_lead_to_one_key_and_a_circle_ends()
    {
        var book = new Case()
            .Program(EventTypes.OrganisationDescribed, At(2026, 1, 1), f => f.Set(Fields.Organisation, "Alpha").Set(Fields.Alias, "Beta"))
            .Program(EventTypes.OrganisationDescribed, At(2026, 1, 2), f => f.Set(Fields.Organisation, "Beta").Set(Fields.Alias, "Gamma Ltd"))
            .Snapshot().Organisations;
        Assert.Equal("alpha", book.KeyOf("GAMMA"));
        Assert.Equal(["beta", "gamma"], book.AliasesOf("alpha"));
        // Turned round: the newest word counts.
        var turned = new Case()
            .Program(EventTypes.OrganisationDescribed, At(2026, 1, 1), f => f.Set(Fields.Organisation, "Alpha").Set(Fields.Alias, "Beta"))
            .Program(EventTypes.OrganisationDescribed, At(2026, 1, 2), f => f.Set(Fields.Organisation, "Beta").Set(Fields.Alias, "Alpha"))
            .Snapshot().Organisations;
        Assert.Equal("beta", turned.KeyOf("Alpha"));
    }

    [Fact]
    public void Value_seats_and_people_are_those_of_the_events()
    {
        string[] spellings = ["Acme", "ACME Inc.", "Borg", "Borg & Co"];
        for (var seed = 1; seed <= 120; seed++)
        {
            var random = new Random(seed);
            var told = new Case();
            // Names are spelled by whoever first writes them; here the program does.
            foreach (var name in spellings) told.Program(EventTypes.OrganisationDescribed, At(2025, 1, 1), f => f.Set(Fields.Organisation, name));
            var program = told.Section("s-0", CivilZone.DayOf(2026, 1, 19), more: f => f.Set(Fields.Term, "2026-spring")).Section("s-1", CivilZone.DayOf(2025, 9, 10), more: f => f.Set(Fields.Term, "2025-fall")).Snapshot();
            var parts = new[] { Pass(""), Pass("") };
            var paid = new Dictionary<string, long> { ["acme"] = 0, ["borg"] = 0 };
            var seats = new Dictionary<string, long>(paid);
            var people = paid.Keys.ToDictionary(k => k, _ => new HashSet<int>());
            for (var person = 0; person < 12; person++)
            {
                var facts = new List<Fact>();
                for (var i = 0; i < random.Next(5); i++)
                {
                    var name = spellings[random.Next(spellings.Length)];
                    var key = OrganisationBook.Normal(name);
                    var at = At(2025, 8, 1) + random.Next(200) * CivilZone.MicrosPerDay + i;
                    var amount = random.NextInt64(1, 90_000);
                    switch (random.Next(4))
                    {
                        case 0:
                            facts.Add(Make(EventTypes.OrganisationLinked, at, f => f.Set(Fields.Organisation, name)));
                            break;
                        case 1:
                            facts.Add(Make(EventTypes.PaymentReceived, at, f => f.Set(Fields.Amount, amount).Set(Fields.PayerOrganisation, name)));
                            paid[key] += amount;
                            people[key].Add(person);
                            break;
                        case 2:
                            facts.Add(Make(EventTypes.RefundIssued, at, f => f.Set(Fields.Amount, amount).Set(Fields.PayerOrganisation, name)));
                            paid[key] -= amount;
                            people[key].Add(person);
                            break;
                        default:
                            // Another person's money, and one's own, are not the organisation's.
                            facts.Add(Make(EventTypes.PaymentReceived, at, f => f.Set(Fields.Amount, amount).Set(Fields.PayerOrganisation, random.Next(2) == 0 ? null : name).Set(Fields.Payer, "p-9")));
                            break;
                    }

                    Fact Make(EventType type, long when, Action<FactBuilder> fields)
                    {
                        var builder = new FactBuilder(type, "/t", $"{person}-{i}", "p", when);
                        fields(builder);
                        return builder.Build();
                    }
                }

                if (random.Next(2) == 0)
                {
                    var name = spellings[random.Next(spellings.Length)];
                    var key = OrganisationBook.Normal(name);
                    facts.Add(new FactBuilder(EventTypes.RegistrationConfirmed, "/t", $"{person}-seat", "p", At(2025, 8, 2)).Set(Fields.Section, $"s-{random.Next(2)}").Set(Fields.PayerOrganisation, name).Build());
                    seats[key]++;
                    people[key].Add(person);
                }

                // The newest link stands.
                if (facts.Where(f => f.Type == EventTypes.OrganisationLinked).MaxBy(f => f.Stamp) is { } link) people[KeyIn(link)].Add(person);
                var shuffled = facts.ToArray();
                random.Shuffle(shuffled);
                var folder = new ReferenceFolder(Zone);
                foreach (var fact in shuffled) folder.Add(fact);
                var state = new PersonState();
                state.Read(folder.Bytes);
                var assessed = new Assessed();
                Assessor.Assess(state, program, AsOf.Live(At(2026, 4, 1)), assessed);
                parts[person % 2].Add((UInt128)(uint)person, state, assessed.Row);
            }

            var all = Pass("");
            foreach (var part in parts)
            {
                var written = new ArrayBufferWriter<byte>();
                part.Write(written);
                all.Add(written.WrittenSpan);
            }

            foreach (var key in paid.Keys)
            {
                var tally = all.Tallies.GetValueOrDefault(key);
                Assert.True((paid[key], seats[key], people[key].Count) == (tally.Paid, tally.Seats, tally.People), $"seed {seed}, {key}: {paid[key]}, {seats[key]}, {people[key].Count}, not {tally}");
            }

            OrganisationPass Pass(string key) => new(program, OrganisationPass.Argument(CivilZone.DayOf(2026, 4, 1), key));
        }

        static string KeyIn(Fact link)
        {
            var fields = link.Fields();
            fields.Next();
            return OrganisationBook.Normal(fields.Text);
        }
    }

    [Fact]
    public void Terms_bought_again_make_the_repeat_rate_of_an_organisation()
    {
        // Bought in Fall 2025 and again in Spring 2026, not in Summer 2026, whose registration is closed.
        var program = new Case().Program(EventTypes.OrganisationDescribed, At(2025, 1, 1), f => f.Set(Fields.Organisation, "Acme"));
        foreach (var (key, term) in new[] { ("a", "2025-fall"), ("b", "2026-spring") }) program.Section(key, CivilZone.DayOf(2025, 9, 10), more: f => f.Set(Fields.Term, term)).Kept(key, At(2025, 8, 1), term, f => f.Set(Fields.PayerOrganisation, "Acme"));
        var now = At(2026, 7, 1);
        var snapshot = program.Snapshot();
        var pass = new OrganisationPass(snapshot, OrganisationPass.Argument(Zone.Day(now), "acme"));
        pass.Add(1, program.State(), program.Assess(now).Row);
        var view = OrganisationBuilder.One("acme", snapshot, pass, _ => "p", now)!;
        Assert.Equal((2, 1, 50.0), (view.Repeat.Bought, view.Repeat.Again, view.Repeat.Rate!.Value));
    }
}
