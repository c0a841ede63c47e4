import type { Tile, TileRow } from '../contracts';
import { roundMoney } from '../format/money';
import { count, percent, score } from '../format/numbers';
import { civilDay } from '../format/time';

/** A figure in its unit. What is not measured has no figure: callers say so in words. */
export function figure(value: number, unit: string, currency: string, goal: number | null = null): string {
  switch (unit) {
    case 'score': return score(value);
    case 'percent': return percent(value, goal);
    case 'money': return roundMoney(value, currency);
    case 'hours': return `${count(value)}\u00a0h`;
    default: return count(value);
  }
}

export function missing(measured: Tile['measured']): string {
  return measured === 'tooFew' ? 'too few' : 'not measured';
}

/**
 * What the service score leads with: the lowest measured desk that is below its goal, by name; with none, all desks.
 * Loud only where the miss is proven, which the server says by its standing.
 */
export function leading(tile: Tile): { readonly row: TileRow | null; readonly loud: boolean } {
  const below = tile.rows
    .filter((r) => r.value !== null && r.measured === 'yes' && (r.standing === 'bad' || r.standing === 'watch'))
    .toSorted((a, b) => rank(b) - rank(a) || (a.value ?? 0) - (b.value ?? 0));
  const row = below[0] ?? null;
  return { row, loud: (row ?? tile).standing === 'bad' };
}

/** A proven miss goes before one that may be chance. */
function rank(row: TileRow): number {
  return row.standing === 'bad' ? 1 : 0;
}

/** One source is behind the others: its tile says so by itself. Figures made at midnight are not late on their day. */
export function isLate(tile: Tile, board: { readonly asOf: number }): boolean {
  return civilDay(tile.asOf) < civilDay(board.asOf);
}

export interface Target {
  readonly list: string;
  readonly of: string | null;
}

/** "answers:West" opens the list of answers narrowed to West. */
export function target(people: string | null): Target | null {
  if (people === null || people === '') return null;
  const cut = people.indexOf(':');
  return cut < 0 ? { list: people, of: null } : { list: people.slice(0, cut), of: people.slice(cut + 1) };
}
