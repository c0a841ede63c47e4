import { useState } from 'react';
import type { CatalogueView, PlanCourse, PlanView } from '../contracts';
import { newId } from '../api/actions';
import { explain, send } from '../api/http';
import { useResource } from '../api/useResource';
import { Occupation } from '../catalogue/CoursePanel';
import { roundMoney } from '../format/money';
import { count, plural } from '../format/numbers';
import { date, dateClock } from '../format/time';
import { useNow } from '../live/hooks';
import { counterOf, go, planOf } from '../router';
import { Shell } from '../shell/Shell';
import { Link } from '../ui/Link';
import { Status } from '../ui/Mark';
import { useTitle } from '../ui/useTitle';
import '../styles/catalogue.css';
import '../styles/plan.css';

const goals = ['job', 'promotion', 'licence', 'degree', 'hobby', 'company', 'other'] as const;

/** Builds a certificate of one's own for a person: courses taken and wanted, the gap, its cost, and what can be taken when. */
export function PlanPage({ id, query }: { readonly id: string; readonly query: URLSearchParams }) {
  useTitle('Certificate');
  const courses = query.get('courses');
  const certificate = query.get('certificate');
  const [round, setRound] = useState(0);
  const asked = new URLSearchParams();
  if (courses !== null) asked.set('courses', courses);
  if (certificate !== null) asked.set('certificate', certificate);
  const text = asked.toString();
  const plan = useResource<PlanView>(id === '' ? null : `/v1/participants/${encodeURIComponent(id)}/plan${text === '' ? '' : `?${text}`}`, round);
  const catalogue = useResource<CatalogueView>('/v1/catalogue?term=all');
  const view = plan.data;
  const set = (list: readonly string[]) => go(planOf(id, list), 'replace');
  const chosen = view?.courses.map((c) => c.id) ?? [];

  return (
    <Shell page="plan" skip={['plan', 'Skip to the plan']}>
      <main className="catalogue plan">
        <div className="bar">
          <h1>Certificate of one’s own <span>{view?.title ?? 'a draft'}</span></h1>
          {id !== '' && <div className="filters"><Link className="btn" to={counterOf(id)}>Back to the card</Link></div>}
        </div>
        {id === '' && <p className="panel nothing">Open somebody’s card, then <kbd>M</kbd>, and “Plan a certificate”.</p>}
        {id !== '' && view === null && <p className="mute" role="status">{plan.problem ?? 'Looking at what was taken …'}</p>}
        {view !== null && (
          <div className="plan-and-more">
            <section className="panel box" aria-labelledby="h-plan">
              <header>
                <h2 id="h-plan">Courses</h2>
                <span className="mute">{view.courses.length === 0 ? 'none chosen yet' : `${count(view.done)} of ${count(view.required)} done`}</span>
              </header>
              <div className="scroll" id="plan" tabIndex={-1}>
                {view.courses.length === 0 && <p className="empty mute">Add courses, or begin from a certificate.</p>}
                <ol className="offerings">
                  {view.courses.map((c) => (
                    <Course key={c.id} of={c} currency={view.currency} onRemove={() => set(chosen.filter((x) => x !== c.id))} onAdd={(first) => set([...chosen, first])} />
                  ))}
                </ol>
              </div>
            </section>
            <div className="side">
              <Sums view={view} />
              <Save key={`${view.savedAt ?? 0} ${view.title ?? ''}`} view={view} saved={() => {
                go(planOf(id, null), 'replace');
                setRound((n) => n + 1);
              }} />
              <Add view={view} catalogue={catalogue.data} chosen={chosen} set={set} begin={(name) => go(`/plan/${encodeURIComponent(id)}?certificate=${encodeURIComponent(name)}`, 'replace')} />
            </div>
          </div>
        )}
      </main>
    </Shell>
  );
}

function Course({ of: c, currency, onRemove, onAdd }: { readonly of: PlanCourse; readonly currency: string; readonly onRemove: () => void; readonly onAdd: (course: string) => void }) {
  return (
    <li>
      <div className="head">
        <b>{c.title}</b>
        <Status standing={c.status === 'completed' ? 'good' : c.status === 'registered' ? 'watch' : 'none'}>{c.status}{c.done !== null && ` ${c.done}`}</Status>
        <button className="btn small" type="button" onClick={onRemove}>Remove<span className="sr"> {c.title}</span></button>
      </div>
      {c.next !== null && (
        <p>
          {c.status === 'registered' ? 'In' : 'Next'}: <b>{c.next.title}</b>, {[c.next.term, c.next.meets, `${c.next.starts} to ${c.next.ends ?? '?'}`, c.next.mode].filter((s) => s !== null).join(' · ')}
          {c.status === 'wanted' && <span className="mute">{c.next.seats !== null && ` · ${plural(c.next.seats, 'seat')} free`}{c.next.open ? ' · registration open' : ' · registration not open'}</span>}
        </p>
      )}
      {c.note !== null && <p className="watch">{c.note}</p>}
      {c.missing !== null && <p>Needs <b>{c.missing.title}</b> first. <button className="btn small" type="button" onClick={() => onAdd(c.missing?.id ?? '')}>Add it<span className="sr">: {c.missing.title}</span></button></p>}
      <dl className="numbers">
        {c.status === 'wanted' && <div><dt>Fee</dt><dd>{c.fee === null ? <span className="mute">not stated</span> : roundMoney(c.fee, currency)}</dd></div>}
        {c.hours !== null && <div><dt>Hours</dt><dd>{c.hours}</dd></div>}
        {c.first !== null && c.missing === null && <div><dt>After</dt><dd>{c.first.title}</dd></div>}
        {c.occupations.map((o) => <div key={o.code}><dt>Leads to</dt><dd><Occupation of={o} currency={currency} /></dd></div>)}
      </dl>
    </li>
  );
}

