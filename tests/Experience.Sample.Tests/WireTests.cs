using Experience.Domain.Events;
using Experience.Domain.Wire;

namespace Experience.Sample.Tests;

/// <summary>What the sample tells goes through the public API as events of a registration system do.</summary>
public sealed class WireTests(Riverbend riverbend) : IClassFixture<Riverbend>
{
    private readonly record struct Told(string Type, string Subject, long Time, string Clear, string Personal);

    [Fact]
    public void Sent_as_events_the_history_is_read_back_as_the_same_facts()
    {
        var history = riverbend.Facts;
        var reader = new EventReader(new SenderRules(SampleOptions.Source, TimeZoneInfo.Utc));
        var read = new List<Fact>(history.Count);
        var lines = EventWriter.Lines(history.Where(f => !EventWriter.IsCopy(f))).AsSpan();
        while (!lines.IsEmpty)
        {
            var end = lines.IndexOf((byte)'\n');
            Assert.Null(reader.Read(lines[..end], history[^1].Time, read));
            lines = lines[(end + 1)..];
        }

        Assert.Equal(history.Count, read.Count);
        Assert.True(history.Count(EventWriter.IsCopy) > 1_000);
        Assert.Equal(history.Select(Of).Order(Comparer), read.Select(Of).Order(Comparer));
        Assert.Equal(read.Count, read.Select(f => f.Id).Distinct().Count());
    }

    private static readonly Comparer<Told> Comparer = Comparer<Told>.Create((a, b) => string.CompareOrdinal(a.ToString(), b.ToString()));

    private static Told Of(Fact fact) => new(fact.Type.Name, fact.Subject, fact.Time, Convert.ToHexString(fact.Clear.Span), Convert.ToHexString(fact.Personal.Span));
}
