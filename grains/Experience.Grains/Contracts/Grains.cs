using Orleans.Concurrency;

namespace Experience.Grains.Contracts;

/// <summary>
/// One participant: key is the stream's id, 32 hexadecimal digits. The only writer of the person's facts; the roster shard
/// commits what it folded and refuses what stands on a version that is not the newest.
/// </summary>
/// <remarks>
/// Calls are acyclic: host to participant to roster shard; host to segment to roster shard; roster shard to the roster shards of the same person's other streams, which
/// then call nobody. Nothing calls back but one-way notes to hosts.
/// </remarks>
[Alias("experience.participant")]
public interface IParticipantGrain : IGrainWithStringKey
{
    /// <summary>Records facts of this person; answered when the new ones are durable and on the roster. Can be sent again: ids count once. What was lost with
    /// a silo that went is asked again soon enough to be lost once more within a host's patience.</summary>
    [Alias("record"), AlwaysInterleave, ResponseTimeout("00:00:08")]
    Task<RecordReply> RecordAsync(RecordCommand command);

    /// <summary>A committed copy of the person with the newest part of the history, or null when nobody is there. Interleaves with records.</summary>
    [Alias("copy"), AlwaysInterleave]
    Task<PersonCopy?> CopyAsync(int facts, bool observations);

    /// <summary>What is left of the person's data, found by looking; null when nobody is there.</summary>
    [Alias("erasure")]
    Task<ErasureReply?> ErasureAsync();
}

/// <summary>A sixty-fourth of all people: key 0..63. Rows, sums, sweeps and the group commit of their journals.</summary>
/// <remarks>What counts people (sums, counts, ranks, flags, passes) fails with <see cref="Roster.ShardUnsettledException"/> until an activation was settled.</remarks>
[Alias("experience.roster")]
public interface IRosterShardGrain : IGrainWithIntegerKey
{
    [Alias("append"), ResponseTimeout("00:00:06")]
    Task<AppendReply> AppendAsync(AppendCommand command);

    /// <summary>Where the shard stands: cheap, asked for by every tick.</summary>
    [Alias("pulse"), AlwaysInterleave]
    Task<ShardPulse> PulseAsync();

    /// <summary>Answered when every row has been assessed by this moment's program and clocks.</summary>
    [Alias("settle"), AlwaysInterleave]
    Task<ShardPulse> SettleAsync(Moment moment);

    /// <summary>Who watches whose cards from a host: absolute, so it can be sent again, and must be, within <see cref="Roster.HostWatches.Expiry"/>.</summary>
    [Alias("watch"), AlwaysInterleave]
    Task<ShardPulse> WatchAsync(IHostObserver host, UInt128[] streams);

    /// <summary>Asked by hosts of the version before <see cref="WhereAsync"/>.</summary>
    [Alias("contains"), AlwaysInterleave]
    Task<bool> ContainsAsync(UInt128 stream);

    [Alias("where"), AlwaysInterleave]
    Task<Whereabouts> WhereAsync(UInt128 stream);

    /// <summary>A committed copy of a person, asked of the shard of the stream that names the person; null when that is not so (any more).</summary>
    [Alias("person"), AlwaysInterleave]
    Task<PersonCopy?> PersonAsync(UInt128 home, int facts, bool observations);

    /// <summary>Public voice of this shard, whether somebody is known for it by now or nobody.</summary>
    [Alias("voices"), AlwaysInterleave]
    Task<VoiceRow[]> VoicesAsync();

    /// <summary>What people say to be, as far as it belongs to a part of <see cref="Kin.IdentityGrain.Parts"/>; from the start when the epoch is another one.</summary>
    [Alias("said"), AlwaysInterleave]
    Task<SaidReply> SaidAsync(long epoch, int from, int part);

    /// <summary>The people of rows, by the streams that name them: zero where nobody is, or where they do not say (any more) what <paramref name="text"/> is. Null when the epoch is another one.</summary>
    [Alias("says"), AlwaysInterleave]
    Task<UInt128[]?> SaysAsync(long epoch, int[] rows, int kind, string text);

    /// <summary>Answered when the process of this shard knows every link that was durable before. Of another shard; calls nobody.</summary>
    [Alias("know"), AlwaysInterleave, ResponseTimeout("00:00:05")]
    Task KnowAsync();

    /// <summary>Answered when the rows of these streams' people show everything that was durable before. Of another shard; calls nobody.</summary>
    [Alias("kin"), AlwaysInterleave, ResponseTimeout("00:00:05")]
    Task KinAsync(UInt128[] streams);

    /// <summary>Partial sums of a segment, of sections, and its earliest overdue complaint; null when nothing changed since the version and epoch named.</summary>
    [Alias("sums"), AlwaysInterleave]
    Task<ShardSums?> SumsAsync(int segment, long epoch, long version);

    /// <summary>The same for a <see cref="Domain.Port.BoardScope"/>, counted now; null when the program has no such scope.</summary>
    [Alias("scoped"), AlwaysInterleave]
    Task<ScopedSums?> ScopedAsync(string scope, int day, ProgramMark program);

