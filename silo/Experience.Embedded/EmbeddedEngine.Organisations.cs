using System.Runtime.CompilerServices;
using Experience.Domain.Boards;
using Experience.Domain.Port;

namespace Experience.Embedded;

/// <summary>Organisations: groups of people, counted by a pass.</summary>
public sealed partial class EmbeddedEngine
{
    public async ValueTask<OrganisationsPage> OrganisationsAsync(OrganisationQuery query, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        await SettleAsync(cancellation).ConfigureAwait(false);
        var now = BoardMoment().AsOf;
        var count = await PassAsync(OrganisationPass.Name, OrganisationPass.Argument(_zone.Day(now), ""), cancellation).ConfigureAwait(false);
        return OrganisationBuilder.List(query, count.Program, (OrganisationPass)count.Pass, now);
    }

    public async ValueTask<OrganisationView?> OrganisationAsync(string organisation, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(organisation);
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        await SettleAsync(cancellation).ConfigureAwait(false);
        if (await OrganisationUnseenAsync(organisation, cancellation).ConfigureAwait(false) is not { } view) return null;
        await _looks.RecordAsync(access, $"organisation {view.Id}", Now(), cancellation).ConfigureAwait(false);
        return view;
    }

    public async IAsyncEnumerable<OrganisationView> WatchOrganisationAsync(string organisation, Access access, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var tick = NextTick();
        var seen = BoardVersion;
        if (await OrganisationAsync(organisation, access, cancellation).ConfigureAwait(false) is not { } first) yield break;
        yield return first;
        while (true)
        {
            if (!await HappenedAsync(tick, cancellation).ConfigureAwait(false)) yield break;
            tick = NextTick();
            var version = BoardVersion;
            if (version == seen) continue;
            seen = version;
            if (await OrganisationUnseenAsync(organisation, cancellation).ConfigureAwait(false) is { } view) yield return view;
        }
    }

    private async Task<OrganisationView?> OrganisationUnseenAsync(string organisation, CancellationToken cancellation)
    {
        var now = BoardMoment().AsOf;
        var key = Volatile.Read(ref _program).Organisations.KeyOf(organisation);
        var count = await PassAsync(OrganisationPass.Name, OrganisationPass.Argument(_zone.Day(now), key), cancellation).ConfigureAwait(false);
        return OrganisationBuilder.One(key, count.Program, (OrganisationPass)count.Pass, IdOf, now);
    }
}
