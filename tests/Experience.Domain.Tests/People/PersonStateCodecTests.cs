using Experience.Domain.Events;
using Experience.Domain.People;

namespace Experience.Domain.Tests.People;

public sealed class PersonStateCodecTests
{
    [Fact]
    public void Guardians_stand_after_what_a_version_that_keeps_one_reads()
    {
        var state = new PersonState();
        state.Profile.GivenName = "Ada";
        state.Profile.AddChild("c-1");
        state.Profile.AddGuardian("g-1");
        var one = ReferenceFolder.Write(state);
        state.Profile.AddGuardian("g-2");
        state.Profile.AddGuardian("g-3");
        state.Profile.AddGuardian("g-2");
        var three = ReferenceFolder.Write(state);
        Assert.Equal(one.Length + 8, three.Length);

        var read = new PersonState();
        read.Read(three);
        Assert.Equal(three, ReferenceFolder.Write(read));
        Assert.Equal(["g-2", "g-3", "g-1"], read.Profile.Guardians);
        Assert.Equal(["c-1"], read.Profile.Children);
        Assert.Equal(three, ReferenceFolder.Write(read));
        for (var n = 0; n < 9; n++) read.Profile.AddGuardian($"n-{n}");
        Assert.Equal(["n-8", "n-7", "n-6", "n-5", "n-4", "n-3"], read.Profile.Guardians);
        read.Read(one);
        Assert.Equal(["g-1"], read.Profile.Guardians);
    }

    [Fact]
    public void States_read_and_write_without_loss_whatever_was_read_before()
    {
        var reused = new PersonState();
        for (var seed = 1; seed <= 400; seed++)
        {
            var bytes = Folded(seed);
            reused.Read(bytes);
            var touched = seed % 2 == 0 ? reused.Profile.FamilyName : null;
            Assert.True(bytes.AsSpan().SequenceEqual(ReferenceFolder.Write(reused)), $"Seed {seed} {touched}");
        }
    }

    [Fact]
    public void Damage_is_found_or_harmless_and_never_an_index_out_of_range()
    {
        var state = new PersonState();
        for (var seed = 1; seed <= 60; seed++)
        {
            var bytes = Folded(seed);
            var random = new Random(seed);
            for (var i = 0; i < 200; i++)
            {
                var damaged = i % 2 == 0 ? bytes[..random.Next(1, bytes.Length)] : [.. bytes];
                if (i % 2 == 1) damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                try
                {
                    state.Read(damaged);
                    Assert.NotNull(state.Profile.Children);
                }
                catch (InvalidDataException)
                {
                    // Said so: an engine folds the person again from the journal.
                }
            }
        }
    }

    [Fact]
    public void A_later_version_is_refused() => Assert.Throws<InvalidDataException>(() => new PersonState().Read([PersonState.StoredVersion + 1, 0]));

    [Fact]
    public void No_bytes_are_a_person_of_whom_nothing_is_known()
    {
        var state = new PersonState();
        state.Read(Folded(3));
        state.Read([]);
        Assert.Equal((0, 0, ""), (state.Facts, state.Registrations.Count, state.Profile.FamilyName));
    }

    [Fact]
    public void Reading_and_writing_a_known_person_allocates_nothing()
    {
        var person = Histories.Of(new Random(5), 60, Spread.Years, voids: 0)
            .Where(f => f.Type.Family is EventFamily.Transaction or EventFamily.Learning && f.Type != EventTypes.TransactionOpened || f.Type == EventTypes.ParticipantIdentified);
        var folder = new ReferenceFolder(CivilZone.Utc);
        foreach (var fact in person) folder.Add(fact);
        var state = new PersonState();
        var output = new System.Buffers.ArrayBufferWriter<byte>(64 * 1024);
        void Cycle()
        {
            state.Read(folder.Bytes);
            output.ResetWrittenCount();
            state.Write(output);
        }

        for (var i = 0; i < 10; i++) Cycle();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Cycle();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static byte[] Folded(int seed)
    {
        var random = new Random(seed);
        var folder = new ReferenceFolder(CivilZone.Utc);
        foreach (var fact in Histories.Of(random, random.Next(1, 300), (Spread)(seed % 3))) folder.Add(fact);
        return folder.Bytes;
    }
}
