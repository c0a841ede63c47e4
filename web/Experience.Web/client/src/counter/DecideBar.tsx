import type { CardView, DeskAction, TransactionView } from '../contracts';
import type { Actions } from '../api/actions';
import { roundMoney } from '../format/money';
import { journeyDate } from '../format/time';
import { useNow } from '../live/hooks';
import { deskName } from '../shell/Shell';
import { Status } from '../ui/Mark';
import { Trouble } from './Answers';
import type { Doing } from './Care';

interface Props {
  readonly card: CardView;
  readonly covered: boolean;
  readonly actions: Actions;
  readonly act: Doing;
  readonly onKey: (key: string) => void;
}

const missing: Readonly<Record<string, DeskAction>> = {
  R: { key: 'R', label: 'Refund', enabled: true, reason: null },
  T: { key: 'T', label: 'Transfer', enabled: true, reason: null },
  C: { key: 'C', label: 'Complaint', enabled: true, reason: null },
  P: { key: 'P', label: 'Promise', enabled: true, reason: null },
  H: { key: 'H', label: 'Hide', enabled: true, reason: null },
};

/** The five actions of a desk, always at the same place; what the server says of each goes over what is usual. */
export function deskActions(card: CardView): readonly DeskAction[] {
  return Object.entries(missing).map(([key, usual]) => card.decide.actions.find((a) => a.key.toUpperCase() === key) ?? usual);
}

/** Bottom: what the person at the desk may decide without asking. */
export function DecideBar({ card, covered, actions, act, onKey }: Props) {
  const all = deskActions(card);
  const held = all.filter((a) => !a.enabled && a.reason !== null);
  const refund = card.money.refundable;
  return (
    <footer className="decide">
      <div>
        {card.transaction !== null && <Transaction transaction={card.transaction} actions={actions} act={act} />}
        <p>
          <b>You can decide:</b> {card.decide.text}
          {held.length > 0 && <span className="mute"> {held.map((a) => `${a.label}: ${a.reason?.replace(/[.\s]+$/, '') ?? ''}`).join(' · ')}</span>}
        </p>
        {actions.all.filter((s) => !/^(flag|need|complaint:|promise:|transaction)/.test(s.control) && s.problem !== null).map((s) => <Trouble key={s.id} sending={s} />)}
      </div>
      <div className="keys" role="toolbar" aria-label="Actions">
        {all.map((a) => {
          const main = a.key === 'R' && a.enabled && refund !== null;
          const label = main && !/\d/.test(a.label) ? `${a.label} ${roundMoney(refund.amount, card.money.currency)}` : a.label;
          return (
            <button
              key={a.key}
              className={main ? 'btn go' : 'btn'}
              type="button"
              disabled={!a.enabled}
              title={a.reason ?? undefined}
              aria-keyshortcuts={a.key}
              aria-pressed={a.key === 'H' ? covered : undefined}
              onClick={() => onKey(a.key.toLowerCase())}
            >
              <kbd>{a.key}</kbd>
              <span>{label}{a.key === 'H' && <span className="sr"> value and flags</span>}</span>
            </button>
          );
        })}
      </div>
    </footer>
  );
}

function Transaction({ transaction: t, actions, act }: { readonly transaction: TransactionView } & Pick<Props, 'actions' | 'act'>) {
  const now = useNow();
  const control = `transaction:${t.transaction}`;
  const sending = actions.of(control);
  const kind = t.kind.charAt(0).toUpperCase() + t.kind.slice(1);
  return (
    <>
      <p className="spread-start">
        <Status standing="watch">
          {kind} in progress{t.section !== null && `: ${t.section}`}, opened {journeyDate(t.openedAt, now).replace(/^Today /, '')}{t.desk !== null && ` at ${deskName(t.desk)}`}
        </Status>
        <button className="btn quiet" type="button" aria-busy={sending?.phase === 'pending'} onClick={() => act(control, { action: 'transactionClosed', transaction: t.transaction, kind: t.kind, outcome: 'done' })}>Done</button>
      </p>
      <Trouble sending={sending} />
    </>
  );
}
