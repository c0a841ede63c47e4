import { describe, expect, it } from 'vitest';
import type { LiveFrame } from '../src/contracts';
import { apply, nothing, type TopicState } from '../src/live/frames';

interface View {
  readonly a: number;
  readonly b: string;
  readonly tiles?: readonly { readonly id: string; readonly value: number }[];
}

const frame = (kind: 'snapshot' | 'delta', epoch: number, sequence: number, body: unknown): LiveFrame => ({ topic: 't', epoch, sequence, kind, body });
const held: TopicState<View> = { view: { a: 1, b: 'one' }, epoch: 7, sequence: 4 };

describe('frames', () => {
  it('A snapshot replaces whatever is held', () => {
    expect(apply<View>(nothing, frame('snapshot', 7, 4, { a: 1, b: 'one' })).state).toEqual(held);
    expect(apply(held, frame('snapshot', 8, 1, { a: 9, b: 'nine' })).state).toEqual({ view: { a: 9, b: 'nine' }, epoch: 8, sequence: 1 });
  });

  it('A delta right after what is held changes its properties and keeps the others', () => {
    const applied = apply(held, frame('delta', 7, 5, { b: 'two' }));
    expect(applied.outcome).toBe('changed');
    expect(applied.state).toEqual({ view: { a: 1, b: 'two' }, epoch: 7, sequence: 5 });
    expect(held.view).toEqual({ a: 1, b: 'one' });
  });

  it('A frame that was seen changes nothing', () => {
    expect(apply(held, frame('delta', 7, 4, { b: 'old' }))).toEqual({ outcome: 'seen', state: held });
    expect(apply(held, frame('snapshot', 7, 3, { a: 0, b: 'old' }))).toEqual({ outcome: 'seen', state: held });
  });

  it('A gap is never applied', () => {
    expect(apply(held, frame('delta', 7, 6, { b: 'two' }))).toEqual({ outcome: 'gap', state: held });
  });

  it('A delta of another epoch, or before any snapshot, is a gap', () => {
    expect(apply(held, frame('delta', 8, 5, { b: 'two' })).outcome).toBe('gap');
    expect(apply<View>(nothing, frame('delta', 7, 1, { b: 'two' })).outcome).toBe('gap');
  });

  it('Tiles are merged by id and keep their order', () => {
    const board: TopicState<View> = { view: { a: 1, b: '', tiles: [{ id: 'x', value: 1 }, { id: 'y', value: 2 }] }, epoch: 1, sequence: 1 };
    const { state } = apply(board, frame('delta', 1, 2, { tiles: [{ id: 'y', value: 3 }] }));
    expect(state.view?.tiles).toEqual([{ id: 'x', value: 1 }, { id: 'y', value: 3 }]);
    expect(state.view?.tiles?.[0]).toBe(board.view?.tiles?.[0]);
  });

  it('Frames in any order and number lead to the newest view, with a resume at each gap', () => {
    // A server that keeps every delta, a network that loses, repeats and swaps: the seed is in the name of each case.
    for (let seed = 1; seed <= 200; seed++) {
      let next = seed;
      const random = (n: number) => {
        next = (Math.imul(next, 1_103_515_245) + 12_345) & 0x7fffffff;
        return (next >> 8) % n;
      };
      const log = Array.from({ length: 12 }, (_, i) => frame('delta', 3, i + 1, { a: i + 1 }));
      let state: TopicState<View> = { view: { a: 0, b: 'kept' }, epoch: 3, sequence: 0 };
      for (let step = 0; step < 60; step++) {
        const sent = log[random(log.length)];
        if (sent === undefined) continue;
        const applied = apply(state, sent);
        expect(applied.state.sequence, `seed ${seed}`).toBeGreaterThanOrEqual(state.sequence);
        state = applied.state;
        expect(state.view, `seed ${seed}`).toEqual({ a: state.sequence, b: 'kept' });
      }
      for (const missing of log.slice(state.sequence)) state = apply(state, missing).state;
      expect(state.view, `seed ${seed}`).toEqual({ a: 12, b: 'kept' });
    }
  });
});
