import { useEffect, useId, useRef, useState, type ReactNode, type SubmitEvent } from 'react';
import { PopoverHome } from './Popover';

interface Props {
  readonly title: string;
  readonly note?: ReactNode;
  readonly onClose: () => void;
  readonly drawer?: boolean;
  readonly children: ReactNode;
}

/** The browser's modal dialog: it traps focus, closes by Escape and gives focus back. Mounted while open. */
export function Dialog({ title, note, onClose, drawer = false, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [home, setHome] = useState<HTMLElement | null>(null);
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // showModal takes the first control, which closes; what is to be filled in is marked.
    dialog?.querySelector<HTMLElement>('[data-first]')?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      className={drawer ? 'dialog drawer' : 'dialog'}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      <div className="dialog-in">
        <div className="dialog-head">
          <h2 id={id}>{title}</h2>
          <button className="btn" type="button" onClick={onClose}>
            Close <kbd>Esc</kbd>
          </button>
        </div>
        {note !== undefined && <p className="dialog-note">{note}</p>}
        <PopoverHome value={home}>{children}</PopoverHome>
      </div>
      <div ref={setHome} />
    </dialog>
  );
}

interface FormProps {
  readonly submit: string;
  readonly ready?: boolean;
  readonly onSubmit: () => void;
  readonly onCancel: () => void;
  readonly children: ReactNode;
}

export function DialogForm({ submit, ready = true, onSubmit, onCancel, children }: FormProps) {
  const send = (event: SubmitEvent) => {
    event.preventDefault();
    if (ready) onSubmit();
  };
  return (
    <form className="form" onSubmit={send}>
      {children}
      <div className="form-end">
        <button className="btn" type="button" onClick={onCancel}>
          Cancel
        </button>
        <button className="btn go" type="submit" disabled={!ready}>
          {submit}
        </button>
      </div>
    </form>
  );
}

export function Field({ label, hint, children }: { readonly label: string; readonly hint?: string | undefined; readonly children: ReactNode }) {
  return (
    <label className="field">
      <span>{label}</span>
      {children}
      {hint !== undefined && <small>{hint}</small>}
    </label>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [T, string])[];
  readonly onChange: (value: T) => void;
}

/** A few exclusive answers, all visible. */
export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset className="choice">
      <legend>{label}</legend>
      {options.map(([option, text]) => (
        <label key={option}>
          <input type="radio" name={name} value={option} checked={option === value} onChange={() => onChange(option)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}

export function Check({ label, checked, onChange }: { readonly label: string; readonly checked: boolean; readonly onChange: (checked: boolean) => void }) {
  return (
    <label className="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      <span>{label}</span>
    </label>
  );
}
