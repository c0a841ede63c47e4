using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Voice;
using Experience.Grains.Kin;
using Experience.Grains.Programs;
using Experience.Grains.Storage;

namespace Experience.Grains;

/// <summary>What the store was made with: counts when it was empty, then stands in it.</summary>
/// <param name="StreamKey">Key of the hash that names streams, 16 bytes.</param>
internal sealed record ClusterFacts(string Name, string TimeZone, string Currency, byte[] StreamKey);

/// <summary>What all grains and the engine of one process share; each part says itself who may touch it.</summary>
/// <param name="MasterKey">Wraps what keys are derived from; 32 bytes, never stored.</param>
internal sealed record SiloParts(IClusterStore Store, ClusterFacts Facts, CivilZone Zone, NameTable Names, ProgramCache Programs, KinCache Kin, SealerPool Sealers, byte[] MasterKey, TimeProvider Time) : IDisposable
{
    /// <summary>Now, µs since 1970 UTC.</summary>
    public long Now() => (Time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public UInt128 StreamOf(string source, string key)
    {
        return Voices.StreamOf(SipHash.FromKey(Facts.StreamKey).Pair(source, key), key);
    }

    public static SiloParts Create(IClusterStore store, ClusterFacts facts, byte[] masterKey, TimeProvider time)
    {
        var zone = new CivilZone(TimeZoneInfo.FindSystemTimeZoneById(facts.TimeZone));
        var names = new NameTable(store);
        return new SiloParts(store, facts, zone, names, new ProgramCache(store, facts, zone, names), new KinCache(store), new SealerPool(), masterKey, time);
    }

    public void Dispose()
    {
        Programs.Dispose();
        Kin.Dispose();
        Names.Dispose();
        Sealers.Dispose();
    }
}
