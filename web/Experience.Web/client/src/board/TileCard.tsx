import type { BoardView, Tile, TileRow } from '../contracts';
import { asOf } from '../format/time';
import { useNow } from '../live/hooks';
import { parseScope, peopleQuery } from '../router';
import { TrendChart } from '../ui/Chart';
import { Link } from '../ui/Link';
import { Mark, Status } from '../ui/Mark';
import { FormulaButton } from '../ui/Popover';
import { Settle } from '../ui/Settle';
import { money } from '../format/money';
import { score } from '../format/numbers';
import { figure, isLate, leading, missing, target } from './figures';

interface Props {
  readonly tile: Tile;
  readonly board: BoardView;
}

/** Where a tile or one of its rows leads: the people behind the figure, beside the board. */
function placeOf(people: string | null, board: BoardView): string | null {
  const to = target(people);
  return to === null ? null : `/board${peopleQuery({ segment: board.segment, list: to.list, of: to.of })}`;
}

export function TileCard({ tile, board }: Props) {
  const now = useNow();
  const id = `tile-${tile.id}`;
  const goal = tile.trend?.reference?.find((v) => v !== null) ?? null;
  const format = (value: number) => figure(value, tile.unit, board.currency, goal);
  const place = placeOf(tile.people, board);
  return (
    <article className="tile panel" aria-labelledby={id} tabIndex={-1} data-place={place ?? undefined}>
      <h2 id={id}><span>{tile.title}</span><TileFormula tile={tile} board={board} /></h2>
      <p className="row">
        <Value tile={tile} place={place} format={format} />
        {tile.standingText !== null && tile.measured === 'yes' && <Standing tile={tile} text={tile.standingText} />}
      </p>
      <p className="n" title={tile.detail ?? undefined}>{tile.detail}</p>
      {tile.rows.length > 0 && <Rows tile={tile} board={board} />}
      {tile.trend !== null && <TrendChart trend={tile.trend} format={format} />}
      <p className="foot">
        <span className="caption">{tile.trend?.caption ?? (tile.rows.length > 0 || tile.measured !== 'yes' ? null : noTrend(tile, board))}</span>
        {isLate(tile, board)
          ? <span className="st watch asof"><Mark shape="clock" />as of {asOf(tile.asOf, now)}</span>
          : <span className="asof">as of {asOf(tile.asOf, now)}</span>}
      </p>
    </article>
  );
}

/** Why there is no course: what is open was counted anew for weeks past, and that is done for whole segments only. */
function noTrend(tile: Tile, board: BoardView): string {
  return tile.id === 'risk' && board.segment.includes(';') ? 'past weeks are kept for segments' : tile.value === 0 ? 'none in past weeks' : 'gathering past weeks';
}

/** Behind the figure: how it is made, and all the sums that it is made of. */
function TileFormula({ tile, board }: { readonly tile: Tile; readonly board: BoardView | null }) {
  return (
    <FormulaButton of={tile.title} text={tile.formula.text} window={tile.formula.window} source={tile.formula.source}>
      {board !== null && tile.rows.length > 2 && <Rows tile={tile} board={board} />}
    </FormulaButton>
  );
}

