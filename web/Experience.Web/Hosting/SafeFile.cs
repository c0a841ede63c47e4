namespace Experience.Web.Hosting;

/// <summary>Small files of the data folder that several processes read and write: replaced whole, readable by their owner only.</summary>
internal static class SafeFile
{
    private const int Attempts = 50;

    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".new";
        using (var stream = Create(temporary))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>A new, empty file that only its owner may read.</summary>
    public static FileStream Create(string path)
    {
        var file = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.Asynchronous, BufferSize = 1 << 16 };
        if (!OperatingSystem.IsWindows()) file.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, file);
    }

    /// <summary>Held while something is read, changed and replaced; another process waits the milliseconds that it takes.</summary>
    public static FileStream Lock(string path)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < Attempts)
            {
                Thread.Sleep(20);
            }
        }
    }
}
