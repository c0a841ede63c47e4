using System.Globalization;
using Experience.Domain.Events;
using Experience.Domain.Models.Learning;
using Experience.Domain.Models.Reports;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Embedded.Models;
using Experience.Grains.Contracts;
using Experience.Grains.People;

namespace Experience.Silo.Engine;

/// <summary>
/// The learned models: what is in force, and fitting by command, which the one grain that fits carries out. Fitted models are facts of the program's stream, so all hosts
/// and shards take them up. Backtests put nothing in force, and run on the host that is asked.
/// </summary>
internal sealed partial class OrleansEngine
{
    /// <summary>A version of a kind is taken when a later one was voided, or another host was faster; then the next free number is looked for this far.</summary>
    private const int MaxVersionSearch = 1_000;

    /// <summary>People whose states or histories travel at once.</summary>
    private const int TrainingPage = 256;

    /// <summary>How often it is seen to that the grain that fits is there.</summary>
    private static readonly TimeSpan ModelsEvery = TimeSpan.FromSeconds(15);

    private readonly ModelKeeper _keeper;
    private long _modelsAt = TimeProvider.System.GetTimestamp();

    /// <summary>Fits by this engine, for the one grain that does.</summary>
    internal ModelKeeper Keeper => _keeper;

    private async Task WakeModelsAsync(CancellationToken cancellation)
    {
        if (TimeProvider.System.GetElapsedTime(_modelsAt) < ModelsEvery) return;
        _modelsAt = TimeProvider.System.GetTimestamp();
        await TryAsync(() => _grains.GetGrain<IModelGrain>(0).StateAsync(), cancellation).ConfigureAwait(false);
        await TryAsync(
            async () =>
            {
                await _grains.GetGrain<ISuggestionsGrain>(0).LookAsync().ConfigureAwait(false);
                return true;
            },
            cancellation).ConfigureAwait(false);
    }

    public async ValueTask<ModelsView> ModelsAsync(Access access, CancellationToken cancellation)
    {
        ThrowUnlessReady();
        await RefreshProgramAsync(cancellation).ConfigureAwait(false);
        var models = _program.Models;
        var state = await TryAsync(() => _grains.GetGrain<IModelGrain>(0).StateAsync(), cancellation).ConfigureAwait(false);
        var notes = state.Kinds.Zip(state.Notes).ToDictionary(n => n.First, n => n.Second);
        var kinds = state.Kinds.Union(models.All.Select(m => m.Receipt.Kind));
        return new ModelsView([.. kinds.Select(kind => View(kind, models.Find(kind), notes.GetValueOrDefault(kind)))], state.Fitting);
    }

    public async ValueTask<ModelsView> FitAsync(string? kind, Access access, CancellationToken cancellation)
    {
        ThrowUnlessReady();
        await TryAsync(
            async () =>
            {
                await _grains.GetGrain<IModelGrain>(0).FitAsync(kind).WaitAsync(cancellation).ConfigureAwait(false);
                return true;
            },
            cancellation).ConfigureAwait(false);
        return await ModelsAsync(access, cancellation).ConfigureAwait(false);
    }

    public async ValueTask<ModelReportView?> ModelReportAsync(string kind, Access access, CancellationToken cancellation)
    {
        var models = await ModelsAsync(access, cancellation).ConfigureAwait(false);
        return models.Models.FirstOrDefault(m => m.Kind == kind) is { } view ? new ModelReportView(view, ModelReportPage.Of(view, _program.Models.Find(kind)?.Report)) : null;
    }

    public async ValueTask<IReadOnlyList<ModelReportView>> BacktestAsync(string? kind, Access access, CancellationToken cancellation)
    {
        ThrowUnlessReady();
        var outcomes = await _keeper.TryAsync(kind, cancellation).ConfigureAwait(false);
        return [.. outcomes.Select(o =>
        {
            var document = (o.Outcome as TrainedModel)?.Document;
            var view = View(o.Kind, document is null ? null : new ModelInForce(document.Receipt, 0, _parts.Now(), document), (o.Outcome as NotTrained)?.Reason);
            return new ModelReportView(view, ModelReportPage.Of(view, document?.Report));
        })];
    }

