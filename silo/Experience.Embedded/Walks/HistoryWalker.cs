using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
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
    private const long FactsAtOnce = 500_000;

    /// <summary>Between so many blocks (about a millisecond of work) it looks whether events wait.</summary>
    private const int BlocksBetweenLooks = 16;

    private const int PauseMilliseconds = 5;

    /// <summary>Under constant load it goes on after so many pauses, at a twentieth of its pace: a walk ends whatever comes in.</summary>
    private const int MostPauses = 4;

    /// <param name="shards">Facts of each shard, in order.</param>
    public HistoryWalk Walk(IReadOnlyList<long> shards, IHistoryVisitor visitor, long maxFacts, CancellationToken cancellation)
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
        private readonly Dictionary<UInt128, Stream> _streams = [];
        private readonly HashSet<(UInt128 Person, UInt128 Id)> _voids = [];
        private byte[] _plain = new byte[8 * 1024];
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

        /// <param name="facts">Facts of these shards: room for all of them is made at once, since what grows leaves behind what it was.</param>
        public void Begin(int fromShard, int toShard, long facts)
        {
            (_fromShard, _toShard) = (fromShard, toShard);
            _bytes.Clear();
            _entries.Clear();
            _entries.EnsureCapacity((int)Math.Min(Math.Max(facts, 0), FactsAtOnce));
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
                var shard = Shard.Of(person);
                if (shard < _fromShard || shard >= _toShard) continue;
                var stream = Of(header.Stream);

                // A stream's first record names its key, and stands before all others in the journal.
                if ((header.Flags & RecordFlags.Opening) != 0) stream.Slot = (int)-header.Previous;
                if ((header.Flags & RecordFlags.Live) != 0 && (header.Flags & RecordFlags.Observation) == 0) stream.LiveSince = Math.Min(stream.LiveSince, header.Time);
                var type = EventTypes.Of(header.Type);
                if (type == EventTypes.EventVoided)
                {
                    _voids.Add((person, Voids.TargetOf(new FactView(type, header.Time, header.Id, record.Clear, default), parts.Sources.Name(header.Source))));
                }

                var start = _bytes.Length;
                _bytes.Write(record.Clear);
                var personal = PersonFold.ReadsPersonal(type) ? Personal(record, stream.Slot) : default;
                _bytes.Write(personal);
                if (person != header.Stream) Of(person).LiveSince = Math.Min(Of(person).LiveSince, stream.LiveSince);
                _entries.Add(new Entry(person, header.Time, header.Id, start, record.Clear.Length, personal.Length, header.Type));
            }
        }

        /// <summary>By person, then as states fold: by stamp, and where two are equal by the whole id.</summary>
        public void Sort()
        {
            _entries.RemoveAll(e => _voids.Count > 0 && PersonFold.CanBeVoided(EventTypes.Of(e.Type)) && _voids.Contains((e.Person, e.Id)));
            _entries.Sort(static (a, b) =>
                a.Person != b.Person ? a.Person.CompareTo(b.Person) : a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Id.CompareTo(b.Id));
        }

        public bool Next()
        {
            _first = _next;
            if (_first == _entries.Count) return false;
            Person = _entries[_first].Person;
            LiveSince = _streams[Person].LiveSince;
            while (_next < _entries.Count && _entries[_next].Person == Person) _next++;
            return true;
        }

        private Stream Of(UInt128 stream)
        {
            if (!_streams.TryGetValue(stream, out var known)) _streams[stream] = known = new Stream();
            return known;
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

        private readonly record struct Entry(UInt128 Person, long Time, UInt128 Id, int Offset, int Clear, int Personal, byte Type);

        private sealed class Stream
        {
            public int Slot { get; set; }

            public long LiveSince { get; set; } = long.MaxValue;
        }
    }
}
