using System.Text.Json;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Imports.Mapping;

namespace Experience.Web.Imports;

/// <summary>
/// Mappings under names, each with its versions, in <c>mappings/</c> of the data folder: a file a name, read when asked for, so that the command line may
/// save one beside a running server.
/// </summary>
internal sealed class MappingStore(string folder, TimeProvider time)
{
    public const int MaxMappings = 500;

    /// <summary>Versions that are kept of each; the oldest is forgotten beyond it.</summary>
    public const int MaxVersions = 50;

    public const string AcceptedName = "1 to 60 small letters, digits and dashes, such as registrations-north";

    private const int Format = 1;

    private readonly string _folder = Path.Combine(folder, "mappings");

    private sealed record Stored(int Format, string Name, List<StoredVersion> Versions);

    private sealed record StoredVersion(int Version, long SavedAt, string? SavedBy, ImportMapping Mapping);

    public static bool IsName(string name) => name.Length is > 0 and <= 60 && name[0] != '-' && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    public IReadOnlyList<SavedMapping> List() =>
        Directory.Exists(_folder) ? [.. Directory.EnumerateFiles(_folder, "*.json").Order(StringComparer.Ordinal).Select(f => View(Read(f), null)).OfType<SavedMapping>()] : [];

    /// <param name="version">Null for the newest.</param>
    public SavedMapping? Find(string name, int? version = null) => IsName(name) && File.Exists(PathOf(name)) ? View(Read(PathOf(name)), version) : null;

    /// <summary>Saves a new version, or leaves the newest when it says the same.</summary>
    public (SavedMapping? Saved, Refusal? Refusal) Save(string name, ImportMapping mapping, string? by)
    {
        if (!IsName(name)) return (null, new Refusal("name", "is not a name", AcceptedName));
        if (MappingCheck.Of(mapping) is { } wrong) return (null, wrong);
        Directory.CreateDirectory(_folder);
        using (SafeFile.Lock(Path.Combine(_folder, "all")))
        {
            var path = PathOf(name);
            var stored = File.Exists(path) ? Read(path) : null;
            if (stored is null && Directory.EnumerateFiles(_folder, "*.json").Count() >= MaxMappings) return (null, new Refusal("name", "would be one too many", $"at most {MaxMappings} saved mappings"));
            stored ??= new Stored(Format, name, []);
            var newest = stored.Versions.LastOrDefault();
            if (newest is not null && Same(newest.Mapping, mapping)) return (View(stored, null), null);
            stored.Versions.Add(new StoredVersion((newest?.Version ?? 0) + 1, time.GetUtcNow().ToUnixTimeMilliseconds(), by, mapping));
            if (stored.Versions.Count > MaxVersions) stored.Versions.RemoveAt(0);
            SafeFile.Replace(path, JsonSerializer.SerializeToUtf8Bytes(stored, Json.Options));
            return (View(stored, null), null);
        }
    }

    public bool Delete(string name)
    {
        if (!IsName(name) || !File.Exists(PathOf(name))) return false;
        File.Delete(PathOf(name));
        return true;
    }

    /// <summary>The saved mapping whose columns the table has, the one that names most of them.</summary>
    public SavedMapping? FindFor(IReadOnlyList<string> header) =>
        List().Where(m => RowRules.Bind(m.Mapping, header, out _) is not null).OrderByDescending(m => m.Mapping.Columns.Count).ThenByDescending(m => m.SavedAt).FirstOrDefault();

    private static bool Same(ImportMapping a, ImportMapping b) => JsonSerializer.Serialize(a, Json.Options) == JsonSerializer.Serialize(b, Json.Options);

    private static Stored Read(string path)
    {
        var stored = JsonSerializer.Deserialize<Stored>(File.ReadAllBytes(path), Json.Options);
        return stored is { Format: Format, Versions.Count: > 0 } ? stored : throw new InvalidDataException($"{path} is not a saved mapping of this version.");
    }

    private static SavedMapping? View(Stored stored, int? version) =>
        (version is null ? stored.Versions[^1] : stored.Versions.Find(v => v.Version == version)) is { } of
            ? new SavedMapping(stored.Name, of.Version, of.SavedAt, of.SavedBy, of.Mapping, [.. stored.Versions.Select(v => new SavedVersion(v.Version, v.SavedAt, v.SavedBy))])
            : null;

    private string PathOf(string name) => Path.Combine(_folder, name + ".json");
}
