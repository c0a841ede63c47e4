using Experience.Domain.People;
using Experience.Embedded.Memory;
using Experience.Embedded.Shards;

namespace Experience.Embedded.Loops;

/// <summary>
/// The states of the busiest people of a loop, kept decoded: theirs are the largest, and under a skewed load every take is about them again. The bytes of such a person
/// are of before (<see cref="StreamFlags.Decoded"/>) until somebody reads them, an image is taken, or another person gets the place. One owner: the loop.
/// </summary>
/// <remarks>
/// A person has one place. Who finds somebody else there gets it by coming twice in a row, once for each time that the other was found there lately: a load that is
/// spread over everybody moves nobody in, and costs a comparison.
/// </remarks>
internal sealed class HotStates
{
    /// <summary>Places a loop; a decoded state of the busiest takes some 15 KiB.</summary>
    private const int Places = 512;

    /// <summary>Visits that a place remembers in somebody's favour.</summary>
    private const int MaxCredit = 4;

    private readonly Place[] _places = new Place[Places];
    private readonly FixedBuffer _encoded = new(16 * 1024);

    /// <summary>The person's decoded state where it is kept, or is from now on; null when it is to be decoded elsewhere.</summary>
    public PersonState? Visit(Shard shard, int row)
    {
        ref var place = ref _places[Index(shard, row)];
        if (place.Row == row && ReferenceEquals(place.Shard, shard))
        {
            if (place.Credit < MaxCredit) place.Credit++;
            return place.State;
        }

        var caller = ((ulong)shard.Index << 32) | (uint)row;
        if (place.Caller != caller)
        {
            place.Caller = caller;
            return null;
        }

        place.Caller = ulong.MaxValue;
        if (place.Shard is not null && --place.Credit > 0) return null;
        Store(ref place);
        place.State ??= new PersonState();
        place.Shard = null;
        place.State.Read(shard.FoldedBytes(row));
        (place.Shard, place.Row, place.Credit) = (shard, row, 1);
        return place.State;
    }

    /// <summary>The person's decoded state, where it is kept.</summary>
    public PersonState? Find(Shard shard, int row)
    {
        ref var place = ref _places[Index(shard, row)];
        return place.Row == row && ReferenceEquals(place.Shard, shard) ? place.State : null;
    }

    /// <summary>Brings the bytes of one person up to date.</summary>
    public void Store(Shard shard, int row)
    {
        ref var place = ref _places[Index(shard, row)];
        if (place.Row == row && ReferenceEquals(place.Shard, shard)) Store(ref place);
    }

    /// <summary>Brings the bytes of a shard's people up to date.</summary>
    public void StoreAll(Shard shard)
    {
        for (var i = 0; i < _places.Length; i++)
        {
            if (ReferenceEquals(_places[i].Shard, shard)) Store(ref _places[i]);
        }
    }

    /// <summary>Forgets a shard's people as they are: its bytes are about to be replaced.</summary>
    public void Forget(Shard shard)
    {
        for (var i = 0; i < _places.Length; i++)
        {
            if (ReferenceEquals(_places[i].Shard, shard)) _places[i].Shard = null;
        }
    }

    private static int Index(Shard shard, int row) => (int)((uint)((row * 64) + shard.Index) * 2_654_435_769u >> 23);

    private void Store(ref Place place)
    {
        if (place.Shard is not { } shard || (shard.Row(place.Row).Flags & StreamFlags.Decoded) == 0) return;
        _encoded.Clear();
        place.State!.Write(_encoded);
        shard.PutState(place.Row, _encoded.Written);
    }

    private struct Place
    {
        public Shard? Shard;
        public PersonState? State;

        /// <summary>Who was here last and not found.</summary>
        public ulong Caller;
        public int Row;
        public int Credit;
    }
}
