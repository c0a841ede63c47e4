import axe from 'axe-core';
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LiveFrame } from '../src/contracts';
import { identity } from '../src/api/identity';
import { setZone } from '../src/format/time';
import { answersPage, board, flags, program, riskPage, status } from './fixtures/board';
import { maria } from './fixtures/card';
import { catalogue, course, organisation, organisations, plan } from './fixtures/catalogue';
import { models, needsReport, valueReport } from './fixtures/models';
import { now } from './fixtures/receipt';
import { sameList } from './fixtures/same';
import { openVoice, theirVoice } from './fixtures/voice';

// The hub, as far as pages see it: Watch answers with a snapshot, and more frames can be sent.
const hub = vi.hoisted(() => ({
  epoch: 0,
  bodies: new Map<string, unknown>(),
  send: (frame: LiveFrame): void => {
    throw new Error(`not connected: ${frame.topic}`);
  },
}));

vi.mock('@microsoft/signalr', () => {
  class Connection {
    private frame: (frame: LiveFrame) => void = () => undefined;
    start() {
      hub.send = (frame) => this.frame(frame);
      return Promise.resolve();
    }
    stop() {
      return Promise.resolve();
    }
    on(_: string, handler: (frame: LiveFrame) => void) {
      this.frame = handler;
    }
    onclose() {
      return undefined;
    }
    invoke(method: string, topic: string) {
      const body = hub.bodies.get(topic);
      if (method === 'Watch' && body !== undefined) this.frame({ topic, epoch: hub.epoch, sequence: 1, kind: 'snapshot', body });
      return Promise.resolve(null);
    }
  }
  class HubConnectionBuilder {
    withUrl() {
      return this;
    }
    configureLogging() {
      return this;
    }
    build() {
      return new Connection();
    }
  }
  return { HubConnectionBuilder, HttpTransportType: { WebSockets: 1 }, LogLevel: { None: 6 } };
});

const { App } = await import('../src/App');
const { startLive } = await import('../src/live/connection');
const { go } = await import('../src/router');
const { loadAll, pages } = await import('../src/pages');

// Pages come when they are needed; here they are all here before, as they are in a browser two seconds after the first one.
await loadAll();

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

