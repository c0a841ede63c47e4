import { useEffect, useRef, useState } from 'react';
import type { BoardView, NamedItem, PeoplePage, Tile } from '../contracts';
import { useResource } from '../api/useResource';
import { count } from '../format/numbers';
import { useNow, useTopic } from '../live/hooks';
import type { PageProps } from '../pages';
import { go, parseScope, peopleQuery, scopeText, type Scope } from '../router';
import { useHere } from '../shell/program';
import { Shell } from '../shell/Shell';
import { Link } from '../ui/Link';
import { Opening } from '../ui/Opening';
import { useKeys } from '../ui/useKeys';
import { useTitle } from '../ui/useTitle';
import { leading, target } from './figures';
import { Histogram, listPath, PeopleTable } from './lists';
import { OpenFlags } from './OpenFlags';
import { ScoreTile, TileCard } from './TileCard';
import { useTileKeys } from './useTileKeys';

/** Rows beside the board; the whole list has a page of its own. */
const besideRows = 12;

export function BoardPage({ query }: PageProps) {
  const segment = query.get('segment') ?? 'everyone';
  const scope = parseScope(segment);
  const { view, refused } = useTopic<BoardView>(`board:${segment}`);
  const { program } = useHere();
  const tiles = useRef<HTMLOListElement>(null);
  useTitle(view === null ? 'Board' : `Board, ${view.title}`);
  useTileKeys(tiles);

  return (
    <Shell page="board" skip={['tiles', 'Skip to tiles']}>
      <main>
        <div className="bar">
          <h1>Board <span>{[view?.term, view?.history === true ? 'history, as of its last event' : null].filter((s) => s != null).join(', ')}</span></h1>
          <form className="filters" aria-label="Scope" onSubmit={(e) => e.preventDefault()}>
            <Filters view={view} scope={scope} />
          </form>
        </div>
        {view === null && <p className="message mute">{refused === null ? <Opening what="the board" /> : refused.replace(/^.*HubException: /, '')}</p>}
        {view !== null && (
          <>
            <ol className="tiles" id="tiles" aria-label="Tiles" ref={tiles} tabIndex={-1}>
              {view.tiles.map((tile, i) => i === 0
                ? <li key={tile.id} className="first"><ScoreTile tile={tile} board={view} /></li>
                : <li key={tile.id} className={`at-${tile.id}`}><TileCard tile={tile} board={view} /></li>)}
            </ol>
            <Below board={view} query={query} currency={program?.currency ?? view.currency} />
          </>
        )}
      </main>
    </Shell>
  );
}

/** Program areas and desks narrow the segment; those that nobody has named yet are not offered. */
function Filters({ view, scope }: { readonly view: BoardView | null; readonly scope: Scope }) {
  const { program } = useHere();
  const narrow = (next: Partial<Scope>) => go(`/board${peopleQuery({ segment: scopeText({ ...scope, ...next }) })}`);
  const some = (text: string) => (text === '' ? null : text);
  return (
    <>
      {(program !== null && program.programs.length > 0) && (
        <label>
          Program{' '}
          <select value={scope.program ?? ''} onChange={(e) => narrow({ program: some(e.target.value) })}>
            <option value="">All programs</option>
            <Named items={program.programs} chosen={scope.program} />
          </select>
        </label>
      )}
      <label>
        Segment{' '}
        <select value={scope.segment} onChange={(e) => narrow({ segment: e.target.value })}>
          <Segments view={view} segment={scope.segment} />
        </select>
      </label>
      {(program !== null && program.desks.length > 0) && (
        <label>
          Desk{' '}
          <select value={scope.desk ?? ''} onChange={(e) => narrow({ desk: some(e.target.value) })}>
            <option value="">All desks</option>
            <Named items={program.desks} chosen={scope.desk} />
          </select>
        </label>
      )}
    </>
  );
}

/** What an address names stays chosen, also before it is known here. */
function Named({ items, chosen }: { readonly items: readonly NamedItem[]; readonly chosen: string | null }) {
  return (
    <>
      {items.map((i) => <option key={i.id} value={i.id}>{i.title}</option>)}
      {chosen !== null && !items.some((i) => i.id === chosen) && <option value={chosen}>{chosen}</option>}
    </>
  );
}

function Segments({ view, segment }: { readonly view: BoardView | null; readonly segment: string }) {
  const { program, status } = useHere();
  const segments = program?.segments ?? [];
  const everyone = segments.find((s) => s.id === 'everyone');
  const known = [everyone ?? { id: 'everyone', title: 'Everyone', count: status?.people ?? null }, ...segments.filter((s) => s.id !== 'everyone')];
  // The board's own segment may be newer than the program that was read.
  if (view !== null && !known.some((s) => s.id === segment)) known.push({ id: segment, title: view.title, count: view.people });
  return known.map((s) => {
    const n = view?.segment === s.id ? view.people : s.count;
    return <option key={s.id} value={s.id}>{s.title}{n === null ? '' : `, ${count(n)}`}</option>;
  });
}

/** Changes with what a list is about, so that it is asked for again then and not with every frame. */
function versionOf(tile: Tile | undefined, now: number): string {
  return tile === undefined ? String(now) : `${tile.value} ${tile.qualifier} ${tile.detail} ${tile.standingText} ${now}`;
}