    private static ModelView View(string kind, ModelInForce? model, string? note) => model is null
        ? new ModelView(kind, null, 0, null, null, null, 0, note ?? "Not fitted yet.", null, [])
        : new ModelView(
            kind, model.Receipt.Name, model.Version, model.FittedAt / 1000,
            model.Receipt.From.ToString("O", CultureInfo.InvariantCulture), model.Receipt.To.ToString("O", CultureInfo.InvariantCulture), model.Receipt.People, note, model.Receipt.Scored,
            [.. model.Receipt.Scores.Select(s => new ModelScoreView(s.Model, s.Chosen, [.. s.Figures.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => new FigureView(f.Key, f.Value))], s.Note))]);

    private sealed class ModelHost(OrleansEngine engine) : IModelHost
    {
        public long Events => engine.Status.Events;

        public bool Quiet => engine._reason is null;

        public int Day => engine._parts.Zone.Day(engine.BoardMoment().AsOf);

        public ModelSet InForce => engine._program.Models;

        public ITrainingSource NewSource(QuietLane lane) => new TrainingSource(engine, lane, engine._program, engine.BoardMoment().AsOf);

        public async Task RecordAsync(ModelDocument document, CancellationToken cancellation)
        {
            var version = (InForce.Find(document.Receipt.Kind)?.Version ?? 0) + 1;
            for (var tried = 0; tried < MaxVersionSearch; tried++)
            {
                var receipt = await engine.RecordAsync([document.ToFact(version + tried, engine._parts.Now())], Access.System("models"), cancellation).ConfigureAwait(false);
                if (receipt.Outcomes[0] == RecordOutcome.Duplicate) continue;
                if (receipt.Outcomes[0] == RecordOutcome.Refused) throw new EngineUnavailableException("The program's stream takes no more facts.");
                break;
            }

            await engine.SettleAsync(cancellation).ConfigureAwait(false);
        }
    }

    private sealed class TrainingSource(OrleansEngine engine, QuietLane? lane, ProgramSnapshot program, long asOf) : ITrainingSource, IHistories
    {
        public ProgramSnapshot Program => program;

        public long AsOf => asOf;

        public IHistories Histories => this;

        public Task<T> ComputeAsync<T>(Func<T> compute, CancellationToken cancellation) => lane is null ? Task.Run(compute, cancellation) : lane.RunAsync(compute, cancellation);

        public async Task<IReadOnlyList<TSample>> PeopleAsync<TSample>(Func<TSample> create, CancellationToken cancellation)
            where TSample : ITrainingSample
        {
            await engine.SettleAsync(cancellation).ConfigureAwait(false);
            var samples = new TSample[Streams.Shards];
            var state = new PersonState();
            for (var shard = 0; shard < samples.Length; shard++)
            {
                var sample = samples[shard] = create();
                await foreach (var person in PagesAsync(shard, (grain, from) => grain.PeopleAsync(from, TrainingPage), cancellation).ConfigureAwait(false))
                {
                    state.Read(person.State);
                    sample.Add(state, engine.AsOf(person));
                }
            }

            return samples;
        }

        public async Task<HistoryWalk> WalkAsync(IHistoryVisitor visitor, long maxFacts, CancellationToken cancellation)
        {
            ArgumentNullException.ThrowIfNull(visitor);
            var total = engine.Status.Events;

            // Streams are keyed hashes, so their low bits choose at random, and choose the same people each time.
            var share = total <= maxFacts ? 1 : (double)maxFacts / total;
            var limit = share >= 1 ? ulong.MaxValue : (ulong)(share * ulong.MaxValue);
            long people = 0, facts = 0;
            for (var shard = 0; shard < Streams.Shards; shard++)
            {
                await foreach (var person in PagesAsync(shard, (grain, from) => grain.HistoriesAsync(from, TrainingPage, limit), cancellation).ConfigureAwait(false))
                {
                    people++;
                    facts += person.Facts.Length;
                    if (!visitor.Visit(new History(person))) return new HistoryWalk(people, facts, share);
                }
            }

            return new HistoryWalk(people, facts, share);
        }

        public async Task<IReadOnlyList<string?>> SubjectsAsync(IReadOnlyList<UInt128> events, CancellationToken cancellation)
        {
            ArgumentNullException.ThrowIfNull(events);
            var wanted = events.Select((id, at) => (id, at)).GroupBy(e => e.id).ToDictionary(g => g.Key, g => g.Select(e => e.at).ToArray());
            var subjects = new string?[events.Count];
            for (var shard = 0; shard < Streams.Shards; shard++)
            {
                await foreach (var person in PagesAsync(shard, (grain, from) => grain.HistoriesAsync(from, TrainingPage, ulong.MaxValue), cancellation).ConfigureAwait(false))
                {
                    for (var i = 0; i < person.Facts.Length; i++)
                    {
                        foreach (var at in wanted.GetValueOrDefault(person.Facts[i].Event, [])) subjects[at] = person.Of(i).Key;
                    }
                }
            }

            return subjects;
        }

        private async IAsyncEnumerable<PersonCopy> PagesAsync(
            int shard, Func<IRosterShardGrain, int, Task<PeopleReply>> ask, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
        {
            var grain = engine._shards[shard];
            for (var from = 0; ; from += TrainingPage)
            {
                var start = from;
                var page = await engine.TryAsync(() => ask(grain, start), cancellation).ConfigureAwait(false);
                foreach (var person in page.People) yield return person;
                if (!page.More) yield break;
            }
        }
    }

    private sealed class History(PersonCopy person) : IPersonHistory
    {
        public UInt128 Person => person.Stream;

        public long LiveSince => person.LiveSince == 0 ? long.MaxValue : person.LiveSince;

        public int Count => person.Facts.Length;

        public FactView this[int index] => new(
            EventTypes.Of(person.Facts[index].Type), person.Facts[index].Time, person.Facts[index].Event, person.Facts[index].Clear, person.Facts[index].Personal);
    }
}
