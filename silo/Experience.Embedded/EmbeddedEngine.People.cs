using System.Text;
using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.Cards;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Domain.Voice;
using Experience.Embedded.Loops;
using Experience.Embedded.Shards;

namespace Experience.Embedded;

/// <summary>Questions about one person. The loop gives a copy of the state and the newest position; views are built outside of it.</summary>
public sealed partial class EmbeddedEngine
{
    /// <summary>Facts that a card looks at: receipts of older ones stay unopened.</summary>
    private const int CardFacts = 512;

    private const int MaxJourneyLines = 500;

    private readonly PersonReaders _readers;

    public async ValueTask<CardView?> CardAsync(string person, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        if (!TryParseId(person, out var stream)) return null;
        await RefreshProgramAsync(force: false).ConfigureAwait(false);
        var copy = await CopyAsync(stream, cancellation).ConfigureAwait(false);
        if (copy is null) return null;
        await _looks.RecordAsync(access, person, Now(), cancellation).ConfigureAwait(false);
        var sections = await SectionsAsync(cancellation).ConfigureAwait(false);
        var household = await HouseholdAsync(copy, cancellation).ConfigureAwait(false);
        return _readers.Use(reader => Card(reader, copy, sections, household));
    }

    public async ValueTask<PlanView?> PlanAsync(string person, PlanQuery query, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        if (!TryParseId(person, out var stream)) return null;
        await RefreshProgramAsync(force: false).ConfigureAwait(false);
        var copy = await CopyAsync(stream, cancellation).ConfigureAwait(false);
        if (copy is null) return null;
        await _looks.RecordAsync(access, person, Now(), cancellation).ConfigureAwait(false);
        var sections = await SectionsAsync(cancellation).ConfigureAwait(false);
        return _readers.Use(reader =>
        {
            reader.State.Read(copy.State);
            return reader.State.ErasedAt != 0 ? null : CertificatePlanner.Build(person, reader.State, copy.Program, sections, query, copy.AsOf.Instant);
        });
    }

    public async ValueTask<JourneyPage?> JourneyAsync(string person, string? after, int limit, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        if (!TryParseId(person, out var stream)) return null;
        var copy = await CopyAsync(stream, cancellation).ConfigureAwait(false);
        if (copy is null) return null;
        await _looks.RecordAsync(access, person, Now(), cancellation).ConfigureAwait(false);
        return _readers.Use(reader => Journey(reader, copy, after, Math.Clamp(limit, 1, MaxJourneyLines)));
    }

    private static CardView Card(PersonReader reader, PersonCopy copy, SectionSums sections, Dictionary<string, HouseholdPerson> household)
    {
        var facts = reader.Read(copy.Chains, CardFacts);
        facts.Sort(static (a, b) => b.Stamp.CompareTo(a.Stamp));
        IReadOnlyList<ScoreAt> past = [];
        if (facts.Count < CardFacts)
        {
            var timeline = new ScoreTimeline(copy.Program, ScoreTimeline.MonthEnds(copy.Program, copy.AsOf.Instant));
            for (var i = facts.Count - 1; i >= 0; i--)
            {
                var fact = facts[i];
                if (!fact.Voided) timeline.Add(new FactView(fact.Type, fact.At, fact.Id, fact.Clear.Span, fact.Personal.Span));
            }

            past = timeline.Finish();
        }

        reader.State.Read(copy.State);
        var input = new CardInput(
            IdOf(copy.Stream), reader.State, copy.Program, copy.AsOf, facts, copy.Keys, household.GetValueOrDefault, sections, past);
        return CardBuilder.Build(input, reader.Assessed);
    }

    private static JourneyPage Journey(PersonReader reader, PersonCopy copy, string? after, int limit)
    {
        var (facts, next) = reader.Page(copy.Chains, JourneyPlace.Parse(after), limit);
        return new JourneyPage(IdOf(copy.Stream), [.. facts.Select(f => Line(f, copy.Program))], next?.ToString());
    }

    // A type that the vocabulary does not know is shown by the name that it came with.
    private static JourneyLine Line(JourneyFact fact, ProgramSnapshot program)
    {
        var line = JourneyText.Line(fact, program);
        return fact.Type == EventTypes.Unknown && fact.Text(Fields.UnknownType) is { } name ? line with { Type = name } : line;
    }

