import { useEffect, useState } from 'react';
import type { ActivityView, CardView, JourneyLine, JourneyPage, MoreView, ValueView } from '../contracts';
import { explain, get, persist } from '../api/http';
import { money, roundMoney } from '../format/money';
import { count, percent, plural } from '../format/numbers';
import { day, journeyDate } from '../format/time';
import { useNow } from '../live/hooks';
import { modelsOf, planOf } from '../router';
import { useHere } from '../shell/program';
import { Choice, Dialog } from '../ui/Dialog';
import { LineChart } from '../ui/Chart';
import { Link } from '../ui/Link';
import { Consents } from './Consents';
import { Groups, Reasons } from './Worth';

/** Lines of a page of the journey. */
const pageSize = 50;

/** Behind a click: chances, segments, value, and the whole journey. Customers may see the screen. */
export function More({ card, onClose }: { readonly card: CardView; readonly onClose: () => void }) {
  return (
    <Dialog title={`${card.person.preferredName} ${card.person.familyName}`} onClose={onClose} drawer>
      <div className="more-in">
        {!card.person.minor && <Chances more={card.more} />}
        {!card.person.minor && card.value?.activity != null && <Rhythm activity={card.value.activity} />}
        {!card.person.minor && card.value !== null && <Worth value={card.value} currency={card.money.currency} />}
        {!card.person.minor && card.score?.value != null && (
          <section>
            <h3>Score over time</h3>
            {card.score.trend.filter((v) => v !== null).length > 1 && <figure><LineChart points={card.score.trend} reference={null} /><figcaption className="mute">{card.score.trend.length} months, last {Math.round(card.score.value)} of 100</figcaption></figure>}
            <Groups score={card.score} />
            <Reasons reasons={card.score.reasons} />
            {card.score.moveMost !== null && <p><b>What would move it most:</b> {card.score.moveMost}</p>}
          </section>
        )}
        <section>
          <h3>Certificate of one’s own</h3>
          <p>{card.plan === null ? <span className="mute">none planned</span> : <><b>{card.plan.title}</b>, {card.plan.done} of {card.plan.required} done{card.plan.next !== null && `; ${card.plan.next}`}</>} <Link to={planOf(card.id, null)}>{card.plan === null ? 'Plan a certificate' : 'Open the plan'}</Link></p>
        </section>
        <Consents card={card} />
        <section>
          <h3>Known as</h3>
          <ul className="keys-known">{card.person.keys.map((k) => <li key={`${k.source} ${k.key}`}><code>{k.key}</code> <span className="mute">{k.source}</span></li>)}</ul>
        </section>
        <Journey person={card.id} newest={card.journey[0]?.event ?? ''} />
      </div>
    </Dialog>
  );
}

function Chances({ more }: { readonly more: MoreView }) {
  const { program } = useHere();
  const title = (id: string) => program?.segments.find((s) => s.id === id)?.title ?? id;
  return (
    <section>
      <h3>Chances and groups</h3>
      <dl className="facts">
        <dt>Still active</dt><dd>{more.activeProbability === null ? <span className="mute">not enough yet</span> : percent(more.activeProbability * 100)}</dd>
        <dt>NPS answer</dt><dd>{more.nps === null ? <span className="mute">not measured</span> : `${more.nps} of 10`}</dd>
        <dt>Lifecycle</dt><dd>{more.lifecycle}{more.best && ', among the best 20 %'}</dd>
        <dt>Segments</dt><dd>{more.segments.length === 0 ? <span className="mute">none</span> : more.segments.map(title).join(' · ')}</dd>
        {more.goal !== null && <><dt>Goal</dt><dd>{more.goal}</dd></>}
        <dt>Events</dt><dd>{count(more.facts)}</dd>
      </dl>
    </section>
  );
}

function Worth({ value, currency }: { readonly value: ValueView; readonly currency: string }) {
  return (
    <section>
      <h3>Value</h3>
      <dl className="facts">
        <dt>Net paid</dt><dd>{money(value.netPaid, currency)} to date, {money(value.recent, currency)} in 24 months</dd>
        <dt>Costs</dt><dd>{value.costs === null ? <span className="mute">none recorded</span> : money(value.costs, currency)}</dd>
        <dt>Expected</dt>
        <dd>
          {value.expected === null ? <span className="mute">no forecast yet</span> : (
            <>
              {roundMoney(value.expected, currency)} in five years, discounted
              {value.low !== null && value.high !== null && <span className="choice-line mute">Eight in ten such people bring {roundMoney(value.low, currency)} to {roundMoney(value.high, currency)}{value.purchases !== null && `, ${purchases.format(value.purchases)} purchases expected`}.</span>}
            </>
          )}
        </dd>
        {value.lifetime !== null && <><dt>Lifetime</dt><dd><b>{roundMoney(value.lifetime, currency)}</b></dd></>}
        {value.model !== null && <><dt>Model</dt><dd>{value.model}. <Link to={modelsOf('value')}>How it did</Link></dd></>}
      </dl>
      {value.note !== '' && <p className="mute">{value.note}</p>}
    </section>
  );
}

