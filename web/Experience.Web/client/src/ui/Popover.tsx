import { createContext, useContext, useId, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import type { RuleReceipt } from '../contracts';
import { useNow } from '../live/hooks';
import { journeyDate } from '../format/time';

interface Props {
  /** What the button says, and what a reader of the page hears. */
  readonly button: ReactNode;
  readonly label?: string;
  readonly className: string;
  readonly title: string;
  readonly children: ReactNode;
}

/** Where popovers lie in the document; null is the body. */
export const PopoverHome = createContext<HTMLElement | null>(null);

/** A button with its popover, which lies outside of headings and paragraphs, where no such block may stand. The browser's own: it closes by Escape or a click elsewhere, and gives focus back. */
export function Popover({ button, label, className, title, children }: Props) {
  const id = useId();
  const home = useContext(PopoverHome);
  return (
    <>
      <button className={className} type="button" popoverTarget={id} aria-label={label}>
        {button}
      </button>
      {createPortal(
        <div id={id} className="formula" popover="auto" role="dialog" aria-label={title}>
          <h3>{title}</h3>
          {children}
        </div>,
        // A dialog that opens over the page makes it inert: what opens from it must lie in it.
        home ?? document.body,
      )}
    </>
  );
}

interface FormulaProps {
  readonly of: string;
  readonly text: string;
  readonly window?: string;
  readonly source?: string;
  readonly foot?: string;
  readonly children?: ReactNode;
}

/** The f button: how a figure is made. */
export function FormulaButton({ of, text, window, source, foot, children }: FormulaProps) {
  return (
    <Popover button="f" label={`Formula of ${of}`} className="fx" title={of}>
      <p>{text}</p>
      {(window !== undefined || source !== undefined) && (
        <dl className="defs">
          {window !== undefined && <><dt>Window</dt><dd>{window}</dd></>}
          {source !== undefined && <><dt>From</dt><dd>{source}</dd></>}
        </dl>
      )}
      {children}
      {foot !== undefined && <p className="mute foot">{foot}</p>}
    </Popover>
  );
}

interface ReceiptProps {
  readonly button: ReactNode;
  readonly label?: string;
  readonly className: string;
  readonly receipt: RuleReceipt;
  readonly children?: ReactNode;
}

/** From what is shown to the rule that made it, and to the events that it counted. */
export function ReceiptButton({ button, label, className, receipt, children }: ReceiptProps) {
  return (
    <Popover button={button} {...(label === undefined ? {} : { label })} className={className} title={receipt.title}>
      <ReceiptBody receipt={receipt} />
      {children}
    </Popover>
  );
}

function ReceiptBody({ receipt }: { readonly receipt: RuleReceipt }) {
  const now = useNow();
  return (
    <>
      <p>{receipt.formula}</p>
      <h4>{receipt.events.length === 0 ? 'It counted no single event.' : 'What it counted'}</h4>
      {receipt.events.length > 0 && (
        <table className="journey">
          <tbody>
            {receipt.events.map((e, i) => (
              <tr key={e.event ?? i}>
                <th scope="row">{journeyDate(e.at, now)}</th>
                <td>
                  {e.text}
                  <br />
                  <code>{e.type}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="mute foot">
        Rule {receipt.rule}, policy version {receipt.policyVersion}
      </p>
    </>
  );
}
