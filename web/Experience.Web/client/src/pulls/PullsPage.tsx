import { useEffect, useState } from 'react';
import type { PullView, SavedMapping, Standing } from '../contracts';
import { explain } from '../api/http';
import { imports } from '../api/imports';
import { pulls } from '../api/pulls';
import { useResource } from '../api/useResource';
import { count } from '../format/numbers';
import { journeyDate } from '../format/time';
import { useNow } from '../live/hooks';
import { Shell } from '../shell/Shell';
import { Status } from '../ui/Mark';
import { useKeys } from '../ui/useKeys';
import { useTitle } from '../ui/useTitle';
import { PullDialog } from './PullDialog';
import '../styles/pulls.css';

/** Polls come and go by themselves; the list is asked again this often. */
const again = 5_000;

const standings: Readonly<Record<string, Standing>> = { waiting: 'good', running: 'good', failing: 'bad', held: 'watch', paused: 'none', stopped: 'none' };

/** Systems that are asked for their tables, and the mappings that are kept. */
export function PullsPage() {
  useTitle('Polled systems');
  const [round, setRound] = useState(0);
  const list = useResource<readonly PullView[]>('/v1/pulls', round);
  const mappings = useResource<readonly SavedMapping[]>('/v1/mappings', round);
  const [open, setOpen] = useState<PullView | 'new' | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    const timer = setInterval(() => setRound((n) => n + 1), again);
    return () => clearInterval(timer);
  }, []);
  useKeys({ a: () => setOpen('new') });

  const after = (doing: Promise<unknown>) => {
    setProblem(null);
    doing.then(() => setRound((n) => n + 1), (error: unknown) => setProblem(explain(error)));
  };
  return (
    <Shell page="pulls" skip={['list', 'Skip to the systems']}>
      <main className="pulls">
        <div className="bar">
          <h1>Polled systems <span>Systems that cannot send are asked for their tables, and what is different becomes events</span></h1>
          <div className="filters">
            <button className="btn" type="button" aria-keyshortcuts="A" onClick={() => setOpen('new')}>Add a system <kbd>A</kbd></button>
          </div>
        </div>
        {problem !== null && <p className="bad" role="alert">{problem}</p>}
        <section id="list" tabIndex={-1} aria-label="Systems">
          {list.data === null && <p className="mute" role="status">{list.problem ?? 'Asking which systems are polled …'}</p>}
          {list.data?.length === 0 && <p className="panel nothing">No system is polled. Add one, or let it send to /v1/events.</p>}
          <ul className="systems">
            {(list.data ?? []).map((p) => (
              <li key={p.name} className="panel">
                <System pull={p} onEdit={() => setOpen(p)} onRun={(confirm) => after(pulls.run(p.name, confirm))} onRemove={() => after(pulls.remove(p.name))} />
              </li>
            ))}
          </ul>
        </section>
        <Mappings list={mappings.data ?? []} onForget={(name) => after(imports.forgetMapping(name))} />
      </main>
      {open !== null && <PullDialog pull={open === 'new' ? null : open} onDone={() => { setOpen(null); setRound((n) => n + 1); }} onClose={() => setOpen(null)} />}
    </Shell>
  );
}

interface SystemProps {
  readonly pull: PullView;
  readonly onEdit: () => void;
  readonly onRun: (confirm: boolean) => void;
  readonly onRemove: () => void;
}

function System({ pull: p, onEdit, onRun, onRemove }: SystemProps) {
  const now = useNow();
  const [sure, setSure] = useState(false);
  const when = (at: number | null) => (at === null ? 'not yet' : journeyDate(at, now));
  const last = p.last;
  return (
    <>
      <h2>{p.name} <Status standing={standings[p.state] ?? 'none'}>{p.state === 'failing' ? `failed ${count(p.failures)} times` : p.state}</Status></h2>
      <p className="address">{p.settings.kind === 'folder' ? `folder ${p.settings.address}` : p.settings.address}</p>
      <dl className="facts">
        <dt>Last success</dt><dd>{when(p.lastSuccessAt)}</dd>
        <dt>Last asked</dt><dd>{when(p.lastTriedAt)}</dd>
        <dt>Next</dt><dd>{p.nextAt === null ? 'not planned' : p.nextAt <= now ? 'now' : when(p.nextAt)}, every {count(p.settings.everyMinutes)} min</dd>
        {last !== null && <><dt>Last answer</dt><dd>{last.unchanged ? 'nothing changed' : `${count(last.rows)} rows: ${count(last.appeared)} new, ${count(last.changed)} changed, ${count(last.vanished)} gone; ${count(last.events)} events`}</dd></>}
        {last !== null && last.refused > 0 && <><dt>Refused</dt><dd>{count(last.refused)} rows{last.refusals[0] !== undefined && `: ${[last.refusals[0].column ?? last.refusals[0].field, last.refusals[0].reason].join(' ')}`}</dd></>}
      </dl>
      {p.problem !== null && <p className={p.state === 'held' ? 'held' : 'bad'} role="status">{p.problem}</p>}
      <div className="act">
        <button className="btn" type="button" onClick={() => onRun(false)}>Ask now</button>
        {p.state === 'held' && <button className="btn" type="button" onClick={() => onRun(true)}>They have vanished</button>}
        <button className="btn" type="button" onClick={onEdit}>Change</button>
        <button className="btn" type="button" onClick={() => (sure ? onRemove() : setSure(true))} onBlur={() => setSure(false)}>{sure ? 'Really delete' : 'Delete'}</button>
      </div>
    </>
  );
}

function Mappings({ list, onForget }: { readonly list: readonly SavedMapping[]; readonly onForget: (name: string) => void }) {
  const now = useNow();
  return (
    <section className="panel" aria-labelledby="mappings">
      <h2 id="mappings">Saved mappings</h2>
      {list.length === 0 ? <p className="mute">None yet: save one when you import a file.</p> : (
        <table className="list">
          <thead><tr><th scope="col">Name</th><th scope="col">Source</th><th scope="col">Rows are</th><th scope="col">Version</th><th scope="col"><span className="sr">Delete</span></th></tr></thead>
          <tbody>
            {list.map((m) => (
              <tr key={m.name}>
                <th scope="row">{m.name}</th>
                <td>{m.mapping.source}</td>
                <td>{m.mapping.type}</td>
                <td>{m.version}, {journeyDate(m.savedAt, now)}{m.savedBy !== null && `, ${m.savedBy}`}</td>
                <td><button className="as-link" type="button" aria-label={`Delete ${m.name}`} onClick={() => onForget(m.name)}>Delete</button></td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
