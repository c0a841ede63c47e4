using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Voice;
using Experience.Embedded.Loops;
using Experience.Embedded.Persons;
using Experience.Embedded.Shards;

namespace Experience.Embedded;

/// <summary>
/// Says who belongs together: reads what is durable of links and of the streams that they join, chooses each person's home and has it folded. One at a
/// time, beside the loops: it asks them and none of them waits for it.
/// </summary>
/// <remarks>
/// A crash can come between any two of its steps, because nothing of it is stored: links are facts of the streams, and everything else is found anew from them at
/// a start. Whoever recorded something for a person of several streams is answered when the person's row shows it.
/// </remarks>
public sealed partial class EmbeddedEngine
{
    /// <summary>Streams that a loop settles before it goes back to its traffic.</summary>
    private const int StreamsAtOnce = 64;

    private readonly SemaphoreSlim _uniteTurn = new(1, 1);
    private readonly Kinship _kinship = new();
    private int _peopleOwed;

    /// <summary>At a start, before anybody is assessed.</summary>
    private Task UniteAllAsync()
    {
        Volatile.Write(ref _peopleOwed, 1);
        return UniteAsync(quiet: true, CancellationToken.None);
    }

    /// <summary>Settles what a failed commit, or a question that failed with it, left open.</summary>
    private Task PeopleOwedAsync(CancellationToken cancellation) => Volatile.Read(ref _peopleOwed) == 0 ? Task.CompletedTask : UniteAsync(quiet: false, cancellation);

    // The facts are durable and acknowledged whatever becomes of this: what it could not settle the next question does.
    private async Task SettlePeopleAsync(CancellationToken cancellation)
    {
        try
        {
            await UniteAsync(quiet: false, cancellation).ConfigureAwait(false);
        }
        catch (EngineUnavailableException)
        {
            Volatile.Write(ref _peopleOwed, 1);
        }
    }

