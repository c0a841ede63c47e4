import { lazy, useState, type ComponentType } from 'react';

interface Part<P> {
  (props: P): React.ReactNode;
  readonly load: () => Promise<void>;
}

/**
 * A page that is a file of its own. Once it is here it is shown at once, without the moment of waiting that lazy() has even then: a frame
 * that came and went would take with it what somebody has begun to type.
 */
function part<P extends object>(load: () => Promise<ComponentType<P>>): Part<P> {
  let here: ComponentType<P> | null = null;
  const ready = () => load().then((page) => {
    here = page;
    return page;
  });
  const Later = lazy(() => ready().then((page) => ({ default: page })));
  const Page = (props: P) => {
    // Chosen once: a page that is shown is not taken down for being loaded.
    const [Shown] = useState<ComponentType<P>>(() => here ?? Later);
    return <Shown {...props} />;
  };
  return Object.assign(Page, { load: () => ready().then(() => undefined) });
}

export const BoardPage = part(() => import('./board/BoardPage').then((m) => m.BoardPage));
export const PeoplePageView = part(() => import('./board/PeoplePageView').then((m) => m.PeoplePageView));
export const CounterHome = part(() => import('./counter/CounterHome').then((m) => m.CounterHome));
export const CounterPage = part(() => import('./counter/CounterPage').then((m) => m.CounterPage));
export const ModelsPage = part(() => import('./models/ModelsPage').then((m) => m.default));
export const StartPage = part(() => import('./start/StartPage').then((m) => m.StartPage));

const all = [BoardPage, PeoplePageView, CounterHome, CounterPage, ModelsPage, StartPage];

/** What the address shows, before anything is shown. */
export async function loadFirst(path: string): Promise<void> {
  const [, page, id] = path.split('/');
  const first = { board: BoardPage, people: PeoplePageView, models: ModelsPage, start: StartPage, '': StartPage }[page ?? ''];
  await (first ?? (id === undefined || id === '' ? CounterHome : CounterPage)).load();
}

/** In the pause after the first page the others come too: a page must open while the server is away. A failure is no matter; opening it asks again. */
export async function loadAll(): Promise<void> {
  await Promise.allSettled(all.map((page) => page.load()));
}
