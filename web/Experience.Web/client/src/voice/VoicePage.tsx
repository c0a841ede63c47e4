import { useState } from 'react';
import type { SearchHit, VoiceAnswer, VoicePage as Page, VoiceReceipt, VoiceView } from '../contracts';
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
import { useTitle } from '../ui/useTitle';
import { Sections } from './Sections';
import { WhoseDialog } from './WhoseDialog';
import '../styles/voice.css';

const size = 50;

/** What was said by nobody who is known, whose it is as staff say, and how to take that back. */
export function VoicePage() {
  useTitle('Public voice');
  const [attributed, setAttributed] = useState(false);
  const [section, setSection] = useState<string | null>(null);
  // Where each page begins; the newest first, so that one can go back.
  const [trail, setTrail] = useState<readonly string[]>([]);
  const [asked, setAsked] = useState<VoiceView | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const after = trail.at(-1);
  const query = new URLSearchParams({ limit: String(size), attributed: String(attributed) });
  if (section !== null) query.set('section', section);
  if (after !== undefined) query.set('after', after);
  const list = useResource<Page>(`/v1/voice?${query.toString()}`);

  const show = (what: boolean, of: string | null) => {
    setAttributed(what);
    setSection(of);
    setTrail([]);
  };
  const answer = (voice: VoiceView, person: SearchHit | null) => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    const body: VoiceAnswer = { id: newId(), voice: voice.key, person: person?.id ?? null };
    send<VoiceReceipt>('POST', '/v1/voice/answers', body).then(
      () => {
        setSaid(person === null ? 'Taken back: nobody is known for it.' : `It is on ${person.name}'s card now.`);
        setAsked(null);
        setBusy(false);
        list.again();
      },
      (error: unknown) => {
        setProblem(explain(error));
        setBusy(false);
      },
    );
  };
  const page = list.data;

  return (
    <Shell page="voice" skip={['voices', 'Skip to what was said']}>
      <main className="voice">
        <div className="bar">
          <h1>Public voice <span>{page === null ? '' : `${count(page.open)} that nobody is known for, ${count(page.attributed)} attributed.`}</span></h1>
          <div className="filters" role="group" aria-label="Which ones">
            <button className="btn" type="button" aria-pressed={!attributed} onClick={() => show(false, null)}>Nobody known</button>
            <button className="btn" type="button" aria-pressed={attributed} onClick={() => show(true, null)}>Attributed</button>
          </div>
          <p role="status" className="said">{said}</p>
          {problem !== null && asked === null && <p className="st bad" role="alert"><Mark shape="bad" />{problem}</p>}
        </div>
        <p className="mute note">
          Reviews and posts that came without a person. They count in no score and no board, which are of people; once somebody is known for one it counts with that person, as of the day it was said.
        </p>
        {page === null && <p className="mute" role="status">{list.problem ?? 'Reading what was said …'}</p>}
        {page !== null && (
          <div className="voice-parts">
            <section id="voices" tabIndex={-1} aria-label={attributed ? 'Attributed' : 'Nobody known'}>
              {section !== null && (
                <p className="only">Only about <b>{page.sections.find((s) => s.section === section)?.title ?? section}</b>. <button className="btn quiet" type="button" onClick={() => show(attributed, null)}>Show all</button></p>
              )}
              {page.voices.length === 0 && <p className="panel nothing">{attributed ? 'Nothing is attributed to anybody.' : 'Nothing came that nobody is known for.'}</p>}
              <ul className="voices">
                {page.voices.map((v) => (
                  <Voice key={`${v.key.source} ${v.key.key}`} voice={v} busy={busy} ask={() => {
                    setProblem(null);
                    setAsked(v);
                  }} takeBack={() => answer(v, null)} />
                ))}
              </ul>
              {(trail.length > 0 || page.next !== null) && (
                <p className="turn">
                  <button className="btn" type="button" disabled={trail.length === 0} onClick={() => setTrail(trail.slice(0, -1))}>Newer</button>
                  <button className="btn" type="button" disabled={page.next === null} onClick={() => page.next !== null && setTrail([...trail, page.next])}>Older</button>
                  <span className="mute">{count(page.total)} in all</span>
                </p>
              )}
            </section>
            {!attributed && page.sections.length > 0 && <Sections sections={page.sections} chosen={section} choose={(of) => show(false, of)} />}
          </div>
        )}
        {asked !== null && <WhoseDialog voice={asked} busy={busy} problem={problem} choose={(hit) => answer(asked, hit)} onClose={() => setAsked(null)} />}
      </main>
    </Shell>
  );
}

interface VoiceProps {
  readonly voice: VoiceView;
  readonly busy: boolean;
  readonly ask: () => void;
  readonly takeBack: () => void;
}

function Voice({ voice, busy, ask, takeBack }: VoiceProps) {
  const now = useNow();
  const about = `${voice.text}${voice.words === null ? '' : `: ${voice.words.slice(0, 40)}`}`;
  return (
    <li className="panel">
      <h2>{voice.text}</h2>
      {voice.words !== null && <blockquote>{voice.words}</blockquote>}
      <p className="mute">{[date(voice.at, now), voice.site, voice.channel, voice.key.source].filter((part) => part !== null).join(' · ')}</p>
      {voice.person === null ? (
        <button className="btn" type="button" disabled={busy} aria-label={`Whose is it? ${about}`} onClick={ask}>Whose is it?</button>
      ) : (
        <p className="whose">Of <Link to={counterOf(voice.person.id)}>{voice.person.name}</Link> <button className="btn quiet" type="button" disabled={busy} aria-label={`Take back: ${about}`} onClick={takeBack}>Take back</button></p>
      )}
    </li>
  );
}
