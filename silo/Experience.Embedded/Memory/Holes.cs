namespace Experience.Embedded.Memory;

/// <summary>What large pieces of work leave behind in the collector's heap.</summary>
internal static class Holes
{
    /// <summary>Events of a folder from which its work leaves more behind than giving it back costs.</summary>
    private const long Large = 1_000_000;

    /// <summary>Gives it back to the system. All threads stand still meanwhile, some 100 ms in a folder of a million people: for moments in which nobody waits.</summary>
    public static void Close(long events)
    {
        if (events > Large) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
