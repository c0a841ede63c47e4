import type { ProblemView } from '../contracts';
import { waitBefore } from '../live/backoff';
import { identity } from './identity';

/** The server answered, and the answer is no. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    problem: ProblemView | null,
  ) {
    super(problemText(status, problem));
    this.name = 'Refused';
  }

  /** Asking again may help: the server is starting, or is busy. */
  get passing(): boolean {
    return this.status === 429 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** The answer cannot be had now; asking again later may help. */
export function isPassing(error: unknown): boolean {
  return error instanceof Refused ? error.passing : error instanceof TypeError;
}

export function explain(error: unknown): string {
  if (error instanceof TypeError) return 'The server does not answer.';
  return error instanceof Error ? error.message : String(error);
}

function problemText(status: number, problem: ProblemView | null): string {
  if (problem === null) return `The server answered ${status}.`;
  const field = problem.field === null || problem.field === '' ? '' : `${problem.field}: `;
  const accepted = problem.accepted === null || problem.accepted === '' ? '' : ` Accepted: ${problem.accepted}`;
  const what = (problem.detail ?? problem.title).replace(/[.\s]+$/, '');
  return `${field}${what}.${accepted}`;
}

function headers(contentType: string | null): Headers {
  const result = new Headers({ accept: 'application/json' });
  const who = identity.get();
  if (who !== null) {
    // A header holds Latin-1 only; names do not. The server decodes percent signs.
    result.set('X-Staff', encodeURIComponent(who.name));
    if (who.desk !== '') result.set('X-Desk', encodeURIComponent(who.desk));
  }
  if (contentType !== null) result.set('content-type', contentType);
  return result;
}

async function read<T>(response: Response): Promise<T> {
  const json = response.headers.get('content-type')?.includes('json') ?? false;
  if (!response.ok) throw new Refused(response.status, json ? complete(await response.json()) : null);
  return (json ? await response.json() : null) as T;
}

/** Problem details leave out what they have nothing to say about. */
function complete(value: unknown): ProblemView {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Partial<ProblemView>;
  return {
    type: given.type ?? 'about:blank',
    title: given.title ?? 'Refused',
    status: given.status ?? 0,
    detail: given.detail ?? null,
    instance: given.instance ?? null,
    field: given.field ?? null,
    accepted: given.accepted ?? null,
  };
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return read<T>(await fetch(path, { headers: headers(null), signal: signal ?? null }));
}

export async function send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return read<T>(await fetch(path, { method, headers: headers('application/json'), body: JSON.stringify(body), signal: signal ?? null }));
}

export async function upload<T>(path: string, file: File, signal?: AbortSignal): Promise<T> {
  return read<T>(await fetch(path, { method: 'POST', headers: headers('application/octet-stream'), body: file, signal: signal ?? null }));
}

/** Asks until there is an answer or a refusal, waiting longer and longer between tries. */
export async function persist<T>(ask: (signal: AbortSignal) => Promise<T>, signal: AbortSignal, onTrouble?: (error: unknown) => void): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask(signal);
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
      onTrouble?.(error);
      await sleep(waitBefore(attempt), signal);
    }
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException('Stopped', 'AbortError'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
