import { describe, expect, it } from 'vitest';
import type { ReportChart } from '../src/contracts';
import { dataOf, plot, tick } from '../src/models/plot';
import { valueReport } from './fixtures/models';

const [bars, lines, reliability] = valueReport.report.sections[1]?.charts ?? [];
const given = (chart: ReportChart | undefined): ReportChart => {
  if (chart === undefined) throw new Error('no chart');
  return chart;
};

describe('a picture', () => {
  it('holds every value of its series within its frame, at any width', () => {
    for (const chart of [given(bars), given(lines), given(reliability)]) {
      for (const width of [280, 640, 760]) {
        const drawn = plot(chart, width);
        for (const series of chart.series) {
          series.x.forEach((x, i) => {
            expect(drawn.x(x)).toBeGreaterThanOrEqual(drawn.left);
            expect(drawn.x(x)).toBeLessThanOrEqual(drawn.right);
            expect(drawn.y(series.y[i] ?? NaN)).toBeGreaterThanOrEqual(drawn.top - 0.001);
            expect(drawn.y(series.y[i] ?? NaN)).toBeLessThanOrEqual(drawn.bottom);
          });
        }
      }
    }
  });

  it('begins at nothing and ticks in steps of one, two or five', () => {
    expect(plot(given(bars), 640).yTicks).toEqual([0, 500, 1000, 1500]);
    expect(plot(given(reliability), 640).yTicks.map((y) => tick(y, { title: '', unit: 'share' }))).toEqual(['0 %', '20 %', '40 %', '60 %', '80 %', '100 %']);
  });

  it('of nothing is still a frame', () => {
    const drawn = plot({ ...given(lines), series: [] }, 640);
    expect(Number.isFinite(drawn.x(0))).toBe(true);
    expect(Number.isFinite(drawn.y(0))).toBe(true);
  });

  it('tells its data as a table, series side by side', () => {
    expect(dataOf(given(bars))).toEqual({
      columns: ['Count', 'Happened', 'BG/NBD', 'MBG/NBD'],
      rows: [['0', '1,411', '1,408', '1,419'], ['1', '439', '460', '429'], ['2+', '214', '193', '199']],
    });
    expect(dataOf(given(reliability)).rows[1]).toEqual(['MBG/NBD', '55 %', '50.0 %']);
  });
});
