using System.Text.Json;
using Experience.Embedded.Keys;

namespace Experience.Embedded;

/// <summary>The folder's own facts, fixed when it is new: what money and days in it mean.</summary>
internal sealed record FolderFacts(int Version, string Name, string TimeZone, string Currency, bool Sample);

/// <summary>The data folder, locked to this process.</summary>
internal sealed class DataFolder : IDisposable
{
    private const int FolderVersion = 1;

    private readonly FileStream _lock;

    private DataFolder(string path, string keyFile, FileStream locked, FolderFacts facts, bool isNew)
    {
        Path = path;
        KeyFile = keyFile;
        _lock = locked;
        Facts = facts;
        IsNew = isNew;
    }

    public string Path { get; }

    public string KeyFile { get; }

    public FolderFacts Facts { get; }

    public bool IsNew { get; }

    public string JournalFile => System.IO.Path.Combine(Path, "journal.db");

    public string KeysFile => System.IO.Path.Combine(Path, "keys.db");

    public string LooksFile => System.IO.Path.Combine(Path, "looks.db");

    public string CheckpointFile(int shard, long generation) => System.IO.Path.Combine(Path, "checkpoints", $"{shard:00}.{generation}");

    public static DataFolder Open(EmbeddedOptions options)
    {
        var path = System.IO.Path.GetFullPath(options.DataFolder).TrimEnd(System.IO.Path.DirectorySeparatorChar);
        Directory.CreateDirectory(path);
        Directory.CreateDirectory(System.IO.Path.Combine(path, "checkpoints"));
        FileStream locked;
        try
        {
            locked = new FileStream(System.IO.Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken)
        {
            throw new FolderInUseException(path, taken);
        }

        try
        {
            var file = System.IO.Path.Combine(path, "folder.json");
            var isNew = !File.Exists(file);
            FolderFacts facts;
            if (isNew)
            {
                facts = new FolderFacts(FolderVersion, options.ProgramName, options.TimeZone, options.Currency.ToUpperInvariant(), options.Sample);
                var temporary = file + ".new";
                using (var stream = new FileStream(temporary, FileMode.Create))
                {
                    JsonSerializer.Serialize(stream, facts);
                    stream.Flush(flushToDisk: true);
                }

                File.Move(temporary, file);
            }
            else
            {
                facts = JsonSerializer.Deserialize<FolderFacts>(File.ReadAllText(file)) ?? throw new InvalidDataException($"{file} is empty.");
                if (facts.Version > FolderVersion) throw new InvalidDataException($"The data folder {path} was written by a later version of this program.");
            }

            return new DataFolder(path, options.MasterKeyFile ?? path + ".key", locked, facts, isNew);
        }
        catch
        {
            locked.Dispose();
            throw;
        }
    }

    public MasterKey OpenMasterKey() => MasterKey.Open(KeyFile, create: !File.Exists(KeysFile));

    public void Dispose() => _lock.Dispose();
}

/// <summary>Another process has the data folder.</summary>
public sealed class FolderInUseException(string path, Exception inner) : IOException($"The data folder {path} is in use by another process.", inner);
