using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Embedded.Loops;
using Experience.Embedded.Search;
using Experience.Embedded.Shards;

namespace Experience.Embedded;

/// <summary>Search by name, e-mail, phone or key, answered from memory.</summary>
public sealed partial class EmbeddedEngine
{
    private const int MaxHits = 50;

    private Task _filling = Task.CompletedTask;

    public async ValueTask<SearchResult> SearchAsync(string text, int limit, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(text);
        ThrowUnlessReady();
        var ready = _search.Ready;
        var found = text.Length is 0 or > 200 ? [] : await Task.Run(() => _search.Search(text, MaxHits), cancellation).ConfigureAwait(false);
        var copies = await Task.WhenAll(found.Select(hit => CopyAsync(hit.Stream, cancellation))).ConfigureAwait(false);

        // Of people who match alike, the one who is being served or was here last is the one who is meant.
        var hits = found.Zip(copies)
            .Where(pair => pair.Second is not null)
            .OrderByDescending(pair => pair.First.Score)
            .ThenByDescending(pair => _readers.Use(reader => ServedAt(reader, pair.Second!)))
            .Take(Math.Clamp(limit, 1, MaxHits))
            .Select(pair => _readers.Use(reader => Hit(reader, pair.Second!, text)))
            .ToList();
        return new SearchResult(hits, ready);
    }

    private static (bool Open, long Last) ServedAt(PersonReader reader, PersonCopy copy)
    {
        reader.State.Read(copy.State);
        return (reader.State.Transaction is not null, reader.State.Last.Time);
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
        var detail = reader.Assessed.Row.Minor ? "under 18" : copy.Program.Segments.All.FirstOrDefault(s => s.Bit == Domain.Programs.SegmentSet.LifecycleFirst + reader.Assessed.Row.Lifecycle)?.Title;
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
                                l.Context.Scratch.Read(shard.StateBytes(row));
                                _search.Changed(shard.Row(row).Stream, l.Context.Scratch.Profile, shard.Key(row));
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
