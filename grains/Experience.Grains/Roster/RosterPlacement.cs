using System.Buffers.Binary;
using Experience.Domain.Events;
using Experience.Grains.Contracts;
using Experience.Grains.People;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Experience.Grains.Roster;

/// <summary>Places roster shards by <see cref="RosterOwners"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class RosterPlacementAttribute() : PlacementAttribute(new RosterPlacement());

[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("experience.roster-placement")]
internal sealed class RosterPlacement : PlacementStrategy;

/// <summary>
/// Places participants on the silo of their roster shard: an append is then a call within the process, and whoever reaches that silo can record, whatever else it
/// reaches. A participant whose shard has moved on goes after it with its next event.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class BesideRosterAttribute() : PlacementAttribute(new BesideRoster());

[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("experience.beside-roster")]
internal sealed class BesideRoster : PlacementStrategy;

/// <summary>
/// Which silo a shard belongs to: the one with the greatest hash of (shard, silo) of those that are there (rendezvous hashing, Thaler and
/// Ravishankar 1998). All silos agree without asking each other, and one that joins or leaves moves its own share only.
/// </summary>
internal sealed class RosterOwners(ISiloStatusOracle silos, ILocalSiloDetails here, IGrainFactory grains)
{
    /// <summary>Milliseconds that an answer stands: membership changes seldom, and appends ask each time.</summary>
    private const long Stands = 1_000;

    private readonly IRosterShardGrain?[] _shards = new IRosterShardGrain?[Streams.Shards];
    private readonly int[] _held = new int[Streams.Shards];
    private volatile Answer _answer = new(long.MinValue, 0);

    /// <param name="At">Milliseconds since the start of the system.</param>
    /// <param name="Mine">One bit a shard.</param>
    private sealed record Answer(long At, ulong Mine);

    /// <summary>Whether a shard belongs to this silo, as it sees the others. Where it sees nobody, nothing has moved.</summary>
    public bool IsHere(int shard)
    {
        var answer = _answer;
        var now = Environment.TickCount64;
        if (now - Stands >= answer.At)
        {
            var active = silos.GetApproximateSiloStatuses(onlyActive: true).Keys;
            ulong mine = 0;
            for (var s = 0; s < Streams.Shards; s++)
            {
                if (active.Count == 0 || Of(s, active).Equals(here.SiloAddress)) mine |= 1UL << s;
            }

            _answer = answer = new Answer(now, mine);
        }

        return (answer.Mine >> shard & 1) != 0;
    }

    /// <summary>The shard to call. Kept, because to make a reference the factory reads the attributes of its interface, each time.</summary>
    public IRosterShardGrain Shard(int shard) => _shards[shard] ??= grains.GetGrain<IRosterShardGrain>(shard);

    /// <summary>Whether the shard is on this silo now, whomever it belongs to.</summary>
    public bool Holds(int shard) => Volatile.Read(ref _held[shard]) > 0;

    /// <summary>An activation of the shard began here, or ended.</summary>
    public void Note(int shard, bool began)
    {
        if (began) Interlocked.Increment(ref _held[shard]);
        else Interlocked.Decrement(ref _held[shard]);
    }

    public static SiloAddress Of(int shard, IEnumerable<SiloAddress> silos)
    {
        SiloAddress? best = null;
        ulong most = 0;
        foreach (var silo in silos)
        {
            var name = System.Text.Encoding.UTF8.GetBytes(silo.ToParsableString());
            var input = new byte[4 + name.Length];
            BinaryPrimitives.WriteInt32LittleEndian(input, shard);
            name.CopyTo(input, 4);
            var weight = SipHash.Public.Hash64(input);
            if (best is not null && weight <= most) continue;
            best = silo;
            most = weight;
        }

        return best ?? throw new OrleansException("No silo can hold a roster shard.");
    }
}

internal sealed class RosterPlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context) =>
        Task.FromResult(RosterOwners.Of((int)target.GrainIdentity.GetIntegerKey(), context.GetCompatibleSilos(target)));
}

internal sealed class BesideRosterDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        // A key that names nobody is somebody's mistake, and is told so by the grain, wherever it is.
        var shard = Streams.TryParse(target.GrainIdentity.Key.ToString() ?? "", out var stream) ? Streams.ShardOf(stream) : 0;
        return Task.FromResult(RosterOwners.Of(shard, context.GetCompatibleSilos(target)));
    }
}
