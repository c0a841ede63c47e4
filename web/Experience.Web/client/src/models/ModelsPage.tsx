import { useEffect, useState } from 'react';
import type { ModelReportView, ModelsView, ModelView } from '../contracts';
import { explain, send } from '../api/http';
import { useResource } from '../api/useResource';
import { count } from '../format/numbers';
import { date, clock } from '../format/time';
import { useNow } from '../live/hooks';
import type { PageProps } from '../pages';
import { modelsOf } from '../router';
import { Shell } from '../shell/Shell';
import { Link } from '../ui/Link';
import { Mark } from '../ui/Mark';
import { useTitle } from '../ui/useTitle';
import { ChartFigure } from './ReportChart';
import { ReportTable } from './ReportTable';
import '../styles/models.css';

/** Fits come by themselves, a few a day; the list is asked again this often. */
const again = 15_000;

/** What the engine has learned, which of it is in force, and how it did on what it had not seen. */
export function ModelsPage({ query }: PageProps) {
  useTitle('Models');
  const [round, setRound] = useState(0);
  const [fit, setFit] = useState<{ readonly busy: boolean; readonly problem: string | null }>({ busy: false, problem: null });
  const models = useResource<ModelsView>('/v1/models', round);
  const list = models.data?.models ?? [];
  const kind = query.get('kind') ?? list.find((m) => m.name !== null)?.kind ?? list[0]?.kind ?? null;
  const shown = list.find((m) => m.kind === kind) ?? null;
  const report = useResource<ModelReportView>(shown === null ? null : `/v1/models/${encodeURIComponent(shown.kind)}/report`, `${shown?.version ?? 0} ${shown?.note ?? ''}`);

  useEffect(() => {
    const timer = setInterval(() => setRound((n) => n + 1), again);
    return () => clearInterval(timer);
  }, []);

  const fitNow = () => {
    setFit({ busy: true, problem: null });
    send<ModelsView>('POST', '/v1/models/fit', {}).then(
      () => {
        setFit({ busy: false, problem: null });
        setRound((n) => n + 1);
      },
      (error: unknown) => setFit({ busy: false, problem: explain(error) }),
    );
  };

  const busy = fit.busy || models.data?.fitting === true;
  return (
    <Shell page="models" skip={['report', 'Skip to the report']}>
      <main className="models">
        <div className="bar">
          <h1>Models <span>What was learned from this program, and how it did on what it had not seen</span></h1>
          <div className="filters">
            <button className="btn" type="button" onClick={fitNow} disabled={fit.busy} aria-busy={busy}>{busy ? 'Fitting …' : 'Fit again'}</button>
          </div>
          {fit.problem !== null && <p className="st bad" role="alert"><Mark shape="bad" />{fit.problem}</p>}
        </div>
        {models.data === null && <p className="mute" role="status">{models.problem ?? 'Asking which models are in force …'}</p>}
        {models.data !== null && list.length === 0 && <p className="panel nothing">Nothing is learned here yet: the rules stand alone.</p>}
        {list.length > 0 && (
          <div className="kinds-and-report">
            <nav className="kinds" aria-label="Kinds of models">
              {list.map((m) => <Kind key={m.kind} model={m} current={m.kind === kind} />)}
            </nav>
            <div id="report" tabIndex={-1}>
              {kind !== null && shown === null && <p className="panel nothing">There is no kind of model “{kind}”.</p>}
              {shown !== null && report.data === null && <p className="mute" role="status">{report.problem ?? 'Asking for the report …'}</p>}
              {report.data !== null && <Report view={report.data} />}
            </div>
          </div>
        )}
      </main>
    </Shell>
  );
}

/** Under this name a model that no longer holds is ended. */
const rules = 'Rules';

const titles: Readonly<Record<string, string>> = { value: 'Value', 'risk.withdrawal': 'Withdrawal', 'risk.dissatisfaction': 'Dissatisfaction', needs: 'Needs' };

function Kind({ model, current }: { readonly model: ModelView; readonly current: boolean }) {
  const now = useNow();
  return (
    <Link to={modelsOf(model.kind)} className="panel kind" aria-current={current ? 'page' : undefined}>
      <b>{titles[model.kind] ?? model.kind}</b>
      {model.name === null ? (
        <>
          <span className="st none"><Mark shape="none" />rules alone</span>
          <small>{model.note}</small>
        </>
      ) : model.name === rules ? (
        <>
          <span className="st watch"><Mark shape="watch" />rules stand in</span>
          <small>The model no longer fitted what happened.</small>
        </>
      ) : (
        <>
          <span className={`st ${model.note === null ? 'good' : 'watch'}`}><Mark shape={model.note === null ? 'good' : 'watch'} />{model.name}</span>
          <small>version {model.version}{model.fittedAt !== null && `, ${date(model.fittedAt, now)} ${clock(model.fittedAt)}`}</small>
          {model.note !== null && <small>{model.note}</small>}
        </>
      )}
    </Link>
  );
}

function Report({ view: { model, report } }: { readonly view: ModelReportView }) {
  const now = useNow();
  return (
    <>
      <section className="panel report-head" aria-labelledby="h-report">
        <h2 id="h-report">{report.title}</h2>
        <p className="verdict">{report.verdict}</p>
        {model.name !== null && (
          <dl className="about">
            <div><dt>In force</dt><dd><b>{model.name}</b>, version {model.version}</dd></div>
            {model.fittedAt !== null && <div><dt>Fitted</dt><dd>{date(model.fittedAt, now)}, {clock(model.fittedAt)}</dd></div>}
            <div><dt>Learned from</dt><dd>{count(model.people)} people or rows</dd></div>
            {model.from !== null && model.to !== null && <div><dt>Their time</dt><dd>{model.from} to {model.to}</dd></div>}
          </dl>
        )}
      </section>
      {report.sections.map((section, i) => (
        <section key={section.title} className="panel report-part" aria-labelledby={`h-part-${i}`}>
          <h3 id={`h-part-${i}`}>{section.title}</h3>
          {section.text !== null && <p className="lead">{section.text}</p>}
          {section.tables.map((table) => (
            <ReportTable key={table.caption} caption={table.caption} columns={table.columns} rows={table.rows.map((row) => row.cells)} chosen={table.rows.findIndex((row) => row.chosen)} />
          ))}
          {section.charts.map((chart) => <ChartFigure key={chart.title} chart={chart} />)}
        </section>
      ))}
    </>
  );
}
