import { useEffect, useState, type DragEvent } from 'react';
import type { ArrivalsView, ArrivalView, ImportView, StartView } from '../contracts';
import { explain, send } from '../api/http';
import { imports } from '../api/imports';
import { useResource } from '../api/useResource';
import { count } from '../format/numbers';
import { useTopic } from '../live/hooks';
import { counterOf, go } from '../router';
import { useHere } from '../shell/program';
import { Shell } from '../shell/Shell';
import { Link } from '../ui/Link';
import { Mark, Status } from '../ui/Mark';
import { useKeys } from '../ui/useKeys';
import { useTitle } from '../ui/useTitle';
import { ImportDialog } from './ImportDialog';
import { SettingsDialog } from './SettingsDialog';

/** The first page of an empty folder: the sample, a file, or a system that sends. */
export function StartPage() {
  useTitle('Start');
  const { status } = useHere();
  const empty = status === null || status.events === 0;
  // Not asked again when the first event comes in: the command stays on screen, to be sent once more.
  const start = useResource<StartView>('/v1/start', String(status?.sample ?? false));
  const sample = useSample();
  const file = useImport();
  const copy = useCopy(start.data?.curl ?? null);
  const [settings, setSettings] = useState(false);

  useKeys({ '1': sample.begin, '2': () => document.getElementById(fileInput)?.click(), '3': copy.run });

  return (
    <Shell page="start" skip={['main', 'Skip to the three ways in']}>
      <main id="main" className="start-main">
        <h1>{empty ? 'No data yet. Three ways in.' : 'Data are in. Three ways to more.'}</h1>
        <p className="lead">Experience shows staff the person in front of them and shows leaders what to mend first. It needs people and what happened to them.</p>
        <ol className="ways">
          <li><SampleWay sample={sample} /></li>
          <li><FileWay file={file} /></li>
          <li><EventWay start={start.data} copy={copy} /></li>
        </ol>
        {status?.sample === true && <p className="notes">While the sample is shown, files and events go into the sample, beside invented people. Leave it first to keep your own data apart.</p>}
        {start.problem !== null && <p className="bad" role="alert">{start.problem}</p>}
        {start.data !== null && <Facts start={start.data} empty={empty} onChange={() => setSettings(true)} />}
      </main>
      {file.view !== null && <ImportDialog view={file.view} onView={file.setView} onClose={() => file.setView(null)} />}
      {settings && start.data !== null && <SettingsDialog start={start.data} onDone={start.again} onClose={() => setSettings(false)} />}
    </Shell>
  );
}

interface Sample {
  readonly begin: () => void;
  readonly leave: () => void;
  readonly busy: boolean;
  readonly problem: string | null;
  readonly share: number | null;
  readonly done: number;
}

/** Starts the sample and follows it in; the board opens when it is filled, not before: empty tiles are no welcome. */
function useSample(): Sample {
  const { status } = useHere();
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const view = status?.sampleProgram;
  const filling = view?.phase === 'filling';
  const streaming = view?.phase === 'streaming' && status?.sample === true;

  useEffect(() => {
    if (asked && streaming) go('/board');
  }, [asked, streaming]);

  // Another browser started it: this one follows.
  if (filling && !asked) setAsked(true);

  const begin = () => {
    if (streaming) {
      go('/board');
      return;
    }
    if (asked || filling) return;
    setAsked(true);
    setProblem(null);
    send('POST', '/v1/sample', {}).catch((error: unknown) => {
      setAsked(false);
      setProblem(explain(error));
    });
  };
  const leave = () => {
    setAsked(false);
    send('DELETE', '/v1/sample', {}).catch((error: unknown) => setProblem(explain(error)));
  };
  return {
    begin,
    leave,
    busy: filling || (asked && !streaming && problem === null && view?.phase !== 'failed'),
    problem: problem ?? (view?.phase === 'failed' ? (view.problem ?? 'The sample failed.') : null),
    share: view !== undefined && view.total > 0 && filling ? view.done / view.total : null,
    done: view?.done ?? 0,
  };
}

