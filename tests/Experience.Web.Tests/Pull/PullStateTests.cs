using Experience.Web.Pull;

namespace Experience.Web.Tests.Pull;

public sealed class PullStateTests
{
    [Fact]
    public void Rows_that_have_been_gone_the_longest_are_forgotten_and_none_that_is_there()
    {
        var state = new PullState();
        for (var i = 0; i < 10; i++) state.Rows[$"row {i}"] = new PullRow(1, "", Gone: i % 2 == 0, false, [], [], GoneAt: i % 2 == 0 ? 100 - i : 0);

        state.Forget(10);
        Assert.Equal(10, state.Rows.Count);
        state.Forget(8);
        Assert.Equal(["row 0", "row 1", "row 2", "row 3", "row 4", "row 5", "row 7", "row 9"], state.Rows.Keys.Order());
        state.Forget(1);
        Assert.Equal(["row 1", "row 3", "row 5", "row 7", "row 9"], state.Rows.Keys.Order());
    }
}