    [Alias("searchable"), AlwaysInterleave]
    Task<bool> SearchableAsync(UInt128 stream);

    /// <summary>States of some people, for models.</summary>
    [Alias("people"), AlwaysInterleave]
    Task<PeopleReply> PeopleAsync(int from, int count);

    /// <summary>Whole histories of some people, for models: voided facts left out, in the order of folding. Whose stream's low bits are above the limit is left out.</summary>
    [Alias("histories"), AlwaysInterleave]
    Task<PeopleReply> HistoriesAsync(int from, int count, ulong limit);

    [Alias("counts"), AlwaysInterleave]
    Task<long[]> CountsAsync();

    [Alias("rank"), AlwaysInterleave]
    Task<RankReply> RankAsync(RankQuestion question);

    [Alias("flags"), AlwaysInterleave]
    Task<FlagsReply> FlagsAsync(int newest);

    [Alias("search"), AlwaysInterleave]
    Task<FoundPerson[]> SearchAsync(string text, int limit);

    /// <summary>This shard's part of a pass over everybody, as <see cref="Domain.Boards.TrendPass"/> writes it.</summary>
    [Alias("trends"), AlwaysInterleave]
    Task<byte[]> TrendsAsync(int day, ProgramMark program);

    /// <summary>This shard's part of a <see cref="Domain.Boards.IPeoplePass"/>, as it writes itself; null when there is none of that name.</summary>
    [Alias("pass"), AlwaysInterleave]
    Task<byte[]?> PassAsync(string name, string argument, ProgramMark program);

    /// <summary>Folds some people anew from the store and compares with what is kept.</summary>
    [Alias("verify"), AlwaysInterleave]
    Task<VerifyReply> VerifyAsync(int from, int count, long? asOf);

    /// <summary>Lets the activation go, so that the next call places it where it belongs.</summary>
    [Alias("release")]
    Task ReleaseAsync();
}

/// <summary>
/// One segment: key is its bit. Merges the shards' partial sums, asks only for what changed, and answers whoever builds a board.
/// </summary>
[Alias("experience.segment")]
public interface ISegmentGrain : IGrainWithIntegerKey
{
    [Alias("sums")]
    Task<SegmentReply> SumsAsync();
}

/// <summary>The program's own stream: key 0. Catalogue, rules, staff; everybody else folds it from the store, up to a mark.</summary>
[Alias("experience.program")]
public interface IProgramGrain : IGrainWithIntegerKey
{
    [Alias("record")]
    Task<ProgramReply> RecordAsync(ProgramCommand command);

    [Alias("mark"), AlwaysInterleave]
    Task<ProgramMark> MarkAsync();

    /// <summary>Sets the day's frozen inputs, unless those of the day stand and the people they were taken from are not a fifth fewer.</summary>
    [Alias("freeze")]
    Task<ProgramMark> FreezeAsync(FrozenCommand inputs);
}

/// <summary>One member of staff, by name: the audit of whom they looked at.</summary>
[Alias("experience.staff")]
public interface IStaffGrain : IGrainWithStringKey
{
    [Alias("looked")]
    Task LookedAsync(Look look);
}

/// <summary>
/// A part of who shares an identity with whom: key is the part. It pulls what the shards' people say, only what is new, and holds nothing that it cannot pull again.
/// </summary>
[Alias("experience.identity")]
public interface IIdentityGrain : IGrainWithIntegerKey
{
    /// <summary>Takes pairs that began to share something since they were asked for.</summary>
    [Alias("pairs")]
    Task<PersonPair[]> PairsAsync(int most);

    /// <summary>Who says an identity now.</summary>
    [Alias("find")]
    Task<UInt128[]> FindAsync(int kind, string text);
}

/// <summary>People who look like one: key 0. Compares who began to share something, merges whom the policy merges, and keeps who is to be asked about.</summary>
[Alias("experience.suggestions")]
public interface ISuggestionsGrain : IGrainWithIntegerKey
{
    /// <summary>Asked for now and then, so that the grain is there.</summary>
    [Alias("look")]
    Task LookAsync();

    /// <summary>A page of pairs as they are now, the likeliest first.</summary>
    [Alias("page"), ResponseTimeout("00:02:00")]
    Task<PairsReply> PageAsync(int from, int limit);
}

/// <summary>The one place where models are fitted: key 0. Wherever it is activated, it looks from time to time whether a fit is due.</summary>
[Alias("experience.models")]
public interface IModelGrain : IGrainWithIntegerKey
{
    /// <summary>What is fitted, and what became of the newest attempts. Asked for now and then, so that the grain is there.</summary>
    [Alias("state")]
    Task<ModelsState> StateAsync();

    /// <summary>Fits every kind, or one, now; answered when what was fitted is in force.</summary>
    [Alias("fit"), ResponseTimeout("01:00:00")]
    Task FitAsync(string? kind);
}

/// <summary>A web host that shows cards: told at once, one way, whose changed. A note that is lost is found by the next pulse.</summary>
[Alias("experience.host")]
public interface IHostObserver : IGrainObserver
{
    [Alias("changed"), OneWay]
    Task ChangedAsync(int shard, UInt128[] streams);
}
