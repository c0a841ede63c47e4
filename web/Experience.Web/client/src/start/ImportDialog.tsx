import { useEffect, useState } from 'react';
import type { ImportMapping, ImportPreview, ImportProgress, ImportView } from '../contracts';
import { explain } from '../api/http';
import { imports } from '../api/imports';
import { count } from '../format/numbers';
import { span } from '../format/time';
import { go } from '../router';
import { Check, Dialog, Field } from '../ui/Dialog';

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

  useEffect(() => {
    if (phase !== 'running') return;
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
  }, [phase, view.id, onView]);

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
  return (
    <Dialog title={view.file} note={`${count(view.bytes)} bytes, read as ${view.format}${view.rows === null ? '' : `, ${count(view.rows)} rows`}`} onClose={onClose} drawer>
      {view.notes.length > 0 && <ul className="notes">{view.notes.map((n) => <li key={n}>{n}</li>)}</ul>}
      {problem !== null && <p className="bad" role="alert">{problem}</p>}
      {phase === 'waiting' ? (
        <>
          {view.mapping !== null && <Mapping view={view} mapping={view.mapping} onChange={remap} />}
          <Preview rows={view.preview} />
          <div className="form-end">
            <button className="btn" type="button" onClick={onClose}>Cancel</button>
            <button className="btn go" type="button" onClick={start}>Import{view.rows === null ? '' : ` ${count(view.rows)} rows`}</button>
          </div>
        </>
      ) : (
        <Running progress={view.progress} bytes={view.bytes} onClose={onClose} />
      )}
    </Dialog>
  );
}

function Mapping({ view, mapping, onChange }: { readonly view: ImportView; readonly mapping: ImportMapping; readonly onChange: (mapping: ImportMapping) => void }) {
  const setColumn = (column: string, field: string) => {
    const columns = Object.fromEntries(Object.entries(mapping.columns).filter(([name]) => name !== column));
    const ignore = (mapping.ignore ?? []).filter((name) => name !== column);
    if (field === '-') onChange({ ...mapping, columns, ignore: [...ignore, column] });
    else onChange({ ...mapping, columns: field === '' ? columns : { ...columns, [column]: field }, ignore });
  };
  return (
    <section>
      <div className="two">
        <Field label="Each row is">
          <select value={mapping.type} onChange={(e) => onChange({ ...mapping, type: e.target.value })}>
            {view.types.map((t) => <option key={t} value={t}>{t}</option>)}
          </select>
        </Field>
        <Field label="Source"><input defaultValue={mapping.source} onBlur={(e) => { if (e.target.value !== mapping.source) onChange({ ...mapping, source: e.target.value }); }} /></Field>
        <Field label="Times are in"><input defaultValue={mapping.timeZone} onBlur={(e) => { if (e.target.value !== mapping.timeZone) onChange({ ...mapping, timeZone: e.target.value }); }} /></Field>
        <Check label="Amounts have decimals (190.00)" checked={mapping.decimalMoney} onChange={(decimalMoney) => onChange({ ...mapping, decimalMoney })} />
      </div>
      <table className="list mapping">
        <thead><tr><th scope="col">Column</th><th scope="col">First values</th><th scope="col">Becomes</th></tr></thead>
        <tbody>
          {view.columns.map((c) => (
            <tr key={c.name}>
              <th scope="row">{c.name}</th>
              <td className="cut" title={c.samples.join('\n')}>{c.samples.slice(0, 3).join(', ')}</td>
              <td>
                <select aria-label={`${c.name} becomes`} title={c.why} value={(mapping.ignore ?? []).includes(c.name) ? '-' : (mapping.columns[c.name] ?? '')} onChange={(e) => setColumn(c.name, e.target.value)}>
                  <option value="">kept as it is</option>
                  <option value="-">left out</option>
                  {view.fields.map((f) => <option key={f.name} value={f.name} title={f.description}>{f.name}{f.required ? ' (needed)' : ''}</option>)}
                </select>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Preview({ rows }: { readonly rows: readonly ImportPreview[] }) {
  if (rows.length === 0) return null;
  return (
    <section>
      <h3>First rows, as events</h3>
      <ol className="preview">
        {rows.map((r) => (
          <li key={r.line}>
            {r.event === null || r.event === undefined
              ? <p className="bad">Line {r.line}: {[r.field, r.reason].filter((s) => s !== null).join(': ')}{r.accepted !== null && `. Accepted: ${r.accepted}`}</p>
              : <pre tabIndex={0} aria-label={`Line ${r.line} as an event`}><code>{JSON.stringify(r.event, null, 1)}</code></pre>}
          </li>
        ))}
      </ol>
    </section>
  );
}

const words = { waiting: 'Waiting', running: 'Importing', done: 'Imported', failed: 'Failed', cancelled: 'Cancelled' } as const;

function Running({ progress: p, bytes, onClose }: { readonly progress: ImportProgress; readonly bytes: number; readonly onClose: () => void }) {
  return (
    <section className="running">
      <h3><span role="status">{words[p.phase]}</span></h3>
      <progress aria-label="Import" value={p.phase === 'done' ? 1 : bytes === 0 ? 0 : p.bytes / bytes} max={1} />
      <dl className="facts">
        <dt>Events</dt><dd>{count(p.events)}</dd>
        <dt>Duplicates</dt><dd>{count(p.duplicates)}</dd>
        <dt>Refused</dt><dd>{count(p.refused)}</dd>
        {p.participants !== null && <><dt>People</dt><dd>{count(p.participants)}</dd></>}
        {p.phase === 'running' && <><dt>Rate</dt><dd>{count(p.rate)} events a second{p.secondsLeft !== null && `, ${p.secondsLeft < 60 ? `${Math.ceil(p.secondsLeft)} s` : span(p.secondsLeft * 1000)} left`}</dd></>}
      </dl>
      {p.problem !== null && <p className="bad" role="alert">{p.problem}</p>}
      <Preview rows={p.refusals} />
      {p.phase !== 'running' && (
        <div className="form-end">
          <button className="btn" type="button" onClick={onClose}>Close</button>
          {p.phase === 'done' && <button className="btn go" type="button" autoFocus onClick={() => go('/board')}>To the board</button>}
        </div>
      )}
    </section>
  );
}
