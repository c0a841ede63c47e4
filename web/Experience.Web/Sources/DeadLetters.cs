using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Microsoft.Data.Sqlite;

namespace Experience.Web.Sources;

/// <summary>
/// Events that were not taken, in <c>ways.db</c>. Source, way and field stand in clear, everything else is sealed. The same event again is the same letter: it
/// counts up, and only the first is written at once. What goes beyond a limit is not kept but counted: its sender was told of the refusal, and the
/// letters that are there show what is wrong. The letters of the sample and of the program's own folder are kept apart.
/// </summary>
internal sealed partial class DeadLetters(WaysFile file, GonePeople gone, Func<bool> isSample, ServeOptions options, ILogger<DeadLetters> logger) : IDeadLetters
{
    /// <summary>Open letters at once.</summary>
    public const int MaxLetters = 10_000;

    /// <summary>Open letters of one source: a source that went mad leaves place for the others.</summary>
    public const int MaxPerSource = 2_000;

    /// <summary>Bytes of all open letters, as they are stored.</summary>
    public const long MaxBytes = 64L << 20;

    /// <summary>A longer body is kept cut; it can be looked at, and not sent again.</summary>
    public const int MaxBodyBytes = 256 * 1024;

    /// <summary>Letters, open or closed, are forgotten after this long.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(30);

    private readonly ConcurrentDictionary<(bool Sample, UInt128 Key), Kept> _open = new();
    private readonly Dictionary<(bool Sample, string Source), int> _ofSource = [];
    private readonly Lock _gate = new();
    private long _bytes;
    private bool _loaded;

    private sealed record Added(UInt128 Key, Kept Letter, byte[] Body, IReadOnlyList<SourceKey> People);

    /// <summary>An open letter as memory holds it. Guarded by the gate, but for being found.</summary>
    private sealed class Kept(string source, string way, string place, int bytes)
    {
        public string Source => source;

        public string Way => way;

        public string Field => place;

        public int Bytes => bytes;

        /// <summary>0 until it is durable.</summary>
        public long Id { get; set; }

        public long Last { get; set; }

        public int Times { get; set; } = 1;

        public bool Counted { get; set; }
    }

    /// <summary>Open letters of what is shown now.</summary>
    public long Open()
    {
        Load();
        return OpenBySource().Values.Sum(n => (long)n);
    }

    public IReadOnlyDictionary<string, int> OpenBySource()
    {
        Load();
        var sample = isSample();
        lock (_gate) return _ofSource.Where(s => s.Key.Sample == sample && s.Value > 0).ToDictionary(s => s.Key.Source, s => s.Value, StringComparer.Ordinal);
    }

    public long OpenBytes => Interlocked.Read(ref _bytes);

    public async ValueTask<int> PutAsync(IReadOnlyList<FailedEvent> failed)
    {
        if (failed.Count == 0) return 0;
        var now = options.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var added = new List<Added>(failed.Count);
        var sample = isSample();
        var notKept = 0;
        try
        {
            Load();
            foreach (var letter in failed)
            {
                var people = PeopleOf(letter);
                switch (await IsGoneAsync(people))
                {
                    case true: continue;
                    case null:
                        notKept++;
                        continue;
                }

                if (!Add(letter, people, sample, now, added)) notKept++;
            }

            if (added.Count > 0) await file.WriteAsync(connection => Insert(connection, sample, now, added));
            return notKept;
        }
        catch (Exception e) when (e is IOException or SqliteException or CryptographicException or UnauthorizedAccessException or InvalidDataException)
        {
            // The sender is told of the refusal all the same; the log and the counter say that the letter is missing.
            LogNotKept(logger, failed.Count, PlainLines.Brief(e));
            lock (_gate)
            {
                foreach (var one in added) Remove(sample, one.Key);
            }

            return failed.Count;
        }
    }

    public bool Has(UInt128 id) => !_open.IsEmpty && _open.ContainsKey((isSample(), id));

    public async ValueTask TakenAsync(IReadOnlyList<UInt128> ids)
    {
        try
        {
            await CloseAsync(ids, LetterState.Mended, null);
        }
        catch (Exception e) when (e is IOException or SqliteException)
        {
            // The events were taken and are acknowledged; their letters come back at the next start, and sending them again counts nothing twice.
            LogNotClosed(logger, ids.Count, PlainLines.Brief(e));
        }
    }

