import { useEffect, useState } from 'react';
import type { PeoplePage } from '../contracts';
import { explain, get, persist } from '../api/http';
import { count } from '../format/numbers';
import { useCurrency } from '../shell/program';
import { Shell } from '../shell/Shell';
import { Link } from '../ui/Link';
import type { PageProps } from '../pages';
import { peopleQuery } from '../router';
import { useTitle } from '../ui/useTitle';
import { Histogram, listPath, PeopleTable } from './lists';

/** Rows of a page. */
const pageSize = 100;

/** A whole list, a page at a time. It stands still while it is read; the board beside it is what moves. */
export function PeoplePageView({ query }: PageProps) {
  const list = query.get('list') ?? 'risk';
  const segment = query.get('segment') ?? 'everyone';
  const of = query.get('of');
  return <Listing key={`${list} ${segment} ${of ?? ''}`} list={list} segment={segment} of={of} />;
}

function Listing({ list, segment, of }: { readonly list: string; readonly segment: string; readonly of: string | null }) {
  const currency = useCurrency();
  const [page, setPage] = useState<PeoplePage | null>(null);
  const [after, setAfter] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useTitle(page?.title ?? 'People');

  useEffect(() => {
    const stop = new AbortController();
    persist((signal) => get<PeoplePage>(listPath(list, segment, of, pageSize, after), signal), stop.signal, (error) => setProblem(explain(error))).then(
      (next) => {
        setProblem(null);
        setPage((old) => (old === null || after === null ? next : { ...next, histogram: old.histogram, rows: [...old.rows, ...next.rows] }));
      },
      (error: unknown) => {
        if (!stop.signal.aborted) setProblem(explain(error));
      },
    );
    return () => stop.abort();
  }, [list, segment, of, after]);

  return (
    <Shell page="people" skip={['main', 'Skip to the list']}>
      <main id="main" className="people-main">
        <div className="bar">
          <h1>{page?.title ?? 'People'} <span>{page === null ? '' : `${count(page.rows.length)} of ${count(page.total)}`}</span></h1>
          <Link className="btn" to={`/board${peopleQuery({ segment })}`}>Back to the board</Link>
        </div>
        {problem !== null && <p className="bad" role="alert">{problem}</p>}
        {page?.histogram != null && <div className="panel people-hist"><Histogram histogram={page.histogram} /></div>}
        {page === null && problem === null && <p className="mute">Loading …</p>}
        {page !== null && page.rows.length === 0 && <p className="mute">Nobody is on this list.</p>}
        {page !== null && page.rows.length > 0 && <div className="panel box"><div className="scroll"><PeopleTable page={page} currency={currency} /></div></div>}
        {page?.next != null && <p className="more"><button className="btn" type="button" onClick={() => setAfter(page.next)}>Show more</button></p>}
      </main>
    </Shell>
  );
}
