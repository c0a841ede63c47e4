import type { Trend } from '../contracts';
import { bars, funnel, height, line, width } from './trend';

/** A small chart of a figure's course. Its words stand beside it for those who do not see it. */
export function TrendChart({ trend, format }: { readonly trend: Trend; readonly format: (value: number) => string }) {
  const measured = trend.points.filter((v) => v !== null);
  if (measured.length === 0) return null;
  const first = measured[0] ?? 0;
  const last = measured[measured.length - 1] ?? 0;
  const words =
    trend.kind === 'funnel'
      ? trend.points.map((v, i) => `${trend.labels[i] ?? ''} ${v === null ? 'not measured' : format(v)}`.trim()).join(', ')
      : `${trend.caption}: from ${format(first)} to ${format(last)}`;
  return (
    <figure className="trend">
      {trend.kind === 'funnel' ? <FunnelBars trend={trend} /> : trend.kind === 'bars' ? <BarChart points={trend.points} /> : <LineChart points={trend.points} reference={trend.reference} />}
      <figcaption className="sr">{words}</figcaption>
    </figure>
  );
}

export function LineChart({ points, reference }: { readonly points: readonly (number | null)[]; readonly reference: readonly (number | null)[] | null }) {
  const drawn = line(points, reference);
  return (
    <svg className="sp" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {drawn.reference.map((d) => <path key={d} className="ref" d={d} />)}
      {drawn.runs.map((d) => <path key={d} className="line" d={d} />)}
      {drawn.last !== null && <path className="dot" d={`M${drawn.last[0]} ${drawn.last[1]}h.01`} />}
    </svg>
  );
}

function BarChart({ points }: { readonly points: readonly (number | null)[] }) {
  const drawn = bars(points);
  return (
    <svg className="sp" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {drawn.map((bar, i) => bar && <rect key={i} {...bar} fill={i === drawn.length - 1 ? 'var(--plot)' : 'var(--plot-2)'} />)}
    </svg>
  );
}

function FunnelBars({ trend }: { readonly trend: Trend }) {
  return (
    <div className="funnel" aria-hidden="true">
      {funnel(trend.points).map((size, i) => <i key={i} style={{ inlineSize: `${size}%` }} />)}
    </div>
  );
}
