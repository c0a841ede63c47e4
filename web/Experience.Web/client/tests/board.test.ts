import { describe, expect, it } from 'vitest';
import { figure, isLate, leading, target } from '../src/board/figures';
import { nearest } from '../src/board/useTileKeys';
import { bars, funnel, line } from '../src/ui/trend';
import { board } from './fixtures/board';

const service = board.tiles[0];
if (service === undefined) throw new Error('no tiles');

describe('the score tile', () => {
  it('Leads loudly with the lowest desk that is proven below its goal', () => {
    expect(leading(service)).toMatchObject({ row: { name: 'West' }, loud: true });
  });

  it('A miss that may be chance leads without being loud', () => {
    const rows = service.rows.map((r) => (r.name === 'West' ? { ...r, standing: 'watch' as const } : r));
    expect(leading({ ...service, rows })).toMatchObject({ row: { name: 'West' }, loud: false });
  });

  it('A proven miss goes before a lower one that may be chance', () => {
    const rows = service.rows.map((r) => (r.name === 'Online' ? { ...r, value: 3.2, standing: 'watch' as const } : r));
    expect(leading({ ...service, rows }).row?.name).toBe('West');
  });

  it('With every desk at its goal, and with too few answers, it shows all desks', () => {
    const rows = service.rows.map((r) => ({ ...r, standing: 'good' as const }));
    expect(leading({ ...service, rows })).toEqual({ row: null, loud: false });
    const few = service.rows.map((r) => ({ ...r, value: null, measured: 'tooFew' as const, standing: 'bad' as const }));
    expect(leading({ ...service, rows: few }).row).toBeNull();
  });
});

describe('figures', () => {
  it('Are told in their unit', () => {
    expect(figure(3.7, 'score', 'USD')).toBe('3.7');
    expect(figure(96, 'percent', 'USD')).toBe('96\u00a0%');
    expect(figure(128_400, 'money', 'USD')).toBe('$1,284');
    expect(figure(52, 'hours', 'USD')).toBe('52\u00a0h');
  });

  it('Only a tile of an earlier day is late', () => {
    expect(board.tiles.filter((t) => isLate(t, board)).map((t) => t.id)).toEqual(['cost']);
  });

  it('A list may be narrowed', () => {
    expect(target('answers:West')).toEqual({ list: 'answers', of: 'West' });
    expect(target('risk')).toEqual({ list: 'risk', of: null });
    expect(target(null)).toBeNull();
  });
});

describe('small charts', () => {
  it('A hole in the data is a hole in the line', () => {
    expect(line([1, 2, null, 3], null).runs.length).toBe(2);
    expect(line([null, null], null)).toEqual({ runs: [], last: null, reference: [] });
  });

  it('The reference shares the scale of the line', () => {
    const drawn = line([4, 4], [5]);
    expect(drawn.reference).toEqual(['M0 2H120']);
    expect(drawn.last?.[1]).toBe(26);
  });

  it('Bars start at 0 and the highest fills the height', () => {
    expect(bars([5, 10, null, 0]).map((b) => b?.height)).toEqual([14, 28, undefined, 0]);
  });

  it('A funnel is told in parts of its first step', () => {
    expect(funnel([200, 100, 50])).toEqual([100, 50, 25]);
    expect(funnel([0, 0])).toEqual([0, 0]);
  });
});

describe('arrows between tiles', () => {
  const grid = [0, 1, 2, 3].map((i) => ({ left: (i % 2) * 100, top: Math.floor(i / 2) * 100, width: 95, height: 95 }));
  it('Go to the nearest tile in their direction, and stop at the edge', () => {
    expect(nearest(grid[0] ?? never(), grid, [1, 0])).toBe(1);
    expect(nearest(grid[0] ?? never(), grid, [0, 1])).toBe(2);
    expect(nearest(grid[3] ?? never(), grid, [-1, 0])).toBe(2);
    expect(nearest(grid[0] ?? never(), grid, [-1, 0])).toBeNull();
  });
});

function never(): never {
  throw new Error('no such tile');
}
