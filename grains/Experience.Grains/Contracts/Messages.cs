namespace Experience.Grains.Contracts;

// Wire forms: aliases and ids are frozen, fields are only ever added. tests/Experience.Cluster.Tests/Golden holds their bytes.

[GenerateSerializer, Immutable, Alias("experience.fact")]
public sealed record FactMessage(
    [property: Id(0)] byte Type,
    [property: Id(1)] long Time,
    [property: Id(2)] UInt128 Event,
    [property: Id(3)] byte[] Clear,
    [property: Id(4)] byte[] Personal,
    [property: Id(5)] bool Live);

/// <param name="Source">Of the person, which is named by it and the key together.</param>
[GenerateSerializer, Immutable, Alias("experience.record")]
public sealed record RecordCommand([property: Id(0)] string Source, [property: Id(1)] string Key, [property: Id(2)] FactMessage[] Facts);

/// <param name="Outcomes">One byte a fact, <see cref="Domain.Port.RecordOutcome"/>.</param>
/// <param name="Shard">Totals of the person's shard after it; null when nothing was new.</param>
[GenerateSerializer, Immutable, Alias("experience.recorded")]
public sealed record RecordReply([property: Id(0)] byte[] Outcomes, [property: Id(1)] ShardTotals? Shard);

/// <param name="FirstAt">Smallest time of a fact, µs; <see cref="long.MaxValue"/> when there is none.</param>
/// <param name="Turn">Grows with the activation's changes: where events are equal, the later totals count.</param>
[GenerateSerializer, Immutable, Alias("experience.totals")]
public sealed record ShardTotals(
    [property: Id(0)] int Shard,
    [property: Id(1)] long Epoch,
    [property: Id(2)] long Events,
    [property: Id(3)] int People,
    [property: Id(4)] long FirstAt,
    [property: Id(5)] long LastAt,
    [property: Id(6)] long Turn);

/// <summary>What a participant asks to be made durable: records that stand on a version, and the state after them.</summary>
/// <param name="Expected">Records of the stream so far.</param>
/// <param name="Identity">Stored source and sealed key, with the first record only.</param>
/// <param name="Records">In their stored form.</param>
/// <param name="LiveSince">Earliest live fact, µs; 0 when none was live.</param>
/// <param name="Snapshot">A sealed fold snapshot of the version after these records, when one is due.</param>
/// <param name="Kin">What the records say about who is one person, in stored form; null for almost all.</param>
[GenerateSerializer, Immutable, Alias("experience.append")]
public sealed record AppendCommand(
    [property: Id(0)] UInt128 Stream,
    [property: Id(1)] string Source,
    [property: Id(2)] string Key,
    [property: Id(3)] long Expected,
    [property: Id(4)] byte[]? Identity,
    [property: Id(5)] byte[][] Records,
    [property: Id(6)] byte[] State,
    [property: Id(7)] long LiveSince,
    [property: Id(8)] byte[]? Snapshot,
    [property: Id(9)] long FirstAt,
    [property: Id(10)] long LastAt,
    [property: Id(11)] bool NameChanged,
    [property: Id(12)] byte[][]? Kin);

/// <param name="Durable">False: the version was not the newest; load again.</param>
[GenerateSerializer, Immutable, Alias("experience.appended")]
public sealed record AppendReply([property: Id(0)] bool Durable, [property: Id(1)] ShardTotals? Shard);

/// <param name="LiveSince">Earliest live fact, µs; 0 when none was live.</param>
/// <param name="Facts">Newest records first; observations among them when asked for.</param>
/// <param name="Streams">Of a person of several streams, all of them, the one that names the person first; else null.</param>
/// <param name="Origins">Then, for each fact, which of the streams it is of.</param>
[GenerateSerializer, Immutable, Alias("experience.person")]
public sealed record PersonCopy(
    [property: Id(0)] UInt128 Stream,
    [property: Id(1)] string Source,
    [property: Id(2)] string Key,
    [property: Id(3)] byte[] State,
    [property: Id(4)] long LiveSince,
    [property: Id(5)] FactMessage[] Facts,
    [property: Id(6)] PersonKey[]? Streams = null,
    [property: Id(7)] int[]? Origins = null)
{
    /// <summary>The stream that a fact is of.</summary>
    public PersonKey Of(int fact) => Streams is null || Origins is null ? new PersonKey(Stream, Source, Key, LiveSince) : Streams[Origins[fact]];

    public PersonKey[] All() => Streams ?? [new PersonKey(Stream, Source, Key, LiveSince)];
}

/// <param name="Key">Empty when it was erased.</param>
[GenerateSerializer, Immutable, Alias("experience.person-stream")]
public sealed record PersonKey([property: Id(0)] UInt128 Stream, [property: Id(1)] string Source, [property: Id(2)] string Key, [property: Id(3)] long LiveSince);

