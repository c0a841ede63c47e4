using System.Runtime.InteropServices;
using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Voice;
using Experience.Grains.Contracts;
using Experience.Grains.Kin;
using Experience.Grains.People;
using Experience.Grains.Storage;

namespace Experience.Grains.Roster;

/// <summary>Some people folded anew from the store, and compared with what is kept: of their own streams, of who is one person, and of people of several streams.</summary>
internal sealed partial class RosterShardGrain
{
    /// <summary>Looks at a person of several streams who is just being told of; what is wrong stays so.</summary>
    private const int MaxLooks = 40;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    private sealed record Kept(int Row, UInt128 Stream, string Source, string Key, int Version, byte[] State, bool Elsewhere, IReadOnlyList<StreamLink> Links);

    public async Task<VerifyReply> VerifyAsync(int from, int count, long? asOf)
    {
        var examples = new List<string>();
        var people = new List<VerifiedPerson>();
        long events = 0, differences = 0;
        await parts.Kin.RefreshAsync();
        if (_ended) throw Moved();

        // Taken at once: whoever goes on after waiting touches no row, since the shard may have moved on, or away.
        var kept = new List<Kept>();
        for (var row = from; row < Math.Min(_rows.Count, from + count); row++)
        {
            ref readonly var r = ref _rows[row];
            kept.Add(new Kept(row, r.Stream, _rows.Source(row), _rows.Key(row), r.Version, _rows.OwnState(row).ToArray(), _rows.IsElsewhere(row), parts.Kin.LinksOf(r.Stream)));
        }

        foreach (var row in kept)
        {
            var stored = await parts.Store.RecordsAsync(row.Stream, 0);
            var secret = await parts.Store.SecretAsync(row.Stream, create: false);
            using var sealer = secret.Length == 0 ? null : new Sealer(Sealer.DataKey(parts.MasterKey, secret, row.Stream));

            // What came while it was checked is not part of this verification.
            var all = stored.Select(r => Ledger.Read(row.Stream, r, sealer)).ToArray();
            var facts = all.Take(row.Version).ToArray();
            events += facts.Length;
            var ledger = Ledger.Load(new StoredPerson(row.Stream, null, null, [.. stored.Take(row.Version)], null, 0), row.Source, sealer, parts.Zone);
            var ids = facts.Select(f => f.Event).Distinct().Count();
            if (facts.Length != row.Version) Differ(row, $"{facts.Length} facts in the journal, {row.Version} counted");
            else if (ids != facts.Length) Differ(row, $"{facts.Length - ids} events counted twice");
            else if (!ledger.State.AsSpan().SequenceEqual(row.State)) Differ(row, "the kept state is not the fold of the journal");
            else if (!await LinksStandAsync(row, all)) Differ(row, "the links listed are not those of the journal");

            // Only a stream that a link touches can be of a person of several.
            if (_ended) throw Moved();
            if (!parts.Kin.Touches(row.Stream) && _rows.RoleOf(row.Row) is null)
            {
                if (asOf is { } moment && !SameAssessment(row.State, ledger.State, _rows.AsOf(row.Row, moment))) Differ(row, "the assessment differs");
                people.Add(new VerifiedPerson(row.Source, row.Key, row.State));
                continue;
            }

            if (await LookAsync(row, people) is { } wrong) Differ(row, wrong);
        }

        if (_ended) throw Moved();
        var more = from + count < _rows.Count;
        if (!more) differences += _rows.VerifySums(_shard, examples);
        return new VerifyReply(events, differences, [.. examples], [.. people], more);

        void Differ(Kept row, string what)
        {
            differences++;
            if (examples.Count < MaxExamples) examples.Add($"{Streams.IdOf(row.Stream)}: {what}");
        }
    }

    // What was listed before stands in the journal, and what stands there is listed after.
    private async Task<bool> LinksStandAsync(Kept row, FactMessage[] facts)
    {
        var told = facts.Where(f => PersonFold.Links(EventTypes.Of(f.Type))).Select(f => f.Event).ToHashSet();
        if (row.Links.Any(l => !told.Contains(l.Id))) return false;
        if (told.Count == 0) return true;
        await parts.Kin.RefreshAsync();
        told.ExceptWith(parts.Kin.LinksOf(row.Stream).Select(static l => l.Id));
        return told.Count == 0;
    }

    /// <summary>What is wrong with somebody whom links touch; null when nothing is.</summary>
    private async Task<string?> LookAsync(Kept row, List<VerifiedPerson> people)
    {
        var person = parts.Kin.PersonOf(row.Stream);
        var known = await Union.KnownAsync(parts, person);
        var lengths = await Task.WhenAll(known.Select(async s => (await parts.Store.RecordsAsync(s.Stream, 0)).Length));
        for (var looks = 0; looks < MaxLooks; looks++)
        {
            if (_ended) throw Moved();
            var role = _rows.RoleOf(row.Row);
            if (Voices.IsVoice(row.Stream) && known.TrueForAll(static s => Voices.IsVoice(s.Stream)))
            {
                if (role is { IsLoneVoice: true }) return _rows.Measures(row.Row).Segments == 0 ? null : "a voice that nobody is known for is counted as a person";
            }
            else if (known.Count <= 1 && role is null)
            {
                people.Add(new VerifiedPerson(row.Source, row.Key, row.State));
                return null;
            }

            if (known.Count > 1 && role?.Home == known[0].Stream)
            {
                if (role.Union is not { } union) return row.Stream == known[0].Stream ? "the stream names its person, and does not hold it" : _rows.Measures(row.Row).Segments == 0 ? null : "the stream is part of another person, and is counted on its own too";
                if (union.Streams.Select(static s => s.Stream).SequenceEqual(known.Select(static s => s.Stream)) && union.Streams.Zip(lengths).All(static p => p.First.Version >= p.Second))
                {
                    people.Add(new VerifiedPerson(union.Streams[0].Source, union.Streams[0].Key, union.State));
                    return (await Union.FoldAsync(parts, union.Streams, before: null, upTo: true)).State.AsSpan().SequenceEqual(union.State) ? null : "the kept state is not the fold of the journals of all keys";
                }
            }

            await Task.Delay(BetweenLooks);
        }

        return "the keys that are shown as one person are not those that are merged";
    }

    private bool SameAssessment(byte[] kept, byte[] folded, AsOf asOf)
    {
        var one = _rows.MeasuresOf(kept, asOf, _program.Snapshot);
        var other = _rows.MeasuresOf(folded, asOf, _program.Snapshot);
        return MemoryMarshal.AsBytes(new ReadOnlySpan<RowMeasures>(in one)).SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<RowMeasures>(in other)));
    }
}