    /// <summary>A copy of the person of a stream, whichever of the person's streams it is. Somebody who is being folded anew is waited for.</summary>
    private async Task<PersonCopy?> CopyAsync(UInt128 stream, CancellationToken cancellation)
    {
        if (Volatile.Read(ref _peopleOwed) != 0) await PeopleOwedAsync(cancellation).ConfigureAwait(false);
        while (true)
        {
            var home = _parts.People.HomeOf(stream);
            if (Voices.IsVoice(home)) return null;
            var (copy, settling) = await AskAsync<(PersonCopy? Copy, Task? Settling)>(home, (loop, shard) =>
            {
                var row = shard.Find(home);
                if (row < 0) return (null, null);
                return shard.Settle(loop.Context, row) ? (Copy(loop, shard, row), null) : (null, loop.Sweeper.SettledAsync(shard, row));
            }, cancellation).ConfigureAwait(false);
            if (settling is null) return copy;
            if (!await HappenedAsync(settling.WaitAsync(_closing.Token), cancellation).ConfigureAwait(false)) ThrowUnlessReady();
        }
    }

    private PersonCopy Copy(EventLoop loop, Shard shard, int row)
    {
        var cx = loop.Context;
        cx.Now = loop.Now();
        ref var r = ref shard.Row(row);
        var key = Encoding.UTF8.GetString(shard.KeyBytes(row));
        var own = new Chain(r.Stream, r.Last, r.KeySlot);
        Chain[] chains = [own];
        SourceKey[] keys = [new SourceKey(_parts.Sources.Name(r.Source), key)];
        if (shard.StreamsOf(row) is { } streams)
        {
            chains = [own, .. streams.Skip(1).Select(static s => new Chain(s.Stream, s.Last, s.KeySlot))];
            keys = [.. streams.Select(s => new SourceKey(_parts.Sources.Name(s.Source), s.Key))];
        }

        return new PersonCopy(r.Stream, chains, keys, r.Source, key, shard.StateBytes(row).ToArray(), shard.AsOfRow(cx, row), cx.Program);
    }

    private async Task<Dictionary<string, HouseholdPerson>> HouseholdAsync(PersonCopy copy, CancellationToken cancellation)
    {
        var state = new PersonState();
        state.Read(copy.State);
        var found = new Dictionary<string, HouseholdPerson>(StringComparer.Ordinal);
        if (state.Profile.ChildCount == 0 && !state.Profile.HasGuardian) return found;
        var sources = copy.Keys.Select(static k => k.Source).Distinct(StringComparer.Ordinal).ToArray();
        string[] own = [.. copy.Keys.Select(static k => k.Key)];
        foreach (var key in state.Profile.Household.ToArray())
        {
            // A link names a key at the source that told of it, which is one of the person's; at another source the same key may be a stranger's, who knows nothing of the link.
            PersonCopy? other = null;
            foreach (var source in sources)
            {
                other = await CopyAsync(StreamOf(source, key), cancellation).ConfigureAwait(false);
                if (other is null) continue;
                state.Read(other.State);
                if (sources.Length == 1 || state.Profile.IsOfHousehold(own)) break;
                other = null;
            }

            if (other is null || other.Stream == copy.Stream) continue;
            found[key] = new HouseholdPerson(
                IdOf(other.Stream), PeopleLists.NameOf(state.Profile), AgeOf(state.Profile.BirthDay, _zone.Day(other.AsOf.Instant)), CardBuilder.NowOf(state, other.Program, other.AsOf.Instant), state.Money.NetPaid);
        }

        return found;
    }

    private static int? AgeOf(int birthDay, int today)
    {
        if (birthDay == int.MinValue) return null;
        var (year, month, day) = CivilZone.Civil(today);
        var (bornYear, bornMonth, bornDay) = CivilZone.Civil(birthDay);
        return year - bornYear - (month < bornMonth || (month == bornMonth && day < bornDay) ? 1 : 0);
    }

    /// <summary>What a loop gives away of one person.</summary>
    /// <param name="Stream">The one that names the person.</param>
    /// <param name="Chains">Of all the person's streams, that one first.</param>
    /// <param name="Keys">In the same order.</param>
    private sealed record PersonCopy(UInt128 Stream, Chain[] Chains, SourceKey[] Keys, int Source, string Key, byte[] State, AsOf AsOf, ProgramSnapshot Program);
}
