import type { SourceRhythm } from '../contracts';

const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** From this share of weeks on, an hour is one in which the source normally speaks. */
const usual = 0.7;

/** The week as squares: the darker, the more often it spoke then. The same in words for who cannot see them. */
export function Rhythm({ rhythm, name }: { readonly rhythm: SourceRhythm; readonly name: string }) {
  if (rhythm.hoursSeen === 0) return <p className="mute">Not learned yet: it needs two weeks.</p>;
  return (
    <figure className="rhythm">
      <svg viewBox="0 0 290 92" role="img" aria-label={`${name}: ${words(rhythm.shares)}`}>
        {days.map((d, row) => <text key={d} x="0" y={row * 12 + 9.5}>{d}</text>)}
        {rhythm.shares.map((share, hour) => (
          <rect key={hour} x={26 + (hour % 24) * 11} y={Math.floor(hour / 24) * 12} width="10" height="11" className={share === null ? 'unknown' : undefined} style={share === null ? undefined : { fillOpacity: 0.08 + 0.92 * share }} />
        ))}
        {[0, 6, 12, 18].map((h) => <text key={h} x={26 + h * 11} y="92">{h}</text>)}
      </svg>
      <figcaption>{rhythm.learned ? 'Silence at hours when it normally speaks is raised.' : `Learning: ${Math.floor(rhythm.hoursSeen / 24)} of 14 days.`}</figcaption>
    </figure>
  );
}

function words(shares: readonly (number | null)[]): string {
  const said = days.flatMap((d, row) => {
    const hours = shares.slice(row * 24, row * 24 + 24).flatMap((share, h) => (share !== null && share >= usual ? [h] : []));
    const first = hours[0];
    const last = hours.at(-1);
    return first === undefined || last === undefined ? [] : [`${d} ${first} to ${last + 1}`];
  });
  return said.length === 0 ? 'no hour in which it normally speaks' : `normally speaks ${said.join(', ')}`;
}
