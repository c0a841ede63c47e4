import { useCallback, useSyncExternalStore } from 'react';
import type { ActionReceipt, ActionRequest } from '../contracts';
import { explain, persist, send } from './http';
import { reduce, sendingOf, type Outbox, type OutboxEvent, type Sending } from './outbox';

/** How long "recorded" stays on screen, in ms. */
const shownFor = 4_000;

let outbox: Outbox = [];
const listeners = new Set<() => void>();

function dispatch(event: OutboxEvent): void {
  outbox = reduce(outbox, event);
  for (const listener of [...listeners]) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// Leaving the page with something unsent would lose what a person was told is recorded.
addEventListener('beforeunload', (event) => {
  if (outbox.some((s) => s.phase === 'pending')) event.preventDefault();
});

/** 128 random bits; crypto.randomUUID is missing outside secure contexts, such as a wall display in the house. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function deliver(person: string, request: ActionRequest): Promise<void> {
  const path = `/v1/participants/${encodeURIComponent(person)}/actions`;
  try {
    const receipt = await persist(
      (signal) => send<ActionReceipt>('POST', path, request, signal),
      new AbortController().signal,
      (error) => dispatch({ type: 'waiting', id: request.id, problem: explain(error) }),
    );
    dispatch({ type: 'recorded', id: request.id, receipt });
    setTimeout(() => dispatch({ type: 'forget', id: request.id }), shownFor);
  } catch (error) {
    dispatch({ type: 'refused', id: request.id, problem: explain(error) });
  }
}

export type Act = (control: string, action: Omit<ActionRequest, 'id'>) => void;

export interface Actions {
  readonly act: Act;
  readonly of: (control: string) => Sending | undefined;
  readonly all: Outbox;
}

/** Records what staff did for a person: on screen at once as pending, as done when the server says that it is durable. */
export function useActions(person: string): Actions {
  const all = useSyncExternalStore(subscribe, () => outbox);
  const act = useCallback<Act>(
    (control, action) => {
      const request: ActionRequest = { ...action, id: newId() };
      dispatch({ type: 'sent', person, request, control });
      void deliver(person, request);
    },
    [person],
  );
  return { act, of: (control) => sendingOf(all, person, control), all: all.filter((s) => s.person === person) };
}

export function tryAgain(sending: Sending): void {
  dispatch({ type: 'again', id: sending.id });
  void deliver(sending.person, sending.request);
}

export function forget(sending: Sending): void {
  dispatch({ type: 'forget', id: sending.id });
}
