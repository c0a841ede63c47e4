import { useState } from 'react';
import type { LetterGroup, LettersAnswer, LettersDismissed, LettersPage, LetterSummary } from '../contracts';
import { explain, send } from '../api/http';
import { useResource } from '../api/useResource';
import { count, plural } from '../format/numbers';
import { short } from '../format/time';
import { useNow } from '../live/hooks';
import { go } from '../router';
import { Dialog, DialogForm, Field } from '../ui/Dialog';
import { Link } from '../ui/Link';
import { LetterDialog } from './LetterDialog';
import { wayName } from './words';

const states = [['open', 'Waiting'], ['sent', 'Sent again'], ['mended', 'Mended by their source'], ['dismissed', 'Dismissed']] as const;

interface Chosen {
  readonly source: string;
  readonly way: string;
  readonly field: string;
}

/** Events that were refused, in groups that are wrong in the same way, and one by one. */
export function Letters({ query, pulse }: { readonly query: URLSearchParams; readonly pulse: number }) {
  const now = useNow();
  const state = query.get('state') ?? 'open';
  const [shown, setShown] = useState<number | null>(null);
  const [many, setMany] = useState<{ readonly group: LetterGroup; readonly act: 'send' | 'dismiss' } | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const filter = new URLSearchParams({ state, limit: '50' });
  for (const name of ['source', 'way', 'field', 'after']) {
    const value = query.get(name);
    if (value !== null && value !== '') filter.set(name, value);
  }

  const page = useResource<LettersPage>(`/v1/dead-letters?${filter.toString()}`, pulse);
  const narrow = (change: Readonly<Record<string, string | null>>) => {
    const next = new URLSearchParams(query);
    next.delete('after');
    for (const [name, value] of Object.entries(change)) {
      if (value === null) next.delete(name);
      else next.set(name, value);
    }
    go(`/sources/refused?${next.toString()}`);
  };
  const chosen: Partial<Chosen> = Object.fromEntries(['source', 'way', 'field'].flatMap((n) => (query.get(n) === null ? [] : [[n, query.get(n)]])));
  const done = (text: string) => {
    setMany(null);
    setShown(null);
    setSaid(text);
    page.again();
  };
  if (page.data === null) return <p className="mute" role="status">{page.problem ?? 'Asking what was refused …'}</p>;
  const { groups, letters } = page.data;
  return (
    <>
      <div className="filters letters-filters">
        <label>Show <select value={state} onChange={(e) => narrow({ state: e.target.value })}>{states.map(([value, name]) => <option key={value} value={value}>{name}</option>)}</select></label>
        {Object.entries(chosen).map(([name, value]) => <button key={name} className="btn" type="button" onClick={() => narrow({ [name]: null })}>{name}: {value} <span aria-hidden="true">✕</span><span className="sr">, show all again</span></button>)}
        <span className="mute">{count(page.data.open)} waiting of at most {count(page.data.maxOpen)}; kept {page.data.days} days, sealed</span>
      </div>
      <p className="sr" role="status">{said ?? ''}</p>
      {said !== null && <p className="said" aria-hidden="true">{said}</p>}
      {page.problem !== null && <p className="bad" role="alert">{page.problem}</p>}
      {state === 'open' && groups.length > 0 && (
        <section className="panel box" aria-labelledby="h-groups">
          <h2 id="h-groups">Wrong in the same way</h2>
          <ul className="groups-of">
            {groups.map((g) => (
              <li key={`${g.source} ${g.way} ${g.field}`}>
                <button className="as-link" type="button" onClick={() => narrow({ source: g.source, way: g.way, field: g.field })}>{g.source}, <code>{g.field}</code></button>
                <span className="mute">{wayName(g.way)}, {plural(g.count, 'event')}, last {short(g.lastAt, now)}</span>
                <span className="acts">
                  <button className="btn small" type="button" onClick={() => setMany({ group: g, act: 'send' })}>Send again …<span className="sr"> {g.source} {g.field}</span></button>
                  <button className="btn small" type="button" onClick={() => setMany({ group: g, act: 'dismiss' })}>Dismiss …<span className="sr"> {g.source} {g.field}</span></button>
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {letters.length === 0 ? <p className="panel nothing">{state === 'open' ? 'Nothing waits: everything that came in was taken.' : 'None.'}</p> : (
        <div className="panel wide-table" tabIndex={0} role="group" aria-label="Refused events">
          <table className="list">
            <caption className="sr">Refused events</caption>
            <thead><tr><th scope="col">Event</th><th scope="col">Source</th><th scope="col">What is wrong</th><th scope="col">Accepted</th><th scope="col" className="num">Came</th></tr></thead>
            <tbody>{letters.map((l) => <LetterRow key={l.id} letter={l} now={now} open={() => setShown(l.id)} />)}</tbody>
          </table>
        </div>
      )}
      {page.data.next !== null && <p className="more"><Link className="btn" to={`/sources/refused?${new URLSearchParams({ ...Object.fromEntries(query), after: String(page.data.next) }).toString()}`}>Older</Link></p>}
      {shown !== null && <LetterDialog id={shown} onClose={() => setShown(null)} onDone={done} />}
      {many !== null && <ManyDialog group={many.group} act={many.act} onClose={() => setMany(null)} onDone={done} />}
    </>
  );
}

function LetterRow({ letter: l, now, open }: { readonly letter: LetterSummary; readonly now: number; readonly open: () => void }) {
  const name = l.type ?? l.event ?? `${wayName(l.way)} ${l.id}`;
  return (
    <tr>
      <th scope="row"><button className="as-link" type="button" onClick={open}>{name}</button>{l.event !== null && l.event !== name && <small className="mute">{l.event}</small>}</th>
      <td>{l.source}<small className="mute">{wayName(l.way)}{l.place === null ? '' : `, ${l.place.split('\n')[0] ?? ''}`}</small></td>
      <td><code>{l.field}</code> {l.reason}</td>
      <td className="mute">{l.accepted}</td>
      <td className="num">{short(l.lastAt, now)}{l.times > 1 && <small className="mute">{count(l.times)} times</small>}</td>
    </tr>
  );
}

interface ManyProps {
  readonly group: LetterGroup;
  readonly act: 'send' | 'dismiss';
  readonly onClose: () => void;
  readonly onDone: (said: string) => void;
}

/** One correction for all that are wrong in the same way. */
function ManyDialog({ group, act, onClose, onDone }: ManyProps) {
  const [value, setValue] = useState('');
  const [state, setState] = useState<{ readonly busy: boolean; readonly problem: string | null }>({ busy: false, problem: null });
  const pointer = `/${group.field.replaceAll('.', '/')}`;
  const run = () => {
    setState({ busy: true, problem: null });
    const which = { source: group.source, way: group.way, field: group.field };
    const fail = (error: unknown) => setState({ busy: false, problem: explain(error) });
    if (act === 'dismiss') {
      send<LettersDismissed>('POST', '/v1/dead-letters/dismiss', which).then((a) => onDone(`${count(a.dismissed)} dismissed${a.left > 0 ? `, ${count(a.left)} left` : ''}.`), fail);
    } else {
      send<LettersAnswer>('POST', '/v1/dead-letters/send', { ...which, ...(value === '' ? {} : { set: { [pointer]: parsed(value) } }) }).then((a) => {
        const first = a.results.find((r) => r.outcome === 'refused');
        if (a.sent > 0 || first === undefined) onDone(`${count(a.sent)} taken${a.refused > 0 ? `, ${count(a.refused)} refused again` : ''}${a.left > 0 ? `, ${count(a.left)} left` : ''}.`);
        else setState({ busy: false, problem: `None was taken: ${first.field ?? ''} ${first.reason ?? ''}. Accepted: ${first.accepted ?? ''}` });
      }, fail);
    }
  };
  return (
    <Dialog title={act === 'send' ? 'Send many again' : 'Dismiss many'} note={`${plural(group.count, 'event')} of ${group.source}, wrong at ${group.field}`} onClose={onClose}>
      <DialogForm submit={state.busy ? 'Working …' : act === 'send' ? 'Send again' : 'Dismiss'} ready={!state.busy} onSubmit={run} onCancel={onClose}>
        {act === 'send' ? (
          <Field label={`Set ${group.field} in each to`} hint="Left empty, they are sent as they came: when what was missing here is there now.">
            <input value={value} onChange={(e) => setValue(e.target.value)} data-first autoComplete="off" />
          </Field>
        ) : <p>Their bodies are deleted; that they came, and who dismissed them, is kept for a while.</p>}
        {state.problem !== null && <p className="bad" role="alert">{state.problem}</p>}
      </DialogForm>
    </Dialog>
  );
}

/** 190 and true are what they look like; everything else is text. */
function parsed(value: string): unknown {
  if (/^-?\d{1,15}(\.\d+)?$/.test(value)) return Number(value);
  return value === 'true' ? true : value === 'false' ? false : value;
}
