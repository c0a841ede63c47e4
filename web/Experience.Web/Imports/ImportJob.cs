using System.Text.Json;
using Experience.Web.Contracts;
using Experience.Web.Hosting;

namespace Experience.Web.Imports;

/// <summary>An import as it is kept in the data folder, so that a server that was stopped in the middle goes on with it.</summary>
/// <param name="Sample">Whether it goes into the sample's folder.</param>
/// <param name="Unclean">It names somebody who was erased while it ran: its files are deleted when it has ended.</param>
internal sealed record StoredImport(
    string Id, string File, string Format, bool Sample, long Bytes, long Lines, char? Delimiter, ImportMapping Mapping, string? Saved,
    IReadOnlyList<ImportColumn> Columns, IReadOnlyList<string> Notes, ImportProgress Progress, ImportProgress? Check, bool Unclean = false);

/// <summary>One file on its way in. Its own lock guards what is not replaced whole.</summary>
internal sealed class ImportJob(string folder, StoredImport stored)
{
    public static readonly ImportProgress Waiting = new(ImportPhase.Waiting, 0, 0, 0, 0, 0, 0, null, 0, null, null, [], []);

    private volatile StoredImport _stored = stored;

    public string Id => _stored.Id;

    public StoredImport Stored => _stored;

    public IReadOnlyList<ImportPreview> Preview { get; set; } = [];

    public CancellationTokenSource Cancel { get; set; } = new();

    public Task Task { get; set; } = Task.CompletedTask;

    /// <summary>The file as it was uploaded.</summary>
    public string Upload => Path.Combine(folder, Id + ".upload");

    /// <summary>The rows that were refused.</summary>
    public string Refused => Path.Combine(folder, Id + ".refused");

    private string Document => Path.Combine(folder, Id + ".json");

    public bool IsBusy => _stored.Progress.Phase is ImportPhase.Running or ImportPhase.Checking;

    public static ImportJob? Load(string folder, string document)
    {
        try
        {
            return JsonSerializer.Deserialize<StoredImport>(File.ReadAllBytes(document), Json.Options) is { Mapping: not null, Progress: not null } stored ? new ImportJob(folder, stored) : null;
        }
        catch (JsonException)
        {
            // Of another version: what it recorded is in the journal, and its file can be sent again.
            return null;
        }
    }

    /// <param name="keep">Write it down: phases and mappings are kept, the progress between them is not.</param>
    public void Change(Func<StoredImport, StoredImport> change, bool keep)
    {
        lock (this)
        {
            _stored = change(_stored);
            if (keep) SafeFile.Replace(Document, JsonSerializer.SerializeToUtf8Bytes(_stored, Json.Options));
        }
    }

    public void Delete()
    {
        File.Delete(Upload);
        File.Delete(Refused);
        File.Delete(Document);
    }
}
