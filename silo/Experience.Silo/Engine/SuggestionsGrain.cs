using Experience.Domain.Identity;
using Experience.Domain.Port;
using Experience.Grains;
using Experience.Grains.Contracts;
using Experience.Grains.Kin;
using Microsoft.Extensions.Logging;

namespace Experience.Silo.Engine;

/// <summary>
/// Compares people who began to share something, wherever in the cluster they are, and merges whom the policy merges. One in the whole cluster, made again elsewhere when its
/// silo goes: then everybody is new to it. It asks the cluster as any host does, over an engine of its own without watches.
/// </summary>
internal sealed class SuggestionsGrain(SiloParts parts, ILoggerFactory loggers) : Grain, ISuggestionsGrain
{
    /// <summary>Pairs of each part that are compared at once.</summary>
    private const int PairsAtOnce = 1_000;

    /// <summary>Rounds of one look; the rest waits for the next.</summary>
    private const int MaxRounds = 8;

    /// <summary>Pairs that are kept to be asked about; of more the likeliest stay.</summary>
    private const int MaxAlike = 100_000;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly ILogger _log = loggers.CreateLogger<SuggestionsGrain>();
    private readonly Dictionary<PersonPair, int> _alike = [];
    private Task<OrleansEngine>? _engine;
    private long _seen = long.MinValue;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(static (grain, cancellation) => grain.LookOnAsync(cancellation), this, new GrainTimerCreationOptions(LookEvery, LookEvery) { KeepAlive = true });
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_engine is { IsCompletedSuccessfully: true } engine) await (await engine).DisposeAsync();
    }

    public Task LookAsync() => Task.CompletedTask;

    public async Task<PairsReply> PageAsync(int from, int limit)
    {
        var engine = await EngineAsync();
        await CompareFreshAsync(engine, CancellationToken.None);

        // What is shown is compared once more, so that nobody is asked about a pair that is settled; who falls out makes room.
        while (true)
        {
            PersonPair[] page = [.. _alike.OrderByDescending(static p => p.Value).ThenBy(static p => (p.Key.First, p.Key.Second)).Skip(from).Take(limit).Select(static p => p.Key)];
            if (await CompareAsync(engine, page, CancellationToken.None) == page.Length) return new PairsReply(_alike.Count, page);
        }
    }

    private async Task LookOnAsync(CancellationToken cancellation)
    {
        try
        {
            await CompareFreshAsync(await EngineAsync(), cancellation);
        }
        catch (Exception failure) when (failure is EngineUnavailableException or EngineBusyException or OperationCanceledException)
        {
            // The next look goes on from where this one was.
            EngineLog.LookFailed(_log, failure);
        }
    }

    private async Task CompareFreshAsync(OrleansEngine engine, CancellationToken cancellation)
    {
        // Nobody said anything new, and no shard moved.
        var said = await engine.SaidAsync(cancellation);
        if (said == _seen) return;
        for (var round = 0; round < MaxRounds; round++)
        {
            var fresh = (await Task.WhenAll(Enumerable.Range(0, IdentityGrain.Parts).Select(part => GrainFactory.GetGrain<IIdentityGrain>(part).PairsAsync(PairsAtOnce)))).SelectMany(static p => p).Distinct().ToArray();
            if (fresh.Length == 0)
            {
                _seen = said;
                return;
            }

            await CompareAsync(engine, fresh, cancellation);
        }
    }

    /// <summary>Compares pairs as they are now, and keeps those that are worth a look; answers how many.</summary>
    private async Task<int> CompareAsync(OrleansEngine engine, PersonPair[] pairs, CancellationToken cancellation)
    {
        if (pairs.Length == 0) return 0;
        await parts.Kin.RefreshAsync();
        var rules = await engine.IdentityRulesAsync(cancellation);
        var faces = await engine.FacesAsync([.. pairs.SelectMany(static p => new[] { p.First, p.Second }).Distinct()], cancellation);
        var alike = 0;
        foreach (var pair in pairs)
        {
            var (a, b) = (faces.GetValueOrDefault(pair.First), faces.GetValueOrDefault(pair.Second));
            var evidence = a is null || b is null || parts.Kin.Apart(pair.First, pair.Second) ? null : PersonFace.Compare(a, b);
            _alike.Remove(pair);
            if (evidence is null) continue;
            if (rules.Met(evidence) is { } list)
            {
                await engine.RecordAsync(PersonFace.MergeByRule(a!.Sketch.Keys[0], b!.Sketch.Keys[0], list, parts.Now()), Access.System("identity"), cancellation);
                continue;
            }

            if (_alike.Count >= MaxAlike) continue;
            _alike[pair] = evidence.Sum(static e => e.Points);
            alike++;
        }

        return alike;
    }

    private Task<OrleansEngine> EngineAsync() => _engine is { IsFaulted: false, IsCanceled: false } engine
        ? engine
        : _engine = OrleansEngine.OpenAsync(GrainFactory, parts, mayLose: null, owned: null, loggers, CancellationToken.None, ticks: false);
}
