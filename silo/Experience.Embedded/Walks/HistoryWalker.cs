using System.Runtime.InteropServices;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Voice;
using Experience.Embedded.Journal;
using Experience.Embedded.Keys;
using Experience.Embedded.Loops;
using Experience.Embedded.Memory;
using Experience.Embedded.Shards;

namespace Experience.Embedded.Walks;

/// <summary>
/// Hands out histories by scanning the journal in its own order, some shards at a time: a chain walked back costs a page read for each
/// record, a scan one for some hundred. On a thread and a connection of its own; sees what is durable.
/// </summary>
internal sealed class HistoryWalker(EngineParts parts, Func<bool> busy)
{
    /// <summary>Facts held at once: some hundred megabytes. A larger shard is taken alone.</summary>
    private const long FactsAtOnce = 400_000;

    /// <summary>Between so many blocks (about a millisecond of work) it looks whether events wait.</summary>
    private const int BlocksBetweenLooks = 16;

    /// <summary>Bytes that room is made for at once at most.</summary>
    private const double MostReserved = 256 << 20;

    private const int PauseMilliseconds = 5;

    /// <summary>Under constant load it goes on after so many pauses, at a twentieth of its pace: a walk ends whatever comes in.</summary>
    private const int MostPauses = 4;

    /// <param name="shards">Facts of each shard, in order.</param>
    /// <param name="through">The newest block when they were counted: what comes while a walk lasts would grow what it holds without a limit.</param>
    public HistoryWalk Walk(IReadOnlyList<long> shards, long through, IHistoryVisitor visitor, long maxFacts, CancellationToken cancellation)
    {
        using var reader = parts.Journal.OpenReader();
        using var sealer = new Sealer(parts.Keys);
        var group = new Group(parts, sealer, parts.People.All().SelectMany(static p => p.Streams, static (p, s) => (s.Stream, p.Home)).ToDictionary());
        long people = 0, facts = 0;
        var from = 0;
        while (from < shards.Count && facts < maxFacts)
        {
            var to = from + 1;
            var held = shards[from];
            while (to < shards.Count && held + shards[to] <= FactsAtOnce && facts + held < maxFacts) held += shards[to++];
            group.Begin(from, to, held);
            var blocks = 0;
            reader.Scan(0, (id, bytes) =>
            {
                cancellation.ThrowIfCancellationRequested();
                if (id > through) return false;
                if (++blocks % BlocksBetweenLooks == 0) GiveWay();
                group.Take(Block.Read(id, bytes));
                return true;
            });
            group.Sort();
            while (group.Next())
            {
                cancellation.ThrowIfCancellationRequested();
                people++;
                facts += group.Count;
                if (people % BlocksBetweenLooks == 0) GiveWay();
                if (!visitor.Visit(group)) return new HistoryWalk(people, facts, (double)to / shards.Count);
            }

            from = to;
        }

        return new HistoryWalk(people, facts, (double)from / shards.Count);
    }

    private void GiveWay()
    {
        for (var pause = 0; pause < MostPauses && busy(); pause++) Thread.Sleep(PauseMilliseconds);
    }

    /// <summary>The facts of some shards, and of one person after the other as a history.</summary>
    private sealed class Group(EngineParts parts, Sealer sealer, Dictionary<UInt128, UInt128> homes) : IPersonHistory
    {
        private readonly FixedBuffer _bytes = new(1024 * 1024);
        private readonly List<Entry> _entries = [];
        private readonly Dictionary<UInt128, int> _indexes = [];
        private readonly List<Stream> _streams = [];
        private readonly HashSet<(int Person, UInt128 Id)> _voids = [];
        private byte[] _plain = new byte[8 * 1024];
        private double _bytesAFact = 48;
        private int _fromShard;
        private int _toShard;
        private int _first;
        private int _next;

        public UInt128 Person { get; private set; }

        public long LiveSince { get; private set; }

        public int Count => _next - _first;

        public FactView this[int index]
        {
            get
            {
                var e = _entries[_first + index];
                var bytes = _bytes.Written.Slice(e.Offset, e.Clear + e.Personal);
                return new FactView(EventTypes.Of(e.Type), e.Time, e.Id, bytes[..e.Clear], bytes[e.Clear..]);
            }
        }

        /// <param name="facts">Facts of these shards: room is made for all of them at once, since what grows leaves behind what it was.</param>
        public void Begin(int fromShard, int toShard, long facts)
        {
            (_fromShard, _toShard) = (fromShard, toShard);
            if (_entries.Count > 0) _bytesAFact = Math.Max(_bytesAFact, (double)_bytes.Length / _entries.Count);
            _bytes.Clear();
            _bytes.Reserve((int)Math.Min(facts * _bytesAFact, MostReserved));
            _entries.Clear();
            // What the engine observed is held too, and not counted among the facts.
            _entries.EnsureCapacity((int)Math.Clamp(facts + (facts / 8), 0, FactsAtOnce));
            _indexes.Clear();
            _streams.Clear();
            _voids.Clear();
            _first = _next = 0;
        }

