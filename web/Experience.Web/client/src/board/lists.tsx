import type { AnswerHistogram, PeoplePage, PersonRow } from '../contracts';
import { count } from '../format/numbers';
import { roundMoney } from '../format/money';
import { short } from '../format/time';
import { useNow } from '../live/hooks';
import { counterOf } from '../router';
import { Link } from '../ui/Link';
import { Status } from '../ui/Mark';

export function listPath(list: string, segment: string, of: string | null, limit: number, after: string | null = null): string {
  const query = new URLSearchParams({ list, segment, limit: String(limit) });
  if (of !== null) query.set('of', of);
  if (after !== null) query.set('after', after);
  return `/v1/people?${query.toString()}`;
}

/** People, with why each is here. Answers show what was said; other lists since when, and value. */
export function PeopleTable({ page, currency }: { readonly page: Pick<PeoplePage, 'list' | 'rows'>; readonly currency: string }) {
  return page.list === 'answers' ? <AnswerTable rows={page.rows} /> : <WhyTable rows={page.rows} currency={currency} list={page.list} />;
}

function Name({ row }: { readonly row: PersonRow }) {
  return <th scope="row"><Link to={counterOf(row.id)}>{row.name}</Link></th>;
}

const heads: Readonly<Record<string, string>> = { risk: 'Risk', calls: 'Risk', needs: 'Need', complaints: 'Clock', refunds: 'Refund', waitlist: 'Waits' };

function WhyTable({ rows, currency, list }: { readonly rows: readonly PersonRow[]; readonly currency: string; readonly list: string }) {
  const now = useNow();
  const values = rows.some((r) => r.value !== null);
  const contact = rows.some((r) => r.contact !== null);
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">Person</th><th scope="col">{heads[list] ?? 'Stands'}</th><th scope="col">Why</th>{contact && <th scope="col">May be reached</th>}<th scope="col" className="num">Since</th>
          {values && <th scope="col" className="num private">Value</th>}
        </tr>
      </thead>
      <tbody>
        {rows.map((r) => (
          <tr key={r.id}>
            <Name row={r} />
            <td><Status standing={r.standing}>{r.standingText}</Status></td>
            <td className="cut" title={r.why}>{r.why}</td>
            {contact && <td>{r.contact ?? <span className="mute">not</span>}</td>}
            <td className="num">{short(r.since, now)}</td>
            {values && <td className="num private">{r.value === null ? <span className="mute">{r.minor ? 'minor' : '–'}</span> : roundMoney(r.value, currency)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function AnswerTable({ rows }: { readonly rows: readonly PersonRow[] }) {
  return (
    <table className="list">
      <thead><tr><th scope="col">Person</th><th scope="col" className="num"><abbr title="Answer, 1 to 5">Ans.</abbr></th><th scope="col">In their words</th><th scope="col">Now</th></tr></thead>
      <tbody>
        {rows.map((r) => (
          <tr key={r.id}>
            <Name row={r} />
            <td className="num"><b>{r.answer ?? '–'}</b></td>
            {r.words === null || r.words === '' ? <td className="cut mute">no comment</td> : <td className="cut" title={r.words}>“{r.words}”</td>}
            <td><Status standing={r.standing}>{r.standingText}</Status></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Bars start at 0, the longest fills its place; 1 and 2 are what somebody was unhappy with. */
export function Histogram({ histogram }: { readonly histogram: AnswerHistogram }) {
  const most = Math.max(1, ...histogram.counts);
  return (
    <>
      <h3>Answers, 1 to 5</h3>
      <dl className="hist">
        {histogram.counts.map((n, i) => ({ n, answer: i + 1 })).reverse().map(({ n, answer }) => (
          <div key={answer}>
            <dt>{answer}</dt>
            <dd className={answer <= 2 ? 'meter low' : 'meter'}><i style={{ inlineSize: `${(n / most) * 100}%` }} /></dd>
            <dd className="num">{count(n)}</dd>
          </div>
        ))}
      </dl>
      {histogram.note !== '' && <p>{histogram.note}</p>}
    </>
  );
}
