using System.Buffers;
using Experience.Domain.Boards;
using Experience.Grains.Contracts;
using Experience.Grains.People;

namespace Experience.Grains.Roster;

/// <summary>Partial answers from memory: each is one turn over some thousand rows at most.</summary>
internal sealed partial class RosterShardGrain
{
    private const int MaxExamples = 20;

    public Task<ShardSums?> SumsAsync(int segment, long epoch, long version)
    {
        ThrowUnlessWhole();
        if (epoch == _epoch && version == _rows.Version) return Task.FromResult<ShardSums?>(null);
        var sums = new ArrayBufferWriter<byte>(256);
        var total = new SegmentSums();
        if (_rows.Sums(segment) is { } kept) total.Merge(kept);
        total.AddValue(_rows.Values(segment));
        total.Write(sums);
        var sections = new ArrayBufferWriter<byte>(256);
        _rows.Sections.Write(sections);
        return Task.FromResult<ShardSums?>(new ShardSums(_epoch, _rows.Version, sums.WrittenSpan.ToArray(), sections.WrittenSpan.ToArray(), _rows.OldestOverdue(segment)));
    }

    public Task<long[]> CountsAsync()
    {
        ThrowUnlessWhole();
        var counts = new long[64];
        for (var segment = 0; segment < counts.Length; segment++) counts[segment] = _rows.Sums(segment)?[Domain.Boards.Sum.People] ?? 0;
        return Task.FromResult(counts);
    }

    public Task<RankReply> RankAsync(RankQuestion question)
    {
        ThrowUnlessWhole();
        var best = new PriorityQueue<RankedPerson, (long, UInt128)>();
        var answers = new AnswerCounts();
        long total = 0;
        if (ScopeFilter.Of(question.Scope, _program.Snapshot) is not { } scope) return Task.FromResult(new RankReply(0, [], new long[5]));
        for (var row = 0; row < _rows.Count; row++)
        {
            var measures = _rows.Measures(row);
            if ((measures.Segments >> scope.Segment.Bit & 1) == 0 || PeopleLists.Rank((PeopleList)question.List, question.Of, measures) == PeopleLists.NotInList) continue;
            if (!scope.Scope.IsSegment && !Takes(row, scope, ref measures)) continue;
            var rank = PeopleLists.Rank((PeopleList)question.List, question.Of, measures);
            if (rank == PeopleLists.NotInList) continue;
            total++;
            if (question.List == (int)PeopleList.Answers) answers.Add(measures);
            var stream = _rows[row].Stream;
            if (question.After is { } after && (rank > after.Rank || (rank == after.Rank && stream <= after.Stream))) continue;

            // The queue gives up its smallest: smallest rank, largest id.
            best.Enqueue(new RankedPerson(rank, stream), (rank, UInt128.MaxValue - stream));
            if (best.Count > question.Limit) best.Dequeue();
        }

        return Task.FromResult(new RankReply(total, [.. best.UnorderedItems.Select(i => i.Element)], [.. answers.Build().Counts]));
    }

    public Task<FlagsReply> FlagsAsync(int newest)
    {
        ThrowUnlessWhole();
        long total = 0, high = 0;
        var queue = new PriorityQueue<(int Row, OpenEntry Entry), long>();
        for (var row = 0; row < _rows.Count; row++)
        {
            if (_rows.IsElsewhere(row)) continue;
            foreach (var entry in _rows.Open(row))
            {
                if (entry.Standing == 0 || entry.Recorded == 0) continue;
                total++;
                high += entry.High;
                queue.Enqueue((row, entry), entry.Since);
                if (queue.Count > newest) queue.Dequeue();
            }
        }

        var state = Scratch.Of().State;
        var flags = new List<FlagItem>(queue.Count);
        foreach (var ((row, entry), _) in queue.UnorderedItems)
        {
            state.Read(_rows.State(row));
            flags.Add(new FlagItem(_rows[row].Stream, PeopleLists.NameOf(state.Profile), entry.Rule, entry.Cause, entry.Since, entry.High == 1, entry.Need == 1, entry.Answer));
        }

        return Task.FromResult(new FlagsReply(total, high, [.. flags]));
    }

    public Task<FoundPerson[]> SearchAsync(string text, int limit) =>
        Task.FromResult<FoundPerson[]>([.. _rows.Search.Search(text, limit).Select(f => new FoundPerson(f.Stream, f.Score))]);