interface Sent {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

let root: Root;
let stop: () => void = () => undefined;
let sent: Sent[];

const json = (body: unknown, code = 200) => Promise.resolve(new Response(JSON.stringify(body), { status: code, headers: { 'content-type': code < 400 ? 'application/json' : 'application/problem+json' } }));

beforeEach(() => {
  sent = [];
  // The store outlives a test as it outlives a page: each test is a server that has started anew.
  hub.epoch += 1;
  identity.set({ name: 'Rosa Lin', desk: 'Main' });
  hub.bodies = new Map<string, unknown>([[`card:${maria.id}`, maria], ['board:everyone', board], ['flags', flags], ['status', status], ['arrivals', { events: 0, recent: [] }]]);
  vi.spyOn(Date, 'now').mockReturnValue(now);
  vi.stubGlobal('fetch', (path: string, init?: RequestInit) => {
    if (path.startsWith('/v1/program')) return json(program);
    if (path.startsWith('/v1/people')) return json(path.includes('answers') ? answersPage : riskPage);
    if (path.startsWith('/v1/search')) return json({ ready: true, hits: [{ id: maria.id, name: 'Maria Delgado', birthYear: 1984, match: 'phone ends 4471', detail: null }] });
    if (path === '/v1/models') return json(models);
    if (path.startsWith('/v1/models/value')) return json(valueReport);
    if (path.startsWith('/v1/models/needs')) return json(needsReport);
    if (path.startsWith('/v1/catalogue/courses/')) return json(course);
    if (path.startsWith('/v1/catalogue')) return json(catalogue);
    if (path.startsWith('/v1/organisations') && init?.method === undefined) return json(organisations);
    if (path.includes('/plan') && init?.method === undefined) return json(plan);
    if (path.startsWith('/v1/identity/suggestions')) return json(sameList);
    if (path.startsWith('/v1/identity/preview')) return json({ first: maria, second: { ...maria, id: '2b'.repeat(16) }, merged: maria });
    if (path.startsWith('/v1/voice?')) return json(path.includes('attributed=true') ? theirVoice : openVoice);
    if (path.includes('/journey')) return json({ id: maria.id, lines: maria.journey, next: null });
    sent.push({ path, body: JSON.parse(typeof init?.body === 'string' ? init.body : '{}') as Record<string, unknown> });
    return json({ outcome: 'accepted', event: 'e', complaint: null, promise: null });
  });
  const place = document.createElement('div');
  document.body.append(place);
  root = createRoot(place);
});

afterEach(() => {
  act(() => root.unmount());
  stop();
  setZone(undefined);
  vi.unstubAllGlobals();
});

async function show(path: string): Promise<void> {
  go(path);
  stop = startLive();
  await act(async () => {
    root.render(<App />);
    await Promise.resolve();
  });
  // Each round lets one answer lead to the next question.
  for (let i = 0; i < 5; i++) await act(() => new Promise((resolve) => setTimeout(resolve, 0)));
}

const text = () => document.body.textContent;
function press(key: string, on: EventTarget = document.body): void {
  act(() => {
    on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  });
}

function click(name: string): void {
  act(() => button(name).click());
}

/** As typing does it: React listens to the field's own setter. */
function type(field: HTMLInputElement, value: string): void {
  act(() => {
    field.focus();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, value);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

const button = (name: string) => {
  const found = [...document.querySelectorAll('button')].find((b) => b.textContent.trim().startsWith(name));
  if (found === undefined) throw new Error(`no button ${name}`);
  return found;
};

async function clean(): Promise<void> {
  // Colours and sizes need a real browser, and are checked there.
  const result = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false }, 'target-size': { enabled: false } } });
  expect(result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`)).toEqual([]);
}

describe('the counter', () => {
  it('Shows what is owed before anything else, and is clean for assistive technology', async () => {
    await show(`/counter/${maria.id}`);
    expect(document.querySelector('h1')?.textContent).toBe('Maria Delgado');
    expect(document.querySelector('blockquote')?.textContent).toContain('We changed your instructor');
    expect(text()).toContain('2 h 12 min past the clock');
    expect(text()).toContain('Because: an answer was due 08:30, 2 h 12 min past the clock. Rule');
    expect(text()).not.toMatch(/(Held: Held|Our change: Our)/);
    expect(text()).toContain('Due tomorrow, 17:00');
    expect(text()).toContain('$171.00');
    await clean();
  });

  it('Moves with a delta, without a reload', async () => {
    await show(`/counter/${maria.id}`);
    act(() => hub.send({ topic: `card:${maria.id}`, epoch: hub.epoch, sequence: 2, kind: 'delta', body: { money: { ...maria.money, credit: 9_900 } } }));
    expect(text()).toContain('$99.00');
    expect(document.querySelector('h1')?.textContent).toBe('Maria Delgado');
  });

  it('Records an answer with one id and says when it is recorded', async () => {
    await show(`/counter/${maria.id}`);
    const group = document.querySelector('[aria-label="Refund, our fault"]');
    const accepted = [...(group?.querySelectorAll('button') ?? [])][1];
    await act(async () => {
      accepted?.click();
      await Promise.resolve();
    });
    expect(accepted?.getAttribute('aria-pressed')).toBe('true');
    expect(sent[0]).toMatchObject({ path: `/v1/participants/${maria.id}/actions`, body: { action: 'accepted', rule: 'refund', cause: 'x2' } });
    expect(sent[0]?.body.id).toMatch(/^[0-9a-f]{32}$/);
  });

  it('A refused answer is taken back and says why', async () => {
    await show(`/counter/${maria.id}`);
    vi.stubGlobal('fetch', () => json({ title: 'Refused', status: 422, field: 'rule', detail: 'is not a rule' }, 422));
    await act(async () => {
      button('Kept').click();
      await new Promise((resolve) => setTimeout(resolve, 0));
    });
    expect(document.querySelector('[role="alert"]')?.textContent).toContain('rule: is not a rule.');
  });

  it('Keys open what they name and do nothing while typing', async () => {
    await show(`/counter/${maria.id}`);
    press('c');
    expect(document.querySelector('dialog h2')?.textContent).toBe('Complaint');
    await clean();
    press('p');
    expect(document.querySelectorAll('dialog').length).toBe(1);
    click('Cancel');
    const search = document.querySelector('input');
    press('r', search ?? document.body);
    expect(document.querySelector('dialog')).toBeNull();
    press('/');
    expect(document.activeElement).toBe(search);
  });

  it('H hides flags, needs, score and value, and shows them again', async () => {
    await show(`/counter/${maria.id}`);
    press('h');
    expect(document.documentElement.hasAttribute('data-cover')).toBe(true);
    expect([...document.querySelectorAll('.private h2')].map((h) => h.textContent.split(' ')[0])).toEqual(expect.arrayContaining(['Flags', 'Needs']));
    press('H');
    expect(document.documentElement.hasAttribute('data-cover')).toBe(false);
  });

  it('A child has no score and no value, and the guardian is addressed', async () => {
    const child = { ...maria, score: null, value: null, household: [], person: { ...maria.person, minor: true, children: [], guardians: [{ id: 'ff', name: 'Ngozi Okafor', age: null }, { id: 'fe', name: 'Emeka Okafor', age: null }] } };
    hub.bodies.set(`card:${maria.id}`, child);
    await show(`/counter/${maria.id}`);
    expect(text()).toContain('Say first, to Ngozi Okafor');
    expect(text()).not.toContain('of 100');
    expect(text()).not.toContain('Net paid');
  });

  it('Who acts is asked for first, and the act follows', async () => {
    identity.set(null);
    await show(`/counter/${maria.id}`);
    press('s');
    expect(document.querySelector('dialog h2')?.textContent).toBe('I am …');
    expect(sent).toEqual([]);
    const name = document.querySelector<HTMLInputElement>('dialog input');
    if (name === null) throw new Error('no field');
    type(name, 'Tom Reed');
    await act(async () => {
      button('That is me').click();
      await Promise.resolve();
    });
    expect(identity.get()).toEqual({ name: 'Tom Reed', desk: '' });
    expect(sent[0]?.body).toMatchObject({ action: 'complaintUpdated', complaint: 'c-1' });
  });

  it('With nobody called up, it shows who was raised last', async () => {
    await show('/counter');
    expect(text()).toContain('Who is here?');
    expect(text()).toContain('Walter Pym');
  });
});

describe('the board', () => {
  it('Leads with the desk below its goal, shows its people, and never shows 0 for what is not measured', async () => {
    await show('/board');
    expect(document.querySelector('.loud')?.textContent).toContain('3.7');
    expect(document.querySelector('#drill')?.textContent).toContain('Two days for a password.');
    expect(document.querySelector('#tile-thanks')?.closest('article')?.textContent).toContain('not measured');
    expect(document.querySelector('#risk')?.textContent).toContain('Walter Pym');
    await clean();
  });

  it('A delta of one tile changes that tile only', async () => {
    await show('/board');
    const risk = board.tiles.find((t) => t.id === 'risk');
    act(() => hub.send({ topic: 'board:everyone', epoch: hub.epoch, sequence: 2, kind: 'delta', body: { tiles: [{ ...risk, value: 131 }] } }));
    expect(document.querySelector('#tile-risk')?.closest('article')?.querySelector('.value')?.textContent).toContain('131');
    expect(document.querySelectorAll('article.tile').length).toBe(12);
  });

  it('Escape closes the people of the loud tile; what was raised last takes their place', async () => {
    await show('/board');
    click('Close');
    expect(document.querySelector('#drill')).toBeNull();
    expect(text()).toContain('Raised last');
  });
});

describe('the way from page to page', () => {
  it('Has one address and at most one key for each page', () => {
    const keys = pages.flatMap((p) => p.key ?? []);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(pages.map((p) => p.path)).size).toBe(pages.length);
    expect(pages.filter((p) => p.of !== undefined && !pages.some((q) => q.path === p.of))).toEqual([]);
  });

  it('Lists every page of the office in its menu, and names the one that shows', async () => {
    await show('/models');
    const office = pages.filter((p) => p.at === 'office');
    expect([...document.querySelectorAll('.office-menu a b')].map((b) => b.textContent)).toEqual([...office.map((p) => p.title), 'Documentation']);
    expect(document.querySelector('.office')?.textContent).toContain('Models');
    expect(document.querySelector('.office-menu a[aria-current]')?.getAttribute('href')).toBe('/models');
  });

  it('G and a letter open a page; the letter alone is the page\'s own', async () => {
    await show(`/counter/${maria.id}`);
    press('g');
    press('b');
    expect(location.pathname).toBe('/board');
    press('g');
    press('c');
    expect(location.pathname).toBe('/counter');
    await show(`/counter/${maria.id}`);
    press('c');
    expect(document.querySelector('dialog h2')?.textContent).toBe('Complaint');
    press('g');
    press('b');
    expect(location.pathname).toBe(`/counter/${maria.id}`);
  });

  it('An address that is no page says so, a broken one too', async () => {
    await show('/nowhere');
    expect(text()).toContain('There is no such page');
  });
});

describe('search', () => {
  it('Lists people as one types, and Enter opens the first', async () => {
    await show('/board');
    const input = document.querySelector('input');
    if (input === null) throw new Error('no field');
    type(input, 'delg');
    await vi.waitFor(async () => {
      await act(() => new Promise((resolve) => setTimeout(resolve, 10)));
      expect(document.querySelector('[role="option"]')).not.toBeNull();
    });
    expect(input.getAttribute('aria-expanded')).toBe('true');
    press('Enter', input);
    expect(location.pathname).toBe(`/counter/${maria.id}`);
  });
});

describe('the start page', () => {
  it('Is the first page while there are no data', async () => {
    hub.bodies.set('status', { ...status, events: 0, people: 0, sample: false, sampleProgram: { phase: 'none', done: 0, total: 0, problem: null } });
    vi.stubGlobal('fetch', (path: string) =>
      path === '/v1/start'
        ? json({ empty: true, sample: false, address: 'http://localhost:8080', loopbackOnly: true, dataFolder: 'data', timeZone: 'America/Chicago', currency: 'USD', key: 'k', curl: 'curl http://localhost:8080/v1/events', version: '1' })
        : json(program));
    await show('/');
    expect(text()).toContain('No data yet. Three ways in.');
    expect(text()).toContain('curl http://localhost:8080/v1/events');
    click('Try with dryRun');
    expect(text()).toContain('/v1/events?dryRun=true');
    await clean();
  });
});

describe('same person?', () => {
  it('Shows what speaks for it and what they would be as one, and is clean for assistive technology', async () => {
    await show('/same');
    expect(document.querySelector('.pair[aria-current]')?.textContent).toContain('Kate Bell');
    expect([...document.querySelectorAll('.evidence li')].map((li) => li.textContent)).toEqual(['for: Same birth date', 'for: Same phone number', 'against: Different family names: Bell and Ball']);
    expect(document.querySelectorAll('.compared tbody tr').length).toBe(11);
    expect(document.querySelector('.merged')?.textContent).toContain('m-1 at /registrar and m-2 at /shop');
    await clean();
  });

  it('Says same with a key, with the keys of both, and offers to undo it', async () => {
    await show('/same');
    press('s');
    for (let i = 0; i < 3; i++) await act(() => new Promise((resolve) => setTimeout(resolve, 0)));
    expect(sent.map((s) => s.path)).toEqual(['/v1/identity/answers']);
    expect(sent[0]?.body).toMatchObject({ answer: 'same', first: { source: '/registrar', key: 'bell-1' }, second: { source: '/registrar', key: 'bell-2' } });
    expect(document.querySelector('.said')?.textContent).toContain('are one person now');
    press('u');
    for (let i = 0; i < 3; i++) await act(() => new Promise((resolve) => setTimeout(resolve, 0)));
    expect(sent[1]?.body).toMatchObject({ answer: 'different' });
    expect(sent[1]?.body.id).not.toBe(sent[0]?.body.id);
  });

  it('Says two people for the pair that was moved to', async () => {
    await show('/same');
    press('j');
    for (let i = 0; i < 3; i++) await act(() => new Promise((resolve) => setTimeout(resolve, 0)));
    press('d');
    expect(sent[0]?.body).toMatchObject({ answer: 'different', first: { key: 'ann-1' }, second: { key: 'ann-2' } });
  });
});

describe('public voice', () => {
  const rounds = async (n: number) => {
    for (let i = 0; i < n; i++) await act(() => new Promise((resolve) => setTimeout(resolve, 0)));
  };

  it('Shows what nobody is known for, and what it is about, and is clean for assistive technology', async () => {
    await show('/voice');
    expect(document.querySelector('h1')?.textContent).toBe('Public voice 2 that nobody is known for, 1 attributed.');
    expect([...document.querySelectorAll('.voices blockquote')].map((q) => q.textContent)).toEqual(['The room was loud.', 'Parking!']);
    expect([...document.querySelectorAll('.voice-sections tbody tr')].map((r) => r.textContent)).toEqual(['Excel, evenings12.0 of 1', 'No section named1not rated']);
    await clean();
  });

  it('Attributes it to whom somebody finds, by the key of the voice and the id of the person', async () => {
    await show('/voice');
    click('Whose is it?');
    expect(document.querySelector('dialog .dialog-note')?.textContent).toBe('The room was loud.');
    const field = document.querySelector<HTMLInputElement>('dialog input');
    if (field === null) throw new Error('no field');
    type(field, 'delgado');
    await act(() => new Promise((resolve) => setTimeout(resolve, 200)));
    await rounds(3);
    await clean();
    click('Maria Delgado');
    await rounds(3);
    expect(sent.map((s) => s.path)).toEqual(['/v1/voice/answers']);
    expect(sent[0]?.body).toMatchObject({ voice: openVoice.voices[0]?.key, person: maria.id });
    expect(document.querySelector('dialog')).toBeNull();
    expect(document.querySelector('.said')?.textContent).toContain('Maria Delgado');
  });

  it('Shows whose the others are, and takes one back', async () => {
    await show('/voice');
    click('Attributed');
    await rounds(4);
    expect(document.querySelector('.whose a')?.textContent).toBe('Maria Delgado');
    await clean();
    click('Take back');
    await rounds(3);
    expect(sent[0]?.body).toMatchObject({ voice: theirVoice.voices[0]?.key, person: null });
  });
});

describe('the models', () => {
  // The page is loaded when it is first asked for.
  const showModels = async (path: string) => {
    await import('../src/models/ModelsPage');
    await show(path);
    for (let i = 0; i < 5; i++) await act(() => new Promise((resolve) => setTimeout(resolve, 0)));
  };

  it('Opens with a kind that has a model, its table and its pictures, and is clean for assistive technology', async () => {
    await showModels('/models');
    expect(document.querySelector('.kind[aria-current]')?.textContent).toContain('MBG/NBD');
    expect(document.querySelector('.verdict')?.textContent).toBe('MBG/NBD is in force.');
    expect(document.querySelector('tr.chosen')?.textContent).toContain('−4,101.20');
    expect(document.querySelectorAll('.chart svg[role=img]').length).toBe(3);
    expect(document.querySelectorAll('.chart details table').length).toBe(3);
    await clean();
  });

  it('Says plainly where there is not enough history, and shows no figure', async () => {
    await showModels('/models?kind=needs');
    expect(document.querySelector('.verdict')?.textContent).toContain('Not enough history: 12 answers, 100 are needed.');
    expect(document.querySelector('.kind[aria-current]')?.textContent).toContain('rules alone');
    expect(document.querySelector('#report table, #report dl')).toBe(null);
    await clean();
  });

  it('Fits again when asked to', async () => {
    await showModels('/models');
    await act(async () => {
      button('Fit again').click();
      await Promise.resolve();
    });
    expect(sent.map((s) => s.path)).toEqual(['/v1/models/fit']);
  });
});

describe('the office', () => {
  const settled = async (path: string) => {
    await show(path);
    for (let i = 0; i < 5; i++) await act(() => new Promise((resolve) => setTimeout(resolve, 0)));
  };

  const answered = (name: string) => act(async () => {
    button(name).click();
    await new Promise((resolve) => setTimeout(resolve, 0));
  });

  it('Shows the catalogue with what is not recorded said so, and a course beside it', async () => {
    await settled('/catalogue?course=excel');
    expect(document.querySelector('.figures')?.textContent).toContain('no costs recorded');
    expect(document.querySelector('tr.chosen')?.textContent).toContain('Excel');
    expect(document.querySelector('.course')?.textContent).toContain('Payroll clerks: $52,240 a year, 160 openings a year, −16 % growth'.replace(' %', '\u00a0%'));
    expect(document.querySelector('.course')?.textContent).toContain('43-3051, BLS, Illinois, 2025-05-31');
    expect(document.querySelector('.offerings')?.textContent).toContain('2 meetings');
    await clean();
    press('Escape');
    expect(location.search).toBe('');
  });

  it('Shows an organisation live, its erased people nameless, and takes one more name', async () => {
    hub.bodies.set('organisation:harlan precision', organisation);
    await settled('/organisations/harlan%20precision');
    expect(document.querySelector('.organisation')?.textContent).toContain('12 of 12');
    expect(document.querySelectorAll('.organisation tbody a').length).toBe(1);
    await clean();
    type(document.querySelector<HTMLInputElement>('.alias input') ?? new HTMLInputElement(), 'Harlan Works');
    await answered('Same organisation');
    expect(sent.map((x) => [x.path, x.body])).toEqual([['/v1/organisations/harlan%20precision/aliases', { alias: 'Harlan Works' }]]);
  });

  it('Plans a certificate with its gap, cost and conflicts, and saves it as the goal', async () => {
    await settled('/plan/p1?courses=excel,payroll');
    expect(document.querySelector('.side')?.textContent).toContain('1 course');
    expect(document.querySelector('.side')?.textContent).toContain('Payroll 01 with Excel 03');
    await clean();
    type(document.querySelector<HTMLInputElement>('.form input') ?? new HTMLInputElement(), 'Office manager');
    await answered('Save as goal');
    expect(sent[0]?.path).toBe('/v1/participants/p1/plan');
    expect(sent[0]?.body).toMatchObject({ title: 'Office manager', courses: ['excel', 'payroll'], goal: null });
  });
});