/// <summary>Where the person of a stream is.</summary>
/// <param name="Known">Anything was recorded of the stream.</param>
/// <param name="Home">The stream that names the person.</param>
/// <param name="United">The person has several streams.</param>
[GenerateSerializer, Immutable, Alias("experience.where")]
public sealed record Whereabouts([property: Id(0)] bool Known, [property: Id(1)] UInt128 Home, [property: Id(2)] bool United);

/// <param name="More">There are people after these.</param>
[GenerateSerializer, Immutable, Alias("experience.people")]
public sealed record PeopleReply([property: Id(0)] PersonCopy[] People, [property: Id(1)] bool More);

/// <param name="Notes">Of each kind, why its newest attempt gave no model; null where it gave one, or none was made.</param>
[GenerateSerializer, Immutable, Alias("experience.models-state")]
public sealed record ModelsState([property: Id(0)] string[] Kinds, [property: Id(1)] string?[] Notes, [property: Id(2)] bool Fitting);

/// <summary>What a source is judged as of: now once it was live, else its own last event.</summary>
[GenerateSerializer, Immutable, Alias("experience.clock")]
public sealed record SourceClock([property: Id(0)] string Source, [property: Id(1)] long End, [property: Id(2)] bool Live);

/// <summary>How much of the program's stream is meant: its facts, and the number of its frozen inputs.</summary>
[GenerateSerializer, Immutable, Alias("experience.mark")]
public sealed record ProgramMark([property: Id(0)] long Facts, [property: Id(1)] int Frozen)
{
    public static ProgramMark None { get; } = new(0, 0);

    public bool Covers(ProgramMark other) => Facts >= other.Facts && Frozen >= other.Frozen;
}

/// <param name="Clocks">Of all shards together.</param>
[GenerateSerializer, Immutable, Alias("experience.moment")]
public sealed record Moment([property: Id(0)] ProgramMark Program, [property: Id(1)] SourceClock[] Clocks);

/// <param name="Totals">Their epoch is of the activation: another one means that everything may have changed.</param>
/// <param name="Version">Grows with anything that boards show.</param>
/// <param name="OpenVersion">Grows with the open flags and needs.</param>
/// <param name="OfToday">Whether the last pass is of the civil day that it is, and through.</param>
/// <param name="Settled">With which program and clocks.</param>
/// <param name="Said">Grows with what its people say to be.</param>
/// <param name="News">People of several streams of whom the shard has something to tell that others do not show yet.</param>
[GenerateSerializer, Immutable, Alias("experience.pulse")]
public sealed record ShardPulse(
    [property: Id(0)] ShardTotals Totals,
    [property: Id(1)] long Version,
    [property: Id(2)] long OpenVersion,
    [property: Id(3)] SourceClock[] Clocks,
    [property: Id(4)] bool OfToday,
    [property: Id(5)] Moment Settled,
    [property: Id(6)] int News,
    [property: Id(7)] long Said);

/// <summary>What people of a shard say to be, from a place in the order of saying on.</summary>
/// <param name="Epoch">Rows and places are of this activation.</param>
/// <param name="Next">The place to go on from.</param>
/// <param name="Tags">Keyed hashes of identities.</param>
/// <param name="Rows">Whose they are, for each.</param>
[GenerateSerializer, Immutable, Alias("experience.said")]
public sealed record SaidReply([property: Id(0)] long Epoch, [property: Id(1)] int Next, [property: Id(2)] ulong[] Tags, [property: Id(3)] int[] Rows);

/// <summary>Two people, by the streams that name them.</summary>
[GenerateSerializer, Immutable, Alias("experience.pair")]
public sealed record PersonPair([property: Id(0)] UInt128 First, [property: Id(1)] UInt128 Second);

[GenerateSerializer, Immutable, Alias("experience.pairs")]
public sealed record PairsReply([property: Id(0)] long Total, [property: Id(1)] PersonPair[] Pairs);

[GenerateSerializer, Immutable, Alias("experience.shard-sums")]
public sealed record ShardSums(
    [property: Id(0)] long Epoch,
    [property: Id(1)] long Version,
    [property: Id(2)] byte[] Segment,
    [property: Id(3)] byte[] Sections,
    [property: Id(4)] long OldestOverdue);

/// <param name="Versions">Epoch and version of each shard, one after the other: read by hosts of the version before.</param>
[GenerateSerializer, Immutable, Alias("experience.segment-sums")]
public sealed record SegmentReply(
    [property: Id(0)] byte[] Segment,
    [property: Id(1)] byte[] Sections,
    [property: Id(2)] long OldestOverdue,
    [property: Id(3)] long[] Versions);

/// <param name="Trends">As <see cref="Domain.Boards.TrendPass"/> writes it.</param>
[GenerateSerializer, Immutable, Alias("experience.scoped-sums")]
public sealed record ScopedSums([property: Id(0)] byte[] Segment, [property: Id(1)] byte[] Trends, [property: Id(2)] long OldestOverdue);

