import { Suspense, useEffect, useMemo, useState } from 'react';
import type { ProgramView, StatusView } from './contracts';
import { useResource } from './api/useResource';
import { setZone } from './format/time';
import { useTopic } from './live/hooks';
import { go, usePlace } from './router';
import { BoardPage, CounterHome, CounterPage, ModelsPage, PeoplePageView, StartPage } from './pages';
import { ErrorBoundary } from './shell/ErrorBoundary';
import { HereContext } from './shell/program';
import { Shell, type PageName } from './shell/Shell';

/** Leaders look at it now and then: its pictures are no part of what a desk loads. */

export function App() {
  const place = usePlace();
  const status = useTopic<StatusView>('status').view;
  // The program is another one when the sample starts or a first event comes in.
  const version = status === null ? '' : `${status.sample} ${status.ready} ${status.people > 0} ${status.sampleProgram.phase}`;
  const program = useResource<ProgramView>('/v1/program', version).data;
  // Idempotent, and before anything below formats a time: an effect would come after the first wrong one.
  setZone(program?.timeZone);
  const here = useMemo(() => ({ program, status }), [program, status]);

  return (
    <HereContext value={here}>
      <ErrorBoundary key={place.path}>
        <Suspense fallback={<Shell page={shellOf(place.path)} skip={['main', 'Skip to content']}><main id="main" className="message" aria-busy="true" /></Shell>}>
          <Page path={place.path} query={place.query} status={status} />
        </Suspense>
      </ErrorBoundary>
    </HereContext>
  );
}

/** The frame of a page that is still being loaded is that of the page. */
function shellOf(path: string): PageName {
  const page = path.split('/')[1];
  return page === 'counter' || page === 'board' || page === 'people' || page === 'models' ? page : 'start';
}

function Page({ path, query, status }: { readonly path: string; readonly query: URLSearchParams; readonly status: StatusView | null }) {
  const [, page, id] = path.split('/');
  switch (page) {
    case '':
      return <First status={status} />;
    case 'start':
      return <StartPage />;
    case 'counter':
      return id === undefined || id === '' ? <CounterHome /> : <CounterPage key={id} person={decodeURIComponent(id)} />;
    case 'board':
      return <BoardPage query={query} />;
    case 'people':
      return <PeoplePageView query={query} />;
    case 'models':
      return <ModelsPage query={query} />;
    default:
      return (
        <Shell page="start" skip={['main', 'Skip to content']}>
          <main id="main" className="message">
            <h1>There is no such page</h1>
            <p><a href="/">To the first page</a></p>
          </main>
        </Shell>
      );
  }
}

/** The first page is the start page while there are no data, and the counter afterwards. */
function First({ status }: { readonly status: StatusView | null }) {
  const known = status?.ready === true;
  const empty = known && status.events === 0;
  const filling = status?.sampleProgram.phase === 'filling';
  const start = known && (empty || filling);
  // A newcomer whose first event has just come in wants to see it there, and not to be sent away.
  const [stays, setStays] = useState(false);
  if (start && !stays) setStays(true);
  useEffect(() => {
    if (known && !start && !stays) go('/counter', 'replace');
  }, [known, start, stays]);
  if (start || stays) return <StartPage />;
  return (
    <Shell page="start" skip={['main', 'Skip to content']}>
      <main id="main" className="message">
        <h1 className="sr">Experience</h1>
        <p className="mute">{status === null ? 'Connecting to the server …' : (status.reason ?? 'The server is starting …')}</p>
      </main>
    </Shell>
  );
}
