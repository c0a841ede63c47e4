using System.Runtime.InteropServices;
using System.Text;
using Experience.Domain.People;
using Experience.Embedded.Memory;

namespace Experience.Embedded.Search;

/// <summary>Somebody who was found, by how well.</summary>
internal readonly record struct Found(UInt128 Stream, int Score);

/// <summary>
/// Who is called what: one line of folded words a person in native memory, scanned. It lives in memory only, is filled after the start and says when
/// it is complete.
/// </summary>
/// <remarks>
/// A scan, not a tree: a person's line is about 60 bytes, so a million people are 60 MB read in order, and a 64-bit mask of the character pairs a line
/// has passes over almost all of them (some 15 ns a person). That gives substring, prefix and typing errors one way to be found, and
/// costs 100 bytes a person where posting lists of trigrams cost several times that.
/// </remarks>
internal sealed class SearchIndex : IDisposable
{
    /// <summary>Longest line kept: names, address, number and key of one person are shorter; beyond it the rest is left out.</summary>
    private const int MaxLine = 240;

    /// <summary>People looked through before the lock is given up for a moment.</summary>
    private const int ScanRows = 8_192;

    private const byte Separator = (byte)'\n';

    private readonly ReaderWriterLockSlim _lock = new();
    private readonly NativeHeap _heap = new();
    private readonly NativeRows<Entry> _entries;
    private readonly ByteArena _lines;
    private readonly StreamTable _table;
    private volatile bool _ready;

    public SearchIndex()
    {
        _entries = new NativeRows<Entry>(_heap);
        _lines = new ByteArena(_heap);
        _table = new StreamTable(row => _entries[row].Stream);
    }

    /// <summary>Everybody who was there at the start is in it.</summary>
    public bool Ready
    {
        get => _ready;
        set => _ready = value;
    }

    public long MemoryBytes => _lines.ReservedBytes + (_entries.Count * (long)(Marshal.SizeOf<Entry>() + 6));

