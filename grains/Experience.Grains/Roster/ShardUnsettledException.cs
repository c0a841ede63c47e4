namespace Experience.Grains.Roster;

/// <summary>The shard has loaded its people and was not told yet as of which moment they count: <see cref="Contracts.IRosterShardGrain.SettleAsync"/> tells it.</summary>
[GenerateSerializer, Alias("experience.shard-unsettled")]
internal sealed class ShardUnsettledException(int shard) : Exception($"Shard {shard} has not assessed its people yet.")
{
    [Id(0)]
    public int Shard { get; } = shard;
}
