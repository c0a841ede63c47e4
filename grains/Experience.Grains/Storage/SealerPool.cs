namespace Experience.Grains.Storage;

/// <summary>
/// Ciphers of the people seen last: making one costs more than a use of it, and keeping one for every active participant would cost native memory for
/// each. Who takes one owns it until it is given back; a place holds one, whoever comes later finds it empty and makes another. Any thread.
/// </summary>
internal sealed class SealerPool : IDisposable
{
    private const int Places = 2_048;

    private readonly Entry?[] _places = new Entry?[Places];

    private sealed record Entry(UInt128 Stream, byte[] Key, Sealer Sealer);

    /// <summary>Given back by <see cref="Lease.Dispose"/>.</summary>
    public Lease Take(UInt128 stream, byte[] dataKey)
    {
        ref var place = ref _places[(int)(ulong)stream & (Places - 1)];
        var entry = Interlocked.Exchange(ref place, null);

        // The key object is the participant's own: one that was erased has none, and another activation brings another.
        if (entry is not null && entry.Stream == stream && ReferenceEquals(entry.Key, dataKey)) return new Lease(this, entry);
        entry?.Sealer.Dispose();
        return new Lease(this, new Entry(stream, dataKey, new Sealer(dataKey)));
    }

    /// <summary>Nothing is left here that opens what the person had.</summary>
    public void Forget(UInt128 stream)
    {
        ref var place = ref _places[(int)(ulong)stream & (Places - 1)];
        if (Volatile.Read(ref place) is { } entry && entry.Stream == stream && Interlocked.CompareExchange(ref place, null, entry) == entry) entry.Sealer.Dispose();
    }

    public void Dispose()
    {
        for (var i = 0; i < Places; i++) Interlocked.Exchange(ref _places[i], null)?.Sealer.Dispose();
    }

    private void Return(Entry entry) => Interlocked.Exchange(ref _places[(int)(ulong)entry.Stream & (Places - 1)], entry)?.Sealer.Dispose();

    internal readonly struct Lease : IDisposable
    {
        private readonly SealerPool? _pool;
        private readonly Entry? _entry;

        internal Lease(SealerPool pool, object entry)
        {
            _pool = pool;
            _entry = (Entry)entry;
        }

        /// <summary>Null where there is no key.</summary>
        public Sealer? Sealer => _entry?.Sealer;

        public void Dispose()
        {
            if (_entry is not null) _pool!.Return(_entry);
        }
    }
}
