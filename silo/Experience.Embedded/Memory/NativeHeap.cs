using System.Runtime.InteropServices;

namespace Experience.Embedded.Memory;

/// <summary>
/// Native memory that only grows, in regions of 2 MiB, given out in pieces and freed as a whole. Rows and arenas of all shards share regions, and the kernel is asked for
/// one huge page a region: with a million people nearly every touch is of another 4 KiB page, and finding the page would cost as much as reading it.
/// </summary>
/// <param name="regionBytes">Smaller regions for owners that come and go one by one: each frees its own. Below <see cref="RegionBytes"/> no huge page is asked for.</param>
internal sealed unsafe partial class NativeHeap(int regionBytes = NativeHeap.RegionBytes) : IDisposable
{
    public const int RegionBytes = 2 * 1024 * 1024;

    private const int Alignment = 64;

    private readonly Lock _lock = new();
    private readonly List<nint> _regions = [];
    private byte* _next;
    private nuint _left;

    /// <summary>Memory that stays until the heap is disposed of; at most a region.</summary>
    public void* Allocate(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, regionBytes);
        var size = (nuint)((bytes + Alignment - 1) / Alignment * Alignment);
        lock (_lock)
        {
            if (_left < size)
            {
                _next = (byte*)NativeMemory.AlignedAlloc((nuint)regionBytes, (nuint)(regionBytes < RegionBytes ? Alignment : RegionBytes));
                _left = (nuint)regionBytes;
                _regions.Add((nint)_next);
                // A wish: where it is not granted, pages are small.
                if (OperatingSystem.IsLinux() && regionBytes >= RegionBytes) _ = Advise(_next, (nuint)regionBytes, HugePages);
            }

            var piece = _next;
            _next += size;
            _left -= size;
            return piece;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var region in _regions) NativeMemory.AlignedFree((void*)region);
            _regions.Clear();
            _left = 0;
        }

        GC.SuppressFinalize(this);
    }

    ~NativeHeap() => Dispose();

    // MADV_HUGEPAGE of madvise(2).
    private const int HugePages = 14;

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32 | DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* start, nuint length, int advice);
}
