using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Embedded.Loops;
using Experience.Embedded.Persons;
using Experience.Embedded.Search;
using Experience.Embedded.Shards;

namespace Experience.Embedded;

/// <summary>Search by name, e-mail, phone or key, answered from memory.</summary>
public sealed partial class EmbeddedEngine
{
    private const int MaxHits = 50;

    /// <summary>People who match alike and are put in order: a common family name has more of them than a list shows.</summary>
    private const int MaxCandidates = 2_000;

    private Task _filling = Task.CompletedTask;

    public async ValueTask<SearchResult> SearchAsync(string text, int limit, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(text);
        ThrowUnlessReady();
        var ready = _search.Ready;
        var found = text.Length is 0 or > 200 ? [] : await Task.Run(() => _search.Search(text, MaxCandidates), cancellation).ConfigureAwait(false);
        var served = await Task.WhenAll(_loops.Select(loop => loop.AskAsync(l => ServedAt(l, found)))).WaitAsync(cancellation).ConfigureAwait(false);

        // Of people who match alike, the one who is being served, is owed an answer or was here last is the one who is meant.
        var best = served.SelectMany(static s => s)
            .OrderByDescending(static s => s.Score).ThenByDescending(static s => s.Pressing).ThenByDescending(static s => s.Last).ThenBy(static s => s.Stream)
            .Take(Math.Clamp(limit, 1, MaxHits));
        var hits = new List<SearchHit>();
        foreach (var person in best)
        {
            if (await CopyAsync(person.Stream, cancellation).ConfigureAwait(false) is { } copy) hits.Add(_readers.Use(reader => Hit(reader, copy, text)));
        }

        return new SearchResult(hits, ready);
    }

    // The loop's own people among those found: who is being served or owed an answer, and when something was last heard of them.
    private static List<(UInt128 Stream, int Score, int Pressing, long Last)> ServedAt(EventLoop loop, List<Found> found)
    {
        var served = new List<(UInt128, int, int, long)>();
        var state = loop.Context.Scratch;
        foreach (var hit in found)
        {
            var index = Shard.Of(hit.Stream);
            if (!loop.Owns(index)) continue;
            var shard = loop.Shards[loop.ShardSlot(index)];
            if (shard.Find(hit.Stream) is not (var row and >= 0)) continue;
            state.Read(shard.StateBytes(row));
            served.Add((hit.Stream, hit.Score, state.Pressing, state.Last.Time));
        }

        return served;
    }

    private static SearchHit Hit(PersonReader reader, PersonCopy copy, string typed)
    {
        reader.State.Read(copy.State);
        var profile = reader.State.Profile;
        Assessor.Assess(reader.State, copy.Program, copy.AsOf, reader.Assessed);
        var folded = SearchText.Fold(typed.Trim());
        var digits = SearchText.Digits(typed);
        string? match = null;
        if (profile.Email.Length > 0 && SearchText.Fold(profile.Email).StartsWith(folded, StringComparison.Ordinal)) match = Mask(profile.Email);
        else if (digits.Length >= 3 && SearchText.Digits(profile.Phone) is var phone && phone.Contains(digits, StringComparison.Ordinal)) match = $"phone ends {phone[^Math.Min(4, phone.Length)..]}";
        else if (SearchText.Fold(copy.Key).StartsWith(folded, StringComparison.Ordinal)) match = copy.Key;
        else if (profile.Email.Length > 0) match = Mask(profile.Email);
        int? born = profile.BirthDay == int.MinValue ? null : CivilZone.Civil(profile.BirthDay).Year;
        var detail = PeopleLists.StandsAs(reader.State, reader.Assessed, copy.Program);
        var name = PeopleLists.NameOf(profile);
        return new SearchHit(IdOf(copy.Stream), name.Length > 0 ? name : copy.Key, born, match, detail);
    }

    private static string Mask(string email)
    {
        var at = email.IndexOf('@', StringComparison.Ordinal);
        return at <= 1 ? email : $"{email[0]}…{email[at..]}";
    }

    /// <summary>Fills the index behind the start, a step of rows at a time.</summary>
    private async Task FillSearchAsync(CancellationToken cancellation)
    {
        try
        {
            await Task.WhenAll(_loops.Select(async loop =>
            {
                foreach (var shard in loop.Shards)
                {
                    for (var from = 0; from < shard.People; from += Shard.StepRows)
                    {
                        cancellation.ThrowIfCancellationRequested();
                        var start = from;
                        await loop.AskAsync(l =>
                        {
                            for (var row = start; row < Math.Min(shard.People, start + Shard.StepRows); row++)
                            {
                                if (shard.IsElsewhere(row)) continue;
                                l.Context.Scratch.Read(shard.StateBytes(row));
                                _search.Changed(shard.Row(row).Stream, l.Context.Scratch.Profile, shard.SearchKeys(row));
                                if ((shard.Row(row).Flags & StreamFlags.Erased) == 0) _parts.Identities.Add(new RowRef(shard.Index, row), l.Context.Scratch.Profile);
                            }

                            return true;
                        }).ConfigureAwait(false);
                    }
                }
            })).ConfigureAwait(false);
            _search.Ready = true;
        }
        catch (Exception closing) when (closing is OperationCanceledException or EngineUnavailableException)
        {
            // The engine closes; the index is filled at the next start.
        }
    }
}
