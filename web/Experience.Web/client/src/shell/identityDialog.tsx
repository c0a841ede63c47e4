import { useState, useSyncExternalStore } from 'react';
import { identity, type Identity } from '../api/identity';
import { Dialog, DialogForm, Field } from '../ui/Dialog';
import { useHere } from './program';

interface Asking {
  readonly then: (() => void) | null;
}

const listeners = new Set<() => void>();
let asking: Asking | null = null;

function set(next: Asking | null): void {
  asking = next;
  for (const listener of [...listeners]) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function chooseIdentity(): void {
  set({ then: null });
}

/** Everything that is recorded says who did it: without a name it is asked for first, and the act follows. */
export function withIdentity(act: () => void): void {
  if (identity.get() === null) set({ then: act });
  else act();
}

export function useIdentity(): Identity | null {
  return useSyncExternalStore(identity.subscribe, identity.get);
}

export function IdentityDialog() {
  const open = useSyncExternalStore(subscribe, () => asking);
  return open === null ? null : <Picker then={open.then} />;
}

function Picker({ then }: { readonly then: (() => void) | null }) {
  const { program } = useHere();
  const now = identity.get();
  const [name, setName] = useState(now?.name ?? '');
  const [desk, setDesk] = useState(now?.desk ?? '');
  const close = () => set(null);
  const save = () => {
    identity.set({ name: name.trim(), desk: desk.trim() });
    set(null);
    then?.();
  };
  return (
    <Dialog title="I am …" note="What you record is recorded under this name. It stays in this browser." onClose={close}>
      {now !== null && (
        <p>
          <button className="as-link" type="button" onClick={() => { identity.set(null); set(null); }}>Forget {now.name} here</button>
        </p>
      )}
      <DialogForm submit="That is me" ready={name.trim() !== ''} onSubmit={save} onCancel={close}>
        <Field label="Name">
          <input value={name} onChange={(e) => setName(e.target.value)} list="staff-names" maxLength={100} data-first autoComplete="off" required />
        </Field>
        <Field label="Desk" hint="Where you work now. May be left empty.">
          <input value={desk} onChange={(e) => setDesk(e.target.value)} list="desk-names" maxLength={100} autoComplete="off" />
        </Field>
        <datalist id="staff-names">{program?.staff.map((s) => <option key={s.id} value={s.title} />)}</datalist>
        <datalist id="desk-names">{program?.desks.map((d) => <option key={d.id} value={d.id} label={d.title} />)}</datalist>
      </DialogForm>
    </Dialog>
  );
}
