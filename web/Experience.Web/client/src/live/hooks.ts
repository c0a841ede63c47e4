import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { live } from './connection';
import type { Link, Watched } from './store';

/** The live view of a topic; watching ends a little after the last component that shows it has gone. */
export function useTopic<V extends object>(topic: string): Watched<V> {
  const subscribe = useCallback((listener: () => void) => live.subscribe(topic, listener), [topic]);
  return useSyncExternalStore(subscribe, () => live.get(topic)) as Watched<V>;
}

export function useLink(): Link {
  return useSyncExternalStore(live.subscribeLink, live.getLink);
}

/** How often clocks on screen move, in ms. */
export const tick = 30_000;

const tickers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribeTick(listener: () => void): () => void {
  tickers.add(listener);
  timer ??= setInterval(() => tickers.forEach((run) => run()), tick);
  return () => {
    tickers.delete(listener);
    if (tickers.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** Now, moving every half minute: one timer for the page, so that all clocks turn together. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => subscribeTick(() => setNow(Date.now())), []);
  return now;
}
