import { useState } from 'react';
import type { SourcePoll, SourcesView, SourceView } from '../contracts';
import { explain, send } from '../api/http';
import { count, percent } from '../format/numbers';
import { date, dateClock, day, short } from '../format/time';
import { useNow } from '../live/hooks';
import { Link } from '../ui/Link';
import { Mark, Status } from '../ui/Mark';
import { Rhythm } from './Rhythm';
import { keys, lag, standing, wayName } from './words';

interface Props {
  readonly view: SourcesView | null;
  readonly problem: string | null;
  readonly again: () => void;
}

/** Further ahead than this, silence is expected for good, in ms. */
const forGood = 100 * 365 * day;

/** Every source in one table; a row opens to what it lacks and when it speaks. */
export function SourceList({ view, problem, again }: Props) {
  const [open, setOpen] = useState<string | null>(null);
  const now = useNow();
  if (view === null) return <p className="mute" role="status">{problem ?? 'Asking what comes in …'}</p>;
  const alerts = view.alerts.filter((a) => a.endedAt === null);
  return (
    <>
      {problem !== null && <p className="bad" role="alert">{problem}</p>}
      {alerts.map((a) => (
        <p key={a.id} className="panel alert" role="status">
          <Status standing="bad">{a.source} is silent</Status>
          <span>since {dateClock(a.since, now)}, at hours when it normally speaks. Its own system knows why: it may be down, or its key may be gone.</span>
          <button className="btn small" type="button" onClick={() => setOpen(a.source)}>Look<span className="sr"> at {a.source}</span></button>
        </p>
      ))}
      {view.sources.flatMap((s) => s.polls.filter((p) => p.failures > 0).map((p) => (
        <p key={`${s.name} ${p.name}`} className="panel alert" role="status">
          <Status standing="bad">Polling {p.name} fails</Status>
          <span>{p.failures === 1 ? 'once' : `${count(p.failures)} times in a row`}: {p.problem} Last success {p.lastSuccessAt === null ? 'never' : dateClock(p.lastSuccessAt, now)}.</span>
          <Link to="/pulls" className="btn small">Look<span className="sr"> at {p.name}</span></Link>
        </p>
      )))}
      {view.sources.length === 0 ? <p className="panel nothing">Nothing came in yet. <Link to="/start">Ways in</Link> says how to begin.</p> : (
        <div className="panel wide-table" tabIndex={0} role="group" aria-label="Sources">
          <table className="list">
            <caption className="sr">Sources</caption>
            <thead>
              <tr>
                <th scope="col">Source</th><th scope="col">State</th><th scope="col" className="num">Last minute</th><th scope="col" className="num">Hour</th><th scope="col" className="num">Day</th>
                <th scope="col" className="num">Lag, half</th><th scope="col" className="num">95 of 100</th><th scope="col" className="num">Last event</th><th scope="col" className="num">Duplicates</th><th scope="col" className="num">Refused</th>
              </tr>
            </thead>
            <tbody>
              {view.sources.map((s) => <Row key={s.name} source={s} open={open === s.name} toggle={() => setOpen(open === s.name ? null : s.name)} again={again} now={now} />)}
            </tbody>
          </table>
        </div>
      )}
      {view.alerts.some((a) => a.endedAt !== null) && (
        <section className="panel past" aria-labelledby="h-past">
          <h2 id="h-past">Silences that ended</h2>
          <ul>{view.alerts.filter((a) => a.endedAt !== null).slice(0, 10).map((a) => <li key={a.id}>{a.source}, <span className="mute">{dateClock(a.since, now)} to {dateClock(a.endedAt ?? a.since, now)}</span></li>)}</ul>
        </section>
      )}
    </>
  );
}

function Polled({ poll: p, now }: { readonly poll: SourcePoll; readonly now: number }) {
  return (
    <>
      <dt>Polled</dt>
      <dd>
        {p.name}, {p.lastSuccessAt === null ? 'never with success' : `last success ${dateClock(p.lastSuccessAt, now)}`}{p.nextAt !== null && `, next ${dateClock(p.nextAt, now)}`}
        {p.problem !== null && <> <Status standing={p.failures > 0 ? 'bad' : 'watch'}>{p.problem}</Status></>}
      </dd>
    </>
  );
}

interface RowProps {
  readonly source: SourceView;
  readonly open: boolean;
  readonly toggle: () => void;
  readonly again: () => void;
  readonly now: number;
}

