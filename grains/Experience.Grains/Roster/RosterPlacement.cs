using System.Buffers.Binary;
using Experience.Domain.Events;
using Experience.Grains.People;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Experience.Grains.Roster;

/// <summary>Places roster shards by <see cref="RosterOwners"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class RosterPlacementAttribute() : PlacementAttribute(new RosterPlacement());

[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("experience.roster-placement")]
internal sealed class RosterPlacement : PlacementStrategy;

/// <summary>Places participants on the silo of their roster shard, so that an append is a call within the process. Where the shard has moved on, it is a remote one.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class BesideRosterAttribute() : PlacementAttribute(new BesideRoster());

[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("experience.beside-roster")]
internal sealed class BesideRoster : PlacementStrategy;

/// <summary>
/// Which silo a shard belongs to: the one with the greatest hash of (shard, silo) of those that are there (rendezvous hashing, Thaler and
/// Ravishankar 1998). All silos agree without asking each other, and one that joins or leaves moves its own share only.
/// </summary>
internal static class RosterOwners
{
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