interface BelowProps {
  readonly board: BoardView;
  readonly query: URLSearchParams;
  readonly currency: string;
}

/** Below the tiles: who is at risk, and the people behind the figure that was opened. */
function Below({ board, query, currency }: BelowProps) {
  const [closed, setClosed] = useState<string | null>(null);
  const asked = query.get('list');
  const first = board.tiles[0];
  const lead = first === undefined ? null : leading(first);
  // What is loud shows its people without being asked, until it is closed.
  const loud = lead?.loud === true ? target(lead.row?.people ?? first?.people ?? null) : null;
  const loudKey = loud === null ? null : `${board.segment} ${loud.list} ${loud.of ?? ''}`;
  const drill = asked !== null ? { list: asked, of: query.get('of') } : loudKey !== closed ? loud : null;
  const close = () => {
    setClosed(loudKey);
    if (asked !== null) go(`/board${peopleQuery({ segment: board.segment })}`);
  };
  const open = drill !== null;
  return (
    <div className="below">
      <AtRisk board={board} currency={currency} />
      {open ? <Drill key={`${drill.list} ${drill.of ?? ''}`} board={board} list={drill.list} of={drill.of} asked={asked !== null} currency={currency} onClose={close} /> : <OpenFlags rows={besideRows} />}
    </div>
  );
}

function AtRisk({ board, currency }: { readonly board: BoardView; readonly currency: string }) {
  const now = useNow();
  const version = versionOf(board.tiles.find((t) => target(t.people)?.list === 'risk'), now);
  const { data, problem } = useResource<PeoplePage>(listPath('risk', board.segment, null, besideRows), version);
  return (
    <section className="box panel private" id="risk" aria-labelledby="h-risk">
      <header>
        <h2 id="h-risk">At risk</h2>
        <span className="mute">{data === null ? (problem ?? 'loading') : data.total === 0 ? 'nobody' : `${count(data.total)} people, by severity, then longest waiting`}</span>
        <span className="end-of-cap">
          <Link className="btn" to={`/board${peopleQuery({ segment: board.segment, list: 'calls' })}`}>Today’s calls</Link>{' '}
          <Link className="btn" to={`/people${peopleQuery({ segment: board.segment, list: 'risk' })}`}>Show all</Link>
        </span>
      </header>
      {data !== null && data.rows.length > 0 && <div className="scroll"><PeopleTable page={data} currency={currency} /></div>}
      {data !== null && data.rows.length === 0 && <p className="mute empty">Nobody is at risk by the rules in force.</p>}
    </section>
  );
}

interface DrillProps {
  readonly board: BoardView;
  readonly list: string;
  readonly of: string | null;
  readonly asked: boolean;
  readonly currency: string;
  readonly onClose: () => void;
}

function Drill({ board, list, of, asked, currency, onClose }: DrillProps) {
  const now = useNow();
  const heading = useRef<HTMLHeadingElement>(null);
  // Whom to call today is a part of those at risk, as many as staff have time for.
  const figure = list === 'calls' ? 'risk' : list;
  const tile = board.tiles.find((t) => target(t.people)?.list === figure) ?? board.tiles.find((t) => t.rows.some((r) => target(r.people)?.list === list));
  const row = tile?.rows.find((r) => target(r.people)?.of === of && of !== null);
  const { data, problem } = useResource<PeoplePage>(listPath(list, board.segment, of, besideRows), versionOf(tile, now));
  useKeys({ Escape: onClose });
  useEffect(() => {
    if (asked) heading.current?.focus();
  }, [asked]);
  const histogram = data?.histogram ?? null;
  const bad = (row ?? tile)?.standing === 'bad';
  return (
    <aside className={bad ? 'box panel drill bad-edge' : 'box panel drill'} id="drill" aria-labelledby="h-drill">
      <header>
        <h2 id="h-drill" ref={heading} tabIndex={-1}>{data?.title ?? tile?.title ?? 'People'}</h2>
        <span className="mute">{data === null ? (problem ?? 'loading') : order[list] ?? ''}</span>
        <Link className="btn" to={`/people${peopleQuery({ segment: board.segment, list, of })}`}>All {data === null ? '' : count(data.total)}</Link>
        <button className="btn" type="button" aria-keyshortcuts="Escape" onClick={onClose}>Close <kbd>Esc</kbd></button>
      </header>
      <div className={histogram === null ? 'in wide-in' : 'in'}>
        {histogram !== null && (
          <div className="def" role="group" aria-label="Answers and formula" tabIndex={0}>
            <Histogram histogram={histogram} />
            {tile !== undefined && <p><b>Formula:</b> {tile.formula.text}</p>}
          </div>
        )}
        <div className="scroll">
          {data !== null && data.rows.length > 0 && <PeopleTable page={data} currency={currency} />}
          {data !== null && data.rows.length === 0 && <p className="mute empty">Nobody is on this list.</p>}
          {histogram === null && tile !== undefined && <p className="list-formula"><b>Formula:</b> {tile.formula.text}</p>}
        </div>
      </div>
    </aside>
  );
}

const order: Readonly<Record<string, string>> = {
  answers: 'who answered, lowest first',
  risk: 'by severity, then longest waiting',
  calls: 'as many as staff have time for, the likeliest first',
  complaints: 'longest past the clock first',
  needs: 'service first',
};
