import type { ActionReceipt, ActionRequest } from '../contracts';

/** What staff did, on its way to the server. */
export interface Sending {
  readonly id: string;
  readonly person: string;
  readonly request: ActionRequest;
  /** Which control of the page is busy with it. */
  readonly control: string;
  readonly phase: 'pending' | 'failed' | 'done';
  readonly problem: string | null;
  readonly receipt: ActionReceipt | null;
}

export type OutboxEvent =
  | { readonly type: 'sent'; readonly person: string; readonly request: ActionRequest; readonly control: string }
  | { readonly type: 'again'; readonly id: string }
  | { readonly type: 'waiting'; readonly id: string; readonly problem: string }
  | { readonly type: 'recorded'; readonly id: string; readonly receipt: ActionReceipt }
  | { readonly type: 'refused'; readonly id: string; readonly problem: string }
  | { readonly type: 'forget'; readonly id: string };

export type Outbox = readonly Sending[];

/** Recorded and refused actions are shown for a while; at most this many are kept, the oldest go first. */
export const longestOutbox = 50;

/** An action keeps its id through every try, so that the server counts it once however often it is sent. */
export function reduce(outbox: Outbox, event: OutboxEvent): Outbox {
  switch (event.type) {
    case 'sent': {
      const fresh: Sending = {
        id: event.request.id, person: event.person, request: event.request, control: event.control,
        phase: 'pending', problem: null, receipt: null,
      };
      // The same control says something newer: what was refused before is answered by it.
      const kept = outbox.filter((s) => s.phase === 'pending' || s.person !== event.person || s.control !== event.control);
      return trim([...kept, fresh]);
    }
    case 'again':
      return change(outbox, event.id, (s) => ({ ...s, phase: 'pending', problem: null }));
    case 'waiting':
      return change(outbox, event.id, (s) => ({ ...s, problem: event.problem }));
    case 'recorded':
      return change(outbox, event.id, (s) => ({ ...s, phase: 'done', problem: null, receipt: event.receipt }));
    case 'refused':
      return change(outbox, event.id, (s) => ({ ...s, phase: 'failed', problem: event.problem }));
    case 'forget':
      return outbox.filter((s) => s.id !== event.id);
  }
}

function change(outbox: Outbox, id: string, to: (sending: Sending) => Sending): Outbox {
  return outbox.map((s) => (s.id === id ? to(s) : s));
}

/** What is still pending is never dropped: the person at the desk was told that it is on its way. */
function trim(outbox: Outbox): Outbox {
  const over = outbox.length - longestOutbox;
  if (over <= 0) return outbox;
  const gone = new Set(outbox.filter((s) => s.phase !== 'pending').slice(0, over));
  return outbox.filter((s) => !gone.has(s));
}

export function sendingOf(outbox: Outbox, person: string, control: string): Sending | undefined {
  return outbox.findLast((s) => s.person === person && s.control === control);
}
