using Experience.Embedded.Journal;

namespace Experience.Embedded.Tests;

/// <summary>
/// A disk for journals that tests own: it keeps what was committed and nothing else, loses power when told, and refuses or delays commits. It outlives
/// the engines that are opened on it.
/// </summary>
internal sealed class PowerStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, byte[]> _blocks = [];
    private readonly SortedDictionary<int, string> _sources = [];
    private readonly Dictionary<(int Field, ulong Hash), string> _names = [];
    private bool _powerless;
    private int _refusals;

    /// <summary>Commits wait here while it is closed.</summary>
    public ManualResetEventSlim Gate { get; } = new(true);

    /// <summary>Released each time that a commit arrives, before it waits at the gate.</summary>
    public SemaphoreSlim Arrived { get; } = new(0);

    public int Commits { get; private set; }

    public int Blocks
    {
        get
        {
            lock (_lock) return _blocks.Count;
        }
    }

    public IReadOnlyList<byte[]> Stored
    {
        get
        {
            lock (_lock) return [.. _blocks.Values];
        }
    }

    public void LosePower()
    {
        lock (_lock) _powerless = true;
        Gate.Set();
    }

    public void RestorePower()
    {
        lock (_lock) _powerless = false;
    }

    public void RefuseCommits(int count)
    {
        lock (_lock) _refusals = count;
    }

    public IJournal Open(string path) => new Journal(this);

    private sealed class Journal(PowerStore store) : IJournal
    {
        public long LastBlock
        {
            get
            {
                lock (store._lock) return store._blocks.Count == 0 ? 0 : store._blocks.Keys.Last();
            }
        }

        public long StoredBytes => 0;

        public IReadOnlyList<string> Sources()
        {
            lock (store._lock)
            {
                var sources = new List<string>();
                foreach (var (number, source) in store._sources)
                {
                    while (sources.Count < number) sources.Add("");
                    sources.Add(source);
                }

                return sources;
            }
        }

        public IReadOnlyList<(int Field, ulong Hash, string Name)> Names()
        {
            lock (store._lock) return [.. store._names.Select(n => (n.Key.Field, n.Key.Hash, n.Value))];
        }

        public void Commit(IReadOnlyList<Block> blocks, IReadOnlyList<(int Number, string Source)> sources, IReadOnlyList<(int Field, ulong Hash, string Name)> names)
        {
            store.Arrived.Release();
            store.Gate.Wait();
            lock (store._lock)
            {
                if (store._powerless) throw new JournalException("There is no power.");
                if (store._refusals > 0)
                {
                    store._refusals--;
                    throw new JournalException("The disk refuses.");
                }

                foreach (var block in blocks) store._blocks.Add(block.Id, block.Stored.ToArray());
                foreach (var (number, source) in sources) store._sources[number] = source;
                foreach (var (field, hash, name) in names) store._names[(field, hash)] = name;
                store.Commits++;
            }
        }

        public void Maintain(bool idle)
        {
        }

        public IJournalReader OpenReader() => new Reader(store);

        public void Dispose()
        {
        }
    }

    private sealed class Reader(PowerStore store) : IJournalReader
    {
        public bool Read(long id, BlockVisitor visit)
        {
            byte[]? block;
            lock (store._lock)
            {
                if (!store._blocks.TryGetValue(id, out block)) return false;
            }

            visit(id, block);
            return true;
        }

        public void Release()
        {
            // Every read looks anew.
        }

        public void Scan(long after, BlockVisitor visit)
        {
            KeyValuePair<long, byte[]>[] blocks;
            lock (store._lock) blocks = [.. store._blocks.Where(b => b.Key > after)];
            foreach (var (id, block) in blocks)
            {
                if (!visit(id, block)) return;
            }
        }

        public void Dispose()
        {
        }
    }
}