const purchases = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** How silence would go on to speak against somebody, measured by the person's own rhythm. */
function Rhythm({ activity: a }: { readonly activity: ActivityView }) {
  const now = useNow();
  const usual = a.usualGapDays === null ? null : Math.round(a.usualGapDays);
  const first = a.points[0];
  const last = a.points[a.points.length - 1];
  const words = `${percent(a.active * 100)} still active. Silent for ${plural(a.silentDays, 'day')}${usual === null ? '; no rhythm of their own yet' : `; ${plural(usual, 'day')} between purchases is usual for them`}.`;
  return (
    <section>
      <h3>Still active?</h3>
      <p>{words}</p>
      {first !== undefined && last !== undefined && last.at > first.at && (
        <figure className="rhythm">
          <RhythmChart points={a.points} now={now} gap={usual} />
          <figcaption>
            <span>{journeyDate(first.at, now)}, newest purchase</span>
            <span>if silent until {journeyDate(last.at, now)}: {percent(last.active * 100)}</span>
          </figcaption>
        </figure>
      )}
    </section>
  );
}

/** From 0 to 100 %: the line, today, and each usual gap as a tick. */
function RhythmChart({ points, now, gap }: { readonly points: ActivityView['points']; readonly now: number; readonly gap: number | null }) {
  const from = points[0]?.at ?? 0;
  const to = points[points.length - 1]?.at ?? 1;
  const x = (at: number) => Math.round(((at - from) / (to - from)) * 1000) / 10;
  const y = (active: number) => Math.round((1 - active) * 300) / 10;
  const ticks = gap === null || gap === 0 ? [] : Array.from({ length: Math.min(12, Math.floor((to - from) / (gap * day))) }, (_, i) => x(from + (i + 1) * gap * day));
  return (
    <svg viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true">
      {ticks.map((t) => <path key={t} className="tick" d={`M${t} 27V30`} />)}
      <path className="axis" d="M0 30H100" />
      {now > from && now < to && <path className="ref" d={`M${x(now)} 0V30`} />}
      <path className="line" d={points.map((p, i) => `${i === 0 ? 'M' : 'L'}${x(p.at)} ${y(p.active)}`).join('')} />
    </svg>
  );
}

type Phase = 'all' | 'before' | 'at' | 'after';

const phases: readonly (readonly [Phase, string])[] = [['all', 'All'], ['before', 'Before the sale'], ['at', 'At the sale'], ['after', 'After']];

interface Loaded {
  readonly lines: readonly JourneyLine[];
  readonly next: string | null;
  readonly problem: string | null;
  readonly ready: boolean;
}

/** The whole journey, newest first, a page at a time. What happens meanwhile starts it anew, from its first page. */
function Journey({ person, newest }: { readonly person: string; readonly newest: string }) {
  const now = useNow();
  const [phase, setPhase] = useState<Phase>('all');
  const [loaded, setLoaded] = useState<Loaded>({ lines: [], next: null, problem: null, ready: false });
  const [after, setAfter] = useState<string | null>(null);
  const [seen, setSeen] = useState(newest);
  if (seen !== newest) {
    setSeen(newest);
    setAfter(null);
  }

  useEffect(() => {
    const stop = new AbortController();
    const query = new URLSearchParams({ limit: String(pageSize), ...(after === null ? {} : { after }) });
    persist((signal) => get<JourneyPage>(`/v1/participants/${encodeURIComponent(person)}/journey?${query.toString()}`, signal), stop.signal).then(
      (page) => setLoaded((old) => ({ lines: after === null ? page.lines : [...old.lines, ...page.lines], next: page.next, problem: null, ready: true })),
      (error: unknown) => {
        if (!stop.signal.aborted) setLoaded((old) => ({ ...old, problem: explain(error), ready: true }));
      },
    );
    return () => stop.abort();
  }, [person, after, newest]);

  const shown = phase === 'all' ? loaded.lines : loaded.lines.filter((l) => l.phase === phase);
  return (
    <section>
      <h3>Journey</h3>
      <Choice label="Show" value={phase} options={phases} onChange={setPhase} />
      {loaded.problem !== null && <p className="bad" role="alert">{loaded.problem}</p>}
      <ol className="lines">
        {shown.map((l) => (
          <li key={l.event} className={l.voided ? 'voided' : undefined}>
            <span className="mute">{journeyDate(l.at, now)}</span>
            <span>{l.text}{l.voided && <span className="mute"> undone</span>}{l.detail !== null && <small>{l.detail}</small>}</span>
            <code title={l.source}>{l.type}</code>
          </li>
        ))}
      </ol>
      {loaded.ready && shown.length === 0 && <p className="mute">Nothing {phase === 'all' ? 'yet' : 'here among what is loaded'}.</p>}
      {loaded.next !== null && <button className="btn" type="button" onClick={() => setAfter(loaded.next)}>Load older</button>}
    </section>
  );
}