    /// <summary>Closes letters by their keys: their bodies are deleted, who closed them and when is kept.</summary>
    public async ValueTask CloseAsync(IReadOnlyList<UInt128> keys, LetterState state, string? by)
    {
        var sample = isSample();
        var now = options.Time.GetUtcNow().ToUnixTimeMilliseconds();
        lock (_gate)
        {
            foreach (var key in keys) Remove(sample, key);
        }

        await file.WriteAsync(connection =>
        {
            foreach (var key in keys)
            {
                WaysFile.Execute(connection, "UPDATE letter SET state=$state, closed=$now, by=$by, body=NULL WHERE sample=$sample AND key=$key AND state=0",
                    ("$state", (int)state), ("$now", now), ("$by", by), ("$sample", sample), ("$key", Blob(key)));
            }
        });
    }

    /// <summary>Deletes letters without a trace: those of a person who is erased.</summary>
    public async Task DeleteAsync(IReadOnlyList<long> ids)
    {
        if (ids.Count == 0) return;
        lock (_gate)
        {
            foreach (var (key, letter) in _open)
            {
                if (ids.Contains(letter.Id)) Remove(key.Sample, key.Key);
            }
        }

        await file.WriteAsync(connection =>
        {
            foreach (var id in ids) WaysFile.Execute(connection, "DELETE FROM letter WHERE id=$id", ("$id", id));
        });
    }

    /// <summary>Forgets what is too old, and writes how often letters came again.</summary>
    public async Task SweepAsync()
    {
        Load();
        var now = options.Time.GetUtcNow();
        var before = (now - MaxAge).ToUnixTimeMilliseconds();
        List<(long Id, long Last, int Times)> counted = [];
        lock (_gate)
        {
            foreach (var (_, letter) in _open)
            {
                if (!letter.Counted) continue;
                letter.Counted = false;
                counted.Add((letter.Id, letter.Last, letter.Times));
            }
        }

        var old = file.Read(connection => Rows(connection, "SELECT sample, key FROM letter WHERE state=0 AND at<$before", r => (r.GetBoolean(0), Key(r, 1)), ("$before", before)));
        if (counted.Count == 0 && old.Count == 0 && file.Read(c => Rows(c, "SELECT 1 FROM letter WHERE at<$before LIMIT 1", r => r.GetInt32(0), ("$before", before))).Count == 0) return;
        lock (_gate)
        {
            foreach (var (sample, key) in old) Remove(sample, key);
        }

        await file.WriteAsync(connection =>
        {
            foreach (var (id, last, times) in counted) WaysFile.Execute(connection, "UPDATE letter SET last=$last, times=$times WHERE id=$id", ("$last", last), ("$times", times), ("$id", id));
            WaysFile.Execute(connection, "DELETE FROM letter WHERE at<$before", ("$before", before));
            // Closed letters are a record, not a heap.
            WaysFile.Execute(connection, "DELETE FROM letter WHERE state<>0 AND id NOT IN (SELECT id FROM letter WHERE state<>0 ORDER BY id DESC LIMIT $max)", ("$max", MaxLetters));
        });
        if (old.Count > 0) LogForgotten(logger, old.Count);
    }

    public LettersPage List(string? source, string? way, string? field, LetterState state, long after, int limit)
    {
        Load();
        var sample = isSample();
        var found = file.Read(connection => Rows(connection,
            "SELECT id, state, at, last, times, way, source, field, closed, by, key, body FROM letter WHERE sample=$sample AND state=$state AND id<$after AND ($source IS NULL OR source=$source) AND ($way IS NULL OR way=$way) AND ($field IS NULL OR field=$field) ORDER BY id DESC LIMIT $limit",
            Summary, ("$sample", sample), ("$state", (int)state), ("$after", after), ("$source", source), ("$way", way), ("$field", field), ("$limit", limit + 1)));
        List<LetterGroup> groups;
        lock (_gate)
        {
            groups = [.. _open.Where(o => o.Key.Sample == sample).GroupBy(o => (o.Value.Source, o.Value.Way, o.Value.Field))
                .Select(g => new LetterGroup(g.Key.Source, g.Key.Way, g.Key.Field, g.Count(), g.Max(o => o.Value.Last))).OrderByDescending(g => g.Count).ThenBy(g => g.Source, StringComparer.Ordinal).Take(100)];
        }

        var more = found.Count > limit;
        if (more) found.RemoveAt(limit);
        return new LettersPage(groups.Sum(g => g.Count), OpenBytes, MaxLetters, MaxBytes, (int)MaxAge.TotalDays, groups, [.. found.Select(f => f.Summary)], more ? found[^1].Summary.Id : null);
    }

