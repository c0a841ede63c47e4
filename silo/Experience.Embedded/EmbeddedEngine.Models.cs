using System.Globalization;
using Experience.Domain.Models.Learning;
using Experience.Domain.Models.Reports;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Embedded.Models;
using Experience.Embedded.Shards;

namespace Experience.Embedded;

/// <summary>The learned models: what is in force, fitting by command, and what the keeper asks of the engine.</summary>
public sealed partial class EmbeddedEngine
{
    /// <summary>A version of a kind is taken when a later one was voided; then the next free number is looked for this far.</summary>
    private const int MaxVersionSearch = 1_000;

    private readonly ModelKeeper _keeper;

    public async ValueTask<ModelsView> ModelsAsync(Access access, CancellationToken cancellation)
    {
        ThrowUnlessReady();
        await RefreshProgramAsync(force: false).ConfigureAwait(false);
        var models = Volatile.Read(ref _program).Models;
        var kinds = _keeper.Kinds.Union(models.All.Select(m => m.Receipt.Kind));
        return new ModelsView([.. kinds.Select(kind => View(kind, models.Find(kind), _keeper.NoteOf(kind)))], _keeper.Fitting);
    }

    public async ValueTask<ModelsView> FitAsync(string? kind, Access access, CancellationToken cancellation)
    {
        ThrowUnlessReady();
        await _keeper.FitAsync(kind, cancellation).ConfigureAwait(false);
        return await ModelsAsync(access, cancellation).ConfigureAwait(false);
    }

    public async ValueTask<ModelReportView?> ModelReportAsync(string kind, Access access, CancellationToken cancellation)
    {
        var models = await ModelsAsync(access, cancellation).ConfigureAwait(false);
        return models.Models.FirstOrDefault(m => m.Kind == kind) is { } view
            ? new ModelReportView(view, ModelReportPage.Of(view, Volatile.Read(ref _program).Models.Find(kind)?.Report))
            : null;
    }

    public async ValueTask<IReadOnlyList<ModelReportView>> BacktestAsync(string? kind, Access access, CancellationToken cancellation)
    {
        ThrowUnlessReady();
        var outcomes = await _keeper.TryAsync(kind, cancellation).ConfigureAwait(false);
        return [.. outcomes.Select(o =>
        {
            var document = (o.Outcome as TrainedModel)?.Document;
            var view = View(o.Kind, document is null ? null : new ModelInForce(document.Receipt, 0, Now(), document), (o.Outcome as NotTrained)?.Reason);
            return new ModelReportView(view, ModelReportPage.Of(view, document?.Report));
        })];
    }

    private static ModelView View(string kind, ModelInForce? model, string? note) => model is null
        ? new ModelView(kind, null, 0, null, null, null, 0, note ?? "Not fitted yet.", null, [])
        : new ModelView(
            kind, model.Receipt.Name, model.Version, model.FittedAt / 1000,
            model.Receipt.From.ToString("O", CultureInfo.InvariantCulture), model.Receipt.To.ToString("O", CultureInfo.InvariantCulture), model.Receipt.People, note, model.Receipt.Scored,
            [.. model.Receipt.Scores.Select(s => new ModelScoreView(s.Model, s.Chosen, [.. s.Figures.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => new FigureView(f.Key, f.Value))], s.Note))]);

    private sealed class ModelHost(EmbeddedEngine engine) : IModelHost
    {
        public long Events => engine.Status.Events;

        public bool Quiet => engine._reason is null && engine._search.Ready && !Array.Exists(engine._loops, static loop => loop.Busy);

        public int Day => engine._zone.Day(engine.BoardMoment().AsOf);

        public ModelSet InForce => Volatile.Read(ref engine._program).Models;

        public ITrainingSource NewSource(QuietLane lane) => new TrainingSource(engine, lane, Volatile.Read(ref engine._program), engine.BoardMoment().AsOf);

        public async Task RecordAsync(ModelDocument document, CancellationToken cancellation)
        {
            var version = (InForce.Find(document.Receipt.Kind)?.Version ?? 0) + 1;
            for (var tried = 0; tried < MaxVersionSearch; tried++)
            {
                var receipt = await engine.RecordAsync([document.ToFact(version + tried, engine.Now())], Access.System("models"), cancellation).ConfigureAwait(false);
                if (receipt.Outcomes[0] == RecordOutcome.Duplicate) continue;
                if (receipt.Outcomes[0] == RecordOutcome.Refused) throw new EngineUnavailableException("The program's stream takes no more facts.");
                break;
            }

            await engine.SettleAsync(cancellation).ConfigureAwait(false);
            await engine.ValueAsync(cancellation).ConfigureAwait(false);
        }
    }

    private sealed class TrainingSource(EmbeddedEngine engine, QuietLane lane, ProgramSnapshot program, long asOf) : ITrainingSource
    {
        public ProgramSnapshot Program => program;

        public long AsOf => asOf;

        public IHistories Histories => engine;

        public Task<T> ComputeAsync<T>(Func<T> compute, CancellationToken cancellation) => lane.RunAsync(compute, cancellation);

        public async Task<IReadOnlyList<TSample>> PeopleAsync<TSample>(Func<TSample> create, CancellationToken cancellation)
            where TSample : ITrainingSample
        {
            var samples = new TSample[Shard.Count];
            await Task.WhenAll(engine._loops.Select(async loop =>
            {
                foreach (var shard in loop.Shards)
                {
                    var sample = samples[shard.Index] = create();
                    for (var from = 0; from < shard.People; from += Shard.StepRows)
                    {
                        cancellation.ThrowIfCancellationRequested();
                        var start = from;
                        await loop.AskAsync(l =>
                        {
                            var cx = l.Context;
                            cx.Now = l.Now();
                            var state = cx.Scratch;
                            for (var row = start; row < Math.Min(shard.People, start + Shard.StepRows); row++)
                            {
                                shard.Settle(cx, row);
                                state.Read(shard.StateBytes(row));
                                sample.Add(state, shard.AsOfRow(cx, row));
                            }

                            return true;
                        }).WaitAsync(cancellation).ConfigureAwait(false);
                    }
                }
            })).ConfigureAwait(false);
            return samples;
        }
    }
}