function Sums({ view }: { readonly view: PlanView }) {
  const now = useNow();
  const gap = view.required - view.done;
  return (
    <section className="panel sums" aria-labelledby="h-sums">
      <h2 className="cap" id="h-sums">What it takes</h2>
      <dl className="facts">
        <dt>Gap</dt><dd><b>{view.required === 0 ? '–' : gap === 0 ? 'none' : plural(gap, 'course')}</b></dd>
        <dt>Cost</dt><dd><b>{view.cost === null ? 'not known' : roundMoney(view.cost, view.currency)}</b> <span className="mute">{view.cost === null ? 'a course states no fee' : 'of what is not registered yet'}</span></dd>
        <dt>Done by</dt><dd>{view.required > 0 && gap === 0 ? 'now' : view.finish ?? <span className="mute">a course has no section yet</span>}</dd>
        <dt>Conflicts</dt>
        <dd>{view.conflicts.length === 0 ? <span className="mute">none</span> : <ul>{view.conflicts.map((c) => <li key={`${c.section} ${c.with}`} className="watch">{c.section} with {c.with}, first {dateClock(c.at, now)}</li>)}</ul>}</dd>
        {view.savedAt !== null && <><dt>Saved</dt><dd>{date(view.savedAt, now)}</dd></>}
      </dl>
    </section>
  );
}

function Save({ view, saved }: { readonly view: PlanView; readonly saved: () => void }) {
  const [title, setTitle] = useState(view.title ?? '');
  const [goal, setGoal] = useState('');
  const [attempt, setAttempt] = useState<{ readonly id: string; readonly busy: boolean; readonly problem: string | null }>({ id: newId(), busy: false, problem: null });
  const save = () => {
    setAttempt({ ...attempt, busy: true, problem: null });
    send<PlanView>('POST', `/v1/participants/${encodeURIComponent(view.person)}/plan`, { id: attempt.id, title: title.trim(), goal: goal === '' ? null : goal, courses: view.courses.map((c) => c.id) }).then(
      () => {
        setAttempt({ id: newId(), busy: false, problem: null });
        saved();
      },
      (error: unknown) => setAttempt({ ...attempt, busy: false, problem: explain(error) }),
    );
  };
  return (
    <form
      className="panel sums form"
      aria-label="Save the plan"
      onSubmit={(event) => {
        event.preventDefault();
        if (title.trim() !== '' && view.courses.length > 0) save();
      }}
    >
      <label className="field"><span>Title</span><input value={title} maxLength={80} onChange={(event) => setTitle(event.target.value)} placeholder="Such as Office manager" /></label>
      <label className="field"><span>Goal</span>
        <select value={goal} onChange={(event) => setGoal(event.target.value)}>
          <option value="">as it was</option>
          {goals.map((g) => <option key={g} value={g}>{g}</option>)}
        </select>
      </label>
      <button className="btn go" type="submit" aria-busy={attempt.busy} disabled={title.trim() === '' || view.courses.length === 0}>{view.savedAt === null ? 'Save as goal' : 'Save again'}</button>
      {attempt.problem !== null && <p className="bad" role="alert">{attempt.problem}</p>}
    </form>
  );
}

interface AddProps {
  readonly view: PlanView;
  readonly catalogue: CatalogueView | null;
  readonly chosen: readonly string[];
  readonly set: (courses: readonly string[]) => void;
  readonly begin: (certificate: string) => void;
}

function Add({ view, catalogue, chosen, set, begin }: AddProps) {
  const others = catalogue?.courses.filter((c) => !chosen.includes(c.id)) ?? [];
  return (
    <section className="panel sums form" aria-labelledby="h-add">
      <h2 className="cap" id="h-add">Add</h2>
      {view.also.length > 0 && <div><p className="mute">Already completed:</p><div className="quick">{view.also.map((c) => <button key={c.id} className="btn small" type="button" onClick={() => set([...chosen, c.id])}>{c.title}</button>)}</div></div>}
      <label className="field"><span>A course</span>
        <select value="" onChange={(event) => set([...chosen, event.target.value])} disabled={others.length === 0}>
          <option value="">Choose …</option>
          {others.map((c) => <option key={c.id} value={c.id}>{c.title}{c.program === null ? '' : `, ${c.program}`}</option>)}
        </select>
      </label>
      {catalogue !== null && catalogue.certificates.length > 0 && (
        <label className="field"><span>Begin from a certificate</span>
          <select value="" onChange={(event) => begin(event.target.value)}>
            <option value="">Choose …</option>
            {catalogue.certificates.map((c) => <option key={c.id} value={c.id}>{c.title}</option>)}
          </select>
        </label>
      )}
    </section>
  );
}
