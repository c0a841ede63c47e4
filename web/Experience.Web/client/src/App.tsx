import { Suspense, useEffect, useMemo, useState } from 'react';
import type { ProgramView, StatusView } from './contracts';
import { useResource } from './api/useResource';
import { setZone } from './format/time';
import { useTopic } from './live/hooks';
import { go, usePlace } from './router';
import { idIn, pageAt } from './pages';
import { ErrorBoundary } from './shell/ErrorBoundary';
import { HereContext } from './shell/program';
import { Shell } from './shell/Shell';
import { Opening } from './ui/Opening';

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
        <Suspense fallback={<Shell page={pageAt(place.path)?.path ?? ''} skip={['main', 'Skip to content']}><main id="main" aria-busy="true"><p className="message mute"><Opening what="the page" /></p></main></Shell>}>
          <Shown path={place.path} query={place.query} status={status} />
        </Suspense>
      </ErrorBoundary>
    </HereContext>
  );
}

function Shown({ path, query, status }: { readonly path: string; readonly query: URLSearchParams; readonly status: StatusView | null }) {
  if (path === '/') return <First status={status} query={query} />;
  const page = pageAt(path);
  if (page !== undefined) return <page.Show key={page.path} id={idIn(path)} query={query} />;
  return (
    <Shell page="" skip={['main', 'Skip to content']}>
      <main id="main" className="message">
        <h1>There is no such page</h1>
        <p><a href="/">To the first page</a></p>
      </main>
    </Shell>
  );
}

/** The first page is the start page while there are no data, and the counter afterwards. */
function First({ status, query }: { readonly status: StatusView | null; readonly query: URLSearchParams }) {
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
  const Start = pageAt('/start')?.Show;
  if ((start || stays) && Start !== undefined) return <Start id="" query={query} />;
  return (
    <Shell page="start" skip={['main', 'Skip to content']}>
      <main id="main" className="message">
        <h1 className="sr">Experience</h1>
        <p className="mute">{status === null ? 'Connecting to the server …' : (status.reason ?? 'The server is starting …')}</p>
      </main>
    </Shell>
  );
}