function SampleWay({ sample }: { readonly sample: Sample }) {
  const { status } = useHere();
  const running = status?.sample === true && status.sampleProgram.phase === 'streaming';
  return (
    <section className="way panel main-way" aria-labelledby="w1">
      <h2 id="w1">Explore the sample <kbd>1</kbd></h2>
      <p>Riverbend College: three years that end today, and go on while you watch.</p>
      <ul>
        <li><b>6,000</b> <span>invented people</span></li>
        <li><b>140</b> <span>sections a term</span></li>
        <li><b>15 s</b> <span>to fill, at most</span></li>
        <li><b>Look up</b> <span>Maria Delgado, Walter Pym, the Okafors</span></li>
        <li><b>Labelled</b> <span>as sample on every page</span></li>
      </ul>
      <div className="act">
        {sample.busy ? (
          <div className="filling" role="status">
            <span>{sample.share === null ? 'Starting' : `${count(sample.done)} events, ${Math.floor(sample.share * 100)} %`}</span>
            <progress aria-label="Filling the sample" {...(sample.share === null ? {} : { value: sample.share })} max={1} />
          </div>
        ) : (
          <button className="btn" type="button" aria-keyshortcuts="1" onClick={sample.begin} autoFocus>{running ? 'Back to the sample' : 'Explore the sample'}</button>
        )}
        {running && <button className="btn" type="button" onClick={sample.leave}>Leave it, use my own data</button>}
      </div>
      {sample.problem !== null && <p role="alert">{sample.problem}</p>}
    </section>
  );
}

/** A file field cannot be styled or opened by a key: a button and a key click the hidden one. */
const fileInput = 'start-file';

interface FileImport {
  readonly view: ImportView | null;
  readonly setView: (view: ImportView | null) => void;
  readonly take: (file: File | undefined) => void;
  readonly uploading: string | null;
  readonly problem: string | null;
}

function useImport(): FileImport {
  const [view, setView] = useState<ImportView | null>(null);
  const [uploading, setUploading] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const take = (file: File | undefined) => {
    if (file === undefined || uploading !== null) return;
    setUploading(file.name);
    setProblem(null);
    imports.upload(file).then(setView, (error: unknown) => setProblem(explain(error))).finally(() => setUploading(null));
  };
  return { view, setView, take, uploading, problem };
}

function FileWay({ file }: { readonly file: FileImport }) {
  const [over, setOver] = useState(false);
  const drag = (event: DragEvent, now: boolean) => {
    event.preventDefault();
    setOver(now);
  };
  return (
    <section className="way panel" aria-labelledby="w2">
      <h2 id="w2">Drop a CSV <kbd>2</kbd></h2>
      <p>An export from your registration system. Columns are guessed; you check them first.</p>
      <div
        className={over ? 'drop over' : 'drop'}
        onDragEnter={(e) => drag(e, true)}
        onDragOver={(e) => drag(e, true)}
        onDragLeave={(e) => drag(e, false)}
        onDrop={(e) => {
          drag(e, false);
          file.take(e.dataTransfer.files[0]);
        }}
      >
        <b>{file.uploading === null ? 'Drop a file here' : `Reading ${file.uploading}`}</b>
        <span className="mute">Imported history raises no alerts.</span>
      </div>
      {file.problem !== null && <p className="bad" role="alert">{file.problem}</p>}
      <div className="act">
        <input id={fileInput} type="file" accept=".csv,.txt,.tsv,.ndjson,.jsonl,.json" hidden onChange={(e) => { file.take(e.target.files?.[0]); e.target.value = ''; }} />
        <button className="btn" type="button" aria-keyshortcuts="2" onClick={() => document.getElementById(fileInput)?.click()}>Choose a file</button>
        <a href="/docs#types">Which columns?</a>
      </div>
    </section>
  );
}

interface Copy {
  readonly run: () => void;
  readonly done: boolean;
}

