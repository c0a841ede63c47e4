import type { SourcesView } from '../contracts';
import { useResource } from '../api/useResource';
import type { PageProps } from '../pages';
import { count, plural } from '../format/numbers';
import { useHere } from '../shell/program';
import { Shell } from '../shell/Shell';
import { Link } from '../ui/Link';
import { useTitle } from '../ui/useTitle';
import { Hooks } from './Hooks';
import { Letters } from './Letters';
import { SourceList } from './SourceList';
import { usePulse } from './usePulse';
import '../styles/sources.css';

const parts = [['', 'Sources'], ['refused', 'Refused events'], ['hooks', 'Webhooks']] as const;

/** What comes in, from where, and what of it was refused. */
export function SourcesPage({ id, query }: PageProps) {
  const title = parts.find(([path]) => path === id)?.[1] ?? 'Sources';
  useTitle(title);
  const pulse = usePulse();
  const view = useResource<SourcesView>('/v1/sources', pulse);
  const waiting = useHere().status?.sources.letters ?? view.data?.letters ?? 0;
  return (
    <Shell page="sources" skip={['main', 'Skip to content']}>
      <main id="main" className="sources">
        <div className="bar">
          <h1>{title} <span>{about[id] ?? about['']}</span></h1>
          <nav className="parts" aria-label="Sources">
            {parts.map(([path, name]) => (
              <Link key={path} className="btn" to={path === '' ? '/sources' : `/sources/${path}`} aria-current={path === id ? 'page' : undefined}>
                {name}{path === 'refused' && waiting > 0 && <><b className="num" aria-hidden="true">{count(waiting)}</b><span className="sr">, {plural(waiting, 'event')} waiting</span></>}
              </Link>
            ))}
          </nav>
        </div>
        {id === 'refused' ? <Letters query={query} pulse={pulse} /> : id === 'hooks' ? <Hooks /> : <SourceList view={view.data} problem={view.problem} again={view.again} />}
      </main>
    </Shell>
  );
}

const about: Readonly<Record<string, string>> = {
  '': 'What each system sends, how late, and whether it has fallen silent',
  refused: 'Correct them and send them again, or dismiss them',
  hooks: 'What the calls of other systems mean',
};
