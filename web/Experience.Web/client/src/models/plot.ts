import type { ChartAxis, ReportChart } from '../contracts';

/** Where things lie in a picture of a given width; all in CSS pixels. */
export interface Plot {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
  /** Room of one category. */
  readonly step: number;
}

const margin = { left: 66, right: 16, top: 14, bottom: 50 };

/** Both axes hold all series. Counts, shares and bars begin at 0; a reliability picture is the whole square. */
export function plot(chart: ReportChart, width: number): Plot {
  const height = Math.round(Math.min(360, Math.max(230, width * 0.5)));
  const square = chart.kind === 'reliability';
  const xs = square ? [0, 1] : chart.series.flatMap((s) => s.x);
  const ys = square ? [0, 1] : chart.series.flatMap((s) => s.y);
  const categories = chart.categories.length;
  const xLow = categories > 0 ? -0.5 : Math.min(...(xs.length > 0 ? xs : [0]));
  const xHigh = categories > 0 ? categories - 0.5 : Math.max(xLow + Number.EPSILON, ...xs);
  const low = Math.min(0, ...ys);
  const yStep = nice(Math.max(1e-9, Math.max(0, ...ys) - low), 5);
  const yLow = Math.floor(low / yStep) * yStep;
  const yHigh = Math.max(yLow + yStep, Math.ceil(Math.max(0, ...ys) / yStep - 1e-9) * yStep);
  const xStep = nice(xHigh - xLow, width < 480 ? 4 : 6);
  const right = width - margin.right;
  const bottom = height - margin.bottom;
  const x = (value: number) => margin.left + ((value - xLow) / (xHigh - xLow || 1)) * (right - margin.left);
  const y = (value: number) => bottom - ((value - yLow) / (yHigh - yLow)) * (bottom - margin.top);
  return {
    width, height, left: margin.left, right, top: margin.top, bottom, x, y,
    xTicks: categories > 0 ? chart.categories.map((_, i) => i) : between(Math.ceil(xLow / xStep - 1e-9) * xStep, xHigh, xStep),
    yTicks: between(yLow, yHigh, yStep),
    step: (right - margin.left) / Math.max(1, categories),
  };
}

function nice(range: number, ticks: number): number {
  const raw = range / ticks;
  const power = 10 ** Math.floor(Math.log10(raw));
  const part = raw / power;
  return (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10) * power;
}

function between(low: number, high: number, step: number): number[] {
  return Array.from({ length: Math.floor((high - low) / step + 1e-9) + 1 }, (_, i) => low + i * step);
}

const tickFormat = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });

export function tick(value: number, axis: ChartAxis): string {
  return axis.unit === 'share' ? `${Math.round(value * 1000) / 10} %` : tickFormat.format(value).replace('-', '\u2212');
}

/** The digits of a whole column: enough for three significant ones of its largest value. */
export function columnFormat(values: readonly number[], axis: ChartAxis): (value: number) => string {
  if (axis.unit === 'share') return (value) => `${(value * 100).toFixed(1)} %`;
  const largest = Math.max(0, ...values.map(Math.abs));
  const digits = largest >= 1000 ? 0 : largest >= 100 ? 1 : largest >= 10 ? 2 : 3;
  const format = new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return (value) => format.format(value).replace('-', '\u2212');
}

export interface DataTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The data of a picture, for those who do not see it and those who want the digits. */
export function dataOf(chart: ReportChart): DataTable {
  const series = chart.series.filter((s) => s.role !== 'reference');
  const y = columnFormat(series.flatMap((s) => s.y), chart.y);
  const x = (value: number) => chart.categories[value] ?? tick(value, chart.x);
  if (chart.kind === 'reliability') {
    return { columns: ['Series', chart.x.title, chart.y.title], rows: series.flatMap((s) => s.x.map((at, i) => [s.name, tick(at, chart.x), y(s.y[i] ?? 0)])) };
  }
  const places = [...new Set(series.flatMap((s) => s.x))].sort((a, b) => a - b);
  const known = series.map((s) => new Map(s.x.map((at, i) => [at, s.y[i] ?? 0])));
  return {
    columns: [chart.x.title, ...series.map((s) => s.name)],
    rows: places.map((at) => [
      x(at),
      ...known.map((values) => {
        const value = values.get(at);
        return value === undefined ? '–' : y(value);
      }),
    ]),
  };
}
