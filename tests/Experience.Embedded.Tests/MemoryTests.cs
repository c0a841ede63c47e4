using Experience.Domain.People;
using Experience.Embedded.Memory;
using Experience.Embedded.Search;
using Experience.Embedded.Shards;
using Xunit.Abstractions;

namespace Experience.Embedded.Tests;

/// <summary>The structures that a shard is made of, each against the plain collection that it stands for.</summary>
public sealed class MemoryTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void An_arena_keeps_what_was_stored_through_any_growth_and_reuse(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var heap = new NativeHeap();
        using var arena = new ByteArena(heap);
        var kept = new List<(uint Handle, byte[] Bytes)>();
        for (var step = 0; step < 20_000; step++)
        {
            var bytes = new byte[random.Next(20) == 0 ? random.Next(20_000) : random.Next(1, 400)];
            random.NextBytes(bytes);
            if (kept.Count < 500 || random.Next(3) == 0)
            {
                var handle = arena.Allocate(bytes.Length);
                bytes.CopyTo(arena.Span(handle, bytes.Length));
                kept.Add((handle, bytes));
            }
            else if (random.Next(2) == 0)
            {
                var i = random.Next(kept.Count);
                kept[i] = (arena.Replace(kept[i].Handle, kept[i].Bytes.Length, bytes), bytes);
            }
            else
            {
                var i = random.Next(kept.Count);
                arena.Free(kept[i].Handle, kept[i].Bytes.Length);
                kept.RemoveAt(i);
            }
        }

        foreach (var (handle, bytes) in kept) Assert.True(arena.Span(handle, bytes.Length).SequenceEqual(bytes));
    }

    [Fact]
    public void A_slot_is_at_most_a_quarter_larger_than_what_it_holds_beyond_its_unit()
    {
        for (var length = 1; length <= ByteArena.MaxLength; length += length < 4_096 ? 1 : 97)
        {
            var klass = ByteArena.ClassOf(length, out var size);
            Assert.InRange(klass, 0, ByteArena.Classes - 1);
            Assert.True(size >= length && size <= (length * 5 / 4) + ByteArena.Unit, $"{length} bytes in {size}");
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void An_id_just_seen_is_known_and_a_stranger_is_not(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var recent = new RecentIds();
        var kept = 0;
        var all = new List<UInt128>();
        for (var i = 0; i < RecentIds.Capacity * 5; i++)
        {
            var id = new UInt128((ulong)i, (ulong)random.Next(64) << 20);
            recent.Add(id);
            all.Add(id);
            Assert.True(recent.Contains(id));
            if (i % 97 != 0) continue;
            foreach (var seen in all) kept += recent.Contains(seen) ? 1 : 0;
            Assert.False(recent.Contains(new UInt128((ulong)i + 1, (ulong)random.Next(64) << 20)));
        }

        Assert.True(kept > 0);
        Assert.False(recent.Contains(UInt128.Zero));
        recent.Clear();
        Assert.DoesNotContain(all, recent.Contains);
    }

    [Fact]
    public void A_bloom_filter_never_forgets_and_seldom_imagines()
    {
        var random = new Random(7);
        var bloom = new GrowingBloom();
        var ids = Enumerable.Range(0, 200_000).Select(_ => new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64())).ToArray();
        foreach (var id in ids) bloom.Add(id);
        Assert.All(ids, id => Assert.True(bloom.MayContain(id)));
        var imagined = Enumerable.Range(0, 100_000).Count(_ => bloom.MayContain(new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64())));
        Assert.InRange(imagined, 0, 100);
        Assert.True(bloom.Bytes * 8 <= ids.Length * 26 * 3, $"{bloom.Bytes * 8.0 / ids.Length:0.0} bits an id");
    }

    [Fact]
    public void A_stream_is_found_at_its_row_and_a_stranger_nowhere()
    {
        var random = new Random(9);
        var streams = new List<UInt128>();
        var table = new StreamTable(row => streams[row]);
        for (var i = 0; i < 20_000; i++)
        {
            var stream = new UInt128((ulong)random.NextInt64(), (ulong)random.Next(5_000));
            Assert.Equal(-1, table.Find(stream));
            streams.Add(stream);
            table.Add(stream, i);
        }

        for (var i = 0; i < streams.Count; i++) Assert.Equal(i, table.Find(streams[i]));
    }

    [Fact]
    public void A_table_of_ids_is_what_it_was_after_an_image_however_its_ids_lie()
    {
        // Evenly, all with the same first bits, and such as begin alike in one half only.
        foreach (var spread in new Func<ulong, ulong>[] { static i => i * 0x9e37_79b9_7f4a_7c15UL, static i => i + 1, static i => i % 3 == 0 ? ulong.MaxValue - i : i * 0x9e37_79b9_7f4a_7c15UL })
        {
            var ids = new IdTable();
            var known = new HashSet<ulong>();
            for (ulong i = 0; i < 40_000; i++)
            {
                ids.Add(new UInt128(i, spread(i)));
                ids.Add(new UInt128(0, spread(i / 2)));
                known.Add(spread(i) == 0 ? 1 : spread(i));
            }

            var loaded = IdTable.Of([.. ids.Parts.Select(static p => new IdTable.Part([.. p.Slots], p.Count, p.Depth))]);
            foreach (var table in new[] { ids, loaded })
            {
                Assert.Equal(known.Count, table.Count);
                Assert.All(known, k => Assert.True(table.Contains(new UInt128(7, k))));
                for (ulong i = 40_000; i < 80_000; i++) Assert.Equal(known.Contains(spread(i)), table.Contains(new UInt128(0, spread(i))));
            }

            loaded.Add(new UInt128(0, 0x1234_5678_9abc_def0));
            Assert.True(loaded.Contains(new UInt128(0, 0x1234_5678_9abc_def0)));
        }
    }

    [Fact]
    public void Parts_of_a_table_of_ids_that_do_not_add_up_are_none() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => IdTable.Of([new IdTable.Part(new ulong[256], 0, 1), new IdTable.Part(new ulong[256], 0, 2)]));

    [Fact]
    public void A_long_history_keeps_its_ids_and_a_bounded_number_of_snapshots_that_thin_out()
    {
        var heavy = new HeavyPerson();
        var ids = heavy.Ids = new IdTable();
        var bytes = 0;
        for (var i = 1; i <= 50_000; i++)
        {
            ids.Add(new UInt128(1, (ulong)i * 0x9e37_79b9_7f4a_7c15UL));
            if (++heavy.SinceSnapshot < HeavyPerson.Spacing) continue;
            bytes += i % 7;
            if (heavy.Push(new HeavyPerson.Snapshot(i, i, i, i, new Domain.Events.Stamp(i, 0), 0, i % 7)) is { } left) bytes -= left.Length;
        }

        Assert.Equal(50_000, ids.Count);
        Assert.True(ids.Contains(new UInt128(1, 0x9e37_79b9_7f4a_7c15UL)));
        Assert.False(ids.Contains(new UInt128(1, 12_345)));
        Assert.Equal(HeavyPerson.MaxSnapshots, heavy.Snapshots.Count);
        Assert.Equal(heavy.Snapshots.Sum(s => s.Length), bytes);
        Assert.True(heavy.Snapshots[^1].After > 49_000);

        // What comes late finds one that is older than itself, and nobody keeps one from years ago.
        Assert.InRange(heavy.Snapshots[0].After, 50_000 - (4 * HeavyPerson.Deep), 50_000 - HeavyPerson.Deep);
    }

    [Fact]
    public void Search_ranks_exact_words_before_beginnings_before_typing_errors()
    {
        using var index = new SearchIndex();
        Put(index, 1, "Maria", "Delgado");
        Put(index, 2, "Mario", "Delgadillo");
        Put(index, 3, "Marta", "Delado");
        Put(index, 4, "Walter", "Pym");
        Assert.Equal([1, 3], index.Search("delgado", 2).Select(f => (int)f.Stream));
        Assert.Equal([1, 2], index.Search("delga", 2).Select(f => (int)f.Stream).Order());
        Assert.Equal([4], index.Search("PYM", 5).Select(f => (int)f.Stream));
        Assert.Empty(index.Search("xylophone", 5));
        Put(index, 4, "Walter", "Quint");
        Assert.Empty(index.Search("pym", 5));
        Assert.Equal([4], index.Search("quint walter", 5).Select(f => (int)f.Stream));
    }

    private static void Put(SearchIndex index, int stream, string given, string family)
    {
        var state = new PersonState();
        state.Profile.GivenName = given;
        state.Profile.FamilyName = family;
        index.Changed((UInt128)stream, state.Profile, $"k-{stream}");
    }
}
