import { lazy, useState, type ComponentType, type ReactNode } from 'react';
import { get, persist } from './api/http';

/** What each page is given: what stands behind its name in the address (`/counter/ID`), empty where nothing does, and the query. */
export interface PageProps {
  readonly id: string;
  readonly query: URLSearchParams;
}

export interface Page {
  /** The first part of its address. */
  readonly path: string;
  readonly title: string;
  /** Where one gets to it: a tab of the bar, a line of the Office menu, or from another page only. */
  readonly at: 'bar' | 'office' | 'within';
  /** What the Office menu says of it. */
  readonly about?: string;
  /** G, then this letter, opens it from anywhere. */
  readonly key?: string;
  /** Whose tab is lit while it shows, where it has none of its own. */
  readonly of?: string;
  readonly Show: Part;
}

interface Part {
  (props: PageProps): ReactNode;
  readonly load: () => Promise<void>;
}

/**
 * A page that is a file of its own. Once it is here it is shown at once, without the moment of waiting that lazy() has even then: a frame
 * that came and went would take with it what somebody has begun to type.
 */
function part(load: () => Promise<ComponentType<PageProps>>): Part {
  let here: ComponentType<PageProps> | null = null;
  const ready = () => load().then((page) => {
    here = page;
    return page;
  });
  const Later = lazy(() => patiently(ready).then((page) => ({ default: page })));
  const Show = (props: PageProps) => {
    // Chosen once: a page that is shown is not taken down for being loaded.
    const [Shown] = useState<ComponentType<PageProps>>(() => here ?? Later);
    return <Shown {...props} />;
  };
  return Object.assign(Show, { load: () => ready().then(() => undefined) });
}

/** However long the server is away, a page opens when it is back. A server that is there and has no such file is of another version. */
function patiently<T>(load: () => Promise<T>): Promise<T> {
  return persist(async (signal) => {
    try {
      return await load();
    } catch {
      // Only the server can say which of the two it was; it may also have come back in between, so the file is asked for once more.
      await get('/health/live', signal);
      return load().catch(() => {
        throw new Error('It belongs to another version of the program than what is open here.');
      });
    }
  }, new AbortController().signal);
}

/** Every page there is, in the order of the bar and of the menu: a new page is one line here. */
export const pages: readonly Page[] = [
  { path: 'counter', title: 'Counter', at: 'bar', key: 'c', Show: part(() => import('./counter/Counter').then((m) => m.Counter)) },
  { path: 'board', title: 'Board', at: 'bar', key: 'b', Show: part(() => import('./board/BoardPage').then((m) => m.BoardPage)) },
  { path: 'people', title: 'People', at: 'within', of: 'board', Show: part(() => import('./board/PeoplePageView').then((m) => m.PeoplePageView)) },
  { path: 'organisations', title: 'Organisations', at: 'office', about: 'Employers: their people, engagements and value', key: 'o', Show: part(() => import('./organisations/OrganisationsPage').then((m) => m.OrganisationsPage)) },
  { path: 'catalogue', title: 'Catalogue', at: 'office', about: 'Courses, seats, costs and margin', key: 'k', Show: part(() => import('./catalogue/CataloguePage').then((m) => m.CataloguePage)) },
  { path: 'plan', title: 'Certificate', at: 'within', of: 'counter', Show: part(() => import('./plan/PlanPage').then((m) => m.PlanPage)) },
  { path: 'models', title: 'Models', at: 'office', about: 'What was learned, and how well it does', key: 'm', Show: part(() => import('./models/ModelsPage').then((m) => m.ModelsPage)) },
  { path: 'same', title: 'Same person?', at: 'office', about: 'Who looks like one person, and what was merged', key: 's', Show: part(() => import('./same/SamePage').then((m) => m.SamePage)) },
  { path: 'voice', title: 'Public voice', at: 'office', about: 'Reviews and posts that nobody is known for', key: 'v', Show: part(() => import('./voice/VoicePage').then((m) => m.VoicePage)) },
  { path: 'sources', title: 'Sources', at: 'office', about: 'What comes in, what was refused, webhooks', key: 'i', Show: part(() => import('./sources/SourcesPage').then((m) => m.SourcesPage)) },
  { path: 'pulls', title: 'Polled systems', at: 'office', about: 'Tables that are asked for, and saved mappings', key: 'p', Show: part(() => import('./pulls/PullsPage').then((m) => m.PullsPage)) },
  { path: 'start', title: 'Ways in', at: 'office', about: 'The sample, a file, or a system that sends', key: 'w', Show: part(() => import('./start/StartPage').then((m) => m.StartPage)) },
];

/** The page that an address shows; "" is decided by what there is to show. */
export function pageAt(path: string): Page | undefined {
  const name = path.split('/')[1] ?? '';
  return pages.find((page) => page.path === (name === '' ? 'start' : name));
}

/** What stands behind the page's name. */
export function idIn(path: string): string {
  const text = path.split('/')[2] ?? '';
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that stands for nothing: it is taken as it stands, and found to be nobody.
    return text;
  }
}

/** What the address shows, before anything is shown. */
export async function loadFirst(path: string): Promise<void> {
  await pageAt(path)?.Show.load();
}

/** In the pause after the first page the others come too: a page must open while the server is away. A failure is no matter; opening it asks again. */
export async function loadAll(): Promise<void> {
  await Promise.allSettled(pages.map((page) => page.Show.load()));
}
