import { describe, expect, it } from 'vitest';
import type { ActionRequest } from '../src/contracts';
import { longestOutbox, reduce, sendingOf, type Outbox } from '../src/api/outbox';

const request = (id: string, action = 'offered'): ActionRequest => ({ id, action });
const sent = (outbox: Outbox, id: string, control = 'need:x', action = 'offered') => reduce(outbox, { type: 'sent', person: 'p', control, request: request(id, action) });
const receipt = { outcome: 'accepted', event: 'e', complaint: null, promise: null } as const;

describe('the outbox', () => {
  it('An action is pending until the server says that it is durable', () => {
    let outbox = sent([], '1');
    expect(sendingOf(outbox, 'p', 'need:x')?.phase).toBe('pending');
    outbox = reduce(outbox, { type: 'recorded', id: '1', receipt });
    expect(sendingOf(outbox, 'p', 'need:x')?.phase).toBe('done');
    expect(reduce(outbox, { type: 'forget', id: '1' })).toEqual([]);
  });

  it('A try again keeps the id, so that it counts once', () => {
    let outbox = sent([], '1');
    outbox = reduce(outbox, { type: 'waiting', id: '1', problem: 'no answer' });
    expect(outbox[0]).toMatchObject({ phase: 'pending', problem: 'no answer' });
    outbox = reduce(outbox, { type: 'refused', id: '1', problem: 'field' });
    expect(outbox[0]).toMatchObject({ phase: 'failed', problem: 'field' });
    outbox = reduce(outbox, { type: 'again', id: '1' });
    expect(outbox[0]).toMatchObject({ phase: 'pending', problem: null, request: { id: '1' } });
  });

  it('A newer answer of the same control takes the place of a refused one, not of one on its way', () => {
    let outbox = sent([], '1');
    outbox = sent(outbox, '2', 'need:x', 'accepted');
    expect(outbox.map((s) => s.id)).toEqual(['1', '2']);
    expect(sendingOf(outbox, 'p', 'need:x')?.id).toBe('2');
    outbox = reduce(outbox, { type: 'refused', id: '2', problem: 'no' });
    outbox = sent(outbox, '3');
    expect(outbox.map((s) => s.id)).toEqual(['1', '3']);
  });

  it('It stays bounded, and what is pending is never dropped', () => {
    let outbox: Outbox = [];
    for (let i = 0; i < longestOutbox + 20; i++) {
      outbox = sent(outbox, `${i}`, `c${i}`);
      if (i >= 10) outbox = reduce(outbox, { type: 'recorded', id: `${i}`, receipt });
    }
    expect(outbox.length).toBe(longestOutbox);
    expect(outbox.filter((s) => s.phase === 'pending').length).toBe(10);
  });
});
