/** Who acts at this browser, until there is sign-in. */
export interface Identity {
  readonly name: string;
  readonly desk: string;
}

const place = 'experience.identity';
const listeners = new Set<() => void>();
let current: Identity | null = read();

function read(): Identity | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(place) ?? 'null');
    if (typeof value !== 'object' || value === null) return null;
    const { name, desk } = value as Partial<Record<keyof Identity, unknown>>;
    return typeof name === 'string' && name !== '' && typeof desk === 'string' ? { name, desk } : null;
  } catch {
    return null;
  }
}

export const identity = {
  get: (): Identity | null => current,
  set: (next: Identity | null): void => {
    current = next;
    try {
      if (next === null) localStorage.removeItem(place);
      else localStorage.setItem(place, JSON.stringify(next));
    } catch {
      // Storage may be denied; the choice then lasts as long as the page.
    }
    for (const listener of [...listeners]) listener();
  },
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
