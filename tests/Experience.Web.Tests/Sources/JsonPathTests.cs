using System.Text.Json;
using Experience.Web.Hooks;

namespace Experience.Web.Tests.Sources;

/// <summary>The examples of RFC 9535 (table 2, and those of its sections) and of RFC 6901, section 5.</summary>
public sealed class JsonPathTests
{
    private const string Store = """
        {"store":{"book":[
        {"category":"reference","author":"Nigel Rees","title":"Sayings of the Century","price":8.95},
        {"category":"fiction","author":"Evelyn Waugh","title":"Sword of Honour","price":12.99},
        {"category":"fiction","author":"Herman Melville","title":"Moby Dick","isbn":"0-553-21311-3","price":8.99},
        {"category":"fiction","author":"J. R. R. Tolkien","title":"The Lord of the Rings","isbn":"0-395-19395-8","price":22.99}],
        "bicycle":{"color":"red","price":399}}}
        """;

    [Theory]
    [InlineData("$.store.book[*].author", "Nigel Rees|Evelyn Waugh|Herman Melville|J. R. R. Tolkien")]
    [InlineData("$..author", "Nigel Rees|Evelyn Waugh|Herman Melville|J. R. R. Tolkien")]
    [InlineData("$.store..price", "8.95|12.99|8.99|22.99|399")]
    [InlineData("$..book[2].title", "Moby Dick")]
    [InlineData("$..book[2].publisher", "")]
    [InlineData("$..book[-1].title", "The Lord of the Rings")]
    [InlineData("$..book[0,1].title", "Sayings of the Century|Sword of Honour")]
    [InlineData("$..book[:2].title", "Sayings of the Century|Sword of Honour")]
    [InlineData("$..book[?@.isbn].title", "Moby Dick|The Lord of the Rings")]
    [InlineData("$..book[?@.price<10].title", "Sayings of the Century|Moby Dick")]
    [InlineData("$..book[?@.price < 10 && @.category == 'fiction'].title", "Moby Dick")]
    [InlineData("$..book[?!(@.isbn) || @.price > 20].title", "Sayings of the Century|Sword of Honour|The Lord of the Rings")]
    [InlineData("$['store']['bicycle'][\"color\"]", "red")]
    [InlineData("$..book[::-2].price", "22.99|12.99")]
    [InlineData("$..book[3:1:-1].price", "22.99|8.99")]
    [InlineData("$..book[?@.price > $.store.book[1].price].title", "The Lord of the Rings")]
    [InlineData("$..book[?@.missing == @.other].price", "8.95|12.99|8.99|22.99")]
    [InlineData("/store/book/3/isbn", "0-395-19395-8")]
    [InlineData("/store/book/-1", "")]
    public void A_path_finds_what_the_specification_says(string path, string expected) => Assert.Equal(expected, Find(Store, path));

    [Theory]
    [InlineData("/foo/0", "bar")]
    [InlineData("/", "0")]
    [InlineData("/a~1b", "1")]
    [InlineData("/c%d", "2")]
    [InlineData("/e^f", "3")]
    [InlineData("/g|h", "4")]
    [InlineData("/ ", "7")]
    [InlineData("/m~0n", "8")]
    [InlineData("/foo/00", "")]
    public void A_pointer_finds_what_the_specification_says(string pointer, string expected) =>
        Assert.Equal(expected, Find("""{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4," ":7,"m~n":8}""", pointer));

    [Theory]
    [InlineData("$.")]
    [InlineData("$[")]
    [InlineData("$['a")]
    [InlineData("$.a b")]
    [InlineData("$[?@.a ==]")]
    [InlineData("$[?count(@.a) > 1]")]
    [InlineData("$[99999999999]")]
    [InlineData("/a~2")]
    [InlineData("$.a[?(((((((((((((((((((@.b)))))))))))))))))))]")]
    public void What_is_no_path_says_where_it_is_wrong(string path) => Assert.NotEmpty(Assert.Throws<FormatException>(() => JsonPath.Parse(path)).Message);

    [Fact]
    public void A_payload_costs_at_most_its_budget()
    {
        var deep = new string('[', 60) + new string(']', 60);
        using var json = JsonDocument.Parse(deep);
        var budget = new JsonPath.Budget();
        var path = JsonPath.Parse("$..[*]..[*]..[*]..[*]..[*]..[*]");
        foreach (var _ in path.Find(json.RootElement, json.RootElement, budget))
        {
            // It ends.
        }

        Assert.True(budget.IsSpent);
    }

    private static string Find(string json, string path)
    {
        using var document = JsonDocument.Parse(json);
        return string.Join('|', JsonPath.Parse(path).Find(document.RootElement, document.RootElement, new JsonPath.Budget()).Select(e => e.ValueKind == JsonValueKind.String ? e.GetString() : e.GetRawText()));
    }
}
