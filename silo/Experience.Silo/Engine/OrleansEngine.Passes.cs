using Experience.Domain.Boards;
using Experience.Domain.Cards;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Grains.Contracts;
using Experience.Grains.People;

namespace Experience.Silo.Engine;

/// <summary>Questions that one pass over everybody answers: each shard's part is gathered by its grain and merged here.</summary>
internal sealed partial class OrleansEngine
{
    public async ValueTask<CatalogueView?> CatalogueAsync(string? term, Access access, CancellationToken cancellation)
    {
        ThrowUnlessReady();
        await SettleAsync(cancellation).ConfigureAwait(false);
        var now = BoardMoment().AsOf;
        if (!CatalogueBuilder.TryTerm(term, _program, now, out var chosen)) return null;
        var (program, pass) = await PassAsync(CataloguePass.Name, chosen?.Key ?? "", cancellation).ConfigureAwait(false);
        var (_, sections, _) = await SumsAsync(0, cancellation).ConfigureAwait(false);
        return CatalogueBuilder.Build(program, chosen, (CataloguePass)pass, sections, now);
    }

    public async ValueTask<CourseView?> CourseAsync(string course, string? term, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(course);
        ThrowUnlessReady();
        await SettleAsync(cancellation).ConfigureAwait(false);
        var now = BoardMoment().AsOf;
        if (!CatalogueBuilder.TryTerm(term, _program, now, out var chosen)) return null;
        var (program, pass) = await PassAsync(CataloguePass.Name, chosen?.Key ?? "", cancellation).ConfigureAwait(false);
        var (_, sections, _) = await SumsAsync(0, cancellation).ConfigureAwait(false);
        return CatalogueBuilder.Course(course, program, chosen, (CataloguePass)pass, sections, now);
    }

    public async ValueTask<PlanView?> PlanAsync(string person, PlanQuery query, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        ThrowUnlessReady();
        if (!Streams.TryParse(person, out var stream)) return null;
        await RefreshProgramAsync(cancellation).ConfigureAwait(false);
        if (await CopyAsync(stream, 0, observations: false, cancellation).ConfigureAwait(false) is not { } copy) return null;
        await LookedAsync(access, person, cancellation).ConfigureAwait(false);
        var (_, sections, _) = await SumsAsync(0, cancellation).ConfigureAwait(false);
        var state = new PersonState();
        state.Read(copy.State);
        return state.ErasedAt != 0 ? null : CertificatePlanner.Build(person, state, _program, sections, query, AsOf(copy).Instant);
    }

    public async ValueTask<OrganisationsPage> OrganisationsAsync(OrganisationQuery query, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        ThrowUnlessReady();
        await SettleAsync(cancellation).ConfigureAwait(false);
        var now = BoardMoment().AsOf;
        var (program, pass) = await PassAsync(OrganisationPass.Name, OrganisationPass.Argument(_parts.Zone.Day(now), ""), cancellation).ConfigureAwait(false);
        return OrganisationBuilder.List(query, program, (OrganisationPass)pass, now);
    }

    public async ValueTask<OrganisationView?> OrganisationAsync(string organisation, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(organisation);
        ThrowUnlessReady();
        await SettleAsync(cancellation).ConfigureAwait(false);
        if (await OrganisationUnseenAsync(organisation, cancellation).ConfigureAwait(false) is not { } view) return null;
        await LookedAsync(access, $"organisation {view.Id}", cancellation).ConfigureAwait(false);
        return view;
    }

    public IAsyncEnumerable<OrganisationView> WatchOrganisationAsync(string organisation, Access access, CancellationToken cancellation) => WatchAsync(
        BoardVersionOf, () => Volatile.Read(ref _boardVersion), token => OrganisationAsync(organisation, access, token).AsTask(), (_, token) => OrganisationUnseenAsync(organisation, token), cancellation);

    private async Task<OrganisationView?> OrganisationUnseenAsync(string organisation, CancellationToken cancellation)
    {
        var now = BoardMoment().AsOf;
        var key = _program.Organisations.KeyOf(organisation);
        var (program, pass) = await PassAsync(OrganisationPass.Name, OrganisationPass.Argument(_parts.Zone.Day(now), key), cancellation).ConfigureAwait(false);
        return OrganisationBuilder.One(key, program, (OrganisationPass)pass, Streams.IdOf, now);
    }

    private async Task<(ProgramSnapshot Program, IPeoplePass Pass)> PassAsync(string name, string argument, CancellationToken cancellation)
    {
        var known = await _parts.Programs.AtLeastAsync(ProgramMark.None).ConfigureAwait(false);
        var pass = PeoplePasses.Create(name, argument, known.Snapshot) ?? throw new ArgumentOutOfRangeException(nameof(name));
        foreach (var part in await ShardsAsync(shard => shard.PassAsync(name, argument, known.Mark), cancellation).ConfigureAwait(false)) pass.Add(part);
        return (known.Snapshot, pass);
    }
}
