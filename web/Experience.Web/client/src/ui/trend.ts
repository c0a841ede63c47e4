/** Geometry of the small charts, in the units of a 120 × 28 view box. */
export const width = 120;
export const height = 28;
const top = 2;
/** The last point is a dot, which must not be cut off at the right. */
const right = 117;

type Points = readonly (number | null)[];

export interface Line {
  /** One path for each run of measured points: a hole in the data is a hole in the line. */
  readonly runs: readonly string[];
  readonly last: readonly [number, number] | null;
  readonly reference: readonly string[];
}

/** Lines need not start at 0: what is read is their course. */
export function line(points: Points, reference: Points | null): Line {
  const numbers = [...points, ...(reference ?? [])].filter((v) => v !== null);
  if (numbers.length === 0) return { runs: [], last: null, reference: [] };
  const low = Math.min(...numbers);
  const high = Math.max(...numbers);
  const y = (v: number) => (high === low ? height / 2 : top + ((high - v) / (high - low)) * (height - 2 * top));
  const step = points.length > 1 ? right / (points.length - 1) : 0;
  const place = (v: number, i: number): readonly [number, number] => [round(points.length > 1 ? i * step : right), round(y(v))];
  const lastAt = points.findLastIndex((v) => v !== null);
  const lastValue = points[lastAt];
  const flat = reference?.length === 1 ? reference[0] : undefined;
  return {
    runs: runs(points, place),
    last: lastValue == null ? null : place(lastValue, lastAt),
    reference: flat != null ? [`M0 ${round(y(flat))}H${width}`] : runs(reference ?? [], place),
  };
}

function runs(points: Points, place: (v: number, i: number) => readonly [number, number]): string[] {
  const paths: string[] = [];
  let path = '';
  points.forEach((v, i) => {
    if (v === null) {
      if (path !== '') paths.push(path);
      path = '';
      return;
    }
    const [x, y] = place(v, i);
    path += path === '' ? `M${x} ${y}` : `L${x} ${y}`;
  });
  if (path !== '') paths.push(path);
  // A single point between holes would be no line at all: it is drawn as a short one.
  return paths.map((p) => (p.includes('L') ? p : `${p}h.01`));
}

export interface Bar {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Bars always start at 0: what is read is their size. A missing one is an empty place. */
export function bars(points: Points): readonly (Bar | null)[] {
  const high = Math.max(0, ...points.filter((v) => v !== null));
  const step = width / Math.max(1, points.length);
  return points.map((v, i) => {
    if (v === null) return null;
    const size = high === 0 ? 0 : (Math.max(0, v) / high) * height;
    return { x: round(i * step + step * 0.14), y: round(height - size), width: round(step * 0.72), height: round(size) };
  });
}

/** Lengths of a funnel's bars in percent of its first. */
export function funnel(points: Points): readonly number[] {
  const first = points[0] ?? 0;
  return points.map((v) => (first <= 0 ? 0 : round(Math.min(1, Math.max(0, (v ?? 0) / first)) * 100)));
}

function round(v: number): number {
  return Math.round(v * 10) / 10;
}
