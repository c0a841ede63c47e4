using System.Globalization;
using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.Cards;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Domain.Voice;
using Experience.Grains.Contracts;
using Experience.Grains.People;
using Experience.Grains.Roster;

namespace Experience.Silo.Engine;

/// <summary>Questions about one person: the participant gives a committed copy and its newest records, views are built here.</summary>
internal sealed partial class OrleansEngine
{
    /// <summary>Facts that a card looks at: receipts of older ones stay unopened.</summary>
    private const int CardFacts = 512;

    /// <summary>Records of a person that a journey is sorted from. A longer one pages by windows of this size.</summary>
    private const int JourneyWindow = 20_000;

    private const int MaxJourneyLines = 500;

    public async ValueTask<CardView?> CardAsync(string person, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        if (!Streams.TryParse(person, out var stream)) return null;
        var card = await BuildCardAsync(stream, cancellation).ConfigureAwait(false);
        if (card is not null) await LookedAsync(access, person, cancellation).ConfigureAwait(false);
        return card;
    }

    public async ValueTask<JourneyPage?> JourneyAsync(string person, string? after, int limit, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        if (!Streams.TryParse(person, out var stream)) return null;
        await RefreshProgramAsync(cancellation).ConfigureAwait(false);
        if (await CopyAsync(stream, JourneyWindow, observations: true, cancellation).ConfigureAwait(false) is not { } copy) return null;
        await LookedAsync(access, person, cancellation).ConfigureAwait(false);
        var program = _program;
        var facts = Journey(copy);
        facts.Sort(static (a, b) => b.Stamp.CompareTo(a.Stamp));
        var from = 0;
        if (after is not null && TryParseStamp(after, out var stamp)) from = facts.FindIndex(f => f.Stamp < stamp) is var at and >= 0 ? at : facts.Count;
        var lines = facts.Skip(from).Take(Math.Clamp(limit, 1, MaxJourneyLines)).Select(f => Line(f, program)).ToList();
        var more = from + lines.Count < facts.Count;
        var last = lines.Count == 0 ? default : facts[from + lines.Count - 1].Stamp;
        return new JourneyPage(Streams.IdOf(copy.Stream), lines, more ? $"{last.Time}.{last.Tie:x}" : null);
    }

    public async ValueTask<ErasureView?> ErasureAsync(string person, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        if (!Streams.TryParse(person, out var stream) || await CopyAsync(stream, 0, observations: false, cancellation).ConfigureAwait(false) is not { } copy) return null;
        var left = new List<(ErasureReply Reply, bool Searchable)>();
        foreach (var one in copy.All())
        {
            if (await TryAsync(() => Participant(one.Stream).ErasureAsync(), cancellation).ConfigureAwait(false) is not { } reply) continue;
            left.Add((reply, await TryAsync(() => Shard(one.Stream).SearchableAsync(one.Stream), cancellation).ConfigureAwait(false)));
        }

        await LookedAsync(access, person, cancellation).ConfigureAwait(false);
        var state = new PersonState();
        state.Read(copy.State);
        var erased = state.ErasedAt != 0;
        return new ErasureView(
            Streams.IdOf(copy.Stream), erased ? state.ErasedAt / 1000 : null, left.TrueForAll(l => l.Reply.KeyDestroyed), erased && left.TrueForAll(l => l.Reply.NoSnapshot), left.Exists(l => l.Searchable),
            left.Sum(l => l.Reply.Records), left.Sum(l => l.Reply.Hidden), left.Sum(l => l.Reply.Readable));
    }

    private async Task<CardView?> BuildCardAsync(UInt128 stream, CancellationToken cancellation)
    {
        await SettleAsync(cancellation).ConfigureAwait(false);
        return await CopyAsync(stream, CardFacts, observations: false, cancellation).ConfigureAwait(false) is { } copy ? await CardOfAsync(copy, cancellation).ConfigureAwait(false) : null;
    }

