using Experience.Domain.Boards;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Embedded.Shards;

namespace Experience.Embedded;

/// <summary>
/// Questions that one pass over everybody answers: counted when they are asked for, a shard's step at a time, and kept until something changed.
/// In a large folder a count stands for some seconds while facts come in.
/// </summary>
public sealed partial class EmbeddedEngine
{
    private const int MaxPasses = 64;

    private readonly Dictionary<(string Name, string Argument), Task<PassCount>> _passes = [];

    public async ValueTask<CatalogueView?> CatalogueAsync(string? term, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        await SettleAsync(cancellation).ConfigureAwait(false);
        var now = BoardMoment().AsOf;
        if (!CatalogueBuilder.TryTerm(term, Volatile.Read(ref _program), now, out var chosen)) return null;
        var count = await PassAsync(CataloguePass.Name, chosen?.Key ?? "", cancellation).ConfigureAwait(false);
        return CatalogueBuilder.Build(count.Program, chosen, (CataloguePass)count.Pass, await SectionsAsync(cancellation).ConfigureAwait(false), now);
    }

    public async ValueTask<CourseView?> CourseAsync(string course, string? term, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(course);
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        await SettleAsync(cancellation).ConfigureAwait(false);
        var now = BoardMoment().AsOf;
        if (!CatalogueBuilder.TryTerm(term, Volatile.Read(ref _program), now, out var chosen)) return null;
        var count = await PassAsync(CataloguePass.Name, chosen?.Key ?? "", cancellation).ConfigureAwait(false);
        return CatalogueBuilder.Course(course, count.Program, chosen, (CataloguePass)count.Pass, await SectionsAsync(cancellation).ConfigureAwait(false), now);
    }

    private async Task<PassCount> PassAsync(string name, string argument, CancellationToken cancellation)
    {
        Task<PassCount>? counting;
        lock (_caching)
        {
            var version = Version;
            if (!_passes.TryGetValue((name, argument), out counting) || counting.IsFaulted || counting.IsCanceled || (counting.IsCompletedSuccessfully && !StillGood(counting.Result, version)))
            {
                if (counting is null && _passes.Count >= MaxPasses) _passes.Clear();
                _passes[(name, argument)] = counting = CountAsync(name, argument, version);
            }
        }

        return await counting.WaitAsync(cancellation).ConfigureAwait(false);
    }

    private bool StillGood(PassCount count, long version) =>
        count.Program == Volatile.Read(ref _program) && (count.Version == version || (Status.People > SmallFolder && _time.GetElapsedTime(count.At) < CountEvery));

    private async Task<PassCount> CountAsync(string name, string argument, long version)
    {
        var at = _time.GetTimestamp();
        var program = Volatile.Read(ref _program);
        var all = PeoplePasses.Create(name, argument, program) ?? throw new ArgumentOutOfRangeException(nameof(name));
        foreach (var part in await Task.WhenAll(_loops.Select(loop => PassAsync(loop, PeoplePasses.Create(name, argument, program)!))).ConfigureAwait(false))
        {
            var written = new System.Buffers.ArrayBufferWriter<byte>(4096);
            part.Write(written);
            all.Add(written.WrittenSpan);
        }

        return new PassCount(version, program, at, all);
    }

    private static async Task<IPeoplePass> PassAsync(Loops.EventLoop loop, IPeoplePass pass)
    {
        foreach (var shard in loop.Shards)
        {
            for (var from = 0; from < shard.People; from += Shard.StepRows)
            {
                var start = from;
                await loop.AskAsync(l =>
                {
                    var state = l.Context.Scratch;
                    for (var row = start; row < Math.Min(shard.People, start + Shard.StepRows); row++)
                    {
                        if (shard.IsElsewhere(row)) continue;
                        state.Read(shard.StateBytes(row));
                        pass.Add(shard.Row(row).Stream, state, shard.Measures(row));
                    }

                    return true;
                }).ConfigureAwait(false);
            }
        }

        return pass;
    }

    /// <param name="Version">Of the boards, before the counting began.</param>
    private sealed record PassCount(long Version, ProgramSnapshot Program, long At, IPeoplePass Pass);
}
