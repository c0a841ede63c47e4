using System.Text;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Imports.Mapping;
using Experience.Web.Imports.Tables;
using Experience.Web.Sources;

namespace Experience.Web.Imports;

/// <summary>The imports of the data folder: uploads, refused rows, and a document for each. Files and refused rows are about people: what nobody came back to is deleted.</summary>
internal sealed class ImportFolder(ServeOptions options) : IKeptOfPeople
{
    public const int MaxKept = 16;

    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    /// <summary>A key that is so long is no price and no quantity by chance.</summary>
    private const int LongKey = 5;

    private const string ErasedNote = "Somebody was erased: examples are shown no more, and rows that named the person were taken away.";

    private const string EndedNote = "Somebody was erased while it ran, and its files were deleted. What was recorded stays; the file can be uploaded again, and counts nothing twice.";

    private readonly Lock _gate = new();
    private List<ImportJob>? _jobs;

    public string Path { get; } = System.IO.Path.Combine(options.DataFolder, "imports");

    public IReadOnlyList<ImportJob> List()
    {
        lock (_gate) return [.. Jobs()];
    }

    public ImportJob? Find(string id)
    {
        lock (_gate) return Jobs().Find(j => j.Id == id);
    }

    /// <summary>The oldest that does not run makes place.</summary>
    public void Add(ImportJob job)
    {
        lock (_gate)
        {
            if (Jobs().Count >= MaxKept && Jobs().Find(j => !j.IsBusy) is { } old) Forget(old);
            Jobs().Add(job);
        }
    }

    /// <summary>Stops what runs, forgets what does not.</summary>
    public bool Cancel(string id)
    {
        lock (_gate)
        {
            if (Jobs().Find(j => j.Id == id) is not { } job) return false;
            if (job.IsBusy) job.Cancel.Cancel();
            else Forget(job);
            return true;
        }
    }

    /// <summary>
    /// Rows that name the person are taken out of uploads and of files of refused rows. What runs is read at this moment: where it names the person its files are deleted as soon as it has
    /// ended, and refused rows of others wait among the refused events. Examples and what refusals quote go from every import, since they may be parts of words.
    /// </summary>
    public Task RemoveAsync(ErasedPerson who)
    {
        foreach (var job in List())
        {
            lock (job)
            {
                var named = Keep(job, job.Upload, who) + Keep(job, job.Refused, who);
                if (job.IsBusy && named > 0) job.Change(s => s with { Unclean = true }, keep: true);
                job.Preview = [];
                job.Change(s => s with
                {
                    Columns = [.. s.Columns.Select(c => c with { Samples = [] })],
                    Notes = [ErasedNote],
                    Lines = s.Lines - (job.IsBusy ? 0 : named),
                    Progress = s.Progress with { Refusals = [] },
                    Check = s.Check is null ? null : s.Check with { Refusals = [] },
                }, keep: true);
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>Called when an import has ended, however it did.</summary>
    public static void Ended(ImportJob job)
    {
        if (!job.Stored.Unclean) return;
        File.Delete(job.Upload);
        File.Delete(job.Refused);
        job.Change(s => s with { Unclean = false, Notes = [EndedNote], Progress = s.Progress with { Refusals = [] } }, keep: true);
    }

    /// <summary>Writes a file anew without the rows that name the person, unless it is being read; returns how many there are.</summary>
    private static int Keep(ImportJob job, string path, ErasedPerson who)
    {
        if (!File.Exists(path)) return 0;
        var named = 0;
        var temporary = path + ".new";
        var csv = job.Stored.Format == "csv";
        CsvForm? form = null;
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        {
            form = csv ? CsvForm.Detect(file, path == job.Upload ? job.Stored.Mapping : null) : null;
            using var output = job.IsBusy ? null : new StreamWriter(SafeFile.Create(temporary), new UTF8Encoding(csv));
            IReadOnlyList<string>? header = null;
            foreach (var cells in csv ? CsvFile.Rows(file, form!).Select(r => r.Columns) : Lines(file))
            {
                if (header is not null || !csv)
                {
                    if (Names(job.Stored.Mapping, header, cells, who))
                    {
                        named++;
                        continue;
                    }
                }
                else
                {
                    header = CsvReader.Named(cells);
                }

                if (output is null) continue;
                if (csv) RefusedFile.WriteRow(output, cells, form!.Delimiter);
                else output.Write(cells[0] + "\n");
            }
        }

        if (!job.IsBusy && named > 0)
        {
            File.Move(temporary, path, overwrite: true);
            // It is UTF-8 now, and titles above the header are gone.
            if (csv && path == job.Upload) job.Change(s => s with { Bytes = new FileInfo(path).Length, Delimiter = form!.Delimiter, Mapping = s.Mapping with { Encoding = "utf-8", SkipRows = 0, Delimiter = form.Delimiter.ToString() } }, keep: true);
        }

        File.Delete(temporary);
        return named;
    }

    private static IEnumerable<string[]> Lines(Stream file)
    {
        using var reader = new StreamReader(file, Encoding.UTF8, true, 1 << 16, leaveOpen: true);
        while (reader.ReadLine() is { } line) yield return [line];
    }

    /// <summary>
    /// A short key may be another number of a row: it counts in columns that hold people's keys, or in any where none is known to. A longer one, and the rest, is the person's wherever it stands.
    /// </summary>
    private static bool Names(ImportMapping mapping, IReadOnlyList<string>? header, string[] cells, ErasedPerson who)
    {
        if (who.IsMeantBy(string.Join('\n', cells))) return true;
        // A line of events or of CDNOW: the key as text of its own, or as the first of the line.
        if (header is null) return who.Keys.Any(k => cells[0].Contains($"\"{k.Key}\"", StringComparison.Ordinal) || cells[0].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var first, ..] && first == k.Key);
        for (var i = 0; i < cells.Length; i++)
        {
            if (cells[i].Length == 0 || (cells[i].Length < LongKey && !IsOfPeople(mapping, header, i))) continue;
            if (who.Keys.Any(k => k.Key == cells[i])) return true;
        }

        return false;
    }

    private static bool IsOfPeople(ImportMapping mapping, IReadOnlyList<string> header, int column)
    {
        if (column >= header.Count) return false;
        if (!mapping.Columns.Values.Contains(ImportTargets.Subject)) return true;
        return new[] { mapping.Columns }.Concat((mapping.Also ?? []).Select(a => a.Columns)).Any(c => ImportTargets.IsPerson(c.GetValueOrDefault(header[column])));
    }

    private List<ImportJob> Jobs()
    {
        if (_jobs is not null) return _jobs;
        _jobs = [];
        if (!Directory.Exists(Path)) return _jobs;
        foreach (var document in Directory.EnumerateFiles(Path, "*.json"))
        {
            if (ImportJob.Load(Path, document) is not { } job) continue;
            if (options.Time.GetUtcNow() - File.GetLastWriteTimeUtc(document) > KeptFor) job.Delete();
            else _jobs.Add(job);
        }

        // An upload that was cut off has no document.
        foreach (var file in Directory.EnumerateFiles(Path).Where(f => _jobs.TrueForAll(j => System.IO.Path.GetFileNameWithoutExtension(f) != j.Id))) File.Delete(file);
        return _jobs;
    }

    private void Forget(ImportJob job)
    {
        _jobs!.Remove(job);
        job.Delete();
    }
}
