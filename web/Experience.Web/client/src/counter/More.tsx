import { useEffect, useState } from 'react';
import type { CardView, JourneyLine, JourneyPage, MoreView, ValueView } from '../contracts';
import { explain, get, persist } from '../api/http';
import { money, roundMoney } from '../format/money';
import { count, percent } from '../format/numbers';
import { journeyDate } from '../format/time';
import { useNow } from '../live/hooks';
import { useHere } from '../shell/program';
import { Choice, Dialog } from '../ui/Dialog';
import { LineChart } from '../ui/Chart';
import { Groups, Reasons } from './Worth';

/** Lines of a page of the journey. */
const pageSize = 50;

/** Behind a click: chances, segments, value, and the whole journey. Customers may see the screen. */
export function More({ card, onClose }: { readonly card: CardView; readonly onClose: () => void }) {
  return (
    <Dialog title={`${card.person.preferredName} ${card.person.familyName}`} onClose={onClose} drawer>
      <div className="more-in">
        {!card.person.minor && <Chances more={card.more} />}
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
        <dt>Consents</dt><dd>{more.consents.length === 0 ? <span className="mute">none given</span> : more.consents.join(', ')}</dd>
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
        <dt>Expected</dt><dd>{value.expected === null ? <span className="mute">not fitted yet</span> : `${roundMoney(value.expected, currency)} in five years`}</dd>
        {value.lifetime !== null && <><dt>Lifetime</dt><dd>{roundMoney(value.lifetime, currency)}</dd></>}
      </dl>
      {value.note !== '' && <p className="mute">{value.note}</p>}
    </section>
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
