import { useEffect, useId, useRef, useState } from 'react';
import type { ChartSeries, ReportChart } from '../contracts';
import { ReportTable } from './ReportTable';
import { dataOf, plot, tick, type Plot } from './plot';

/** What a picture is drawn at before its room is known. */
const usualWidth = 640;

/** One picture of a report, its legend, and its data as a table. */
export function ChartFigure({ chart }: { readonly chart: ReportChart }) {
  const [room, width] = useWidth();
  const id = useId();
  const drawn = plot(chart, width);
  const styles = stylesOf(chart.series);
  const data = dataOf(chart);
  return (
    <figure className="chart">
      <figcaption id={id}><b>{chart.title}.</b> {chart.caption}</figcaption>
      <div ref={room}>
        <svg width={drawn.width} height={drawn.height} viewBox={`0 0 ${drawn.width} ${drawn.height}`} role="img" aria-labelledby={id}>
          <Axes chart={chart} at={drawn} />
          {chart.kind === 'reliability' && <path className="s ref" d={`M${drawn.x(0)} ${drawn.y(0)}L${drawn.x(1)} ${drawn.y(1)}`} />}
          {chart.mark !== null && (
            <>
              <path className="s division" d={`M${drawn.x(chart.mark.x)} ${drawn.top}V${drawn.bottom}`} />
              <text x={drawn.x(chart.mark.x) - 6} y={drawn.top + 10} textAnchor="end">{chart.mark.label}</text>
            </>
          )}
          {chart.series.map((s, i) => <Series key={s.name} chart={chart} series={s} style={styles[i] ?? ''} at={drawn} />)}
        </svg>
      </div>
      <ul className="legend">
        {chart.series.map((s, i) => (
          <li key={s.name}><Key chart={chart} series={s} style={styles[i] ?? ''} />{s.name}{s.role === 'chosen' && <span className="mute">, chosen</span>}</li>
        ))}
      </ul>
      <details>
        <summary>The data of this picture</summary>
        <ReportTable caption={chart.title} columns={data.columns} rows={data.rows} />
      </details>
    </figure>
  );
}

function Axes({ chart, at }: { readonly chart: ReportChart; readonly at: Plot }) {
  return (
    <g aria-hidden="true">
      {at.yTicks.map((value) => (
        <g key={value}>
          <path className="grid" d={`M${at.left} ${at.y(value)}H${at.right}`} />
          <text x={at.left - 7} y={at.y(value) + 4} textAnchor="end">{tick(value, chart.y)}</text>
        </g>
      ))}
      {at.xTicks.map((value) => <text key={value} x={at.x(value)} y={at.bottom + 17} textAnchor="middle">{chart.categories[value] ?? tick(value, chart.x)}</text>)}
      <path className="axis" d={`M${at.left} ${at.bottom}H${at.right}`} />
      <text className="title" x={(at.left + at.right) / 2} y={at.height - 10} textAnchor="middle">{chart.x.title}</text>
      <text className="title" transform={`translate(11 ${(at.top + at.bottom) / 2}) rotate(-90)`} textAnchor="middle">{chart.y.title}</text>
    </g>
  );
}

interface Drawn {
  readonly chart: ReportChart;
  readonly series: ChartSeries;
  readonly style: string;
}

function Series({ chart, series, style, at }: Drawn & { readonly at: Plot }) {
  const points = series.x.map((x, i) => [at.x(x), at.y(series.y[i] ?? 0)] as const);
  if (chart.kind === 'bars' && series.role === 'actual') {
    return <>{points.map(([x, y]) => <rect key={x} className="bar-of" x={x - at.step * 0.3} y={y} width={at.step * 0.6} height={Math.max(0, at.bottom - y)} />)}</>;
  }
  return (
    <>
      {chart.kind !== 'bars' && <path className={`s ${style}`} d={points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('')} />}
      {chart.kind !== 'lines' && points.map(([x, y]) => <Dot key={`${x} ${y}`} style={style} x={x} y={y} />)}
    </>
  );
}

/** Models differ by shape too: circle, square, diamond, triangle. */
function Dot({ style, x, y }: { readonly style: string; readonly x: number; readonly y: number }) {
  const name = `s dot-of ${style}`;
  if (style.endsWith('o1')) return <rect className={name} x={x - 4} y={y - 4} width="8" height="8" />;
  if (style.endsWith('o2')) return <path className={name} d={`M${x} ${y - 5.5}l5.5 5.5l-5.5 5.5l-5.5 -5.5z`} />;
  if (style.endsWith('o3')) return <path className={name} d={`M${x} ${y - 5.5}l5.5 9.5h-11z`} />;
  return <circle className={name} cx={x} cy={y} r="4.5" />;
}

function Key({ chart, series, style }: Drawn) {
  return (
    <svg className="key" viewBox="0 0 28 12" aria-hidden="true">
      {chart.kind === 'bars' && series.role === 'actual' ? (
        <rect className="bar-of" x="8" y="1" width="12" height="10" />
      ) : (
        <>
          {chart.kind !== 'bars' && <path className={`s ${style}`} d="M1 6H27" />}
          {chart.kind !== 'lines' && series.role !== 'reference' && <Dot style={style} x={14} y={6} />}
        </>
      )}
    </svg>
  );
}

function stylesOf(series: readonly ChartSeries[]): string[] {
  let others = 0;
  return series.map((s) => (s.role === 'other' ? `other o${others++ % 4}` : s.role === 'reference' ? 'ref' : s.role));
}

/** The room that a picture has; it is drawn at its own size, so that its words stay readable on a phone. */
function useWidth() {
  const room = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(usualWidth);
  useEffect(() => {
    const element = room.current;
    if (element === null || typeof ResizeObserver === 'undefined') return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined && entry.contentRect.width > 0) setWidth(Math.round(Math.min(760, entry.contentRect.width)));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [room, width] as const;
}
