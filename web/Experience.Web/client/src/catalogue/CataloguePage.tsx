import { useEffect, useState } from 'react';
import type { CatalogueTotals, CatalogueView, CourseRow } from '../contracts';
import { useResource } from '../api/useResource';
import { roundMoney } from '../format/money';
import { count, percent, plural } from '../format/numbers';
import { date } from '../format/time';
import { useNow } from '../live/hooks';
import { catalogueOf, go } from '../router';
import { Shell } from '../shell/Shell';
import { Link } from '../ui/Link';
import { Status } from '../ui/Mark';
import { FormulaButton } from '../ui/Popover';
import { useTitle } from '../ui/useTitle';
import { CoursePanel } from './CoursePanel';
import { OccupationDialog } from './OccupationDialog';
import '../styles/catalogue.css';

/** Places and money move while people register; the list is asked again this often. */
const again = 15_000;

export function useRound(): number {
  const [round, setRound] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setRound((n) => n + 1), again);
    return () => clearInterval(timer);
  }, []);
  return round;
}

/** Courses, their offerings and what they cost and bring: of one term, or of all. */
export function CataloguePage({ query }: { readonly query: URLSearchParams }) {
  useTitle('Catalogue');
  const round = useRound();
  const [asking, setAsking] = useState(false);
  const [read, setRead] = useState(0);
  const term = query.get('term');
  const area = query.get('program');
  const course = query.get('course');
  const catalogue = useResource<CatalogueView>(`/v1/catalogue${term === null ? '' : `?term=${encodeURIComponent(term)}`}`, round);
  const view = catalogue.data;
  const areas = [...new Set(view?.courses.map((c) => c.program).filter((p) => p !== null) ?? [])].sort();
  const rows = view?.courses.filter((c) => area === null || c.program === area) ?? [];
  const place = { term, program: area, course };
  const shown = view === null ? '' : (view.terms.find((t) => t.id === view.term)?.title ?? 'All terms');

  return (
    <Shell page="catalogue" skip={['courses', 'Skip to the courses']}>
      <main className="catalogue">
        <div className="bar">
          <h1>Catalogue <span>{shown}</span></h1>
          {view !== null && (
            <div className="filters">
              <button className="btn" type="button" onClick={() => setAsking(true)}>Occupation data …</button>
              <label>Term
                <select value={view.term ?? 'all'} onChange={(event) => go(catalogueOf({ ...place, term: event.target.value }), 'replace')}>
                  {view.terms.map((t) => <option key={t.id} value={t.id}>{t.title}{t.id === view.open && t.id !== view.term ? ', registration' : ''}</option>)}
                  <option value="all">All terms</option>
                </select>
              </label>
              <label>Program
                <select value={area ?? ''} onChange={(event) => go(catalogueOf({ ...place, program: event.target.value === '' ? null : event.target.value }), 'replace')}>
                  <option value="">All programs</option>
                  {areas.map((p) => <option key={p} value={p}>{p}</option>)}
                </select>
              </label>
            </div>
          )}
        </div>
        {view === null && <p className="mute" role="status">{catalogue.problem ?? 'Reading the catalogue …'}</p>}
        {view !== null && <Totals totals={view.totals} currency={view.currency} />}
        {view !== null && view.courses.length === 0 && <p className="panel nothing">Nothing is offered here yet. Sections come as <code>section.published</code> events, courses as <code>course.published</code>.</p>}
        {view !== null && view.courses.length > 0 && (
          <div className={course === null ? 'courses-alone' : 'courses-and-one'}>
            <section className="panel box" aria-labelledby="h-courses">
              <header>
                <h2 id="h-courses">Courses</h2>
                <span className="mute">{plural(rows.length, 'course')}, {plural(rows.reduce((n, c) => n + c.offerings, 0), 'offering')}</span>
              </header>
              <div className="scroll" id="courses" tabIndex={-1}>
                <CourseTable rows={rows} currency={view.currency} chosen={course} to={(id) => catalogueOf({ ...place, course: id })} brief={course !== null} />
              </div>
            </section>
            {course !== null && <CoursePanel key={`${course} ${view.term ?? 'all'}`} course={course} term={view.term ?? 'all'} round={round + read} close={catalogueOf({ ...place, course: null })} />}
          </div>
        )}
        {asking && <OccupationDialog onClose={() => setAsking(false)} onRead={() => setRead((n) => n + 1)} />}
      </main>
    </Shell>
  );
}

const againstBenchmark = { good: 'within the benchmark', watch: 'about the benchmark', bad: 'above the benchmark' } as const;

