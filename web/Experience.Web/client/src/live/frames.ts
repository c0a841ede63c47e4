import type { LiveFrame } from '../contracts';

export interface TopicState<V> {
  /** Null before the first snapshot. */
  readonly view: V | null;
  /** 0 before the first snapshot. */
  readonly epoch: number;
  readonly sequence: number;
}

export type Applied<V> =
  /** The view moved on. */
  | { readonly outcome: 'changed'; readonly state: TopicState<V> }
  /** Seen before: nothing changed, and nothing is missing. */
  | { readonly outcome: 'seen'; readonly state: TopicState<V> }
  /** Something is missing. The state stays as it was: the hub is asked again with its epoch and sequence. */
  | { readonly outcome: 'gap'; readonly state: TopicState<V> };

export const nothing: TopicState<never> = { view: null, epoch: 0, sequence: 0 };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Why a view is never a mixture: a delta is applied only to the sequence right before it, in the epoch that it was
 * made in. Anything else is either older than what is held (dropped) or leaves a gap (asked for again).
 */
export function apply<V extends object>(state: TopicState<V>, frame: LiveFrame): Applied<V> {
  if (frame.kind === 'snapshot') {
    // Older than what is held, in the same epoch: it was overtaken on its way.
    if (state.view !== null && frame.epoch === state.epoch && frame.sequence < state.sequence) return { outcome: 'seen', state };
    return { outcome: 'changed', state: { view: frame.body as V, epoch: frame.epoch, sequence: frame.sequence } };
  }
  if (state.view === null || frame.epoch !== state.epoch) return { outcome: 'gap', state };
  if (frame.sequence <= state.sequence) return { outcome: 'seen', state };
  if (frame.sequence !== state.sequence + 1) return { outcome: 'gap', state };
  return {
    outcome: 'changed',
    state: { view: merge(state.view, frame.body as Fields) as V, epoch: frame.epoch, sequence: frame.sequence },
  };
}

/** Changed top-level properties replace their old value; `tiles` alone is a keyed set and is merged by id. */
function merge(view: object, body: Fields): object {
  const merged: Record<string, unknown> = { ...view, ...body };
  const old = (view as Fields).tiles;
  const changed = body.tiles;
  if (isKeyed(old) && isKeyed(changed)) merged.tiles = mergeKeyed(old, changed);
  return merged;
}

interface Keyed {
  readonly id: string;
}

function isKeyed(value: unknown): value is readonly Keyed[] {
  return Array.isArray(value) && value.every((item: unknown) => typeof item === 'object' && item !== null && 'id' in item);
}

function mergeKeyed(old: readonly Keyed[], changed: readonly Keyed[]): readonly Keyed[] {
  const byId = new Map(changed.map((item) => [item.id, item]));
  const kept = old.map((item) => {
    const next = byId.get(item.id);
    byId.delete(item.id);
    return next ?? item;
  });
  return [...kept, ...byId.values()];
}
