using Experience.Grains;
using Experience.Grains.Contracts;
using Experience.Silo.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Experience.Silo.Engine;

/// <summary>
/// Fits models, one fit at a time in the whole cluster: Orleans sees to it that there is one of it, and hosts see to it that there is one at all. It asks
/// the cluster as any host does, over an engine of its own without watches, and is made again elsewhere when its silo goes: a fit that was under way is due again.
/// </summary>
[Reentrant]
internal sealed class ModelGrain(SiloParts parts, ClusterSettings settings, ILoggerFactory loggers) : Grain, IModelGrain
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    private Task<OrleansEngine>? _engine;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (settings.FitModels) this.RegisterGrainTimer(LookAsync, new GrainTimerCreationOptions(FirstLook, LookEvery) { Interleave = true, KeepAlive = true });
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_engine is { IsCompletedSuccessfully: true } engine) await (await engine).DisposeAsync();
    }

    public async Task<ModelsState> StateAsync()
    {
        var keeper = (await EngineAsync()).Keeper;
        var kinds = keeper.Kinds.ToArray();
        return new ModelsState(kinds, Array.ConvertAll(kinds, keeper.NoteOf), keeper.Fitting);
    }

    public async Task FitAsync(string? kind) => await (await EngineAsync()).Keeper.FitAsync(kind, CancellationToken.None);

    private async Task LookAsync(CancellationToken cancellation)
    {
        var engine = await EngineAsync();
        await engine.SettleAsync(cancellation);
        engine.Keeper.Look();
    }

    private Task<OrleansEngine> EngineAsync() => _engine is { IsFaulted: false, IsCanceled: false } engine
        ? engine
        : _engine = OrleansEngine.OpenAsync(GrainFactory, parts, mayLose: null, owned: null, loggers, CancellationToken.None, ticks: false);
}
