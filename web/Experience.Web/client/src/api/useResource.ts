import { useCallback, useEffect, useState } from 'react';
import { explain, get, persist } from './http';

export interface Resource<T> {
  readonly data: T | null;
  readonly problem: string | null;
  readonly again: () => void;
}

interface Held<T> {
  readonly path: string | null;
  readonly data: T | null;
  readonly problem: string | null;
}

/**
 * What a path answers. A new path shows nothing of the old one; asking again for the same path keeps the old answer
 * on screen until the new one is there. A changed `version` asks again.
 */
export function useResource<T>(path: string | null, version: string | number = 0): Resource<T> {
  const [held, setHeld] = useState<Held<T>>({ path: null, data: null, problem: null });
  const [round, setRound] = useState(0);

  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    const trouble = (error: unknown) =>
      setHeld((old) => ({ path, data: old.path === path ? old.data : null, problem: explain(error) }));
    persist((signal) => get<T>(path, signal), stop.signal, trouble).then(
      (data) => {
        if (!stop.signal.aborted) setHeld({ path, data, problem: null });
      },
      (error: unknown) => {
        if (!stop.signal.aborted) trouble(error);
      },
    );
    return () => stop.abort();
  }, [path, version, round]);

  const again = useCallback(() => setRound((n) => n + 1), []);
  const mine = held.path === path;
  return { data: mine ? held.data : null, problem: mine ? held.problem : null, again };
}