    private async Task<CardView> CardOfAsync(PersonCopy copy, CancellationToken cancellation)
    {
        var program = _program;
        var sections = (await SumsAsync(0, cancellation).ConfigureAwait(false)).Sections;
        var household = await HouseholdAsync(copy, program, cancellation).ConfigureAwait(false);
        var asOf = AsOf(copy);
        var facts = Journey(copy);
        facts.Sort(static (a, b) => b.Stamp.CompareTo(a.Stamp));
        IReadOnlyList<ScoreAt> past = [];
        if (facts.Count < CardFacts)
        {
            var timeline = new ScoreTimeline(program, ScoreTimeline.MonthEnds(program, asOf.Instant));
            for (var i = facts.Count - 1; i >= 0; i--)
            {
                var fact = facts[i];
                if (!fact.Voided) timeline.Add(new FactView(fact.Type, fact.At, fact.Id, fact.Clear.Span, fact.Personal.Span));
            }

            past = timeline.Finish();
        }

        var state = new PersonState();
        state.Read(copy.State);
        return CardBuilder.Build(
            new CardInput(Streams.IdOf(copy.Stream), state, program, asOf, facts, [.. copy.All().Select(s => new SourceKey(s.Source, s.Key))], household.GetValueOrDefault, sections, past), new Assessed());
    }

    /// <summary>A committed copy of the person of a stream, whichever of the person's streams it is.</summary>
    private Task<PersonCopy?> CopyAsync(UInt128 stream, int facts, bool observations, CancellationToken cancellation) => TryAsync(
        async () =>
        {
            // The roster knows who is there: asking a participant who is not would make one for nothing.
            var where = await Shard(stream).WhereAsync(stream).ConfigureAwait(false);
            if (!where.Known || Voices.IsVoice(where.Home)) return null;
            if (!where.United && facts > 0) return await Participant(stream).CopyAsync(facts, observations).ConfigureAwait(false);
            return await Shard(where.Home).PersonAsync(where.Home, facts, observations).ConfigureAwait(false)
                ?? throw new EngineBusyException("The person is just being put together.", TimeSpan.FromMilliseconds(100));
        },
        cancellation);

    private Task<Whereabouts> WhereAsync(UInt128 stream, CancellationToken cancellation) => TryAsync(() => Shard(stream).WhereAsync(stream), cancellation);

    /// <summary>
    /// Who is erased is erased under every key: to the erasure of one stream those of the person's other streams are added, as facts of their own with ids that follow from
    /// it, so that a retry adds nothing.
    /// </summary>
    private async ValueTask<IReadOnlyList<Fact>> WithErasuresAsync(IReadOnlyList<Fact> batch, CancellationToken cancellation)
    {
        List<Fact>? more = null;
        foreach (var fact in batch)
        {
            if (Voices.Attribution(fact) is { } said && await AnyErasedAsync([said.Person], cancellation).ConfigureAwait(false))
            {
                (more ??= [.. batch]).Add(Voices.Erasure(fact, said.Voice));
                continue;
            }

            if (fact.Type != EventTypes.ParticipantErased || fact.Subject.Length == 0) continue;
            if (await CopyAsync(_parts.StreamOf(fact.Source, fact.Subject), 0, observations: false, cancellation).ConfigureAwait(false) is not { Streams: { } streams }) continue;
            foreach (var stream in streams)
            {
                if (stream.Key.Length == 0 || (stream.Source == fact.Source && stream.Key == fact.Subject)) continue;
                (more ??= [.. batch]).Add(new Fact
                {
                    Type = fact.Type,
                    Time = fact.Time,
                    Source = stream.Source,
                    Subject = stream.Key,
                    Id = SipHash.Public.Pair($"{stream.Source}\n{stream.Key}", fact.Id.ToString("x32", CultureInfo.InvariantCulture)),
                    Clear = fact.Clear,
                    Personal = fact.Personal,
                    Live = fact.Live,
                });
            }
        }

        return more ?? batch;
    }

