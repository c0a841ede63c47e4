import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let current = location.pathname + location.search;

function changed(): void {
  current = location.pathname + location.search;
  for (const listener of [...listeners]) listener();
}

addEventListener('popstate', changed);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

export function usePlace(): Place {
  const at = useSyncExternalStore(subscribe, () => current);
  const url = new URL(at, location.origin);
  return { path: url.pathname, query: url.searchParams };
}

/** Goes to another page of this client. `replace` leaves no step back, for what was never a place of its own. */
export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  if (to === location.pathname + location.search) return;
  if (how === 'push') history.pushState(null, '', to);
  else history.replaceState(null, '', to);
  changed();
}

export function counterOf(person: string): string {
  return `/counter/${encodeURIComponent(person)}`;
}

/** What a board is narrowed to. A scope stands where a segment stands: in topics, in lists and in addresses. */
export interface Scope {
  readonly segment: string;
  readonly program: string | null;
  readonly desk: string | null;
}

/** "everyone;program=Computing;desk=West", names percent-encoded. */
export function scopeText({ segment, program, desk }: Scope): string {
  return [segment, ...(program === null ? [] : [`program=${encodeURIComponent(program)}`]), ...(desk === null ? [] : [`desk=${encodeURIComponent(desk)}`])].join(';');
}

export function parseScope(text: string): Scope {
  const [segment, ...parts] = text.split(';');
  const of = (name: string) => {
    const part = parts.find((p) => p.startsWith(`${name}=`));
    return part === undefined ? null : decodeURIComponent(part.slice(name.length + 1));
  };
  return { segment: segment ?? 'everyone', program: of('program'), desk: of('desk') };
}

export interface BoardPlace {
  /** A segment or a scope. */
  readonly segment: string;
  readonly list?: string | null;
  readonly of?: string | null;
}

/** Where a list of people stands: beside the board, or on a page of its own. */
export function peopleQuery({ segment, list, of }: BoardPlace): string {
  const query = new URLSearchParams();
  if (segment !== 'everyone') query.set('segment', segment);
  if (list != null) query.set('list', list);
  if (of != null) query.set('of', of);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** What the engine has learned of a kind, such as "value". */
export function modelsOf(kind: string): string {
  return `/models?kind=${encodeURIComponent(kind)}`;
}

export interface CataloguePlace {
  /** A term's key, "all", or null for the newest that started. */
  readonly term: string | null;
  readonly program: string | null;
  readonly course: string | null;
}

export function catalogueOf(place: CataloguePlace): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(place) as [string, string | null][]) {
    if (value !== null) query.set(name, value);
  }
  const text = query.toString();
  return text === '' ? '/catalogue' : `/catalogue?${text}`;
}

export function organisationOf(key: string): string {
  return `/organisations/${encodeURIComponent(key)}`;
}

/** A person's certificate: the saved plan, or a draft of these courses. */
export function planOf(person: string, courses: readonly string[] | null): string {
  return `/plan/${encodeURIComponent(person)}${courses === null ? '' : `?courses=${encodeURIComponent(courses.join(','))}`}`;
}
