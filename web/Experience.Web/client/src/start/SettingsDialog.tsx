import { useState } from 'react';
import type { StartSettings, StartView } from '../contracts';
import { explain, send } from '../api/http';
import { Dialog, DialogForm, Field } from '../ui/Dialog';

const zones = Intl.supportedValuesOf('timeZone');
const currencies = Intl.supportedValuesOf('currency');

/** What an empty folder can still be told: later figures stand on it. */
export function SettingsDialog({ start, onDone, onClose }: { readonly start: StartView; readonly onDone: () => void; readonly onClose: () => void }) {
  const [timeZone, setTimeZone] = useState(start.timeZone);
  const [currency, setCurrency] = useState(start.currency);
  const [problem, setProblem] = useState<string | null>(null);
  const save = () => {
    const settings: StartSettings = { timeZone, currency: currency.toUpperCase() };
    send('PUT', '/v1/start', settings).then(
      () => {
        onDone();
        onClose();
      },
      (error: unknown) => setProblem(explain(error)),
    );
  };
  return (
    <Dialog title="Before the first data" note="Days end at midnight of this zone, and all money is in one currency." onClose={onClose}>
      <DialogForm submit="Keep" ready={timeZone !== '' && /^[A-Za-z]{3}$/.test(currency)} onSubmit={save} onCancel={onClose}>
        <Field label="Time zone"><input value={timeZone} onChange={(e) => setTimeZone(e.target.value)} list="zones" data-first required /></Field>
        <Field label="Currency"><input value={currency} onChange={(e) => setCurrency(e.target.value)} list="currencies" maxLength={3} required /></Field>
        {problem !== null && <p className="bad" role="alert">{problem}</p>}
        <datalist id="zones">{zones.map((z) => <option key={z} value={z} />)}</datalist>
        <datalist id="currencies">{currencies.map((c) => <option key={c} value={c} />)}</datalist>
      </DialogForm>
    </Dialog>
  );
}