        public void Take(BlockView block)
        {
            var offset = Block.HeaderSize;
            while (block.TryNext(ref offset, out var record))
            {
                ref readonly var header = ref record.Header;
                if ((header.Flags & RecordFlags.Program) != 0) continue;
                // A person of several streams is shown whole, with the shard of the stream that names them.
                var person = homes.GetValueOrDefault(header.Stream, header.Stream);
                if (Voices.IsVoice(person)) continue;
                var shard = Shard.Of(person);
                if (shard < _fromShard || shard >= _toShard) continue;
                var index = IndexOf(header.Stream);
                var whole = person == header.Stream ? index : IndexOf(person);
                ref var stream = ref CollectionsMarshal.AsSpan(_streams)[index];

                // A stream's first record names its key, and stands before all others in the journal.
                if ((header.Flags & RecordFlags.Opening) != 0) stream.Slot = (int)-header.Previous;
                if ((header.Flags & RecordFlags.Live) != 0 && (header.Flags & RecordFlags.Observation) == 0)
                {
                    ref var since = ref CollectionsMarshal.AsSpan(_streams)[whole].LiveSince;
                    since = Math.Min(since, header.Time);
                }

                var type = EventTypes.Of(header.Type);
                if (type == EventTypes.EventVoided)
                {
                    _voids.Add((whole, Voids.TargetOf(new FactView(type, header.Time, header.Id, record.Clear, default), parts.Sources.Name(header.Source))));
                }

                var start = _bytes.Length;
                _bytes.Write(record.Clear);
                var personal = PersonFold.ReadsPersonal(type) ? Personal(record, stream.Slot) : default;
                _bytes.Write(personal);
                _entries.Add(new Entry(header.Id, header.Time, whole, start, record.Clear.Length, personal.Length, header.Type));
            }
        }

        /// <summary>By person, then as states fold: by stamp, and where two are equal by the whole id.</summary>
        public void Sort()
        {
            if (_voids.Count > 0) _entries.RemoveAll(e => PersonFold.CanBeVoided(EventTypes.Of(e.Type)) && _voids.Contains((e.Person, e.Id)));
            var people = new UInt128[_streams.Count];
            var indexes = new int[_streams.Count];
            for (var i = 0; i < people.Length; i++) (people[i], indexes[i]) = (_streams[i].Id, i);
            Array.Sort(people, indexes);
            var ranks = new int[people.Length];
            for (var rank = 0; rank < indexes.Length; rank++) ranks[indexes[rank]] = rank;
            _entries.Sort((a, b) => a.Person != b.Person ? ranks[a.Person].CompareTo(ranks[b.Person]) : a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Id.CompareTo(b.Id));
        }

        public bool Next()
        {
            _first = _next;
            if (_first == _entries.Count) return false;
            var person = _entries[_first].Person;
            (Person, LiveSince) = (_streams[person].Id, _streams[person].LiveSince);
            while (_next < _entries.Count && _entries[_next].Person == person) _next++;
            return true;
        }

        private int IndexOf(UInt128 stream)
        {
            ref var index = ref CollectionsMarshal.GetValueRefOrAddDefault(_indexes, stream, out var known);
            if (known) return index;
            _streams.Add(new Stream { Id = stream, LiveSince = long.MaxValue });
            return index = _streams.Count - 1;
        }

        private ReadOnlySpan<byte> Personal(in RecordView record, int slot)
        {
            ref readonly var header = ref record.Header;
            if (parts.Keys.Secret(slot) == UInt128.Zero) return PersonalTraces.FieldsOf(RecordFlagBits.TracesOf(header.Flags));
            if (header.SealedLength == 0) return default;
            var length = header.SealedLength - Sealer.TagSize;
            if (_plain.Length < length) _plain = new byte[length * 2];
            var plain = _plain.AsSpan(0, length);
            if (!sealer.Open(slot, header.Stream, header.Id, record.NonceBase, Position.Offset(record.Position), record.Sealed, plain)) return default;
            if ((header.Flags & RecordFlags.Opening) == 0) return plain;
            ReadOnlySpan<byte> fields = plain;
            var key = (int)Varint.Read(ref fields);
            return fields[key..];
        }

        /// <param name="Person">Index of the stream that names the person.</param>
        private readonly record struct Entry(UInt128 Id, long Time, int Person, int Offset, int Clear, int Personal, byte Type);

        // Values, not objects: tens of thousands of them live for as long as a group does.
        private struct Stream
        {
            public UInt128 Id;
            public long LiveSince;
            public int Slot;
        }
    }
}
