import { useEffect, useId, useState } from 'react';
import type { SearchHit, SearchResult, VoiceView } from '../contracts';
import { useResource } from '../api/useResource';
import { Dialog } from '../ui/Dialog';
import { Mark } from '../ui/Mark';

/** Typing faster than this is one question, in ms. */
const pause = 150;

interface Props {
  readonly voice: VoiceView;
  readonly busy: boolean;
  readonly problem: string | null;
  readonly choose: (hit: SearchHit) => void;
  readonly onClose: () => void;
}

/** Finds the person who said it. Nothing is guessed: what a name in a review is worth, staff know. */
export function WhoseDialog({ voice, busy, problem, choose, onClose }: Props) {
  const id = useId();
  const [text, setText] = useState('');
  const [query, setQuery] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setQuery(text.trim()), pause);
    return () => clearTimeout(timer);
  }, [text]);
  const found = useResource<SearchResult>(query === '' ? null : `/v1/search?q=${encodeURIComponent(query)}&limit=10`);
  return (
    <Dialog title="Whose is it?" note={voice.words ?? voice.text} onClose={onClose}>
      <div className="whose-find">
        <label htmlFor={id}>Name, phone or e-mail of the person</label>
        <input id={id} type="text" data-first="" autoComplete="off" spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} />
        {problem !== null && <p className="st bad" role="alert"><Mark shape="bad" />{problem}</p>}
        <p role="status" className="mute">
          {query === '' ? 'It goes to the card of whom you choose, and can be taken back.' : found.data === null ? (found.problem ?? 'Looking …') : found.data.hits.length === 0 ? 'Nobody is called so.' : ''}
        </p>
        <ul>
          {(query === '' ? [] : (found.data?.hits ?? [])).map((hit) => (
            <li key={hit.id}>
              <button className="btn" type="button" disabled={busy} onClick={() => choose(hit)}>
                <b>{hit.name}</b> <span className="mute">{[hit.birthYear === null ? null : `born ${hit.birthYear}`, hit.match, hit.detail].filter((part) => part !== null && part !== '').join(' · ')}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}
