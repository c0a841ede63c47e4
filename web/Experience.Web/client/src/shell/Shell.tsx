import type { ReactNode } from 'react';
import { count, plural } from '../format/numbers';
import { pages } from '../pages';
import { Link } from '../ui/Link';
import { Status } from '../ui/Mark';
import { chooseIdentity, IdentityDialog, useIdentity } from './identityDialog';
import { LinkState } from './LinkState';
import { Office } from './Office';
import { useHere } from './program';
import { Search } from './Search';
import { useGoKeys } from './useGoKeys';

const tabs = pages.filter((page) => page.at === 'bar');

interface Props {
  /** The path of the page, as in the table of pages; empty where it is none. */
  readonly page: string;
  readonly skip: readonly [string, string];
  readonly children: ReactNode;
  readonly foot?: ReactNode;
}

/** What every page has around it: the sample's banner, where one is, who one is, and whether it is live. */
export function Shell({ page, skip, children, foot }: Props) {
  const { program, status } = useHere();
  const who = useIdentity();
  const place = pages.find((p) => p.path === page);
  useGoKeys();
  const sample = status?.sample ?? program?.sample ?? false;
  const bare = page === 'start' && (status === null || status.events === 0);
  return (
    <div className={`app ${page}`}>
      <a className="skip" href={`#${skip[0]}`}>{skip[1]}</a>
      <header>
        {sample && (
          <p className="sample" role="note">
            <span>
              <b>SAMPLE</b> {program?.name ?? 'Riverbend College'}
              <span className="wide">{status === null || status.people === 0 ? '' : `: ${count(status.people)} invented people`}. Nothing here is about anyone real.</span>
            </span>
            <Link to="/start">Use your own data</Link>
          </p>
        )}
        <div className="top">
          <Link to="/" className="brand" aria-label="Experience, first page">
            <svg viewBox="0 0 18 18" aria-hidden="true">
              <rect width="18" height="18" rx="3" fill="currentColor" />
              <path d="M4 5h10M4 9h6.5M4 13h10" stroke="var(--surface)" strokeWidth="2" />
            </svg>
            <span className="wide">Experience</span>
          </Link>
          {!bare && (
            <>
              <nav className="tabs" aria-label="Main">
                {tabs.map((tab) => (
                  <Link key={tab.path} to={`/${tab.path}`} aria-current={tab.path === page || tab.path === place?.of ? 'page' : undefined}>{tab.title}</Link>
                ))}
                <Office current={page} />
              </nav>
              <Search />
            </>
          )}
          <div className="end">
            {status !== null && status.sources.open.length > 0 && page !== 'sources' && (
              <Link to="/sources" className="silent"><Status standing="bad">{plural(status.sources.open.length, 'source')} silent</Status></Link>
            )}
            <LinkState />
            {bare && <a href="/docs">Docs</a>}
            <button className="btn me" type="button" onClick={chooseIdentity}>
              {who === null ? 'I am …' : <span><span className="wide">I am </span>{who.name}{who.desk === '' ? '' : <span className="wide">, {deskName(who.desk)}</span>}</span>}
            </button>
          </div>
        </div>
      </header>
      {children}
      {foot}
      <IdentityDialog />
    </div>
  );
}

/** "Main" is said as "Main desk"; a desk that already says what it is stays as it is. */
export function deskName(desk: string): string {
  return /\b(desk|line|office|counter|online|phone)\b/i.test(desk) ? desk : `${desk} desk`;
}
