using Experience.Domain.Identity;

namespace Experience.Domain.Tests.People;

public sealed class LikenessTests
{
    private static readonly Look Katherine = new("Katherine", "", "Bell", "katherine.bell@example.org", "+1 555 0129 6642", "", "60614", 8_000);

    [Fact]
    public void A_short_form_with_phone_and_birth_date_is_worth_a_look()
    {
        var kate = Katherine with { GivenName = "Kate", Email = "kbell@post.example.net", Phone = "(555) 0129-6642" };
        var evidence = Likeness.Compare(Katherine, kate);
        Assert.NotNull(evidence);
        Assert.Equal(["birth", "phone", "family", "given-alike", "place"], evidence.Select(e => e.Kind));
        Assert.Equal(evidence.Select(e => (e.Kind, e.Points)), Likeness.Compare(kate, Katherine)!.Select(e => (e.Kind, e.Points)));
    }

    [Fact]
    public void A_household_is_several_people_whatever_it_shares()
    {
        var ngozi = new Look("Ngozi", "", "Okafor", "okafor@example.org", "555 0100 2233", "", "60614", 4_000);
        var ada = ngozi with { GivenName = "Ada", BirthDay = int.MinValue };
        var twin = ada with { GivenName = "Chidi" };
        Assert.Null(Likeness.Compare(ngozi, ada));
        Assert.Null(Likeness.Compare(ada, twin));

        // Father and son of one name are told apart by their birth dates.
        Assert.Null(Likeness.Compare(ngozi, ngozi with { BirthDay = 12_000 }));
    }

    [Theory]
    [InlineData("Maria", "María", true)]
    [InlineData("Maria", "M", true)]
    [InlineData("Jonathan", "Jon", true)]
    [InlineData("Sarah", "Srah", true)]
    [InlineData("Peter", "Pteer", true)]
    [InlineData("Peter", "Maria", false)]
    [InlineData("Anna", "Ben", false)]
    public void Given_names_are_alike_as_people_write_them(string one, string other, bool alike) =>
        Assert.Equal(alike, Likeness.Compare(Katherine with { GivenName = one }, Katherine with { GivenName = other }) is not null);

    [Fact]
    public void Nothing_but_a_name_is_not_enough()
    {
        var nobody = new Look("Maria", "", "Garcia", "", "", "", "", int.MinValue);
        Assert.Null(Likeness.Compare(nobody, nobody));
        Assert.Null(Likeness.Compare(nobody with { PostalCode = "1" }, nobody with { PostalCode = "1" }));
        Assert.NotNull(Likeness.Compare(nobody with { Email = "m@example.org" }, nobody with { Email = " M@Example.org " }));
    }

    [Fact]
    public void A_student_number_with_another_name_is_shown_with_what_speaks_against_it()
    {
        var one = new Look("Maria", "", "Garcia", "m@example.org", "", "900-113", "", int.MinValue);
        var evidence = Likeness.Compare(one, one with { GivenName = "Peter", Student = "900113" });
        Assert.Contains(evidence!, e => e is { Kind: "given", Points: < 0 });
    }
}
