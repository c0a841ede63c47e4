using Experience.Sample.Planning;

namespace Experience.Sample.Tests;

/// <summary>Whom a stranger is told to look up is found, whatever today is and whoever else waits for an answer.</summary>
public sealed class LookUpTests
{
    [Fact]
    public void Nobody_else_has_the_family_name_of_those_one_can_look_up()
    {
        for (var i = 0; i < 12; i++)
        {
            var plan = new SamplePlan(new SampleOptions { Now = Day(i * 31), Seed = i });
            var script = plan.Script;
            PersonPlan[] known = [script.Ngozi, script.Ada, script.Chidi, script.Walter, script.Dana, script.Priya, script.Maria, script.Sofia];
            var names = known.Select(p => p.Family).ToHashSet();
            Assert.Equal(5, names.Count);
            Assert.Equal(known.Select(p => p.Key).Order(), plan.People.People.Where(p => names.Contains(p.Family)).Select(p => p.Key).Order());
        }
    }

    /// <summary>Of two who match alike the search puts first who is being served or owed an answer, then who was here last.</summary>
    [Fact]
    public void Maria_comes_before_her_daughter()
    {
        for (var i = 0; i < 366; i += 13)
        {
            var program = new SampleProgram(new SampleOptions { Now = Day(i), People = SampleOptions.MinPeople });
            var people = program.Truth.People;
            var folded = Folded.Of([.. program.History().Where(f => f.Subject == people.Maria || f.Subject == people.Sofia)]).Keyed.ToDictionary(p => p.Key, p => p.Value);
            var (maria, sofia) = (folded[people.Maria], folded[people.Sofia]);
            Assert.True((maria.Pressing, maria.Last.Time).CompareTo((sofia.Pressing, sofia.Last.Time)) > 0, $"{Day(i):u}");
        }
    }

    private static DateTimeOffset Day(int i) => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(i).AddHours(i * 7 % 24);
}
