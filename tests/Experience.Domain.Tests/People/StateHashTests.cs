using Experience.Domain.People;

namespace Experience.Domain.Tests.People;

public sealed class StateHashTests
{
    [Fact]
    public void Each_part_of_each_person_counts()
    {
        var hashes = new HashSet<string>
        {
            Of(),
            Of(("/a", "1", [1])),
            Of(("/a", "1", [2])),
            Of(("/a", "2", [1])),
            Of(("/b", "1", [1])),
            Of(("/a", "1", [1]), ("/a", "2", [1])),
            Of(("/a1", "", [1])),
            Of(("/a", "11", [])),
        };
        Assert.Equal(8, hashes.Count);
        Assert.Equal(64, Of().Length);
    }

    [Fact]
    public void People_out_of_order_or_twice_are_a_mistake()
    {
        Assert.Throws<InvalidOperationException>(() => Of(("/a", "2", [1]), ("/a", "1", [1])));
        Assert.Throws<InvalidOperationException>(() => Of(("/a", "1", [1]), ("/a", "1", [1])));
        Assert.Throws<InvalidOperationException>(() => Of(("/b", "", [1]), ("/a", "1", [1])));
    }

    private static string Of(params (string Source, string Key, byte[] State)[] people)
    {
        using var hash = new StateHash();
        foreach (var (source, key, state) in people) hash.Add(source, key, state);
        return hash.Current();
    }
}
