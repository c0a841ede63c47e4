import { useState } from 'react';
import type { ImportMapping, PullLook, PullPut, PullSettings, PullView } from '../contracts';
import { explain } from '../api/http';
import { pulls } from '../api/pulls';
import { count } from '../format/numbers';
import { Preview } from '../start/Preview';
import { Check, Dialog, Field } from '../ui/Dialog';

interface Props {
  /** Null for a new one. */
  readonly pull: PullView | null;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const fresh: PullSettings = { kind: 'json', address: '', key: [], snapshot: true, everyMinutes: 15, auth: 'none', paused: false };

/** How a system is asked, a look at what it says, and what its rows become. Nothing is polled before it is saved. */
export function PullDialog({ pull, onDone, onClose }: Props) {
  const [name, setName] = useState(pull?.name ?? '');
  const [settings, setSettings] = useState<PullSettings>(pull?.settings ?? fresh);
  const [secret, setSecret] = useState('');
  const [mapping, setMapping] = useState(pull?.settings.mapping == null ? '' : JSON.stringify(pull.settings.mapping, null, 2));
  const [look, setLook] = useState<PullLook | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const set = (change: Partial<PullSettings>) => setSettings({ ...settings, ...change });

  const put = (): PullPut => ({ settings: { ...settings, mapping: mapping === '' ? null : JSON.parse(mapping) as ImportMapping }, secret: secret === '' ? null : secret });
  const ask = (run: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    Promise.resolve().then(run).catch((error: unknown) => setProblem(explain(error))).finally(() => setBusy(false));
  };
  const tryOnce = () => ask(async () => {
    const seen = await pulls.look(name === '' ? 'new' : name, put());
    setLook(seen);
    if (mapping === '' && settings.saved == null) setMapping(JSON.stringify(seen.mapping, null, 2));
  });
  const save = () => ask(async () => {
    await pulls.put(name, put());
    onDone();
  });
  const http = settings.kind !== 'folder';
  return (
    <Dialog title={pull === null ? 'A system to poll' : pull.name} onClose={onClose} drawer>
      <form
        className="form"
        onSubmit={(e) => {
          e.preventDefault();
          save();
        }}
      >
        {problem !== null && <p className="bad" role="alert">{problem}</p>}
        <div className="two">
          <Field label="Name"><input data-first required maxLength={60} value={name} readOnly={pull !== null} placeholder="registrar" onChange={(e) => setName(e.target.value.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-'))} /></Field>
          <Field label="It answers">
            <select value={settings.kind} onChange={(e) => set({ kind: e.target.value })}>
              <option value="json">JSON over HTTP</option>
              <option value="csv">CSV over HTTP</option>
              <option value="folder">files in a folder of the inbox</option>
            </select>
          </Field>
        </div>
        <Field label={http ? 'Address' : 'Folder'}><input required value={settings.address} placeholder={http ? 'https://registrar.example.edu/export' : 'north'} onChange={(e) => set({ address: e.target.value })} /></Field>
        <div className="two">
          {settings.kind === 'json' && <Field label="Where its rows are" hint="JSON Pointer; empty finds the only list"><input value={settings.rows ?? ''} placeholder="/data/items" onChange={(e) => set({ rows: e.target.value === '' ? null : e.target.value })} /></Field>}
          <Field label="Columns that say which row it is" hint="parted by commas"><input value={settings.key.join(', ')} onChange={(e) => set({ key: e.target.value.split(',').map((k) => k.trim()) })} onBlur={() => set({ key: settings.key.filter((k) => k !== '') })} /></Field>
          <Field label="Minutes between two polls"><input type="number" min={1} max={10080} value={settings.everyMinutes} onChange={(e) => set({ everyMinutes: e.target.valueAsNumber })} /></Field>
          {http && (
            <Field label="It asks for">
              <select value={settings.auth ?? 'none'} onChange={(e) => set({ auth: e.target.value })}>
                <option value="none">nothing</option>
                <option value="bearer">a bearer token</option>
                <option value="basic">user:password</option>
                {settings.auth?.startsWith('header:') === true && <option value={settings.auth}>{settings.auth}</option>}
                <option value="header:X-API-Key">X-API-Key</option>
              </select>
            </Field>
          )}
          {http && settings.auth !== 'none' && <Field label="Secret" hint={pull?.hasSecret === true ? 'kept sealed; empty keeps it' : 'kept sealed, and never shown again'}><input type="password" autoComplete="off" value={secret} onChange={(e) => setSecret(e.target.value)} /></Field>}
          <Field label="A row that vanished is" hint="only where each answer is the whole table">
            <select value={settings.vanished?.type ?? ''} onChange={(e) => set({ vanished: e.target.value === '' ? null : { type: e.target.value, columns: {} } })}>
              <option value="">nothing</option>
              {['registration.dropped', 'registration.cancelled', 'registration.withdrawn', 'waitlist.expired', 'section.cancelled'].map((t) => <option key={t} value={t}>{t}</option>)}
            </select>
          </Field>
        </div>
        <Check label="Each answer is the whole table" checked={settings.snapshot} onChange={(snapshot) => set({ snapshot })} />
        <Check label="Paused" checked={settings.paused} onChange={(paused) => set({ paused })} />
        <Field label="What rows become" hint="The mapping, as JSON: a look fills in a guess"><textarea className="code" rows={10} spellCheck={false} value={mapping} onChange={(e) => setMapping(e.target.value)} /></Field>
        <div className="form-end">
          <button className="btn" type="button" disabled={busy} onClick={tryOnce}>Look, record nothing</button>
          <button className="btn go" type="submit" disabled={busy || name === ''}>Save</button>
        </div>
      </form>
      {look !== null && (
        <section aria-live="polite">
          <p>{count(look.rows)} rows. Columns: {look.columns.map((c) => c.name).join(', ')}.</p>
          {look.notes.length > 0 && <ul className="notes">{look.notes.map((n) => <li key={n}>{n}</li>)}</ul>}
          <Preview rows={look.preview} title="First rows, as events" />
        </section>
      )}
    </Dialog>
  );
}