    private async Task<Dictionary<string, HouseholdPerson>> HouseholdAsync(PersonCopy copy, ProgramSnapshot program, CancellationToken cancellation)
    {
        var state = new PersonState();
        state.Read(copy.State);
        var found = new Dictionary<string, HouseholdPerson>(StringComparer.Ordinal);
        if (state.Profile.ChildCount == 0 && !state.Profile.HasGuardian) return found;
        var sources = copy.All().Select(static s => s.Source).Distinct(StringComparer.Ordinal).ToArray();
        string[] own = [.. copy.All().Select(static s => s.Key)];
        foreach (var key in state.Profile.Household.ToArray())
        {
            // A link names a key at the source that told of it, which is one of the person's; at another source the same key may be a stranger's, who knows nothing of the link.
            PersonCopy? other = null;
            foreach (var source in sources)
            {
                other = await CopyAsync(_parts.StreamOf(source, key), 0, observations: false, cancellation).ConfigureAwait(false);
                if (other is null) continue;
                state.Read(other.State);
                if (sources.Length == 1 || state.Profile.IsOfHousehold(own)) break;
                other = null;
            }

            if (other is null || other.Stream == copy.Stream) continue;
            var asOf = AsOf(other);
            found[key] = new HouseholdPerson(
                Streams.IdOf(other.Stream), PeopleLists.NameOf(state.Profile), AgeOf(state.Profile.BirthDay, _parts.Zone.Day(asOf.Instant)), CardBuilder.NowOf(state, program, asOf.Instant), state.Money.NetPaid);
        }

        return found;
    }

    /// <summary>The moment that a person is judged as of: by the clocks of all shards, and the person's own live facts.</summary>
    private AsOf AsOf(PersonCopy copy) => Clocks.Latest(copy.All().Select(s =>
    {
        var clock = Array.Find(_clocks, c => c.Source == s.Source);
        var live = clock is { Live: true } || s.LiveSince != 0;
        return new AsOf(Clocks.Instant(live, clock?.End ?? long.MinValue, _parts.Now()), !live, s.LiveSince == 0 ? long.MaxValue : s.LiveSince);
    }));

    private static List<JourneyFact> Journey(PersonCopy copy)
    {
        var voids = new HashSet<UInt128>();
        for (var i = 0; i < copy.Facts.Length; i++)
        {
            if (copy.Facts[i].Type == EventTypes.EventVoided.Code) voids.Add(VoidTarget.Of(Ledger.View(copy.Facts[i]), copy.Of(i).Source));
        }

        return [.. copy.Facts.Select((f, i) => new JourneyFact(
            f.Event, EventTypes.Of(f.Type), f.Time, f.Clear, f.Personal, copy.Of(i).Source, f.Type != EventTypes.EventVoided.Code && voids.Contains(f.Event)))];
    }

    // A type that the vocabulary does not know is shown by the name that it came with.
    private static JourneyLine Line(JourneyFact fact, ProgramSnapshot program)
    {
        var line = JourneyText.Line(fact, program);
        return fact.Type == EventTypes.Unknown && fact.Text(Fields.UnknownType) is { } name ? line with { Type = name } : line;
    }

    private async Task LookedAsync(Access access, string about, CancellationToken cancellation)
    {
        var look = new Look(_parts.Now(), access.Desk, access.Purpose, about);
        await TryAsync(async () =>
        {
            await _grains.GetGrain<IStaffGrain>(access.Actor.Length == 0 ? "nobody" : access.Actor).LookedAsync(look).ConfigureAwait(false);
            return true;
        }, cancellation).ConfigureAwait(false);
    }

    private static bool TryParseStamp(string text, out Stamp stamp)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        stamp = default;
        if (dot < 0 || !long.TryParse(text.AsSpan(0, dot), out var time) || !ulong.TryParse(text.AsSpan(dot + 1), NumberStyles.HexNumber, null, out var tie)) return false;
        stamp = new Stamp(time, tie);
        return true;
    }

    private static int? AgeOf(int birthDay, int today)
    {
        if (birthDay == int.MinValue) return null;
        var (year, month, day) = CivilZone.Civil(today);
        var (bornYear, bornMonth, bornDay) = CivilZone.Civil(birthDay);
        return year - bornYear - (month < bornMonth || (month == bornMonth && day < bornDay) ? 1 : 0);
    }
}
