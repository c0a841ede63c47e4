using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Experience.Embedded.Memory;

/// <summary>
/// Asks the processor for memory that is needed soon. Only a hint: an address that moves, or is gone by then, costs nothing but the hint, and where the
/// processor has no such instruction nothing happens. With a million people almost every person is a cache miss, five or six lines each.
/// </summary>
internal static unsafe class Prefetch
{
    public const int Line = 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(void* address)
    {
        if (Sse.IsSupported) Sse.Prefetch0(address);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read<T>(ref T place) => Read(Unsafe.AsPointer(ref place));

    /// <summary>The first two lines of an object.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(object thing)
    {
        var start = *(byte**)Unsafe.AsPointer(ref thing);
        Read(start);
        Read(start + Line);
    }

    /// <summary>The first line of some bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(ReadOnlySpan<byte> bytes) => Read(Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes)));

    /// <summary>At most <paramref name="lines"/> lines of some bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* start, int length, int lines)
    {
        for (var n = 0; n < length && lines > 0; n += Line, lines--) Read(start + n);
    }
}