function useCopy(text: string | null): Copy {
  const [done, setDone] = useState(false);
  const run = () => {
    if (text === null) return;
    copyText(text).then(() => {
      setDone(true);
      setTimeout(() => setDone(false), 2_000);
    }, () => setDone(false));
  };
  return { run, done };
}

/** The clipboard is denied outside secure contexts; the old way works there. */
async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const selection = getSelection();
    const code = document.getElementById('curl');
    if (selection === null || code === null) throw new Error('Nothing to select.');
    selection.selectAllChildren(code);
    // oxlint-disable-next-line typescript/no-deprecated -- There is no other way without a secure context.
    document.execCommand('copy');
  }
}

function EventWay({ start, copy }: { readonly start: StartView | null; readonly copy: Copy }) {
  const { view } = useTopic<ArrivalsView>('arrivals');
  const [dry, setDry] = useState(false);
  const curl = start?.curl ?? null;
  const shown = curl === null ? null : dry ? curl.replace(/\/v1\/events(?!\?)/, '/v1/events?dryRun=true') : curl;
  return (
    <section className="way panel" aria-labelledby="w3">
      <h2 id="w3">Send an event <kbd>3</kbd></h2>
      <p>CloudEvents 1.0 over HTTP. Paste this: the event appears below. Again: “duplicate”.</p>
      {shown === null
        ? <p className="pre mute">{start === null ? 'Loading …' : 'A key was made before. Make another with “keys create”, then send to /v1/events.'}</p>
        : <pre tabIndex={0} aria-label="Command to send an event"><code id="curl">{shown}</code></pre>}
      <ol className="arrivals" aria-live="polite">
        {(view?.recent ?? []).slice(0, 3).map((a, i) => <Arrival key={`${a.at} ${a.source ?? ''} ${a.id ?? ''} ${a.outcome} ${i}`} arrival={a} />)}
      </ol>
      {(view === null || view.recent.length === 0) && <p className="st none" role="status"><Mark shape="none" />Listening. No event yet.</p>}
      <div className="act">
        <button className="btn" type="button" aria-keyshortcuts="3" disabled={shown === null} onClick={copy.run}>{copy.done ? 'Copied' : 'Copy'}</button>
        <button className="as-link" type="button" aria-pressed={dry} onClick={() => setDry(!dry)}>{dry ? 'Record it for real' : 'Try with dryRun=true'}</button>
      </div>
    </section>
  );
}

const outcomes = { accepted: ['good', 'accepted'], duplicate: ['watch', 'duplicate'], refused: ['bad', 'refused'] } as const;

function Arrival({ arrival: a }: { readonly arrival: ArrivalView }) {
  const [standing, word] = outcomes[a.outcome];
  const why = a.outcome === 'refused' ? [a.field, a.reason, a.accepted === null ? null : `Accepted: ${a.accepted}`].filter((s) => s !== null).join(': ') : '';
  return (
    <li>
      <Status standing={standing}>{word}</Status>{' '}
      {a.person === null ? <span>{a.type ?? 'event'}</span> : <Link to={counterOf(a.person)}>{a.type ?? 'event'}</Link>}{' '}
      <span className="mute">{[a.id, a.subject].filter((s) => s !== null).join(', ')}</span>
      {why !== '' && <small>{why}</small>}
    </li>
  );
}

function Facts({ start, empty, onChange }: { readonly start: StartView; readonly empty: boolean; readonly onChange: () => void }) {
  const change = empty && <> <button className="as-link" type="button" onClick={onChange}>Change</button></>;
  return (
    <dl className="start-facts">
      <div><dt>Open to</dt><dd>{start.loopbackOnly ? 'this computer only' : start.address}</dd></div>
      <div><dt>Data folder</dt><dd title={start.dataFolder}>{empty ? 'empty' : start.sample ? 'the sample’s own' : 'in use'}</dd></div>
      <div><dt>Time zone</dt><dd>{start.timeZone}{change}</dd></div>
      <div><dt>Currency</dt><dd>{start.currency}{change}</dd></div>
    </dl>
  );
}