    /// <summary>
    /// Puts a person in place of what was known. Called by loops when who the person is changed, and by the fill; cheap enough for both (about a
    /// microsecond), so no queue stands between.
    /// </summary>
    public void Changed(UInt128 stream, Profile profile, string key)
    {
        Span<byte> line = stackalloc byte[MaxLine];
        var length = Write(line, profile, key, out var mask);
        _lock.EnterWriteLock();
        try
        {
            var row = _table.Find(stream);
            if (row < 0)
            {
                row = _entries.Add();
                _entries[row].Stream = stream;
                _table.Add(stream, row);
            }

            ref var entry = ref _entries[row];
            entry.Line = _lines.Replace(entry.Line, entry.Length, line[..length]);
            entry.Length = length;
            entry.Pairs = mask;
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Nobody finds the person any more.</summary>
    public void Remove(UInt128 stream)
    {
        _lock.EnterWriteLock();
        try
        {
            if (_table.Find(stream) is var row and >= 0)
            {
                ref var entry = ref _entries[row];
                _lines.Free(entry.Line, entry.Length);
                entry.Line = 0;
                entry.Length = 0;
                entry.Pairs = 0;
            }
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Whether there is anything to find the person by.</summary>
    public bool Knows(UInt128 stream)
    {
        _lock.EnterReadLock();
        try
        {
            return _table.Find(stream) is var row and >= 0 && _entries[row].Length > 0;
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>The best matches, best first: exact, then beginnings, then words with typing errors.</summary>
    public List<Found> Search(string text, int limit)
    {
        var folded = SearchText.Fold(text.Trim());
        var digits = SearchText.Digits(folded);
        var words = SearchText.Words(folded).Take(6).ToArray();
        if (words.Length == 0) return [];

        // A number is looked for as one run of digits, however it was grouped.
        var number = digits.Length >= 3 && folded.All(c => !char.IsLetter(c)) ? digits : null;
        var whole = folded.Contains('@', StringComparison.Ordinal) || folded.Any(char.IsAsciiDigit) ? folded : null;
        var best = new PriorityQueue<Found, (int, UInt128)>();
        var masks = words.Select(PairsOf).ToArray();
        for (var from = 0; ; from += ScanRows)
        {
            // In steps, so that a loop that has to change a line waits for some hundred microseconds at most.
            _lock.EnterReadLock();
            try
            {
                if (from >= _entries.Count) break;
                for (var row = from; row < Math.Min(_entries.Count, from + ScanRows); row++)
                {
                    ref var entry = ref _entries[row];
                    if (entry.Length == 0) continue;
                    var score = Score(_lines.Span(entry.Line, entry.Length), entry.Pairs, words, masks, number, whole);
                    if (score == 0) continue;
                    best.Enqueue(new Found(entry.Stream, score), (score, UInt128.MaxValue - entry.Stream));
                    if (best.Count > limit) best.Dequeue();
                }
            }
            finally
            {
                _lock.ExitReadLock();
            }
        }

        return [.. best.UnorderedItems.Select(i => i.Element).OrderByDescending(f => f.Score).ThenBy(f => f.Stream)];
    }

    public void Dispose()
    {
        _lock.EnterWriteLock();
        _entries.Dispose();
        _lines.Dispose();
        _heap.Dispose();
        _lock.ExitWriteLock();
        _lock.Dispose();
    }

    // Words, one after the other, each with a separator before it; e-mail, phone digits and keys are words too, taken whole.
    private static int Write(Span<byte> line, Profile profile, string key, out ulong mask)
    {
        var length = 0;
        mask = 0;
        foreach (var name in new[] { profile.PreferredName, profile.GivenName, profile.FamilyName })
        {
            foreach (var word in SearchText.Words(SearchText.Fold(name))) Add(line, ref length, ref mask, word);
        }

        Add(line, ref length, ref mask, SearchText.Fold(profile.Email));
        Add(line, ref length, ref mask, SearchText.Digits(profile.Phone));
        Add(line, ref length, ref mask, SearchText.Fold(profile.StudentId));
        Add(line, ref length, ref mask, SearchText.Fold(key));
        return length;
    }

    private static void Add(Span<byte> line, ref int length, ref ulong mask, string word)
    {
        var size = Encoding.UTF8.GetByteCount(word);
        if (size == 0 || length + size + 1 > line.Length) return;
        line[length++] = Separator;
        Encoding.UTF8.GetBytes(word, line[length..]);
        length += size;
        mask |= PairsOf(word);
    }

    private static ulong PairsOf(string word)
    {
        ulong mask = 0;
        for (var i = 0; i + 1 < word.Length; i++) mask |= 1UL << (((word[i] * 31) + word[i + 1]) & 63);
        return mask;
    }

    private static int Score(ReadOnlySpan<byte> line, ulong pairs, string[] words, ulong[] masks, string? number, string? whole)
    {
        if (number is not null)
        {
            Span<byte> digits = stackalloc byte[Math.Min(number.Length, 32)];
            Encoding.ASCII.GetBytes(number.AsSpan(0, digits.Length), digits);
            var at = line.IndexOf(digits);
            if (at >= 0) return WordEnds(line, at + digits.Length) ? line[at - 1] == Separator ? 1000 : 900 : 700;
        }

        if (whole is not null)
        {
            var bytes = Encoding.UTF8.GetBytes(whole);
            var at = line.IndexOf(bytes);
            if (at > 0 && line[at - 1] == Separator) return WordEnds(line, at + bytes.Length) ? 1000 : 800;
        }

        var total = 0;
        for (var i = 0; i < words.Length; i++)
        {
            // A typing error touches at most two pairs; when more are missing the word is not here.
            var missing = System.Numerics.BitOperations.PopCount(masks[i] & ~pairs);
            var allowed = words[i].Length >= 8 ? 2 : words[i].Length >= 4 ? 1 : 0;
            if (missing > allowed * 3) return 0;
            var score = WordScore(line, Encoding.UTF8.GetBytes(words[i]), allowed);
            if (score == 0) return 0;
            total += score;
        }

        return total / words.Length;
    }

    private static int WordScore(ReadOnlySpan<byte> line, ReadOnlySpan<byte> word, int allowed)
    {
        var best = 0;
        for (var at = 0; at < line.Length;)
        {
            var rest = line[(at + 1)..];
            var end = rest.IndexOf(Separator);
            var candidate = end < 0 ? rest : rest[..end];
            at += candidate.Length + 1;
            var edits = SearchText.PrefixEdits(word, candidate, allowed);
            if (edits > allowed) continue;
            var exact = candidate.Length == word.Length;
            best = Math.Max(best, edits == 0 ? exact ? 600 : 500 : (Math.Abs(candidate.Length - word.Length) <= allowed ? 400 : 300) - (edits * 50));
        }

        return best;
    }

    private static bool WordEnds(ReadOnlySpan<byte> line, int at) => at == line.Length || line[at] == Separator;

    private struct Entry
    {
        public UInt128 Stream;
        public ulong Pairs;
        public uint Line;
        public int Length;
    }
}
