using System.Runtime.InteropServices;

namespace Experience.Embedded.Memory;

/// <summary>How much a background thread leaves to others who want its core. Linux threads have a niceness of their own; elsewhere nothing happens.</summary>
internal static partial class Niceness
{
    /// <summary>Weight 15 of 1,024: about one part in seventy while somebody else wants the core.</summary>
    public const int Last = 19;

    /// <summary>Weight 335 of 1,024: about a quarter of a core that somebody else wants.</summary>
    public const int Behind = 5;

    /// <summary>Of the calling thread, for good. A kernel that refuses leaves it as it is: slower for others, not wrong.</summary>
    public static void Take(int niceness)
    {
        if (OperatingSystem.IsLinux()) _ = SetPriority(0, 0, niceness);
    }

    /// <summary>Linux: process 0 is the calling thread (setpriority(2), "C library/kernel differences").</summary>
    [LibraryImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32 | DllImportSearchPath.SafeDirectories)]
    private static partial int SetPriority(int which, int who, int priority);
}
