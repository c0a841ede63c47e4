import { lazy } from 'react';

/** Each page is a file of its own: the first one to be seen does not wait for the others. */
const parts = {
  board: () => import('./board/BoardPage'),
  people: () => import('./board/PeoplePageView'),
  home: () => import('./counter/CounterHome'),
  counter: () => import('./counter/CounterPage'),
  models: () => import('./models/ModelsPage'),
  start: () => import('./start/StartPage'),
};

export const BoardPage = lazy(() => parts.board().then((m) => ({ default: m.BoardPage })));
export const PeoplePageView = lazy(() => parts.people().then((m) => ({ default: m.PeoplePageView })));
export const CounterHome = lazy(() => parts.home().then((m) => ({ default: m.CounterHome })));
export const CounterPage = lazy(() => parts.counter().then((m) => ({ default: m.CounterPage })));
export const ModelsPage = lazy(parts.models);
export const StartPage = lazy(() => parts.start().then((m) => ({ default: m.StartPage })));

/** In the pause after the first page the others come too: a page must open while the server is away. A failure is no matter; opening it asks again. */
export async function loadAll(): Promise<void> {
  await Promise.allSettled(Object.values(parts).map((load) => load()));
}
