using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Experience.Embedded.Journal;

/// <summary>Makes what was written to a file survive the loss of power.</summary>
internal static partial class DataSync
{
    /// <summary>Without what nobody reads it by, above all the time of its last change: fdatasync(2), where there is one.</summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public static void Flush(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux()) RandomAccess.FlushToDisk(file);
        else if (FDataSync(file) != 0) throw new IOException($"fdatasync failed with {Marshal.GetLastPInvokeError()}.");
    }

    /// <summary>The same for what nobody relies on: it only keeps what is left to write small.</summary>
    public static void TryFlush(SafeFileHandle file)
    {
        try
        {
            Flush(file);
        }
        catch (IOException)
        {
            // Whoever relies on it syncs, and is told.
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32 | DllImportSearchPath.SafeDirectories)]
    private static partial int FDataSync(SafeFileHandle file);
}