function Totals({ totals, currency }: { readonly totals: CatalogueTotals; readonly currency: string }) {
  const now = useNow();
  const formula = (measure: string, title: string) => {
    const found = totals.formulas.find((f) => f.measure === measure)?.formula;
    return found === undefined ? null : <FormulaButton of={title} text={found.text} window={found.window} source={found.source} />;
  };
  const costs = totals.costs;
  const share = (part: number) => (costs === null || costs.total <= 0 ? roundMoney(part, currency) : percent((100 * part) / costs.total));
  return (
    <dl className="figures">
      <div className="panel">
        <dt>Cost per participant {formula('cost', 'Cost per participant')}</dt>
        {totals.costPerParticipant === null
          ? <dd><Status standing="none">{costs === null ? 'no costs recorded' : 'nobody took part'}</Status></dd>
          : <dd><b>{roundMoney(totals.costPerParticipant, currency)}</b> <small>n = {count(totals.participants)} unduplicated</small></dd>}
      </div>
      <div className="panel">
        <dt>Margin {formula('margin', 'Margin')}</dt>
        {totals.margin === null
          ? <dd><Status standing="none">no costs recorded</Status></dd>
          : <dd><b>{roundMoney(totals.margin, currency)}</b> <small>{totals.marginRate === null ? '' : `${percent(totals.marginRate)} of ${roundMoney(totals.income, currency)}`}</small></dd>}
      </div>
      <div className="panel">
        <dt>Costs</dt>
        {costs === null
          ? <dd><Status standing="none">no costs recorded</Status></dd>
          : <dd><b>{roundMoney(costs.total, currency)}</b> <small>to {date(costs.recordedTo, now)}: promotion {share(costs.promotion)}, production {share(costs.production)}, service {share(costs.service)}</small></dd>}
      </div>
      <div className="panel">
        <dt>Cancelled {formula('cancelled', 'Cancellation rate')}</dt>
        {totals.cancellationRate === null
          ? <dd><Status standing="none">nothing offered</Status></dd>
          : <dd><b>{percent(totals.cancellationRate)}</b> <small>{count(totals.cancelled)} of {count(totals.offerings)} sections</small>{totals.cancellationStanding !== 'none' && <Status standing={totals.cancellationStanding}>{againstBenchmark[totals.cancellationStanding]}</Status>}</dd>}
      </div>
      <div className="panel">
        <dt>Seats taken</dt>
        <dd><b>{count(totals.seats)}</b> <small>of {count(totals.capacity)}, {count(totals.waiting)} waiting</small></dd>
      </div>
    </dl>
  );
}

interface TableProps {
  readonly rows: readonly CourseRow[];
  readonly currency: string;
  readonly chosen: string | null;
  readonly to: (course: string) => string;
  /** Beside a course there is room for the first columns. */
  readonly brief: boolean;
}

function CourseTable({ rows, currency, chosen, to, brief }: TableProps) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">Course</th>
          {!brief && <><th scope="col">Program</th><th scope="col">Needs first</th></>}
          <th scope="col" className="num">Offered</th><th scope="col" className="num">Cancelled</th><th scope="col" className="num">Seats</th><th scope="col" className="num">Waiting</th>
          {!brief && <><th scope="col" className="num">People</th><th scope="col" className="num">Fee</th><th scope="col" className="num">Income</th><th scope="col" className="num">Own costs</th><th scope="col" className="num">Margin</th></>}
        </tr>
      </thead>
      <tbody>
        {rows.map((c) => (
          <tr key={c.id} className={c.id === chosen ? 'chosen' : undefined}>
            <th scope="row"><Link to={to(c.id)} aria-current={c.id === chosen ? 'true' : undefined}>{c.title}</Link></th>
            {!brief && (
              <>
                <td>{c.program ?? <span className="mute">–</span>}</td>
                <td className="cut">{c.prerequisite === null ? <span className="mute">–</span> : (rows.find((r) => r.id === c.prerequisite)?.title ?? c.prerequisite)}</td>
              </>
            )}
            <td className="num">{count(c.offerings)}</td>
            <td className="num">{c.cancelled === 0 ? <span className="mute">0</span> : count(c.cancelled)}</td>
            <td className="num">{count(c.seats)}{c.capacity > 0 && <span className="mute"> of {count(c.capacity)}</span>}</td>
            <td className="num">{c.waiting === 0 ? <span className="mute">0</span> : <b>{count(c.waiting)}</b>}</td>
            {!brief && (
              <>
                <td className="num">{count(c.participants)}</td>
                <td className="num">{c.fee === null ? <span className="mute">–</span> : roundMoney(c.fee, currency)}</td>
                <td className="num">{roundMoney(c.income, currency)}</td>
                <td className="num">{c.costs === null ? <span className="mute">none recorded</span> : <>{roundMoney(c.costs, currency)}{c.costed < c.offerings && <span className="mute"> of {count(c.costed)}</span>}</>}</td>
                <td className="num">{c.margin === null ? <span className="mute">–</span> : roundMoney(c.margin, currency)}</td>
              </>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
