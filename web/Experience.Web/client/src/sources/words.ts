import type { SourceView, Standing } from '../contracts';
import { minute } from '../format/time';

/** A sender's clock that is so far ahead is worth a word, in ms. */
const farAhead = minute;

const ways: Readonly<Record<string, string>> = { events: 'events', stream: 'stream', segment: 'Segment', xapi: 'xAPI', caliper: 'Caliper', hook: 'webhook', csv: 'file', poll: 'poll' };

export const wayName = (way: string) => ways[way] ?? way;

/** A length of time that is small: lags and clocks. */
export function lag(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 48 * 3_600_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} days`;
}

export const keys: Readonly<Record<string, string>> = { active: 'key in force', revoked: 'key revoked', every: 'sent with a key for every source', none: 'no key' };

/** The one thing to know of a source first. */
export function standing(source: SourceView): { readonly standing: Standing; readonly words: string } {
  if (source.alert !== null) return { standing: 'bad', words: 'silent' };
  if (source.polls.some((p) => p.failures > 0)) return { standing: 'bad', words: 'poll fails' };
  if (source.polls.some((p) => p.state === 'held')) return { standing: 'watch', words: 'poll held back' };
  if (source.open > 0) return { standing: 'watch', words: 'refused events' };
  if (source.lastAt === null) return { standing: 'none', words: 'never spoke' };
  if (source.ahead >= farAhead) return { standing: 'watch', words: 'clock ahead' };
  if (source.quietUntil !== null) return { standing: 'none', words: 'silence expected' };
  return { standing: 'good', words: source.import ? 'imported' : 'speaks' };
}
