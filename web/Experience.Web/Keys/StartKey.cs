namespace Experience.Web.Keys;

/// <summary>
/// The key that the start page shows: made when it is first asked for, and held in memory only, because a key is never kept. A new start
/// shows a new one; the old goes on working until it is revoked.
/// </summary>
internal sealed class StartKey(KeyRing ring)
{
    private readonly Lock _gate = new();
    private (string Key, string Zone)? _made;

    public string Get(string source, TimeZoneInfo zone)
    {
        lock (_gate)
        {
            // Another zone means another key: times without a zone would be read wrongly with the old one.
            if (_made is not { } made || made.Zone != zone.Id) _made = (ring.Create(source, zone).Key, zone.Id);
            return _made.Value.Key;
        }
    }
}
