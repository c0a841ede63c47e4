import { useEffect, useRef, useState } from 'react';
import type { LetterAnswer, LettersDismissed, LetterView } from '../contracts';
import { explain, send } from '../api/http';
import { useResource } from '../api/useResource';
import { count } from '../format/numbers';
import { dateClock } from '../format/time';
import { useNow } from '../live/hooks';
import { Dialog } from '../ui/Dialog';
import { Status } from '../ui/Mark';
import { wayName } from './words';

interface Props {
  readonly id: number;
  readonly onClose: () => void;
  readonly onDone: (said: string) => void;
}

/** One refused event: what is wrong, its body to be corrected, checked and sent. */
export function LetterDialog({ id, onClose, onDone }: Props) {
  const letter = useResource<LetterView>(`/v1/dead-letters/${id}`);
  return (
    <Dialog title="A refused event" onClose={onClose} drawer>
      {letter.data === null ? <p className="mute" role="status">{letter.problem ?? 'Opening …'}</p> : <Opened view={letter.data} onDone={onDone} />}
    </Dialog>
  );
}

function Opened({ view: { letter: l, body, editable }, onDone }: { readonly view: LetterView; readonly onDone: (said: string) => void }) {
  const now = useNow();
  const [text, setText] = useState(() => pretty(body ?? ''));
  const [answer, setAnswer] = useState<LetterAnswer | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  // The dialog opened before its body was there.
  useEffect(() => field.current?.focus(), []);
  const fail = (error: unknown) => setProblem(explain(error));
  const run = (check: boolean) => {
    setProblem(null);
    setAnswer(null);
    send<LetterAnswer>('POST', `/v1/dead-letters/${l.id}/send`, { body: text, check }).then((a) => {
      if (a.outcome === 'refused' || check) setAnswer(a);
      else onDone(a.outcome === 'duplicate' ? 'It was there already: nothing counted twice.' : `Taken: ${count(a.events)} ${a.events === 1 ? 'event' : 'events'}.`);
    }, fail);
  };
  const dismiss = () => {
    send<LettersDismissed>('POST', '/v1/dead-letters/dismiss', { ids: [l.id] }).then(() => onDone('Dismissed.'), fail);
  };
  return (
    <>
      <dl className="facts letter-facts">
        <dt>Wrong</dt><dd>{l.reason === null ? <span className="mute">closed{l.by === null ? '' : ` by ${l.by}`}</span> : <Status standing="watch"><code>{l.field}</code> {l.reason}</Status>}</dd>
        {l.accepted !== null && <><dt>Accepted</dt><dd>{l.accepted}</dd></>}
        <dt>From</dt><dd>{l.source}, {wayName(l.way)}{l.place === null ? '' : `, ${l.place.split('\n')[0] ?? ''}`}</dd>
        <dt>Came</dt><dd>{dateClock(l.at, now)}{l.times > 1 && `, and ${count(l.times - 1)} more, last ${dateClock(l.lastAt, now)}`}</dd>
      </dl>
      {body === null ? <p className="mute">Its body is kept no longer.</p> : (
        <>
          <label className="field">
            <span>{editable ? 'As it came; correct it here' : 'As it came'}</span>
            <textarea ref={field} className="code" value={text} rows={Math.min(24, Math.max(8, text.split('\n').length + 1))} readOnly={!editable} spellCheck={false} onChange={(e) => { setText(e.target.value); setAnswer(null); }} />
            {!editable && <small>{l.cut ? 'It was too long to be kept whole: its source must send it again.' : 'Its source must send it again.'}</small>}
          </label>
          {answer !== null && answer.outcome === 'refused' && <p className="bad" role="alert"><code>{answer.field}</code> {answer.reason}. Accepted: {answer.accepted}</p>}
          {answer !== null && answer.outcome !== 'refused' && <p role="status"><Status standing="good">It would be taken: {count(answer.events)} {answer.events === 1 ? 'event' : 'events'}.</Status></p>}
          {problem !== null && <p className="bad" role="alert">{problem}</p>}
          <div className="form-end">
            <button className="btn" type="button" onClick={dismiss}>Dismiss</button>
            {editable && <button className="btn" type="button" onClick={() => run(true)}>Check</button>}
            {editable && <button className="btn go" type="button" onClick={() => run(false)}>Send again</button>}
          </div>
        </>
      )}
    </>
  );
}

/** JSON is indented for reading; what is none stays as it came. A number that JavaScript cannot hold would change, so it keeps a body as it is. */
function pretty(text: string): string {
  if (/\d{16}/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
