import { useEffect, useRef, useState } from 'react';
import type { ImportMapping, ImportProgress, ImportView } from '../contracts';
import { explain } from '../api/http';
import { imports } from '../api/imports';
import { count } from '../format/numbers';
import { span } from '../format/time';
import { go } from '../router';
import { Dialog } from '../ui/Dialog';
import { Mapping } from './Mapping';
import { Preview } from './Preview';

/** How often a running import is asked how far it is, in ms. */
const pace = 400;

interface Props {
  readonly view: ImportView;
  readonly onView: (view: ImportView) => void;
  readonly onClose: () => void;
}

/** A file on its way in: what was guessed, the first rows as events, then how far it is. Nothing is recorded before "Import". */
export function ImportDialog({ view, onView, onClose: close }: Props) {
  const [problem, setProblem] = useState<string | null>(null);
  const phase = view.progress.phase;

  const busy = phase === 'running' || phase === 'checking';
  useEffect(() => {
    if (!busy) return;
    const stop = new AbortController();
    const timer = setInterval(() => {
      imports.get(view.id, stop.signal).then(onView, (error: unknown) => {
        if (!stop.signal.aborted) setProblem(explain(error));
      });
    }, pace);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, [busy, view.id, onView]);

  // A file that was only looked at is not kept; an import that runs goes on without its dialog.
  const onClose = () => {
    if (phase === 'waiting') imports.cancel(view.id).catch(() => undefined);
    close();
  };

  const remap = (mapping: ImportMapping) => {
    setProblem(null);
    imports.remap(view.id, mapping).then(onView, (error: unknown) => setProblem(explain(error)));
  };
  const start = () => {
    setProblem(null);
    imports.start(view.id).then(onView, (error: unknown) => setProblem(explain(error)));
  };
  const check = () => {
    setProblem(null);
    imports.check(view.id).then(onView, (error: unknown) => setProblem(explain(error)));
  };
  const save = (name: string) => {
    setProblem(null);
    imports.save(view.id, name).then(onView, (error: unknown) => setProblem(explain(error)));
  };
  return (
    <Dialog title={view.file} note={`${count(view.bytes)} bytes, read as ${view.format}${view.rows === null ? '' : `, ${count(view.rows)} rows`}`} onClose={onClose} drawer>
      {view.notes.length > 0 && <ul className="notes">{view.notes.map((n) => <li key={n}>{n}</li>)}</ul>}
      {problem !== null && <p className="bad" role="alert">{problem}</p>}
      {phase === 'waiting' ? (
        <>
          {view.mapping !== null && <Mapping view={view} mapping={view.mapping} onChange={remap} onSave={save} />}
          {view.check === null ? <Preview rows={view.preview} title="First rows, as events" /> : <Found view={view} check={view.check} />}
          <div className="form-end">
            <button className="btn" type="button" onClick={onClose}>Cancel</button>
            <button className="btn" type="button" onClick={check}>Dry run</button>
            <button className="btn go" type="button" onClick={start}>Import{view.rows === null ? '' : ` ${count(view.rows)} rows`}</button>
          </div>
        </>
      ) : (
        <Running view={view} onClose={onClose} />
      )}
    </Dialog>
  );
}

function Found({ view, check }: { readonly view: ImportView; readonly check: ImportProgress }) {
  // The button that asked for it went while the file was read: who works by keys goes on here.
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section aria-labelledby="found">
      <h3 id="found" ref={heading} tabIndex={-1}>Dry run: nothing is recorded</h3>
      <p role="status">
        {count(check.rows)} rows become {check.types.length === 0 ? 'no events' : check.types.map((t) => `${count(t.events)} ${t.type}`).join(', ')}
        {check.participants !== null && `, of ${count(check.participants)} people`}.
        {check.refused > 0 ? ` ${count(check.refused)} would be refused.` : ' None would be refused.'}
        {check.skipped > 0 && ` ${count(check.skipped)} are left out as the mapping says.`}
      </p>
      {check.refused > 0 && <RefusedRows view={view} progress={check} />}
    </section>
  );
}

function RefusedRows({ view, progress }: { readonly view: ImportView; readonly progress: ImportProgress }) {
  return (
    <>
      <p><a href={imports.refused(view.id)} download>The refused rows, each with its reason</a>: correct them there, and send that file.</p>
      <Preview rows={progress.refusals.slice(0, 20)} title={`The first ${Math.min(20, progress.refusals.length)} refused`} />
    </>
  );
}

const words = { waiting: 'Waiting', checking: 'Reading, recording nothing', running: 'Importing', done: 'Imported', failed: 'Failed', cancelled: 'Cancelled' } as const;

function Running({ view, onClose }: { readonly view: ImportView; readonly onClose: () => void }) {
  const { progress: p, bytes } = view;
  const busy = p.phase === 'running' || p.phase === 'checking';
  return (
    <section className="running">
      <h3><span role="status">{words[p.phase]}</span></h3>
      <progress aria-label="Import" value={p.phase === 'done' ? 1 : bytes === 0 ? 0 : p.bytes / bytes} max={1} />
      <dl className="facts">
        <dt>Events</dt><dd>{count(p.events)}</dd>
        <dt>Duplicates</dt><dd>{count(p.duplicates)}</dd>
        <dt>Refused</dt><dd>{count(p.refused)}</dd>
        {p.participants !== null && <><dt>People</dt><dd>{count(p.participants)}</dd></>}
        {p.skipped > 0 && <><dt>Left out</dt><dd>{count(p.skipped)}</dd></>}
        {busy && <><dt>Rate</dt><dd>{count(p.rate)} rows a second{p.secondsLeft !== null && `, ${p.secondsLeft < 60 ? `${Math.ceil(p.secondsLeft)} s` : span(p.secondsLeft * 1000)} left`}</dd></>}
      </dl>
      {p.problem !== null && <p className="bad" role="alert">{p.problem}</p>}
      {p.types.length > 0 && <p className="mute">{p.types.map((t) => `${count(t.events)} ${t.type}`).join(', ')}</p>}
      {p.refused > 0 && !busy && <RefusedRows view={view} progress={p} />}
      {!busy && (
        <div className="form-end">
          <button className="btn" type="button" onClick={onClose}>Close</button>
          {p.phase === 'done' && <button className="btn go" type="button" autoFocus onClick={() => go('/board')}>To the board</button>}
        </div>
      )}
    </section>
  );
}
