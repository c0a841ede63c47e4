import { useId, useState } from 'react';
import type { ImportAlso, ImportCondition, ImportMapping, ImportView } from '../contracts';
import { Check, Field } from '../ui/Dialog';

interface Props {
  readonly view: ImportView;
  readonly mapping: ImportMapping;
  readonly onChange: (mapping: ImportMapping) => void;
  readonly onSave: (name: string) => void;
}

const forms = ['M/d/yyyy', 'd/M/yyyy', 'd.M.yyyy', 'yyyyMMdd', 'M-d-yyyy', 'd-M-yyyy', 'M/d/yy', 'd/M/yy', 'd-MMM-yyyy', 'd MMM yyyy', 'MMM d, yyyy', 'excel'] as const;

/** How columns become events: guessed, shown, corrected, and kept under a name. What has no field here stands in the document below. */
export function Mapping({ view, mapping, onChange, onSave }: Props) {
  const setColumn = (column: string, field: string) => {
    const columns = Object.fromEntries(Object.entries(mapping.columns).filter(([name]) => name !== column));
    const ignore = (mapping.ignore ?? []).filter((name) => name !== column);
    if (field === '-') onChange({ ...mapping, columns, ignore: [...ignore, column] });
    else onChange({ ...mapping, columns: field === '' ? columns : { ...columns, [column]: field }, ignore });
  };
  const format = mapping.dateFormat ?? '';
  return (
    <section>
      <div className="two">
        <Field label="Each row is">
          <select value={mapping.type} onChange={(e) => onChange({ ...mapping, type: e.target.value })}>
            {view.types.map((t) => <option key={t} value={t}>{t}</option>)}
          </select>
        </Field>
        <Field label="Source"><input key={mapping.source} defaultValue={mapping.source} onBlur={(e) => { if (e.target.value !== mapping.source) onChange({ ...mapping, source: e.target.value }); }} /></Field>
        <Field label="Times are in"><input key={mapping.timeZone} defaultValue={mapping.timeZone} onBlur={(e) => { if (e.target.value !== mapping.timeZone) onChange({ ...mapping, timeZone: e.target.value }); }} /></Field>
        <Field label="Dates are written">
          <select value={format} onChange={(e) => onChange({ ...mapping, dateFormat: e.target.value === '' ? null : e.target.value })}>
            <option value="">2026-11-03 (ISO)</option>
            {(forms as readonly string[]).includes(format) || format === '' ? null : <option value={format}>{format}</option>}
            {forms.map((f) => <option key={f} value={f}>{f === 'excel' ? 'Excel serial numbers' : f}</option>)}
          </select>
        </Field>
        <Field label="Decimal mark">
          <select value={mapping.decimalMark ?? ''} onChange={(e) => onChange({ ...mapping, decimalMark: e.target.value === '' ? null : e.target.value })}>
            <option value="">seen from each number</option>
            <option value=".">1,234.50</option>
            <option value=",">1.234,50</option>
          </select>
        </Field>
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
      <Conditions mapping={mapping} />
      <Whole mapping={mapping} onChange={onChange} />
      <Save name={view.saved} onSave={onSave} />
    </section>
  );
}

function holds(when: ImportCondition | null | undefined): string {
  return when == null ? '' : ` when ${when.column} is ${when.is.map((v) => (v === '' ? 'empty' : v === '*' ? 'filled' : `“${v}”`)).join(' or ')}`;
}

/** In words, which events a row becomes besides its own, and when. */
function Conditions({ mapping }: { readonly mapping: ImportMapping }) {
  const also: readonly ImportAlso[] = mapping.also ?? [];
  if (also.length === 0 && mapping.when == null && mapping.skip == null) return null;
  return (
    <ul className="conditions">
      {mapping.when != null && <li>A row is <b>{mapping.type}</b>{holds(mapping.when)}.</li>}
      {also.map((a, i) => (
        <li key={`${a.type} ${String(i)}`}>
          It is also <b>{a.type}</b>{holds(a.when)}{Object.keys(a.columns).length > 0 && `, with ${Object.entries(a.columns).map(([c, f]) => `${c} as ${f}`).join(', ')}`}.
        </li>
      ))}
      {mapping.skip != null && <li>It is left out{holds(mapping.skip)}.</li>}
    </ul>
  );
}

function Whole({ mapping, onChange }: { readonly mapping: ImportMapping; readonly onChange: (mapping: ImportMapping) => void }) {
  const [text, setText] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  const take = () => {
    if (text === null) return;
    try {
      onChange(JSON.parse(text) as ImportMapping);
      setText(null);
      setProblem(null);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <details className="whole">
      <summary>The mapping as a document: further events of a row, conditions, constants, words</summary>
      <label className="sr" htmlFor={id}>Mapping as JSON</label>
      <textarea id={id} className="code" rows={14} spellCheck={false} value={text ?? JSON.stringify(mapping, null, 2)} onChange={(e) => setText(e.target.value)} />
      {problem !== null && <p className="bad" role="alert">{problem}</p>}
      <button className="btn" type="button" disabled={text === null} onClick={take}>Use it</button>
    </details>
  );
}

function Save({ name, onSave }: { readonly name: string | null; readonly onSave: (name: string) => void }) {
  const [to, setTo] = useState(name ?? '');
  return (
    <form
      className="save"
      onSubmit={(e) => {
        e.preventDefault();
        if (to !== '') onSave(to);
      }}
    >
      <Field label="Keep this mapping as" hint={name === null ? 'Files with these columns take it from then on.' : `Kept as “${name}”; saving again makes a new version.`}>
        <input value={to} maxLength={60} placeholder="registrations-north" onChange={(e) => setTo(e.target.value.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-'))} />
      </Field>
      <button className="btn" type="submit" disabled={to === ''}>Save</button>
    </form>
  );
}
