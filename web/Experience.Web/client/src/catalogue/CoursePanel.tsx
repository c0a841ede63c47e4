import { useEffect, useRef } from 'react';
import type { CourseView, OccupationView, OfferingView, Standing } from '../contracts';
import { useResource } from '../api/useResource';
import { roundMoney } from '../format/money';
import { count, percent, plural, score } from '../format/numbers';
import { date, dateClock } from '../format/time';
import { useNow } from '../live/hooks';
import { catalogueOf, go } from '../router';
import { Link } from '../ui/Link';
import { Status } from '../ui/Mark';

interface Props {
  readonly course: string;
  readonly term: string;
  readonly round: number;
  readonly close: string;
}

/** One course: what it is, and its offerings of the term with their meetings, seats and money. */
export function CoursePanel({ course, term, round, close }: Props) {
  const { data, problem } = useResource<CourseView>(`/v1/catalogue/courses/${encodeURIComponent(course)}?term=${encodeURIComponent(term)}`, round);
  const title = useRef<HTMLHeadingElement>(null);
  const there = data !== null;
  useEffect(() => {
    if (there) title.current?.focus();
  }, [there]);
  useEffect(() => {
    const escape = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && document.querySelector('dialog[open], :popover-open') === null) go(close);
    };
    addEventListener('keydown', escape);
    return () => removeEventListener('keydown', escape);
  }, [close]);

  return (
    <section className="panel box course" aria-labelledby="h-course">
      <header>
        <h2 id="h-course" ref={title} tabIndex={-1}>{data?.course.title ?? course}</h2>
        <span className="mute">{data === null ? '' : plural(data.offerings.length, 'offering')}</span>
        <Link className="btn" to={close}>Close <kbd>Esc</kbd></Link>
      </header>
      {data === null && <p className="empty mute" role="status">{problem ?? 'Reading the course …'}</p>}
      {data !== null && <div className="scroll"><About view={data} /><Offerings view={data} /></div>}
    </section>
  );
}

function About({ view }: { readonly view: CourseView }) {
  const { course, currency } = view;
  return (
    <dl className="about">
      {course.program !== null && <div><dt>Program</dt><dd>{course.program}</dd></div>}
      {course.fee !== null && <div><dt>Fee</dt><dd>{roundMoney(course.fee, currency)}</dd></div>}
      {view.hours !== null && <div><dt>Hours</dt><dd>{view.hours}</dd></div>}
      {course.certificate !== null && <div><dt>Counts for</dt><dd>{course.certificate}</dd></div>}
      {course.prerequisite !== null && <div><dt>Needs first</dt><dd><Link to={catalogueOf({ term: view.term ?? 'all', program: null, course: course.prerequisite })}>{course.prerequisite}</Link></dd></div>}
      {(view.minimumAge !== null || view.maximumAge !== null) && <div><dt>Ages</dt><dd>{view.maximumAge === null ? `${view.minimumAge ?? 0} and over` : `${view.minimumAge ?? 0} to ${view.maximumAge}`}</dd></div>}
      <div><dt>Income</dt><dd>{roundMoney(course.income, currency)}</dd></div>
      <div><dt>Margin</dt><dd>{course.margin === null ? <span className="mute">no costs recorded for it</span> : <>{roundMoney(course.margin, currency)} <span className="mute">after {roundMoney(course.costs ?? 0, currency)} for {plural(course.costed, 'offering')}</span></>}</dd></div>
      {view.occupations.map((o) => <div key={o.code}><dt>Leads to</dt><dd><Occupation of={o} currency={currency} /></dd></div>)}
    </dl>
  );
}

/** Wage and openings are only as good as where they come from, so that stands beside them. */
export function Occupation({ of, currency }: { readonly of: OccupationView; readonly currency: string }) {
  const facts = [
    of.medianWage === null ? null : `${roundMoney(of.medianWage, currency)} a year`,
    of.annualOpenings === null ? null : `${count(of.annualOpenings)} openings a year`,
    of.growth === null ? null : `${of.growth >= 0 ? '+' : ''}${percent(of.growth)} growth`,
  ].filter((f) => f !== null);
  const source = [of.source, of.region, of.of].filter((f) => f !== null);
  return (
    <>
      {of.title}{facts.length > 0 && `: ${facts.join(', ')}`}
      <small className="mute"> {of.code}{source.length > 0 && `, ${source.join(', ')}`}</small>
    </>
  );
}

const standings: Readonly<Record<string, Standing>> = { open: 'good', full: 'watch', cancelled: 'bad' };

function Offerings({ view }: { readonly view: CourseView }) {
  if (view.offerings.length === 0) return <p className="empty mute">Not offered in this term.</p>;
  return (
    <ul className="offerings">
      {view.offerings.map((o) => <Offering key={o.section} of={o} currency={view.currency} />)}
    </ul>
  );
}

function Offering({ of: o, currency }: { readonly of: OfferingView; readonly currency: string }) {
  const now = useNow();
  const next = o.meetings.find((m) => m > now);
  return (
    <li>
      <div className="head">
        <b>{o.title}</b>
        <Status standing={standings[o.status] ?? 'none'}>{o.status}{o.cancelledAt !== null && ` ${date(o.cancelledAt, now)}`}</Status>
        {o.undecided && <Status standing="watch">go or no-go: needs {o.minimum}</Status>}
      </div>
      <p className="mute">
        {[o.meets, o.starts === null ? null : `${o.starts} to ${o.ends ?? '?'}`, o.mode, o.room, o.instructor].filter((part) => part !== null).join(' · ')}
      </p>
      <dl className="numbers">
        <div><dt>Seats</dt><dd>{count(o.seats)}{o.capacity !== null && ` of ${count(o.capacity)}`}</dd></div>
        <div><dt>Waiting</dt><dd>{count(o.waiting)}</dd></div>
        {o.contract > 0 && <div><dt>Contract</dt><dd>{count(o.contract)}</dd></div>}
        {o.dropped > 0 && <div><dt>Left</dt><dd>{count(o.dropped)}</dd></div>}
        {o.fee !== null && <div><dt>Fee</dt><dd>{roundMoney(o.fee, currency)}</dd></div>}
        <div><dt>Income</dt><dd>{roundMoney(o.income, currency)}</dd></div>
        <div><dt>Margin</dt><dd>{o.margin === null ? <span className="mute">no costs recorded</span> : roundMoney(o.margin, currency)}</dd></div>
        {o.rating !== null && <div><dt>Rating</dt><dd>{score(o.rating)} <span className="mute">n = {count(o.ratings)}</span></dd></div>}
      </dl>
      {o.meetings.length > 0 && (
        <details>
          <summary>{plural(o.meetings.length, 'meeting')}{next !== undefined && `, next ${dateClock(next, now)}`}</summary>
          <ol>{o.meetings.map((m) => <li key={m} className={m <= now ? 'mute' : undefined}>{dateClock(m, now)}</li>)}</ol>
        </details>
      )}
    </li>
  );
}