function Row({ source: s, open, toggle, again, now }: RowProps) {
  const state = standing(s);
  return (
    <>
      <tr className={open ? 'opened' : undefined}>
        <th scope="row"><button className="as-link" type="button" aria-expanded={open} onClick={toggle}>{s.name}</button> <span className="mute">{s.ways.map(wayName).join(', ')}</span></th>
        <td><Status standing={state.standing}>{state.words}</Status></td>
        <td className="num">{count(s.minute)}</td>
        <td className="num">{count(s.hour)}</td>
        <td className="num">{count(s.day)}</td>
        <td className="num">{s.lagMedian === null ? <span className="mute">–<span className="sr">not measured</span></span> : lag(s.lagMedian)}</td>
        <td className="num">{s.lagHigh === null ? <span className="mute">–<span className="sr">not measured</span></span> : lag(s.lagHigh)}</td>
        <td className="num">{s.lastAt === null ? <span className="mute">never</span> : short(s.lastAt, now)}</td>
        <td className="num">{count(s.duplicates)}</td>
        <td className="num">{s.open > 0 ? <Link to={`/sources/refused?source=${encodeURIComponent(s.name)}`}>{count(s.refused)}</Link> : count(s.refused)}</td>
      </tr>
      {open && <tr className="detail"><td colSpan={10}><Detail source={s} again={again} now={now} /></td></tr>}
    </>
  );
}

function Detail({ source: s, again, now }: { readonly source: SourceView; readonly again: () => void; readonly now: number }) {
  const [problem, setProblem] = useState<string | null>(null);
  const quiet = (until: number | null) => {
    setProblem(null);
    send('POST', '/v1/sources/quiet', { source: s.name, until }).then(again, (error: unknown) => setProblem(explain(error)));
  };
  return (
    <div className="source-detail">
      <dl className="facts">
        <dt>Taken</dt><dd>{count(s.accepted)}{s.history > 0 && <>, of them {count(s.history)} <span className="mute">history: no lag</span></>}</dd>
        <dt>Key</dt><dd>{keys[s.key] ?? s.key}</dd>
        <dt>Clock</dt><dd>{s.ahead > 0 ? <Status standing={s.ahead >= 60_000 ? 'watch' : 'none'}>at least {lag(s.ahead)} ahead</Status> : 'not ahead of ours'}</dd>
        <dt>Newest</dt><dd>{s.lastEvent === null ? 'none' : dateClock(s.lastEvent, now)}</dd>
        <dt>Waiting</dt><dd>{count(s.open)} refused events{s.notKept > 0 && <>, and {count(s.notKept)} that found no place in the list</>}</dd>
        {s.polls.map((p) => <Polled key={p.name} poll={p} now={now} />)}
        {s.refusals.length > 0 && <><dt>Refused for</dt><dd>{s.refusals.slice(0, 6).map((r) => <span key={r.field} className="chip"><code>{r.field}</code> {count(r.count)}</span>)}</dd></>}
      </dl>
      <div>
        <h2>Missing fields</h2>
        {s.missing.length === 0 ? <p className="mute">Nothing that is wished for was missing.</p> : (
          <ul className="missing">{s.missing.slice(0, 8).map((m) => <li key={`${m.type} ${m.field}`}><span>{m.field} <span className="mute">of {m.type}</span></span><span className="num">{percent(m.missing / m.of)} <span className="mute">of {count(m.of)}</span></span></li>)}</ul>
        )}
      </div>
      <div>
        <h2>When it speaks</h2>
        <Rhythm rhythm={s.rhythm} name={s.name} />
        {!s.import && s.lastAt !== null && (
          <p className="quick">
            {s.quietUntil === null ? (
              <>
                <button className="btn small" type="button" onClick={() => quiet(now + day)}>Expect silence for a day</button>
                <button className="btn small" type="button" onClick={() => quiet(now + 14 * day)}>Two weeks</button>
                <button className="btn small" type="button" onClick={() => quiet(now + 2 * forGood)}>For good</button>
              </>
            ) : (
              <>
                <span><Mark shape="none" /> Silence is expected {s.quietUntil > now + forGood ? 'for good' : `until ${date(s.quietUntil, now)}`}</span>
                <button className="btn small" type="button" onClick={() => quiet(null)}>Expect it to speak again</button>
              </>
            )}
          </p>
        )}
        {problem !== null && <p className="bad" role="alert">{problem}</p>}
      </div>
    </div>
  );
}
