import { useState } from 'react';
import type { MergedView, MergePreview, SameAnswer, SameReceipt, SourceKey, SuggestionsView, SuggestionView } from '../contracts';
import { newId } from '../api/actions';
import { explain, send } from '../api/http';
import { useResource } from '../api/useResource';
import { count } from '../format/numbers';
import { date } from '../format/time';
import { useNow } from '../live/hooks';
import { counterOf } from '../router';
import { Shell } from '../shell/Shell';
import { Link } from '../ui/Link';
import { Mark } from '../ui/Mark';
import { useKeys } from '../ui/useKeys';
import { useTitle } from '../ui/useTitle';
import { Compared } from './Compared';
import '../styles/same.css';

const path = '/v1/identity/suggestions?limit=50';

interface Said {
  readonly text: string;
  readonly first: SourceKey;
  readonly second: SourceKey;
  /** What was said before, which undoing says again. */
  readonly undo: 'same' | 'different';
}

/** Who looks like one person, with what speaks for it, and what the two would be as one. Nothing is merged before somebody says so. */
export function SamePage() {
  useTitle('Same person?');
  const list = useResource<SuggestionsView>(path);
  const [chosen, setChosen] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<Said | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const pairs = list.data?.suggestions ?? [];
  const at = Math.max(0, pairs.findIndex((s) => s.id === chosen));
  const shown = pairs[at] ?? null;
  const preview = useResource<MergePreview>(
    shown === null ? null : `/v1/identity/preview?first=${encodeURIComponent(shown.first.id)}&second=${encodeURIComponent(shown.second.id)}`);

  const answer = (what: 'same' | 'different', first: SourceKey, second: SourceKey, text: string) => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    const body: SameAnswer = { id: newId(), answer: what, first, second };
    send<SameReceipt>('POST', '/v1/identity/answers', body).then(
      () => {
        setSaid({ text, first, second, undo: what === 'same' ? 'different' : 'same' });
        setBusy(false);
        list.again();
      },
      (error: unknown) => {
        setProblem(explain(error));
        setBusy(false);
      },
    );
  };
  const say = (what: 'same' | 'different') => {
    const [first, second] = [shown?.first.keys[0], shown?.second.keys[0]];
    if (shown === null || first === undefined || second === undefined) return;
    answer(what, first, second, what === 'same' ? `${shown.first.name} and ${shown.second.name} are one person now.` : `${shown.first.name} and ${shown.second.name} stay two people.`);
  };
  const step = (by: number) => setChosen(pairs[Math.min(pairs.length - 1, Math.max(0, at + by))]?.id ?? null);
  const undo = () => {
    // Undoing "two people" would merge them: only a merge is undone from here.
    if (said?.undo === 'different') answer('different', said.first, said.second, 'Undone: they are two people again.');
  };
  useKeys({ j: () => step(1), k: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1), s: () => say('same'), d: () => say('different'), u: undo });

  return (
    <Shell page="same" skip={['pair', 'Skip to the two people']}>
      <main className="same">
        <div className="bar">
          <h1>Same person? <span>{list.data === null ? '' : `${count(list.data.total)} to look at. A shared e-mail alone is a household, and never asked about.`}</span></h1>
          <p role="status" className="said">
            {said !== null && <>{said.text} {said.undo === 'different' && <button className="btn quiet" type="button" aria-keyshortcuts="U" disabled={busy} onClick={undo}>Undo <kbd>U</kbd></button>}</>}
          </p>
          {problem !== null && <p className="st bad" role="alert"><Mark shape="bad" />{problem}</p>}
        </div>
        {list.data === null && <p className="mute" role="status">{list.problem ?? 'Looking for people who look like one …'}</p>}
        {list.data !== null && !list.data.ready && <p className="mute" role="status">Not everybody has been looked at yet.</p>}
        {list.data !== null && pairs.length === 0 && <p className="panel nothing">Nobody looks like somebody else.</p>}
        {shown !== null && (
          <div className="pairs-and-pair">
            <nav className="pairs" aria-label="People who look like one">
              {pairs.map((s) => <Pair key={s.id} pair={s} current={s.id === shown.id} choose={() => setChosen(s.id)} />)}
            </nav>
            <div id="pair" tabIndex={-1}>
              <section className="panel" aria-labelledby="h-evidence">
                <h2 className="cap" id="h-evidence">What speaks for it</h2>
                <ul className="evidence">
                  {shown.evidence.map((e) => (
                    <li key={e.kind}><span className={`st ${e.for ? 'good' : 'bad'}`}><Mark shape={e.for ? 'good' : 'bad'} /><span className="sr">{e.for ? 'for: ' : 'against: '}</span>{e.text}</span></li>
                  ))}
                </ul>
                <p className="answers">
                  <button className="btn primary" type="button" aria-keyshortcuts="S" disabled={busy} onClick={() => say('same')}>Same person <kbd>S</kbd></button>
                  <button className="btn" type="button" aria-keyshortcuts="D" disabled={busy} onClick={() => say('different')}>Two people <kbd>D</kbd></button>
                </p>
              </section>
              {preview.data === null ? <p className="mute" role="status">{preview.problem ?? 'Folding the two as one …'}</p> : <Compared preview={preview.data} pair={shown} />}
            </div>
          </div>
        )}
        {list.data !== null && list.data.merged.length > 0 && (
          <Merged merged={list.data.merged} busy={busy} part={(m) => answer('different', m.first, m.second, `Undone: ${keyText(m.first)} and ${keyText(m.second)} are two people again.`)} />
        )}
      </main>
    </Shell>
  );
}

function keyText(key: SourceKey): string {
  return `${key.key} at ${key.source}`;
}

function Pair({ pair, current, choose }: { readonly pair: SuggestionView; readonly current: boolean; readonly choose: () => void }) {
  return (
    <button type="button" className="panel pair" aria-current={current ? 'true' : undefined} onClick={choose}>
      <b>{pair.first.name}</b>
      <b>{pair.second.name}</b>
      <small>{pair.evidence.filter((e) => e.for).slice(0, 2).map((e) => e.text).join(' · ')}</small>
    </button>
  );
}

/** A merge is undone here as long as it stands; both keep what was recorded under their own key. */
function Merged({ merged, busy, part }: { readonly merged: readonly MergedView[]; readonly busy: boolean; readonly part: (merged: MergedView) => void }) {
  const now = useNow();
  return (
    <section className="panel merged" aria-labelledby="h-merged">
      <h2 className="cap" id="h-merged">Merged <span className="mute">newest first; each can be undone</span></h2>
      <table>
        <thead><tr><th scope="col">Person</th><th scope="col">Keys</th><th scope="col">When</th><th scope="col"><span className="sr">Undo</span></th></tr></thead>
        <tbody>
          {merged.map((m) => (
            <tr key={`${m.first.source} ${m.first.key} ${m.second.source} ${m.second.key}`}>
              <th scope="row"><Link to={counterOf(m.person)}>{m.name}</Link></th>
              <td>{keyText(m.first)} and {keyText(m.second)}</td>
              <td>{date(m.at, now)}</td>
              <td><button className="btn quiet" type="button" disabled={busy} aria-label={`Undo the merge of ${m.first.key} and ${m.second.key}`} onClick={() => part(m)}>Undo</button></td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
