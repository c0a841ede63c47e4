import { forget, tryAgain, type Actions } from '../api/actions';
import type { Sending } from '../api/outbox';

const answers = [['offered', 'Offered'], ['accepted', 'Accepted'], ['declined', 'Not now']] as const;

interface Props {
  readonly of: { readonly rule: string; readonly cause: string; readonly title: string; readonly answer: string | null };
  readonly kind: 'flag' | 'need';
  readonly held?: boolean;
  readonly actions: Actions;
  readonly act: (control: string, action: { readonly action: string; readonly rule: string; readonly cause: string }) => void;
}

export function controlOf(kind: 'flag' | 'need', item: { readonly rule: string; readonly cause: string }): string {
  return `${kind}:${item.rule}:${item.cause}`;
}

/** Offered, Accepted, Not now: what was answered is pressed; what is on its way is pressed and busy. */
export function Answers({ of, kind, held = false, actions, act }: Props) {
  const control = controlOf(kind, of);
  const sending = actions.of(control);
  const coming = sending !== undefined && sending.phase !== 'failed' ? sending.request.action : null;
  const chosen = coming ?? of.answer;
  return (
    <div className="acts seg" role="group" aria-label={held ? `${of.title}, held` : of.title}>
      {answers.map(([action, text]) => (
        <button
          key={action}
          className="btn"
          type="button"
          disabled={held}
          aria-pressed={chosen === action}
          aria-busy={sending?.phase === 'pending' && coming === action}
          onClick={() => act(control, { action, rule: of.rule, cause: of.cause })}
        >
          {text}
        </button>
      ))}
    </div>
  );
}

/** What did not arrive: says why, and sends the same action again under the same id. */
export function Trouble({ sending }: { readonly sending: Sending | undefined }) {
  if (sending?.problem == null) return null;
  if (sending.phase === 'pending') return <p className="trouble watch" role="status">Not recorded yet: {sending.problem} Trying again.</p>;
  return (
    <p className="trouble bad" role="alert">
      Not recorded: {sending.problem}{' '}
      <button className="as-link" type="button" onClick={() => tryAgain(sending)}>Try again</button>{' '}
      <button className="as-link" type="button" onClick={() => forget(sending)}>Dismiss</button>
    </p>
  );
}