/// <param name="Hidden">Records and identities with a sealed part.</param>
/// <param name="Readable">Those that can still be opened.</param>
[GenerateSerializer, Immutable, Alias("experience.erasure")]
public sealed record ErasureReply(
    [property: Id(0)] byte[] State,
    [property: Id(1)] bool KeyDestroyed,
    [property: Id(2)] bool NoSnapshot,
    [property: Id(3)] long Records,
    [property: Id(4)] long Hidden,
    [property: Id(5)] long Readable);

/// <param name="List">A <see cref="Domain.Boards.PeopleList"/>.</param>
/// <param name="Of">Hash of the name that it is narrowed to, 0 for none.</param>
/// <param name="Scope">A <see cref="Domain.Port.BoardScope"/> as text.</param>
[GenerateSerializer, Immutable, Alias("experience.rank-question")]
public sealed record RankQuestion(
    [property: Id(0)] int List,
    [property: Id(1)] ulong Of,
    [property: Id(2)] string Scope,
    [property: Id(3)] RankedPerson? After,
    [property: Id(4)] int Limit);

[GenerateSerializer, Immutable, Alias("experience.ranked")]
public sealed record RankedPerson([property: Id(0)] long Rank, [property: Id(1)] UInt128 Stream);

/// <param name="Answers">Counts of the answers 1 to 5.</param>
[GenerateSerializer, Immutable, Alias("experience.rank")]
public sealed record RankReply([property: Id(0)] long Total, [property: Id(1)] RankedPerson[] Best, [property: Id(2)] long[] Answers);

/// <param name="Answer">The newest answer of staff + 1, 0 when there is none.</param>
[GenerateSerializer, Immutable, Alias("experience.flag")]
public sealed record FlagItem(
    [property: Id(0)] UInt128 Stream,
    [property: Id(1)] string Name,
    [property: Id(2)] ulong Rule,
    [property: Id(3)] ulong Cause,
    [property: Id(4)] long Since,
    [property: Id(5)] bool High,
    [property: Id(6)] bool Need,
    [property: Id(7)] byte Answer);

[GenerateSerializer, Immutable, Alias("experience.flags")]
public sealed record FlagsReply([property: Id(0)] long Total, [property: Id(1)] long High, [property: Id(2)] FlagItem[] Newest);

[GenerateSerializer, Immutable, Alias("experience.found")]
public sealed record FoundPerson([property: Id(0)] UInt128 Stream, [property: Id(1)] int Score);

/// <param name="Version">Records.</param>
/// <param name="Home">The stream that names whom it is attributed to; zero while nobody is known for it.</param>
/// <param name="Key">Empty when it was erased.</param>
[GenerateSerializer, Immutable, Alias("experience.voice")]
public sealed record VoiceRow([property: Id(0)] UInt128 Stream, [property: Id(1)] long Version, [property: Id(2)] UInt128 Home, [property: Id(3)] string Source, [property: Id(4)] string Key);

[GenerateSerializer, Immutable, Alias("experience.verified-person")]
public sealed record VerifiedPerson([property: Id(0)] string Source, [property: Id(1)] string Key, [property: Id(2)] byte[] State);

/// <param name="More">There are people after these.</param>
[GenerateSerializer, Immutable, Alias("experience.verify")]
public sealed record VerifyReply(
    [property: Id(0)] long Events,
    [property: Id(1)] long Differences,
    [property: Id(2)] string[] Examples,
    [property: Id(3)] VerifiedPerson[] People,
    [property: Id(4)] bool More);

/// <param name="Sources">Source of each fact.</param>
[GenerateSerializer, Immutable, Alias("experience.program-record")]
public sealed record ProgramCommand([property: Id(0)] string[] Sources, [property: Id(1)] FactMessage[] Facts);

[GenerateSerializer, Immutable, Alias("experience.program-recorded")]
public sealed record ProgramReply([property: Id(0)] byte[] Outcomes, [property: Id(1)] ProgramMark Mark, [property: Id(2)] long FirstAt, [property: Id(3)] long LastAt, [property: Id(4)] long Events);

/// <param name="People">How many people there were when they were taken.</param>
[GenerateSerializer, Immutable, Alias("experience.freeze")]
public sealed record FrozenCommand(
    [property: Id(0)] int Day,
    [property: Id(1)] long BestThreshold,
    [property: Id(2)] long People,
    [property: Id(3)] ulong[] Organisations,
    [property: Id(4)] int[] SelfPayers);

[GenerateSerializer, Immutable, Alias("experience.look")]
public sealed record Look([property: Id(0)] long At, [property: Id(1)] string? Desk, [property: Id(2)] string Purpose, [property: Id(3)] string About);
