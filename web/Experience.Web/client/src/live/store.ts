import type { LiveFrame } from '../contracts';
import { apply, nothing, type TopicState } from './frames';
import { waitBefore } from './backoff';

/** What the store needs of a connection; SignalR's in the browser, a script in tests. */
export interface Wire {
  start(): Promise<void>;
  stop(): Promise<void>;
  invoke(method: string, ...args: unknown[]): Promise<unknown>;
  onFrame(handler: (frame: LiveFrame) => void): void;
  onClose(handler: () => void): void;
}

export interface Clock {
  now(): number;
  after(ms: number, run: () => void): () => void;
}

export type LinkState = 'connecting' | 'live' | 'reconnecting' | 'stale';

export interface Link {
  readonly state: LinkState;
  /** When the newest frame came in; null before the first. */
  readonly at: number | null;
}

export interface Watched<V> {
  readonly view: V | null;
  /** Why the server does not show it; null while it does, or has not answered. */
  readonly refused: string | null;
}

interface Topic {
  state: TopicState<object>;
  shown: Watched<object>;
  listeners: Set<() => void>;
  /** A Watch is under way; frames of a gap wait for what it brings. */
  asking: boolean;
  release: (() => void) | null;
}

/** Without a connection for this long, what is shown is called stale. */
export const staleAfter = 20_000;

/** A topic that nobody shows any more is kept watched for this long: going back and forth costs no snapshot. */
export const keepFor = 5_000;

/** A topic that was refused is asked for again after this long: the server may be starting, or the person yet to come. */
export const askAgainAfter = 2_000;

const empty: Watched<object> = { view: null, refused: null };

/**
 * Keeps one connection for ever, and what it watches current. Groups are lost with a connection, so each new one
 * watches every topic again, with the epoch and sequence that are held: the hub sends what is missing, or a snapshot.
 */
export class LiveStore {
  private readonly topics = new Map<string, Topic>();
  private readonly linkListeners = new Set<() => void>();
  private link: Link = { state: 'connecting', at: null };
  private wire: Wire | null = null;
  private connected = false;
  private attempt = 0;
  private cancelRetry: (() => void) | null = null;
  private cancelStale: (() => void) | null = null;

  constructor(
    private readonly connect: () => Wire,
    private readonly clock: Clock,
    private readonly random: () => number = Math.random,
  ) {}

  /** Connects anew, at once: at the start, when a person asks for it, when the network comes back, when who acts changes. */
  restart(): void {
    this.cancelRetry?.();
    this.cancelRetry = null;
    const old = this.wire;
    this.wire = null;
    this.connected = false;
    if (old !== null) void old.stop().catch(ignore);
    this.attempt = 0;
    this.open();
  }

  /** Tries now when there is no connection; a live one is left alone. */
  wake(): void {
    if (!this.connected) this.restart();
  }

  stop(): void {
    this.cancelRetry?.();
    this.cancelStale?.();
    const old = this.wire;
    this.wire = null;
    this.connected = false;
    if (old !== null) void old.stop().catch(ignore);
  }

  getLink = (): Link => this.link;

  subscribeLink = (listener: () => void): (() => void) => {
    this.linkListeners.add(listener);
    return () => this.linkListeners.delete(listener);
  };

  get(name: string): Watched<object> {
    return this.topics.get(name)?.shown ?? empty;
  }

  subscribe(name: string, listener: () => void): () => void {
    let topic = this.topics.get(name);
    if (topic === undefined) {
      topic = { state: nothing, shown: empty, listeners: new Set(), asking: false, release: null };
      this.topics.set(name, topic);
      this.ask(name, topic);
    }
    topic.release?.();
    topic.release = null;
    topic.listeners.add(listener);
    const held = topic;
    return () => {
      held.listeners.delete(listener);
      if (held.listeners.size > 0) return;
      held.release = this.clock.after(keepFor, () => {
        if (held.listeners.size > 0 || this.topics.get(name) !== held) return;
        this.topics.delete(name);
        if (this.connected) this.wire?.invoke('Unwatch', name).catch(ignore);
      });
    };
  }

  private open(): void {
    const wire = this.connect();
    this.wire = wire;
    wire.onFrame((frame) => {
      if (this.wire === wire) this.take(frame);
    });
    wire.onClose(() => {
      if (this.wire === wire) this.lost();
    });
    wire.start().then(
      () => {
        if (this.wire !== wire) return;
        this.connected = true;
        this.attempt = 0;
        this.cancelStale?.();
        this.cancelStale = null;
        this.setLink({ state: 'live', at: this.link.at ?? this.clock.now() });
        for (const [name, topic] of this.topics) this.ask(name, topic);
      },
      () => {
        if (this.wire === wire) this.lost();
      },
    );
  }

  private lost(): void {
    this.wire = null;
    this.connected = false;
    for (const topic of this.topics.values()) topic.asking = false;
    if (this.link.state !== 'stale') {
      this.setLink({ ...this.link, state: this.link.at === null ? 'connecting' : 'reconnecting' });
      this.cancelStale ??= this.clock.after(staleAfter, () => {
        this.cancelStale = null;
        this.setLink({ ...this.link, state: 'stale' });
      });
    }
    this.cancelRetry?.();
    this.cancelRetry = this.clock.after(waitBefore(this.attempt, this.random), () => {
      this.cancelRetry = null;
      this.open();
    });
    this.attempt += 1;
  }

  private ask(name: string, topic: Topic): void {
    const wire = this.wire;
    if (!this.connected || wire === null || topic.asking) return;
    topic.asking = true;
    wire.invoke('Watch', name, topic.state.epoch, topic.state.sequence).then(
      () => {
        if (this.wire !== wire) return;
        topic.asking = false;
        if (topic.shown.refused !== null) this.show(topic, { ...topic.shown, refused: null });
      },
      (problem: unknown) => {
        if (this.wire !== wire || this.topics.get(name) !== topic) return;
        topic.asking = false;
        this.show(topic, { view: topic.shown.view, refused: problem instanceof Error ? problem.message : String(problem) });
        // Such as a server that is still starting: the connection lives, the topic is asked for until it comes.
        this.askLater(name, topic);
      },
    );
  }

  private askLater(name: string, topic: Topic): void {
    this.clock.after(askAgainAfter, () => {
      if (this.topics.get(name) === topic && topic.shown.refused !== null) this.ask(name, topic);
    });
  }

  private take(frame: LiveFrame): void {
    const topic = this.topics.get(frame.topic);
    if (topic === undefined) return;
    const applied = apply(topic.state, frame);
    if (applied.outcome === 'gap') {
      this.ask(frame.topic, topic);
      return;
    }
    if (applied.outcome === 'changed') {
      topic.state = applied.state;
      this.show(topic, { view: applied.state.view, refused: null });
    }
    this.setLink({ ...this.link, at: this.clock.now() });
  }

  private show(topic: Topic, shown: Watched<object>): void {
    topic.shown = shown;
    for (const listener of [...topic.listeners]) listener();
  }

  private setLink(link: Link): void {
    this.link = link;
    for (const listener of [...this.linkListeners]) listener();
  }
}

function ignore(): void {
  // A connection that is given up may fail in any way; nothing hangs on it any more.
}
