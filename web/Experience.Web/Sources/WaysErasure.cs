using System.Text;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Microsoft.Data.Sqlite;

namespace Experience.Web.Sources;

/// <summary>
/// An erasure reaches what the ways in have kept: refused events, payloads of webhooks, uploaded files and their refused rows, what is known of polled tables. What names the person
/// (<see cref="ErasedPerson"/>) is taken away before the erasure is recorded, so that no erasure is acknowledged while any of it stands. What stays is sealed anew under a fresh key and
/// the old key is forgotten, so that older copies open nothing. What names a person by other words only is not found; it is gone after <see cref="DeadLetters.MaxAge"/>.
/// </summary>
internal sealed class WaysErasure(IEnumerable<IKeptOfPeople> kept, WaysKeys keys, GonePeople gone) : IDisposable
{
    // Two erasures at once must not forget each other's keys.
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Called with the facts of a request before they are recorded; does nothing unless somebody is erased.</summary>
    public async ValueTask ReachAsync(IExperienceEngine engine, IReadOnlyList<Fact> facts, CancellationToken cancellation)
    {
        List<ErasedPerson>? people = null;
        foreach (var fact in facts)
        {
            if (fact.Type == EventTypes.ParticipantErased && fact.Subject.Length > 0) (people ??= []).Add(await WhoAsync(engine, new SourceKey(fact.Source, fact.Subject), cancellation));
        }

        if (people is null) return;
        foreach (var who in people) gone.Leave(who.Keys);
        await _one.WaitAsync(cancellation);
        try
        {
            foreach (var one in kept)
            {
                foreach (var who in people) await one.RemoveAsync(who);
            }

            keys.Add();
            foreach (var one in kept) await one.SealAnewAsync();
            keys.Forget();
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private static async Task<ErasedPerson> WhoAsync(IExperienceEngine engine, SourceKey key, CancellationToken cancellation)
    {
        var access = Access.System("erasure");
        if (await engine.FindAsync(key.Source, key.Key, cancellation) is not { } person || await engine.CardAsync(person, access, cancellation) is not { } card) return new ErasedPerson([key], null);
        var stated = engine is IIdentities identities ? await identities.StatedAsync(person, access, cancellation) : null;
        return new ErasedPerson([key, .. card.Person.Keys.Where(k => k != key)], stated);
    }
}

/// <summary>Refused events, and secrets and payloads of webhooks, in <c>ways.db</c>.</summary>
internal sealed class KeptInWaysFile(WaysFile file, DeadLetters letters) : IKeptOfPeople
{
    public async Task RemoveAsync(ErasedPerson who)
    {
        // What was on its way into the file before anybody knew of the erasure is in it after this.
        await file.WriteAsync(static _ => { });
        await letters.DeleteAsync([.. letters.All().Where(l => Is(l.Source, l.Letter, who)).Select(l => l.Id)]);
        var payloads = file.Read(c => DeadLetters.Rows(c, "SELECT id, name, body FROM hook_payload", r => (Id: r.GetInt64(0), Body: file.Keys.Open((byte[])r[2], Encoding.UTF8.GetBytes(r.GetString(1))))))
            .Where(p => p.Body is { } body && who.IsNamedIn(Encoding.UTF8.GetString(body))).Select(p => p.Id).ToList();
        if (payloads.Count == 0) return;
        await file.WriteAsync(connection =>
        {
            foreach (var id in payloads) WaysFile.Execute(connection, "DELETE FROM hook_payload WHERE id=$id", ("$id", id));
        });
    }

    public async Task SealAnewAsync()
    {
        await file.WriteAsync(connection =>
        {
            SealAnew(connection, "letter", "id", "key", "body");
            SealAnew(connection, "hook", "name", "name", "secrets");
            SealAnew(connection, "hook_payload", "id", "name", "body");
        });
        file.Scrub();
    }

    // The body of a row says whose it is by a key among others: that of another row may be a number that is this person's key.
    private static bool Is(string source, SealedLetter letter, ErasedPerson who)
    {
        if (who.IsKey(source, letter.Subject) || who.IsKey(source, letter.Id)) return true;
        var body = Encoding.UTF8.GetString(letter.Body);
        return who.IsNamedIn(body, source) || who.IsMeantBy(letter.Reason);
    }

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
