using System.Text;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Voice;
using Experience.Domain.Wire;

namespace Experience.Domain.Tests.Voice;

/// <summary>What tells a voice from a person, and what the edge makes of an event without one.</summary>
public sealed class VoicesTests
{
    private static readonly EventReader Reader = new(new SenderRules("/reviews", TimeZoneInfo.Utc, false));

    private static List<Fact> Read(string json)
    {
        var facts = new List<Fact>();
        Assert.Null(Reader.Read(Encoding.UTF8.GetBytes(json), 1_795_357_800_000_000, facts));
        return facts;
    }

    [Fact]
    public void A_streams_number_says_what_it_is()
    {
        var key = Voices.KeyOf(Fact.IdOf("/reviews", "r-1"));
        Assert.True(Voices.IsKey(key));
        foreach (var other in new[] { "r-1", "voice:r-1", key.ToUpperInvariant(), key[..^1], key + "0", "" }) Assert.False(Voices.IsKey(other));
        var random = new Random(7);
        for (var n = 0; n < 2_000; n++)
        {
            var hash = new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64());
            Assert.True(Voices.IsVoice(Voices.StreamOf(hash, key)));
            Assert.Equal(hash, Voices.StreamOf(hash, "p-1"));
            // Where it lies is what the hash says.
            Assert.Equal(hash >> 122, Voices.StreamOf(hash, key) >> 122);
        }

        Assert.False(Voices.IsVoice(Voices.StreamOf(UInt128.MaxValue, "p-1")));
        Assert.Equal(UInt128.One, Voices.StreamOf(UInt128.Zero, "p-1"));
    }

    [Fact]
    public void A_review_without_a_subject_is_a_voice_and_every_other_event_the_programs()
    {
        var review = Assert.Single(Read("""{"specversion":"1.0","id":"r-1","source":"/reviews","type":"feedback.submitted","data":{"text":"Loud."}}"""));
        Assert.Equal((Voices.KeyOf(Fact.IdOf("/reviews", "r-1")), Fact.IdOf("/reviews", "r-1")), (review.Subject, review.Id));
        Assert.Equal("p-1", Assert.Single(Read("""{"specversion":"1.0","id":"r-1","source":"/reviews","subject":"p-1","type":"comment.posted","data":{"text":"Loud."}}""")).Subject);
        Assert.Equal("", Assert.Single(Read("""{"specversion":"1.0","id":"x-1","source":"/reviews","type":"section.published","data":{"section":"s-1","title":"Excel"}}""")).Subject);
    }

    [Fact]
    public void A_void_without_a_person_reaches_the_program_and_the_voice_that_it_may_mean()
    {
        var facts = Read("""{"specversion":"1.0","id":"v-1","source":"/reviews","type":"event.voided","data":{"targetId":"r-1"}}""");
        Assert.Equal([("", "/reviews"), (Voices.KeyOf(Fact.IdOf("/reviews", "r-1")), "/reviews")], facts.Select(f => (f.Subject, f.Source)));
        Assert.NotEqual(facts[0].Id, facts[1].Id);

        // Of a source that the sender may not speak for nothing is said to anybody.
        Assert.Single(Read("""{"specversion":"1.0","id":"v-2","source":"/reviews","type":"event.voided","data":{"targetId":"r-1","targetSource":"/elsewhere"}}"""));
    }

    [Fact]
    public void An_attribution_names_a_voice_and_somebody_whichever_side_it_is()
    {
        SourceKey voice = new("/reviews", Voices.KeyOf(UInt128.One)), person = new("/desk", "p-1");
        foreach (var (own, other) in new[] { (voice, person), (person, voice) })
            Assert.Equal((voice, person), Voices.Attribution(Link(EventTypes.ParticipantMerged, own, other)));
        Assert.Null(Voices.Attribution(Link(EventTypes.ParticipantUnmerged, voice, person)));
        Assert.Null(Voices.Attribution(Link(EventTypes.ParticipantMerged, person, person with { Key = "p-2" })));
        Assert.Null(Voices.Attribution(Link(EventTypes.ParticipantMerged, voice, voice with { Key = Voices.KeyOf(2) })));

        static Fact Link(EventType type, SourceKey own, SourceKey other) =>
            new FactBuilder(type, own.Source, "l-1", own.Key, 1_000_000).Set(Fields.Other, other.Key).Set(Fields.OtherSource, own.Source == other.Source ? null : other.Source).Build();
    }
}
