using System.Buffers;
using Experience.Domain.Boards;
using Experience.Grains.Contracts;
using Experience.Grains.People;
using Experience.Grains.Storage;

namespace Experience.Grains.Roster;

/// <summary>Partial answers from memory: each is one turn over some thousand rows at most.</summary>
internal sealed partial class RosterShardGrain
{
    private const int MaxExamples = 20;

    public Task<ShardSums?> SumsAsync(int segment, long epoch, long version)
    {
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
        var counts = new long[64];
        for (var segment = 0; segment < counts.Length; segment++) counts[segment] = _rows.Sums(segment)?[Domain.Boards.Sum.People] ?? 0;
        return Task.FromResult(counts);
    }

    public Task<RankReply> RankAsync(RankQuestion question)
    {
        var best = new PriorityQueue<RankedPerson, (long, UInt128)>();
        var answers = new AnswerCounts();
        long total = 0;
        if (ScopeFilter.Of(question.Scope, _program.Snapshot) is not { } scope) return Task.FromResult(new RankReply(0, [], new long[5]));
        foreach (var row in _rows.All)
        {
            var measures = row.Measures;
            if ((measures.Segments >> scope.Segment.Bit & 1) == 0 || PeopleLists.Rank((PeopleList)question.List, question.Of, measures) == PeopleLists.NotInList) continue;
            if (!scope.Scope.IsSegment && !Takes(row, scope, ref measures)) continue;
            var rank = PeopleLists.Rank((PeopleList)question.List, question.Of, measures);
            if (rank == PeopleLists.NotInList) continue;
            total++;
            if (question.List == (int)PeopleList.Answers) answers.Add(measures);
            if (question.After is { } after && (rank > after.Rank || (rank == after.Rank && row.Stream <= after.Stream))) continue;

            // The queue gives up its smallest: smallest rank, largest id.
            best.Enqueue(new RankedPerson(rank, row.Stream), (rank, UInt128.MaxValue - row.Stream));
            if (best.Count > question.Limit) best.Dequeue();
        }

        return Task.FromResult(new RankReply(total, [.. best.UnorderedItems.Select(i => i.Element)], [.. answers.Build().Counts]));
    }

    public Task<FlagsReply> FlagsAsync(int newest)
    {
        long total = 0, high = 0;
        var queue = new PriorityQueue<(Row Row, OpenEntry Entry), long>();
        foreach (var row in _rows.All)
        {
            foreach (var entry in row.Open)
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
            state.Read(row.State);
            flags.Add(new FlagItem(row.Stream, PeopleLists.NameOf(state.Profile), entry.Rule, entry.Cause, entry.Since, entry.High == 1, entry.Need == 1, entry.Answer));
        }

        return Task.FromResult(new FlagsReply(total, high, [.. flags]));
    }

    public Task<FoundPerson[]> SearchAsync(string text, int limit) =>
        Task.FromResult<FoundPerson[]>([.. _rows.Search.Search(text, limit).Select(f => new FoundPerson(f.Stream, f.Score))]);

    public async Task<byte[]> TrendsAsync(int day, ProgramMark program)
    {
        var known = await parts.Programs.AtLeastAsync(program);
        var pass = new TrendPass(known.Snapshot, day);
        var state = Scratch.Of().State;
        foreach (var row in _rows.All)
        {
            state.Read(row.State);
            pass.Add(state, row.Measures);
        }

        var output = new ArrayBufferWriter<byte>(16 * 1024);
        pass.Write(output);
        return output.WrittenSpan.ToArray();
    }

    public async Task<byte[]?> PassAsync(string name, string argument, ProgramMark program)
    {
        var known = await parts.Programs.AtLeastAsync(program);
        if (PeoplePasses.Create(name, argument, known.Snapshot) is not { } pass) return null;
        var state = Scratch.Of().State;
        foreach (var row in _rows.All)
        {
            state.Read(row.State);
            pass.Add(row.Stream, state, row.Measures);
        }

        var output = new ArrayBufferWriter<byte>(4096);
        pass.Write(output);
        return output.WrittenSpan.ToArray();
    }

