using System.Text;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Microsoft.Data.Sqlite;

namespace Experience.Web.Sources;

/// <summary>
/// An erasure reaches what the ways in have kept: letters and payloads of webhooks that can be attributed to the person. Attributed is what carries one of the
/// person's keys: as its subject, or as a whole text or number in its body, at the source of that key or at a source that is not known. It is deleted before
/// the erasure is recorded, so that no erasure is acknowledged while a letter of the person stands. Everything else is sealed anew under a fresh key and the old
/// key is forgotten, so that older copies of <c>ways.db</c> open nothing. What names a person by other words only (a name, an address, a body that cannot be
/// read) is not found; it is gone after <see cref="DeadLetters.MaxAge"/>.
/// </summary>
internal sealed class WaysErasure(WaysFile file, DeadLetters letters)
{
    /// <summary>Called with the facts of a request before they are recorded; does nothing unless somebody is erased.</summary>
    public async ValueTask ReachAsync(IExperienceEngine engine, IReadOnlyList<Fact> facts, CancellationToken cancellation)
    {
        List<(string Source, string Key)>? keys = null;
        foreach (var fact in facts)
        {
            if (fact.Type != EventTypes.ParticipantErased || fact.Subject.Length == 0) continue;
            keys ??= [];
            keys.Add((fact.Source, fact.Subject));
            if (await engine.FindAsync(fact.Source, fact.Subject, cancellation) is not { } person || await engine.CardAsync(person, Access.System("erasure"), cancellation) is not { } card) continue;
            keys.AddRange(card.Person.Keys.Select(k => (k.Source, k.Key)));
        }

        if (keys is not null) await EraseAsync(keys);
    }

    /// <returns>How many letters and payloads were deleted.</returns>
    public async Task<int> EraseAsync(IReadOnlyList<(string Source, string Key)> keys)
    {
        var found = letters.All().Where(l => keys.Any(k => Is(l.Source, l.Letter, k))).Select(l => l.Id).ToList();
        await letters.DeleteAsync(found);
        var payloads = file.Read(c => DeadLetters.Rows(c, "SELECT id, name, body FROM hook_payload", r => (Id: r.GetInt64(0), Body: file.Keys.Open((byte[])r[2], Encoding.UTF8.GetBytes(r.GetString(1))))))
            .Where(p => p.Body is { } body && keys.Any(k => Holds(body, k.Key))).Select(p => p.Id).ToList();
        file.Keys.Add();
        await file.WriteAsync(connection =>
        {
            foreach (var id in payloads) WaysFile.Execute(connection, "DELETE FROM hook_payload WHERE id=$id", ("$id", id));
            SealAnew(connection, "letter", "id", "key", "body");
            SealAnew(connection, "hook", "name", "name", "secrets");
            SealAnew(connection, "hook_payload", "id", "name", "body");
        });
        file.Keys.Forget();
        file.Scrub();
        return found.Count + payloads.Count;
    }

    private static bool Is(string source, SealedLetter letter, (string Source, string Key) key)
    {
        var same = source == key.Source || source == "*" || key.Source.StartsWith(source, StringComparison.Ordinal) || source.StartsWith(key.Source, StringComparison.Ordinal);
        return same && (letter.Subject == key.Key || letter.Id == key.Key || Holds(letter.Body, key.Key));
    }

    /// <summary>Whether a key stands in a body by itself: not as a part of a longer word or number.</summary>
    private static bool Holds(ReadOnlySpan<byte> body, string key)
    {
        var wanted = Encoding.UTF8.GetBytes(key);
        if (wanted.Length == 0) return false;
        for (var at = body.IndexOf(wanted); at >= 0;)
        {
            var end = at + wanted.Length;
            if ((at == 0 || !IsWord(body[at - 1])) && (end == body.Length || !IsWord(body[end]))) return true;
            var next = body[(at + 1)..].IndexOf(wanted);
            at = next < 0 ? -1 : at + 1 + next;
        }

        return false;
    }

    private static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_' or >= 0x80;

    private void SealAnew(SqliteConnection connection, string table, string row, string bound, string column)
    {
        // Names of tables and columns are ours; SQLite takes no parameters for them.
        foreach (var (id, name, body) in DeadLetters.Rows(connection, $"SELECT {row}, {bound}, {column} FROM {table} WHERE {column} IS NOT NULL", r => (r[0], r[1], (byte[])r[2])))
        {
            var binding = name as byte[] ?? Encoding.UTF8.GetBytes((string)name);
            if (file.Keys.Open(body, binding) is { } plain) WaysFile.Execute(connection, $"UPDATE {table} SET {column}=$body WHERE {row}=$id", ("$body", file.Keys.Seal(plain, binding)), ("$id", id));
        }
    }
}
