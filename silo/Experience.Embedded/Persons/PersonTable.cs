using System.Collections.Concurrent;
using Experience.Domain.Voice;

namespace Experience.Embedded.Persons;

/// <summary>
/// Which person a stream belongs to, for the streams of people who have several: everybody else is their only stream and stands not in here, so that a
/// look-up for an ordinary person is a comparison with zero. Written by the engine's <c>UniteAsync</c> alone, read by any thread.
/// </summary>
internal sealed class PersonTable
{
    private readonly ConcurrentDictionary<UInt128, UnitedPerson> _persons = [];
    private readonly ConcurrentDictionary<UInt128, bool> _expected = [];
    private int _count;
    private int _expectedCount;
    private int _joined;

    /// <summary>Streams beyond the first of each person, voices left out: people are streams less these.</summary>
    public int Joined => Volatile.Read(ref _joined);

    /// <summary>The stream whose row holds the person of a stream: itself unless it was merged.</summary>
    public UInt128 HomeOf(UInt128 stream) => Volatile.Read(ref _count) != 0 && _persons.TryGetValue(stream, out var person) ? person.Home : stream;

    public UnitedPerson? Find(UInt128 stream) => Volatile.Read(ref _count) != 0 && _persons.TryGetValue(stream, out var person) ? person : null;

    /// <summary>Everybody who has several streams.</summary>
    public IReadOnlyList<UnitedPerson> All() => [.. _persons.Where(static p => p.Key == p.Value.Home).Select(static p => p.Value)];

    /// <summary>Whether a link names this stream, of which nothing was recorded so far.</summary>
    public bool Expects(UInt128 stream) => Volatile.Read(ref _expectedCount) != 0 && _expected.ContainsKey(stream);

    public void Expect(UInt128 stream)
    {
        _expected[stream] = true;
        Volatile.Write(ref _expectedCount, _expected.Count);
    }

    public void Set(UnitedPerson person)
    {
        foreach (var stream in person.Streams)
        {
            _persons[stream.Stream] = person;
            _expected.TryRemove(stream.Stream, out _);
        }

        Count();
    }

    public void Remove(UInt128 stream)
    {
        if (_persons.TryRemove(stream, out _)) Count();
    }

    private void Count()
    {
        Volatile.Write(ref _expectedCount, _expected.Count);
        Volatile.Write(ref _joined, _persons.Count(static p => p.Key != p.Value.Home && !Voices.IsVoice(p.Key)));
        Volatile.Write(ref _count, _persons.Count);
    }
}

/// <summary>A person of several streams.</summary>
/// <param name="Home">The smallest stream by (source, key): its row holds the person.</param>
/// <param name="Streams">All of them, in that order.</param>
internal sealed record UnitedPerson(UInt128 Home, IReadOnlyList<UnitedStream> Streams);

/// <summary>One of a person's streams, as far as its records are durable.</summary>
/// <param name="Key">The key at the source; empty when it was erased.</param>
/// <param name="KeySlot">Slot of the secret.</param>
/// <param name="Last">Position of the newest record that is part of the person's state.</param>
/// <param name="LiveSince">Earliest live fact, µs; 0 when none was live.</param>
internal sealed record UnitedStream(UInt128 Stream, int Source, string Key, int KeySlot, long Last, int Events, long LiveSince, bool Erased)
{
    /// <summary>The slot to open records with: none for somebody who was erased, even while the secret still stands.</summary>
    public int OpenSlot => Erased ? 0 : KeySlot;
}
