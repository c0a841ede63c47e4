import { useState } from 'react';
import type { OccupationImport } from '../contracts';
import { explain, upload } from '../api/http';
import { plural } from '../format/numbers';
import { Dialog, DialogForm, Field } from '../ui/Dialog';
import { Status } from '../ui/Mark';

/** Takes a table of occupations: checked first, then read. */
export function OccupationDialog({ onClose, onRead }: { readonly onClose: () => void; readonly onRead: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [source, setSource] = useState('');
  const [asOf, setAsOf] = useState('');
  const [result, setResult] = useState<{ readonly of: OccupationImport; readonly read: boolean } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const ask = (dryRun: boolean) => {
    if (file === null) return;
    const query = new URLSearchParams({ dryRun: String(dryRun) });
    if (source.trim() !== '') query.set('source', source.trim());
    if (asOf !== '') query.set('asOf', asOf);
    upload<OccupationImport>(`/v1/catalogue/occupations?${query.toString()}`, file).then(
      (of) => {
        setProblem(null);
        setResult({ of, read: !dryRun });
        if (!dryRun) onRead();
      },
      (error: unknown) => setProblem(explain(error)),
    );
  };
  const checked = result !== null && !result.read;
  return (
    <Dialog title="Occupation data" note="A CSV with a code (SOC) and a title, and median wage, annual openings, growth and region where known; or a code and a course that leads to it." onClose={onClose}>
      <DialogForm submit={checked ? 'Read it' : 'Check'} ready={file !== null} onSubmit={() => ask(!checked)} onCancel={onClose}>
        <Field label="File"><input data-first type="file" accept=".csv,text/csv" onChange={(event) => { setFile(event.target.files?.[0] ?? null); setResult(null); }} /></Field>
        <div className="two">
          <Field label="Source" hint="Shown beside every figure"><input value={source} maxLength={80} placeholder="BLS OEWS" onChange={(event) => { setSource(event.target.value); setResult(null); }} /></Field>
          <Field label="As of"><input type="date" value={asOf} onChange={(event) => { setAsOf(event.target.value); setResult(null); }} /></Field>
        </div>
        {problem !== null && <p className="bad" role="alert">{problem}</p>}
        {result !== null && (
          <div role="status">
            <p><b>{plural(result.of.occupations, 'occupation')}, {plural(result.of.links, 'link')} of courses</b> {result.read ? 'read' : 'found'}, {plural(result.of.refused, 'row')} refused.</p>
            {result.of.unknown.length > 0 && <p><Status standing="watch">Not in the catalogue, so shown nowhere yet: {result.of.unknown.join(', ')}</Status></p>}
            <ul>{result.of.refusals.slice(0, 10).map((r) => <li key={r.line}>Line {r.line}: {r.field} {r.reason}. <span className="mute">Accepted: {r.accepted}</span></li>)}</ul>
          </div>
        )}
      </DialogForm>
    </Dialog>
  );
}
