import axe from 'axe-core';
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { go } from '../src/router';
import { SourcesPage } from '../src/sources/SourcesPage';
import { HereContext } from '../src/shell/program';
import { program, status } from './fixtures/board';
import { now } from './fixtures/receipt';
import { hooks, letters, opened, sources } from './fixtures/sources';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

let root: Root;
let sent: { readonly method: string; readonly path: string; readonly body: unknown }[];
let answer: unknown;

const json = (body: unknown) => Promise.resolve(new Response(JSON.stringify(body), { status: 200, headers: { 'content-type': 'application/json' } }));

beforeEach(() => {
  sent = [];
  answer = {};
  vi.spyOn(Date, 'now').mockReturnValue(now);
  vi.stubGlobal('fetch', (path: string, init?: RequestInit) => {
    if (init?.method !== undefined) {
      sent.push({ method: init.method, path, body: JSON.parse(typeof init.body === 'string' ? init.body : '{}') });
      return json(answer);
    }
    if (path === '/v1/sources') return json(sources);
    if (path.startsWith('/v1/dead-letters/')) return json(opened);
    if (path.startsWith('/v1/dead-letters')) return json(letters);
    if (path === '/v1/hooks') return json(hooks);
    return json([]);
  });
  const place = document.createElement('div');
  document.body.append(place);
  root = createRoot(place);
});

afterEach(() => {
  act(() => root.unmount());
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

const settle = async () => {
  for (let i = 0; i < 6; i++) await act(() => new Promise((resolve) => setTimeout(resolve, 0)));
};

async function show(id: string): Promise<void> {
  go(id === '' ? '/sources' : `/sources/${id}`);
  act(() => root.render(<HereContext value={{ program, status: { ...status, sources: { letters: 2, open: sources.alerts } } }}><SourcesPage id={id} query={new URLSearchParams()} /></HereContext>));
  await settle();
}

const text = () => document.body.textContent;

async function click(name: string): Promise<void> {
  // What is open on top is what can be clicked.
  const found = [...(document.querySelector('dialog') ?? document).querySelectorAll('button')].find((b) => b.textContent.trim().startsWith(name));
  if (found === undefined) throw new Error(`no button ${name}`);
  act(() => found.click());
  await settle();
}

async function write(field: HTMLTextAreaElement | HTMLInputElement | null, value: string): Promise<void> {
  if (field === null) throw new Error('no such field');
  const own = field instanceof HTMLInputElement ? HTMLInputElement.prototype : HTMLTextAreaElement.prototype;
  act(() => {
    Object.getOwnPropertyDescriptor(own, 'value')?.set?.call(field, value);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await settle();
}

async function clean(): Promise<void> {
  const result = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false }, 'target-size': { enabled: false } } });
  expect(result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`)).toEqual([]);
}

describe('sources', () => {
  it('Leads with the silent one, and never shows 0 for a lag that is not measured', async () => {
    await show('');
    expect(document.querySelector('.alert')?.textContent).toContain('/registrations is silent');
    const rows = [...document.querySelectorAll('tbody tr')].map((r) => r.textContent);
    expect(rows[0]).toContain('850 ms');
    expect(rows[1]).toContain('not measured');
    expect(document.querySelectorAll('.alert')[1]?.textContent).toContain('Polling registrar fails3 times in a row: The system refuses the secret (401). Last success');
    expect(rows[2]).toContain('poll fails');
    await clean();
  });

  it('Opens to what is missing and when it speaks, and takes an expected silence', async () => {
    await show('');
    await click('/registrations');
    expect(text()).toContain('email of participant.identified');
    expect(document.querySelector('.rhythm svg')?.getAttribute('aria-label')).toContain('normally speaks Mon 9 to 17');
    await click('Two weeks');
    expect(sent).toEqual([{ method: 'POST', path: '/v1/sources/quiet', body: { source: '/registrations', until: now + 14 * 86_400_000 } }]);
    await clean();
  });

  it('A refused event is opened, checked, corrected and sent', async () => {
    await show('refused');
    expect(text()).toContain('data.section');
    await clean();
    await click('registration.confirmed');
    const body = document.querySelector<HTMLTextAreaElement>('dialog textarea');
    expect(body?.value).toContain('"id": "r-9"');
    await clean();
    answer = { id: 7, outcome: 'refused', events: 0, field: 'data.section', reason: 'is missing', accepted: 'text' };
    await click('Check');
    expect(document.querySelector('dialog [role=alert]')?.textContent).toContain('is missing');
    answer = { id: 7, outcome: 'accepted', events: 1, field: null, reason: null, accepted: null };
    await write(body, '{"id":"r-9","data":{"section":"excel-03"}}');
    await click('Send again');
    expect(sent.at(-1)?.body).toEqual({ body: '{"id":"r-9","data":{"section":"excel-03"}}', check: false });
    expect(document.querySelector('.said')?.textContent).toBe('Taken: 1 event.');
  });

  it('Many that are wrong in the same way are corrected by one value', async () => {
    await show('refused');
    await click('Send again …');
    answer = { sent: 2, refused: 0, left: 0, results: [] };
    await write(document.querySelector<HTMLInputElement>('dialog input'), 'excel-03');
    const submit = document.querySelector<HTMLButtonElement>('dialog button[type=submit]');
    act(() => submit?.click());
    await settle();
    expect(sent.at(-1)).toEqual({ method: 'POST', path: '/v1/dead-letters/send', body: { source: '/registrations', way: 'events', field: 'data.section', set: { '/data/section': 'excel-03' } } });
    expect(document.querySelector('.said')?.textContent).toBe('2 taken.');
  });

  it('A mapping is tried before it is put in force', async () => {
    await show('hooks');
    await clean();
    await click('shop');
    await clean();
    answer = { events: [{ event: { id: 'x' }, field: 'data.amount', reason: 'is missing', accepted: 'a whole number' }], field: null, reason: null };
    await click('Test');
    expect(document.querySelector('.tested')?.textContent).toContain('data.amount is missing');
    answer = { name: 'shop', version: 3, secret: null };
    await click('Put in force');
    expect(sent.map((s) => `${s.method} ${s.path}`)).toEqual(['POST /v1/hooks/shop/test', 'PUT /v1/hooks/shop']);
    expect(text()).toContain('Version 3 is in force.');
  });
});
