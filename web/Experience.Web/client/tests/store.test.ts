import { describe, expect, it } from 'vitest';
import type { LiveFrame } from '../src/contracts';
import { longestWait, waitBefore } from '../src/live/backoff';
import { askAgainAfter, keepFor, LiveStore, staleAfter, type Clock, type Wire } from '../src/live/store';

class FakeClock implements Clock {
  private time = 1_000_000;
  private timers: { at: number; run: () => void }[] = [];
  now = () => this.time;
  after = (ms: number, run: () => void) => {
    const timer = { at: this.time + ms, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((t) => t !== timer);
    };
  };
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      const due = this.timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.time = due.at;
      this.timers = this.timers.filter((t) => t !== due);
      due.run();
      await settled();
    }
    this.time = end;
  }
}

/** Lets every promise that is ready run on. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

class FakeWire implements Wire {
  readonly calls: unknown[][] = [];
  refuse: string | null = null;
  private frame: (frame: LiveFrame) => void = () => undefined;
  private closed: () => void = () => undefined;
  constructor(private readonly reachable: boolean) {}
  start = () => (this.reachable ? Promise.resolve() : Promise.reject(new Error('refused')));
  stop = () => Promise.resolve();
  invoke = (method: string, ...args: unknown[]) => {
    this.calls.push([method, ...args]);
    return this.refuse === null ? Promise.resolve(null) : Promise.reject(new Error(this.refuse));
  };
  onFrame = (handler: (frame: LiveFrame) => void) => {
    this.frame = handler;
  };
  onClose = (handler: () => void) => {
    this.closed = handler;
  };
  send = (frame: LiveFrame) => this.frame(frame);
  drop = () => this.closed();
}

function world() {
  const clock = new FakeClock();
  const wires: FakeWire[] = [];
  const net = { reachable: true };
  const store = new LiveStore(() => {
    const wire = new FakeWire(net.reachable);
    wires.push(wire);
    return wire;
  }, clock, () => 0.5);
  const wire = () => {
    const last = wires.at(-1);
    if (last === undefined) throw new Error('never connected');
    return last;
  };
  return { clock, wires, net, store, wire };
}

const snapshot = (sequence: number, body: unknown, epoch = 5): LiveFrame => ({ topic: 'card:1', epoch, sequence, kind: 'snapshot', body });
const delta = (sequence: number, body: unknown, epoch = 5): LiveFrame => ({ topic: 'card:1', epoch, sequence, kind: 'delta', body });

describe('the live store', () => {
  it('A topic is watched from nothing and shows its snapshot', async () => {
    const { store, wire } = world();
    store.restart();
    await settled();
    let calls = 0;
    store.subscribe('card:1', () => calls++);
    expect(wire().calls).toEqual([['Watch', 'card:1', 0, 0]]);
    wire().send(snapshot(3, { a: 1 }));
    expect(store.get('card:1').view).toEqual({ a: 1 });
    expect(calls).toBe(1);
  });

  it('A gap asks the hub again with what is held, once, and shows nothing of it', async () => {
    const { store, wire } = world();
    store.restart();
    await settled();
    store.subscribe('card:1', () => undefined);
    wire().send(snapshot(3, { a: 1 }));
    await settled();
    wire().send(delta(5, { a: 9 }));
    wire().send(delta(6, { a: 10 }));
    expect(wire().calls.slice(1)).toEqual([['Watch', 'card:1', 5, 3]]);
    expect(store.get('card:1').view).toEqual({ a: 1 });
    wire().send(delta(4, { a: 2 }));
    wire().send(delta(5, { a: 9 }));
    expect(store.get('card:1').view).toEqual({ a: 9 });
  });

  it('After a lost connection every topic is watched again from where it stood, and stays on screen meanwhile', async () => {
    const { store, wire, wires, clock } = world();
    store.restart();
    await settled();
    store.subscribe('card:1', () => undefined);
    wire().send(snapshot(3, { a: 1 }));
    await settled();
    wire().drop();
    expect(store.getLink().state).toBe('reconnecting');
    expect(store.get('card:1').view).toEqual({ a: 1 });
    await clock.advance(1_000);
    expect(wires.length).toBe(2);
    expect(store.getLink().state).toBe('live');
    expect(wire().calls).toEqual([['Watch', 'card:1', 5, 3]]);
    wire().send(snapshot(1, { a: 7 }, 6));
    expect(store.get('card:1').view).toEqual({ a: 7 });
  });

  it('It tries for ever, and says stale after a while', async () => {
    const { store, wire, wires, clock, net } = world();
    store.restart();
    await settled();
    wire().drop();
    net.reachable = false;
    await clock.advance(staleAfter + 1);
    expect(store.getLink().state).toBe('stale');
    await clock.advance(3_600_000);
    expect(wires.length).toBeGreaterThan(3_600_000 / longestWait);
    net.reachable = true;
    await clock.advance(longestWait);
    expect(store.getLink().state).toBe('live');
  });

  it('The first start is tried for ever too', async () => {
    const { store, clock, net } = world();
    net.reachable = false;
    store.restart();
    await clock.advance(120_000);
    net.reachable = true;
    await clock.advance(longestWait);
    expect(store.getLink().state).toBe('live');
  });

  it('Frames of a connection that was given up are not heard', async () => {
    const { store, wire } = world();
    store.restart();
    await settled();
    store.subscribe('card:1', () => undefined);
    const old = wire();
    old.send(snapshot(3, { a: 1 }));
    store.restart();
    await settled();
    old.send(snapshot(4, { a: 2 }));
    old.drop();
    expect(store.get('card:1').view).toEqual({ a: 1 });
    expect(store.getLink().state).toBe('live');
  });

  it('A topic nobody shows is unwatched a little later, and not while somebody came back', async () => {
    const { store, wire, clock } = world();
    store.restart();
    await settled();
    const leave = store.subscribe('card:1', () => undefined);
    leave();
    const again = store.subscribe('card:1', () => undefined);
    await clock.advance(keepFor * 2);
    expect(wire().calls).toEqual([['Watch', 'card:1', 0, 0]]);
    again();
    await clock.advance(keepFor);
    expect(wire().calls.at(-1)).toEqual(['Unwatch', 'card:1']);
  });

  it('A refused topic says why and is asked for again', async () => {
    const { store, wire, clock } = world();
    store.restart();
    await settled();
    wire().refuse = 'not ready';
    store.subscribe('card:1', () => undefined);
    await settled();
    expect(store.get('card:1')).toEqual({ view: null, refused: 'not ready' });
    wire().refuse = null;
    await clock.advance(askAgainAfter);
    expect(store.get('card:1').refused).toBeNull();
    expect(wire().calls.length).toBe(2);
  });
});

describe('waiting between tries', () => {
  it('Doubles up to the longest wait, never above it, and is spread', () => {
    expect(waitBefore(0, () => 0)).toBe(250);
    expect(waitBefore(0, () => 1)).toBe(500);
    expect(waitBefore(3, () => 1)).toBe(4_000);
    expect(waitBefore(1_000, () => 1)).toBe(longestWait);
    expect(waitBefore(1_000, () => 0)).toBe(longestWait / 2);
  });
});
