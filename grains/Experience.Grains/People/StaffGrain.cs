using System.Text.Json;
using Experience.Grains.Contracts;

namespace Experience.Grains.People;

/// <summary>One member of staff: whom they looked at, from where, why and when, appended to the store before the look is answered.</summary>
internal sealed class StaffGrain(SiloParts parts) : Grain, IStaffGrain
{
    public Task LookedAsync(Look look) =>
        parts.Store.StoreLookAsync(this.GetPrimaryKeyString(), JsonSerializer.SerializeToUtf8Bytes(new { at = look.At, desk = look.Desk, purpose = look.Purpose, about = look.About }));
}
