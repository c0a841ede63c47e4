using Experience.Domain.Boards;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Grains.Contracts;

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

    private async Task<(ProgramSnapshot Program, IPeoplePass Pass)> PassAsync(string name, string argument, CancellationToken cancellation)
    {
        var known = await _parts.Programs.AtLeastAsync(ProgramMark.None).ConfigureAwait(false);
        var pass = PeoplePasses.Create(name, argument, known.Snapshot) ?? throw new ArgumentOutOfRangeException(nameof(name));
        foreach (var part in await ShardsAsync(shard => shard.PassAsync(name, argument, known.Mark), cancellation).ConfigureAwait(false)) pass.Add(part);
        return (known.Snapshot, pass);
    }
}
