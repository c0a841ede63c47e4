using Experience.Web.Hosting;

namespace Experience.Web.Keys;

/// <summary>Where the list of keys is kept, whole. Several processes read and change it.</summary>
internal interface IKeyShelf
{
    /// <summary>The list as it is now, or as it was a second ago at most where that is at hand; null when there is none. Asked for each request that names a key.</summary>
    /// <param name="now">As it is now, whatever it costs.</param>
    /// <param name="stamp">Another one whenever the list is another one.</param>
    byte[]? Read(bool now, out long stamp);

    /// <summary>Replaces the list by what is made of it; nobody else changes it in between.</summary>
    void Change(Func<byte[]?, byte[]> change);
}

/// <summary>
/// A file of the data folder. It is read again when it changes, so that the command line may create and revoke keys beside a running server; writers hold a lock file and replace
/// the file whole.
/// </summary>
internal sealed class KeyFile(string folder, TimeProvider time) : IKeyShelf
{
    public const string Name = "api-keys.json";

    private static readonly TimeSpan RereadAfter = TimeSpan.FromSeconds(1);

    private readonly string _path = Path.Combine(folder, Name);
    private readonly Lock _gate = new();
    private byte[]? _list;
    private DateTime _stamp;
    private long _lookedAt;
    private bool _loaded;

    public byte[]? Read(bool now, out long stamp)
    {
        lock (_gate)
        {
            var at = time.GetTimestamp();
            if (now || !_loaded || time.GetElapsedTime(_lookedAt, at) >= RereadAfter)
            {
                _lookedAt = at;
                var written = File.GetLastWriteTimeUtc(_path);
                if (now || !_loaded || written != _stamp) (_list, _stamp, _loaded) = (File.Exists(_path) ? File.ReadAllBytes(_path) : null, written, true);
            }

            stamp = _stamp.Ticks;
            return _list;
        }
    }

    public void Change(Func<byte[]?, byte[]> change)
    {
        Directory.CreateDirectory(folder);
        using var held = SafeFile.Lock(_path);
        SafeFile.Replace(_path, change(File.Exists(_path) ? File.ReadAllBytes(_path) : null));
    }
}
