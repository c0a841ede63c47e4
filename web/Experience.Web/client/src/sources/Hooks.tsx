import { useState } from 'react';
import type { HookPayload, HookPut, HookTested, HookVersion, HookView } from '../contracts';
import { explain, send } from '../api/http';
import { useResource } from '../api/useResource';
import { count } from '../format/numbers';
import { dateClock } from '../format/time';
import { useNow } from '../live/hooks';
import { Dialog, Field } from '../ui/Dialog';
import { Status } from '../ui/Mark';

const example = {
  source: '/shop',
  signature: { kind: 'hmac', header: 'X-Shop-Signature' },
  events: [{ each: '$.attendees[*]', type: 'registration.confirmed', id: '/id', subject: '/email', time: '$.created', data: { section: '/class', amount: { money: '/price' } } }],
};

/** The webhooks, and where each is written and tried. */
export function Hooks() {
  const hooks = useResource<readonly HookView[]>('/v1/hooks');
  const [open, setOpen] = useState<HookView | 'new' | null>(null);
  const now = useNow();
  if (hooks.data === null) return <p className="mute" role="status">{hooks.problem ?? 'Asking for the webhooks …'}</p>;
  return (
    <>
      <p className="lead">A system that calls by webhook needs no change: a mapping says what its calls mean. They come to <code>{location.origin}/v1/hooks/NAME</code>.</p>
      {hooks.data.length > 0 && (
        <div className="panel wide-table" tabIndex={0} role="group" aria-label="Webhooks">
          <table className="list">
            <caption className="sr">Webhooks</caption>
            <thead><tr><th scope="col">Name</th><th scope="col">Source</th><th scope="col">Signed by</th><th scope="col" className="num">Version</th><th scope="col" className="num">Calls</th><th scope="col">Not its sender's</th></tr></thead>
            <tbody>
              {hooks.data.map((h) => {
                const mapping = h.mapping as { readonly source?: string; readonly signature?: { readonly kind?: string } };
                return (
                  <tr key={h.name}>
                    <th scope="row"><button className="as-link" type="button" onClick={() => setOpen(h)}>{h.name}</button></th>
                    <td>{mapping.source}</td><td>{mapping.signature?.kind}</td><td className="num">{h.version}</td><td className="num">{count(h.taken)}</td>
                    <td>{h.unsigned === 0 ? <span className="mute">none</span> : <Status standing="watch">{count(h.unsigned)}, last {h.lastUnsignedAt === null ? '' : dateClock(h.lastUnsignedAt, now)}</Status>}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      <p><button className="btn go" type="button" onClick={() => setOpen('new')}>New webhook</button></p>
      {open !== null && <HookDialog hook={open === 'new' ? null : open} onClose={() => setOpen(null)} onSaved={hooks.again} />}
    </>
  );
}

interface DialogProps {
  readonly hook: HookView | null;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

function HookDialog({ hook, onClose, onSaved }: DialogProps) {
  const now = useNow();
  const [name, setName] = useState(hook?.name ?? '');
  const [text, setText] = useState(() => JSON.stringify(hook?.mapping ?? example, null, 2));
  const [secret, setSecret] = useState('');
  const [payload, setPayload] = useState('');
  const [tested, setTested] = useState<HookTested | null>(null);
  const [saved, setSaved] = useState<HookPut | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const payloads = useResource<readonly HookPayload[]>(hook === null ? null : `/v1/hooks/${hook.name}/payloads`);
  const versions = useResource<readonly HookVersion[]>(hook === null ? null : `/v1/hooks/${hook.name}/versions`);
  const last = payloads.data?.[0];

  const act = <T,>(run: (mapping: unknown) => Promise<T>, then: (answer: T) => void) => {
    setProblem(null);
    let mapping: unknown;
    try {
      mapping = JSON.parse(text);
    } catch (error) {
      setProblem(`The mapping is no JSON: ${explain(error)}`);
      return;
    }
    run(mapping).then(then, (error: unknown) => setProblem(explain(error)));
  };
  const test = () => act<HookTested>((mapping) => send('POST', `/v1/hooks/${name === '' ? 'new' : name}/test`, { mapping, ...(payload === '' ? {} : { payload }) }), setTested);
  const save = () => act<HookPut>((mapping) => send('PUT', `/v1/hooks/${name}`, { mapping, ...(secret === '' ? {} : { secret }) }), (put) => {
    setSaved(put);
    setSecret('');
    versions.again();
    onSaved();
  });
  const end = () => act(() => send('DELETE', `/v1/hooks/${name}`, {}), () => {
    onSaved();
    onClose();
  });

  return (
    <Dialog title={hook === null ? 'New webhook' : hook.name} note="Nothing is recorded by a test." onClose={onClose} drawer>
      {hook === null && <Field label="Name" hint={`Calls come to ${location.origin}/v1/hooks/${name === '' ? 'NAME' : name}`}><input value={name} onChange={(e) => setName(e.target.value)} maxLength={40} autoComplete="off" data-first /></Field>}
      <Field label="Mapping" hint="Paths are JSON Pointer (/a/b, in the item) or JSONPath ($.a, @.a). The documentation has every form.">
        <textarea className="code" rows={16} value={text} spellCheck={false} onChange={(e) => setText(e.target.value)} />
      </Field>
      <Field label="Secret of the sender" hint={hook === null ? 'Left empty, one is made and shown once.' : 'Left empty, the one that is there stays. After a change the old one works until the next.'}>
        <input value={secret} onChange={(e) => setSecret(e.target.value)} type="password" autoComplete="new-password" maxLength={200} />
      </Field>
      <Field label="Payload to try" hint={last === undefined ? 'Paste one: none came in yet.' : `Left empty, the last that came is tried (${dateClock(last.at, now)}).`}>
        <textarea className="code" rows={payload === '' ? 3 : 8} value={payload} spellCheck={false} onChange={(e) => setPayload(e.target.value)} />
      </Field>
      {last !== undefined && payload === '' && <p><button className="as-link" type="button" onClick={() => setPayload(last.body)}>Show the last payload here</button></p>}
      {problem !== null && <p className="bad" role="alert">{problem}</p>}
      {saved !== null && (
        <p role="status"><Status standing="good">Version {saved.version} is in force.</Status>{saved.secret !== null && <> Its secret, shown once: <code className="secret">{saved.secret}</code></>}</p>
      )}
      {tested !== null && <Tested result={tested} />}
      <div className="form-end">
        {hook !== null && <button className="btn" type="button" onClick={end}>End this webhook</button>}
        <button className="btn" type="button" onClick={test}>Test</button>
        <button className="btn go" type="button" disabled={name === ''} onClick={save}>{hook === null ? 'Make it' : 'Put in force'}</button>
      </div>
      {versions.data !== null && versions.data.length > 1 && (
        <details>
          <summary>{count(versions.data.length)} versions</summary>
          <ul className="versions">{versions.data.map((v) => <li key={v.version}>Version {v.version}, {dateClock(v.at, now)}, {v.by} <button className="btn small" type="button" onClick={() => setText(JSON.stringify(v.mapping, null, 2))}>Take it up<span className="sr">: version {v.version}</span></button></li>)}</ul>
        </details>
      )}
    </Dialog>
  );
}

function Tested({ result }: { readonly result: HookTested }) {
  return (
    <section aria-labelledby="h-tested" role="status">
      <h3 id="h-tested">{result.events.length === 0 ? 'It gives no event' : `It gives ${count(result.events.length)} ${result.events.length === 1 ? 'event' : 'events'}`}</h3>
      {result.field !== null && <p className="bad"><code>{result.field}</code> {result.reason}</p>}
      <ol className="tested">
        {result.events.slice(0, 20).map((e, i) => (
          <li key={i}>
            {e.field === null ? <Status standing="good">taken</Status> : <Status standing="bad"><code>{e.field}</code> {e.reason}. Accepted: {e.accepted}</Status>}
            <pre tabIndex={0}>{JSON.stringify(e.event, null, 2)}</pre>
          </li>
        ))}
      </ol>
    </section>
  );
}