/** A tile's own rows, exact: the sums behind a mean. A small tile shows the first two, in place of its course; a wide one all, and both. */
function Rows({ tile, board }: Props) {
  return (
    <table className="tile-rows">
      <tbody>
        {tile.rows.map((r) => (
          <tr key={r.name}>
            <th scope="row">{r.name}</th>
            <td className="num">{r.value === null ? missing(r.measured) : tile.unit === 'money' ? money(r.value, board.currency) : figure(r.value, tile.unit, board.currency)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Without a goal a change is grey, and its direction is its shape. */
function Standing({ tile, text }: { readonly tile: Tile; readonly text: string }) {
  if (tile.standing !== 'none') return <Status standing={tile.standing}><span title={text}>{text}</span></Status>;
  const shape = directionOf(text) ?? direction(tile);
  return <span className="st mute" title={text}><Mark shape={shape} /><span>{text}</span></span>;
}

/** The server's words name the direction; where they do not, the last two points show it. */
export function directionOf(text: string): 'up' | 'down' | 'level' | null {
  if (/\b(level|same|unchanged)\b/i.test(text)) return 'level';
  if (/\bup\b/i.test(text)) return 'up';
  return /\bdown\b/i.test(text) ? 'down' : null;
}

function direction(tile: Tile): 'up' | 'down' | 'level' {
  const points = tile.trend?.points.filter((v) => v !== null) ?? [];
  const last = points.at(-1);
  const before = points.at(-2);
  if (tile.trend?.kind === 'funnel' || last === undefined || before === undefined || last === before) return 'level';
  return last > before ? 'up' : 'down';
}

function Value({ tile, place, format }: { readonly tile: Tile; readonly place: string | null; readonly format: (value: number) => string }) {
  if (tile.value === null || tile.measured !== 'yes') {
    return <span className="value unmeasured"><Status standing="none">{missing(tile.measured)}</Status></span>;
  }
  const text = <Settle text={format(tile.value)} />;
  return (
    <span className="value">
      {place === null ? text : <Link to={place} className="open">{text}<span className="sr">, {tile.title}: show the people</span></Link>}
      {tile.qualifier !== null && <>{' '}<small title={tile.qualifier}>{tile.qualifier}</small></>}
    </span>
  );
}

/** The first tile: the service score, loud only while a desk is below its goal, with all desks beside it. */
export function ScoreTile({ tile, board }: Props) {
  const now = useNow();
  const { row, loud } = leading(tile);
  const goal = score(tile.trend?.reference?.find((v) => v !== null) ?? 4);
  const format = (value: number) => figure(value, tile.unit, board.currency);
  const shown: Pick<Tile, 'value' | 'measured' | 'standing' | 'standingText' | 'n' | 'low' | 'high' | 'people'> = row ?? tile;
  const place = placeOf(shown.people, board) ?? placeOf(tile.people, board);
  const id = `tile-${tile.id}`;
  return (
    <article className="tile panel" aria-labelledby={id} tabIndex={-1} data-place={place ?? undefined}>
      <div className={loud ? 'lead loud' : 'lead'}>
        <h2 id={id}><span>{tile.title}</span><TileFormula tile={tile} board={null} /></h2>
        <p className="of">{row === null ? 'All desks' : `${row.name} desk`}</p>
        <div>
          {shown.value === null || shown.measured !== 'yes' ? (
            <p className="value unmeasured"><Status standing="none">{missing(shown.measured)}</Status></p>
          ) : (
            <p className="value">
              {place === null ? <Settle text={format(shown.value)} /> : <Link to={place} className="open"><Settle text={format(shown.value)} /><span className="sr">, show who answered</span></Link>}
              {' '}<small>of 5</small>
            </p>
          )}
          {shown.measured === 'yes' && shown.standingText !== null && shown.standingText !== '' && (
            <p className={`st ${loud ? '' : shown.standing}`}><Mark shape={shown.standing} />{row === null ? shown.standingText : `${capital(row.standingText)}, goal ${goal}`}</p>
          )}
          <p className="n">{interval(shown, format)}</p>
        </div>
        {tile.trend !== null && <TrendChart trend={tile.trend} format={format} />}
        <p className="foot"><span>{tile.trend?.caption}</span><span className="asof">as of {asOf(tile.asOf, now)}</span></p>
      </div>
      <div className="desks">
        <h3>By desk</h3>
        <table>
          <thead><tr><th scope="col">Desk</th><th scope="col" className="num">Score</th><th scope="col" className="num">n</th><th scope="col" className="num">Against {goal}</th></tr></thead>
          <tbody>
            {tile.rows.map((r) => <DeskRow key={r.name} row={r} first={r === row} board={board} format={format} />)}
            {parseScope(board.segment).desk === null && <tr className="all">
              <th scope="row"><b>All desks</b></th>
              <td className="num v">{tile.value === null || tile.measured !== 'yes' ? <span className="mute" aria-hidden="true">·</span> : <Settle text={format(tile.value)} />}</td>
              <td className="num">{tile.n ?? 0}</td>
              <td className="num"><Status standing={tile.measured === 'yes' ? tile.standing : 'none'}>{tile.measured === 'yes' ? (tile.standingText ?? '') : missing(tile.measured)}</Status></td>
            </tr>}
          </tbody>
        </table>
        {tile.detail !== null && <p>{tile.detail}</p>}
      </div>
    </article>
  );
}

function DeskRow({ row, first, board, format }: { readonly row: TileRow; readonly first: boolean; readonly board: BoardView; readonly format: (value: number) => string }) {
  const place = placeOf(row.people, board);
  const measured = row.measured === 'yes' && row.value !== null;
  return (
    <tr>
      <th scope="row">{place === null ? row.name : <Link to={place} className={first ? 'desk first-desk' : 'desk'}>{row.name}</Link>}</th>
      <td className={`num v${measured && row.standing === 'bad' ? ' bad' : ''}`}>{measured ? <Settle text={format(row.value)} /> : <span className="mute" aria-hidden="true">·</span>}</td>
      <td className="num">{row.n}</td>
      <td className="num"><Status standing={measured ? row.standing : 'none'}>{measured ? row.standingText : missing(row.measured)}</Status></td>
    </tr>
  );
}

function interval(shown: Pick<Tile, 'n' | 'low' | 'high'>, format: (value: number) => string): string {
  const n = shown.n === null ? '' : `n = ${shown.n}`;
  return shown.low === null || shown.high === null ? n : `${n}, 95 % ${format(shown.low)} to ${format(shown.high)}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
