import type { ReactNode } from 'react';
import type { CardView, MergePreview, PersonSketch, SuggestionView } from '../contracts';
import { money } from '../format/money';
import { count } from '../format/numbers';
import { date } from '../format/time';
import { useNow } from '../live/hooks';
import { counterOf } from '../router';
import { Link } from '../ui/Link';

/** The two as they are, and the one that they would be: the same rules fold all three. */
export function Compared({ preview, pair }: { readonly preview: MergePreview; readonly pair: SuggestionView }) {
  const now = useNow();
  const cards = [preview.first, preview.second, preview.merged] as const;
  const rows: readonly (readonly [string, (card: CardView) => ReactNode])[] = [
    ['Name', (c) => `${c.person.preferredName} ${c.person.familyName}`.trim() || 'not known'],
    ['Born', (c) => c.person.birthYear ?? 'not known'],
    ['Phone', (c) => (c.person.phoneEnd === null ? 'not known' : `ends ${c.person.phoneEnd}`)],
    ['Keys', (c) => c.person.keys.map((k) => <span className="choice-line" key={`${k.source} ${k.key}`}>{k.key} <span className="mute">at {k.source}</span></span>)],
    ['With us', (c) => c.person.tenure ?? 'not known'],
    ['Sections now', (c) => (c.sections.length === 0 ? 'none' : c.sections.map((s) => s.title).join(', '))],
    ['Net paid', (c) => (c.value === null ? 'not shown' : money(c.value.netPaid, c.money.currency))],
    ['Balance', (c) => money(c.money.balance, c.money.currency)],
    ['Score', (c) => (c.score?.value == null ? 'not enough yet' : `${Math.round(c.score.value)} of 100`)],
    ['Flags', (c) => (c.flags.length === 0 ? 'none' : c.flags.map((f) => f.title).join(', '))],
    ['Events', (c) => count(c.more.facts)],
  ];
  return (
    <section className="panel compared" aria-labelledby="h-compared">
      <h2 className="cap" id="h-compared">As one <span className="mute">nothing is changed yet</span></h2>
      <div className="scroll" tabIndex={0} role="region" aria-label="The two, and as one">
        <table>
          <thead>
            <tr>
              <td />
              <th scope="col"><Link to={counterOf(preview.first.id)}>{pair.first.name}</Link><Last sketch={pair.first} now={now} /></th>
              <th scope="col"><Link to={counterOf(preview.second.id)}>{pair.second.name}</Link><Last sketch={pair.second} now={now} /></th>
              <th scope="col" className="one">As one person</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([title, of]) => (
              <tr key={title}>
                <th scope="row">{title}</th>
                {cards.map((c, i) => <td key={i} className={i === 2 ? 'one' : undefined}>{of(c)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Last({ sketch, now }: { readonly sketch: PersonSketch; readonly now: number }) {
  return sketch.lastAt === null ? null : <small className="mute choice-line">last heard {date(sketch.lastAt, now)}</small>;
}