    public async Task<byte[]> TrendsAsync(int day, ProgramMark program)
    {
        var known = await parts.Programs.AtLeastAsync(program);
        ThrowUnlessWhole();
        var pass = new TrendPass(known.Snapshot, day);
        var state = Scratch.Of().State;
        for (var row = 0; row < _rows.Count; row++)
        {
            if (_rows.IsElsewhere(row)) continue;
            state.Read(_rows.State(row));
            pass.Add(state, _rows.Measures(row));
        }

        var output = new ArrayBufferWriter<byte>(16 * 1024);
        pass.Write(output);
        return output.WrittenSpan.ToArray();
    }

    public async Task<byte[]?> PassAsync(string name, string argument, ProgramMark program)
    {
        var known = await parts.Programs.AtLeastAsync(program);
        ThrowUnlessWhole();
        if (PeoplePasses.Create(name, argument, known.Snapshot) is not { } pass) return null;
        var state = Scratch.Of().State;
        for (var row = 0; row < _rows.Count; row++)
        {
            if (_rows.IsElsewhere(row)) continue;
            state.Read(_rows.State(row));
            pass.Add(_rows[row].Stream, state, _rows.Measures(row));
        }

        var output = new ArrayBufferWriter<byte>(4096);
        pass.Write(output);
        return output.WrittenSpan.ToArray();
    }

    public async Task<ScopedSums?> ScopedAsync(string scope, int day, ProgramMark program)
    {
        var known = await parts.Programs.AtLeastAsync(program);
        ThrowUnlessWhole();
        if (ScopeFilter.Of(scope, known.Snapshot) is not { } filter) return null;
        var sums = new SegmentSums();
        var pass = new TrendPass(known.Snapshot, day);
        long oldest = 0;
        for (var row = 0; row < _rows.Count; row++)
        {
            var measures = _rows.Measures(row);
            if ((measures.Segments >> filter.Segment.Bit & 1) == 0 || !Takes(row, filter, ref measures)) continue;

            // The pass puts the scope in the place of everyone.
            measures.Segments = 1;
            sums.Add(measures, 1);
            pass.Add(Scratch.Of().State, measures);
            if (measures.OldestOverdue != 0 && (oldest == 0 || measures.OldestOverdue < oldest)) oldest = measures.OldestOverdue;
        }

        var output = new ArrayBufferWriter<byte>(1024);
        sums.Write(output);
        var trends = new ArrayBufferWriter<byte>(16 * 1024);
        pass.Write(trends);
        return new ScopedSums(output.WrittenSpan.ToArray(), trends.WrittenSpan.ToArray(), oldest);
    }

    public Task<VoiceRow[]> VoicesAsync() => Task.FromResult<VoiceRow[]>([.. _rows.VoiceRows.Select(row => new VoiceRow(
        _rows[row].Stream, _rows[row].Version, _rows.RoleOf(row) is { IsLoneVoice: false } role ? role.Home : UInt128.Zero, _rows.Source(row), _rows.Key(row)))]);

    public Task<bool> SearchableAsync(UInt128 stream) => Task.FromResult(_rows.Search.Knows(stream));

    public Task<PeopleReply> PeopleAsync(int from, int count) => Task.FromResult(new PeopleReply(Copies(from, count), from + count < _rows.Count));

    public async Task<PeopleReply> HistoriesAsync(int from, int count, ulong limit)
    {
        var more = from + count < _rows.Count;
        var people = Array.FindAll(Copies(from, count), p => (ulong)p.Stream <= limit);
        for (var i = 0; i < people.Length; i++)
        {
            var person = people[i];
            people[i] = await WithFactsAsync(person, int.MaxValue, observations: false, standing: true);
        }

        return new PeopleReply(people, more);
    }

    // Copied at once: whoever goes on after waiting touches no row, since the shard may have moved on, or away.
    private PersonCopy[] Copies(int from, int count)
    {
        var people = new List<PersonCopy>(count);
        for (var row = from; row < Math.Min(_rows.Count, from + count); row++)
        {
            if (!_rows.IsElsewhere(row)) people.Add(Copy(row));
        }

        return [.. people];
    }

    private PersonCopy Copy(int row)
    {
        var union = _rows.UnionOf(row);
        return new PersonCopy(
            _rows[row].Stream, _rows.Source(row), _rows.Key(row), _rows.State(row).ToArray(), union?.LiveSince ?? _rows[row].LiveSince, [], union?.Message());
    }

    // Leaves the state in the scratch.
    private bool Takes(int row, ScopeFilter scope, ref Domain.Assessments.RowMeasures measures)
    {
        var state = Scratch.Of().State;
        state.Read(_rows.State(row));
        var today = _program.Snapshot.Zone.Day(_rows.AsOf(row, parts.Now()).Instant);
        return scope.Takes(state, _program.Snapshot, today, ref measures);
    }
}