    private async Task UniteAsync(bool quiet, CancellationToken cancellation)
    {
        await _uniteTurn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var everything = Interlocked.Exchange(ref _peopleOwed, 0) != 0;
            var persons = new List<IReadOnlyList<UInt128>>();
            var done = new HashSet<UInt128>();
            foreach (var stream in await ReadLinksAsync(everything).ConfigureAwait(false))
            {
                if (done.Contains(stream)) continue;
                var person = _kinship.PersonOf(stream);
                done.UnionWith(person);
                persons.Add(person);
            }

            if (persons.Count > 0) await SettleAsync(persons, quiet).ConfigureAwait(false);
        }
        catch
        {
            Volatile.Write(ref _peopleOwed, 1);
            throw;
        }
        finally
        {
            _uniteTurn.Release();
        }
    }

    /// <summary>Brings the kinship up to date; answers every stream whose person may be another one now, or has something new.</summary>
    private async Task<HashSet<UInt128>> ReadLinksAsync(bool everything)
    {
        var told = new List<ToldStream>();
        foreach (var part in await Task.WhenAll(_loops.Select(loop => loop.AskAsync(l =>
        {
            var mine = new List<ToldStream>();
            foreach (var shard in l.Shards) shard.TakeUnsettled(everything, mine);
            return mine;
        }))).ConfigureAwait(false))
        {
            told.AddRange(part);
        }

        if (everything) _kinship.Clear();
        var touched = new HashSet<UInt128>();
        if (everything) touched.UnionWith(_parts.People.All().SelectMany(static p => p.Streams).Select(static s => s.Stream));
        var known = told.Select(static t => t.Stream).ToHashSet();

        // Those that links name: whether they were erased decides whether a link stands.
        var named = told.SelectMany(static t => t.Links).Select(static l => l.Other).Where(known.Add).ToArray();
        told.AddRange(await EachAsync(named, quiet: false, static (_, shard, stream) => shard.Tell(stream)).ConfigureAwait(false));
        foreach (var stream in told) _kinship.Put(stream.Stream, stream.Links, stream.Erased);
        foreach (var stream in told)
        {
            touched.Add(stream.Stream);
            if (_parts.People.Find(stream.Stream) is { } person) touched.UnionWith(person.Streams.Select(static s => s.Stream));
        }

        return touched;
    }

    // In a few rounds for all of them, since every answer of a loop waits for its commit.
    private async Task SettleAsync(List<IReadOnlyList<UInt128>> persons, bool quiet)
    {
        var several = persons.Where(static p => p.Count > 1).SelectMany(static p => p).ToArray();
        var joins = await EachAsync(several, quiet, static (_, shard, stream) => (Known: shard.Join(stream, out var elsewhere), elsewhere)).ConfigureAwait(false);
        var known = new Dictionary<UInt128, UnitedStream>();
        var elsewhere = new HashSet<UInt128>();
        for (var i = 0; i < several.Length; i++)
        {
            if (joins[i].Known is { } stream) known[stream.Stream] = stream;
            else _parts.People.Expect(several[i]);
            if (joins[i].elsewhere) elsewhere.Add(several[i]);
        }

        var united = new List<UnitedPerson>();
        var alone = new List<(UInt128 Stream, UInt128 From)>();
        foreach (var person in persons)
        {
            var streams = person.Where(known.ContainsKey).Select(s => known[s]).ToList();
            streams.Sort(ByName);
            // Voices alone are nobody.
            if (streams.Count > 1 && !Voices.IsVoice(streams[0].Stream)) united.Add(new UnitedPerson(streams[0].Stream, streams));
            else if (streams.Count > 1) alone.AddRange(streams.Select(s => (s.Stream, _parts.People.HomeOf(s.Stream))));
            else if (streams.Count == 1 || _parts.People.Find(person[0]) is not null) alone.Add((streams.Count == 1 ? streams[0].Stream : person[0], _parts.People.HomeOf(person[0])));
        }

        var shown = await EachAsync([.. alone.Select(static a => a.From)], quiet, static (_, shard, stream) => shard.Shown(stream)).ConfigureAwait(false);
        foreach (var person in united) _parts.People.Set(person);
        var leaving = united.SelectMany(p => p.Streams.Select(static s => s.Stream).Where(s => s != p.Home && !elsewhere.Contains(s)).Select(s => (Stream: s, p.Home))).ToArray();
        var withdrawn = await EachAsync([.. leaving.Select(static l => l.Stream)], quiet, static (cx, shard, stream) => shard.Withdraw(cx, stream)).ConfigureAwait(false);
        var brought = leaving.Zip(withdrawn).ToLookup(static l => l.First.Home, static l => l.Second);
        var homes = united.ToDictionary(static p => p.Home);
        await EachAsync([.. homes.Keys], quiet, (cx, shard, home) => shard.Unite(cx, home, homes[home].Streams, brought[home].SelectMany(static e => e))).ConfigureAwait(false);
        var from = alone.Zip(shown).ToDictionary(static a => a.First.Stream, static a => a.Second);
        await EachAsync([.. from.Keys], quiet, (cx, shard, stream) => shard.Part(cx, stream, from[stream])).ConfigureAwait(false);
        foreach (var (stream, _) in alone) _parts.People.Remove(stream);
        foreach (var stream in united.SelectMany(static p => p.Streams).Select(static s => s.Stream).Concat(from.Keys))
        {
            var loop = LoopOf(stream);
            loop.Post(() => loop.Shards[loop.ShardSlot(Shard.Of(stream))].Signal(stream));
        }
    }

    /// <summary>
    /// Does something with each stream on its loop, some at a time, and answers in their order. Quiet at a start: nobody is assessed, since everybody is when the
    /// program is known.
    /// </summary>
    private async Task<T[]> EachAsync<T>(UInt128[] streams, bool quiet, Func<LoopContext, Shard, UInt128, T> what)
    {
        var answers = new T[streams.Length];
        await Task.WhenAll(Enumerable.Range(0, streams.Length).GroupBy(i => LoopOf(streams[i])).Select(async mine =>
        {
            foreach (var some in mine.Chunk(StreamsAtOnce))
            {
                await mine.Key.AskAsync(loop =>
                {
                    var cx = loop.Context;
                    cx.Now = loop.Now();
                    cx.Replaying = quiet;
                    try
                    {
                        foreach (var i in some) answers[i] = what(cx, loop.Shards[loop.ShardSlot(Shard.Of(streams[i]))], streams[i]);
                    }
                    finally
                    {
                        cx.Replaying = false;
                    }

                    loop.PublishTail();
                    return true;
                }).ConfigureAwait(false);
            }
        })).ConfigureAwait(false);
        return answers;
    }

    private int ByName(UnitedStream a, UnitedStream b) => Kinship.Compare((new SourceKey(_parts.Sources.Name(a.Source), a.Key), a.Stream), (new SourceKey(_parts.Sources.Name(b.Source), b.Key), b.Stream));

    // On a loop's thread, after its shards were loaded anew: nobody of several streams is assessed as if they were several people.
    private void HoldPeople(EventLoop loop, ulong shards)
    {
        foreach (var stream in _parts.People.All().SelectMany(static p => p.Streams).Select(static s => s.Stream))
        {
            var index = Shard.Of(stream);
            if (loop.Owns(index) && (shards >> index & 1) != 0) loop.Shards[loop.ShardSlot(index)].Withdraw(loop.Context, stream);
        }

        Volatile.Write(ref _peopleOwed, 1);
    }

    /// <summary>
    /// Who is erased is erased under every key: to the erasure of one stream those of the person's other streams are added, as facts of their own with ids
    /// that follow from it, so that a retry adds nothing.
    /// </summary>
    private IReadOnlyList<Fact> WithErasures(IReadOnlyList<Fact> batch)
    {
        List<Fact>? more = null;
        for (var i = 0; i < batch.Count; i++)
        {
            var fact = batch[i];
            if (!_parts.Erased.IsEmpty && Voices.Attribution(fact) is { } said && _parts.Erased.ContainsKey(StreamOf(said.Person.Source, said.Person.Key)))
            {
                (more ??= [.. batch]).Add(Voices.Erasure(fact, said.Voice));
                continue;
            }

            if (fact.Type != EventTypes.ParticipantErased || _parts.People.Find(StreamOf(fact.Source, fact.Subject)) is not { } person) continue;
            foreach (var stream in person.Streams)
            {
                var source = _parts.Sources.Name(stream.Source);
                if (stream.Erased || (source == fact.Source && stream.Key == fact.Subject)) continue;
                more ??= [.. batch];
                more.Add(new Fact
                {
                    Type = fact.Type,
                    Time = fact.Time,
                    Source = source,
                    Subject = stream.Key,
                    Id = SipHash.Public.Pair($"{source}\n{stream.Key}", fact.Id.ToString("x32", null)),
                    Clear = fact.Clear,
                    Personal = fact.Personal,
                    Live = fact.Live,
                });
            }
        }

        return more ?? batch;
    }
}
