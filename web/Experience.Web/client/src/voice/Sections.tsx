import type { VoiceOfSection } from '../contracts';
import { count } from '../format/numbers';

interface Props {
  readonly sections: readonly VoiceOfSection[];
  readonly chosen: string | null;
  readonly choose: (section: string | null) => void;
}

/** What nobody is known for, by what it is about. A mean of few is said with its number. */
export function Sections({ sections, chosen, choose }: Props) {
  return (
    <section className="panel voice-sections" aria-labelledby="h-about">
      <h2 className="cap" id="h-about">What it is about</h2>
      <table>
        <thead><tr><th scope="col">Section</th><th scope="col" className="num">Said</th><th scope="col" className="num">Rating</th></tr></thead>
        <tbody>
          {sections.map((s) => (
            <tr key={s.section ?? ''}>
              <th scope="row">
                {s.section === null ? s.title : <button className="btn quiet" type="button" aria-pressed={s.section === chosen} onClick={() => choose(s.section === chosen ? null : s.section)}>{s.title}</button>}
              </th>
              <td className="num">{count(s.count)}</td>
              <td className="num">{s.rating === null ? <span className="mute">not rated</span> : <>{s.rating.toFixed(1)} <span className="mute">of {count(s.rated)}</span></>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