    public async Task<ScopedSums?> ScopedAsync(string scope, int day, ProgramMark program)
    {
        var known = await parts.Programs.AtLeastAsync(program);
        if (ScopeFilter.Of(scope, known.Snapshot) is not { } filter) return null;
        var sums = new SegmentSums();
        var pass = new TrendPass(known.Snapshot, day);
        long oldest = 0;
        foreach (var row in _rows.All)
        {
            var measures = row.Measures;
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

    public Task<bool> SearchableAsync(UInt128 stream) => Task.FromResult(_rows.Search.Knows(stream));

    public Task<PersonCopy[]> PeopleAsync(int from, int count) =>
        Task.FromResult<PersonCopy[]>([.. _rows.All.Skip(from).Take(count).Select(r => new PersonCopy(r.Stream, r.Source, r.Key, r.State, r.LiveSince, []))]);

    public async Task<PersonCopy[]> HistoriesAsync(int from, int count)
    {
        var found = new List<PersonCopy>();
        foreach (var row in _rows.All.Skip(from).Take(count).ToArray())
        {
            var secret = await parts.Store.SecretAsync(row.Stream, create: false);
            using var sealer = secret.Length == 0 ? null : new Sealer(Sealer.DataKey(parts.MasterKey, secret, row.Stream));
            var facts = Array.ConvertAll(await parts.Store.RecordsAsync(row.Stream, 0), r => Ledger.Read(row.Stream, r, sealer));
            found.Add(new PersonCopy(row.Stream, row.Source, row.Key, row.State, row.LiveSince, Ledger.Standing(row.Source, facts)));
        }

        return [.. found];
    }

    // Leaves the state in the scratch.
    private bool Takes(Row row, ScopeFilter scope, ref Domain.Assessments.RowMeasures measures)
    {
        var state = Scratch.Of().State;
        state.Read(row.State);
        var today = _program.Snapshot.Zone.Day(_rows.Clocks.AsOf(row.Source, row.LiveSince, parts.Now()).Instant);
        return scope.Takes(state, _program.Snapshot, today, ref measures);
    }

    public async Task<VerifyReply> VerifyAsync(int from, int count, long? asOf)
    {
        var examples = new List<string>();
        var people = new List<VerifiedPerson>();
        long events = 0, differences = 0;
        var rows = _rows.All.Skip(from).Take(count).Select(row => (Row: row, row.Version, row.State)).ToArray();
        foreach (var (row, version, state) in rows)
        {
            var stored = await parts.Store.RecordsAsync(row.Stream, 0);
            var secret = await parts.Store.SecretAsync(row.Stream, create: false);
            using var sealer = secret.Length == 0 ? null : new Sealer(Sealer.DataKey(parts.MasterKey, secret, row.Stream));

            // What came while it was checked is not part of this verification.
            var facts = stored.Take((int)version).Select(r => Ledger.Read(row.Stream, r, sealer)).ToArray();
            events += facts.Length;
            var ledger = Ledger.Load(new StoredPerson(row.Stream, null, null, [.. stored.Take((int)version)], null, 0), row.Source, sealer, parts.Zone);
            var ids = facts.Select(f => f.Event).Distinct().Count();
            if (facts.Length != version) Differ($"{facts.Length} facts in the journal, {version} counted");
            else if (ids != facts.Length) Differ($"{facts.Length - ids} events counted twice");
            else if (!ledger.State.AsSpan().SequenceEqual(state)) Differ("the kept state is not the fold of the journal");
            else if (asOf is { } moment && !SameAssessment(row, state, ledger.State, moment)) Differ("the assessment differs");
            people.Add(new VerifiedPerson(row.Source, row.Key, state));

            void Differ(string what)
            {
                differences++;
                if (examples.Count < MaxExamples) examples.Add($"{Streams.IdOf(row.Stream)}: {what}");
            }
        }

        var more = from + count < _rows.All.Count;
        if (!more) differences += _rows.VerifySums(_shard, examples);
        return new VerifyReply(events, differences, [.. examples], [.. people], more);
    }

    private bool SameAssessment(Row row, byte[] kept, byte[] folded, long moment)
    {
        var one = _rows.Assess(row, false, row.Version, kept, row.LiveSince, _program.Snapshot, moment, nameChanged: false, observe: false).Measures;
        var other = _rows.Assess(row, false, row.Version, folded, row.LiveSince, _program.Snapshot, moment, nameChanged: false, observe: false).Measures;
        return System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<Domain.Assessments.RowMeasures>(in one))
            .SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<Domain.Assessments.RowMeasures>(in other)));
    }
}