    /// <summary>One letter with its body; the body is null when the letter is closed, or its key is gone.</summary>
    public (LetterSummary Summary, SealedLetter? Letter, UInt128 Key)? Find(long id)
    {
        Load();
        var found = file.Read(connection => Rows(connection, "SELECT id, state, at, last, times, way, source, field, closed, by, key, body FROM letter WHERE sample=$sample AND id=$id", Summary, ("$sample", isSample()), ("$id", id)));
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>Ids of open letters, oldest first: events are sent again in the order in which they came.</summary>
    public IReadOnlyList<long> Ids(string? source, string? way, string? field, int limit)
    {
        var sample = isSample();
        lock (_gate)
        {
            return [.. _open.Where(o => o.Key.Sample == sample && o.Value.Id > 0 && (source is null || o.Value.Source == source) && (way is null || o.Value.Way == way) && (field is null || o.Value.Field == field))
                .Select(o => o.Value.Id).Order().Take(limit)];
        }
    }

    /// <summary>Every open letter that can be opened, of the sample and of the program's own data.</summary>
    public IReadOnlyList<(long Id, string Source, SealedLetter Letter)> All()
    {
        Load();
        return file.Read(connection => Rows(connection, "SELECT id, source, key, body FROM letter WHERE state=0 AND body IS NOT NULL",
            r => (Id: r.GetInt64(0), Source: r.GetString(1), Letter: SealedLetter.Read(file.Keys.Open((byte[])r[3], (byte[])r[2]))))).FindAll(l => l.Letter is not null)!;
    }

    internal static List<T> Rows<T>(SqliteConnection connection, string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        var result = new List<T>();
        using var command = WaysFile.Command(connection, sql, values);
        using var reader = command.ExecuteReader();
        while (reader.Read()) result.Add(read(reader));
        return result;
    }

    private static byte[] Blob(UInt128 key)
    {
        var blob = new byte[16];
        MemoryMarshal.Write(blob, in key);
        return blob;
    }

    private static UInt128 Key(SqliteDataReader row, int column) => MemoryMarshal.Read<UInt128>((byte[])row[column]);

    private (LetterSummary Summary, SealedLetter? Letter, UInt128 Key) Summary(SqliteDataReader row)
    {
        var key = Key(row, 10);
        var letter = row.IsDBNull(11) ? null : SealedLetter.Read(file.Keys.Open((byte[])row[11], Blob(key)));
        // How often it came again is written now and then only; memory knows.
        var open = _open.TryGetValue((isSample(), key), out var known) ? known : null;
        var summary = new LetterSummary(row.GetInt64(0), (LetterState)row.GetInt32(1), row.GetInt64(2), open?.Last ?? row.GetInt64(3), open?.Times ?? row.GetInt32(4), row.GetString(5), row.GetString(6),
            letter?.Id, letter?.Type, letter?.Subject, letter?.Place, row.GetString(7), letter?.Reason, letter?.Accepted, letter?.Body.Length ?? 0, letter?.Cut ?? false,
            row.IsDBNull(8) ? null : row.GetInt64(8), row.IsDBNull(9) ? null : row.GetString(9));
        return (summary, letter, key);
    }

    private static string SourceOf(FailedEvent failed) => failed.Source ?? failed.Sender.Source ?? WayNames.SourceOf(failed.Way);

    private IReadOnlyList<SourceKey> PeopleOf(FailedEvent failed) =>
        gone.KeysOf(SourceOf(failed), [.. NamedPeople.In(failed.Body).Concat(failed.People).Append(failed.Subject ?? "").Where(static k => k.Length > 0).Distinct(StringComparer.Ordinal)]);

    /// <summary>Null when the engine cannot say: a letter about somebody is not kept then.</summary>
    private async ValueTask<bool?> IsGoneAsync(IReadOnlyList<SourceKey> people)
    {
        try
        {
            return await gone.AnyAsync(people);
        }
        catch (EngineUnavailableException)
        {
            return null;
        }
    }

    /// <summary>Takes a letter into memory, or counts it up; false when there is no place for it.</summary>
    private bool Add(FailedEvent failed, IReadOnlyList<SourceKey> people, bool sample, long now, List<Added> added)
    {
        var source = SourceOf(failed);
        var key = failed.Id is { } id && failed.Source is { } own ? Fact.IdOf(own, id) : BodyKey(failed.Way, failed.Body.Span);
        lock (_gate)
        {
            if (_open.TryGetValue((sample, key), out var known))
            {
                known.Times++;
                known.Last = now;
                known.Counted = true;
                return true;
            }

            var ofSource = _ofSource.GetValueOrDefault((sample, source));
            if (_open.Count >= MaxLetters || ofSource >= MaxPerSource || _bytes >= MaxBytes) return false;
            var cut = failed.Body.Length > MaxBodyBytes;
            var letter = new SealedLetter(failed.Why.Field, failed.Why.Reason, failed.Why.Accepted, failed.Id, failed.Type, failed.Subject, failed.Place, failed.Sender.Source, failed.Sender.Zone.Id,
                failed.Sender.History, failed.Sender.MayErase, cut, (cut ? failed.Body[..MaxBodyBytes] : failed.Body).ToArray());
            var body = letter.ToBytes();
            var open = new Kept(source, failed.Way, failed.Why.Field, body.Length + WaysKeys.Overhead) { Last = now };
            _open[(sample, key)] = open;
            _ofSource[(sample, source)] = ofSource + 1;
            _bytes += open.Bytes;
            added.Add(new Added(key, open, body, people));
            return true;
        }
    }

    private void Remove(bool sample, UInt128 key)
    {
        if (!_open.TryRemove((sample, key), out var letter)) return;
        _bytes -= letter.Bytes;
        _ofSource[(sample, letter.Source)] = _ofSource.GetValueOrDefault((sample, letter.Source)) - 1;
    }

    // Sealed here, where one writes after the other: a key that is replaced meanwhile leaves nothing sealed under the old one.
    private void Insert(SqliteConnection connection, bool sample, long now, List<Added> added)
    {
        foreach (var (key, letter, body, people) in added)
        {
            // An erasure that was begun since has looked at what is kept by now, or does so after this.
            if (gone.AreLeaving(people))
            {
                lock (_gate) Remove(sample, key);
                continue;
            }

            using var command = WaysFile.Command(connection,
                "INSERT INTO letter(sample, key, state, at, last, times, way, source, field, bytes, body) VALUES($sample, $key, 0, $now, $now, 1, $way, $source, $field, $bytes, $body) RETURNING id",
                ("$sample", sample), ("$key", Blob(key)), ("$now", now), ("$way", letter.Way), ("$source", letter.Source), ("$field", letter.Field), ("$bytes", letter.Bytes), ("$body", file.Keys.Seal(body, Blob(key))));
            letter.Id = (long)command.ExecuteScalar()!;
        }
    }

    private void Load()
    {
        if (Volatile.Read(ref _loaded)) return;
        if (!file.TryRead(connection => Rows(connection, "SELECT sample, key, source, way, field, bytes, id, last, times FROM letter WHERE state=0",
            r => ((r.GetBoolean(0), Key(r, 1)), new Kept(r.GetString(2), r.GetString(3), r.GetString(4), r.GetInt32(5)) { Id = r.GetInt64(6), Last = r.GetInt64(7), Times = r.GetInt32(8) })), out var rows))
        {
            return;
        }

        lock (_gate)
        {
            if (_loaded) return;
            foreach (var (key, letter) in rows)
            {
                _open[key] = letter;
                _bytes += letter.Bytes;
                _ofSource[(key.Item1, letter.Source)] = _ofSource.GetValueOrDefault((key.Item1, letter.Source)) + 1;
            }

            Volatile.Write(ref _loaded, true);
        }
    }

    private static UInt128 BodyKey(string way, ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[32];
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(System.Text.Encoding.UTF8.GetBytes(way + "\n"));
        sha.AppendData(body);
        sha.GetHashAndReset(hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }

    [LoggerMessage(40, LogLevel.Error, "{Count} refused events were not kept: {Problem}.")]
    private static partial void LogNotKept(ILogger logger, int count, string problem);

    [LoggerMessage(42, LogLevel.Error, "{Count} letters were not closed: {Problem}")]
    private static partial void LogNotClosed(ILogger logger, int count, string problem);

    [LoggerMessage(41, LogLevel.Warning, "{Count} refused events were forgotten for their age.")]
    private static partial void LogForgotten(ILogger logger, int count);
}
