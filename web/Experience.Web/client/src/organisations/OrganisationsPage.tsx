import { useEffect, useRef, useState } from 'react';
import type { EngagementView, OrganisationRow, OrganisationsPage as Listing, OrganisationView } from '../contracts';
import { explain, send } from '../api/http';
import { useResource } from '../api/useResource';
import { roundMoney } from '../format/money';
import { count, percent, plural } from '../format/numbers';
import { useTopic } from '../live/hooks';
import { counterOf, go, organisationOf } from '../router';
import { Shell } from '../shell/Shell';
import { Link } from '../ui/Link';
import { Status } from '../ui/Mark';
import { FormulaButton } from '../ui/Popover';
import { useTitle } from '../ui/useTitle';
import '../styles/catalogue.css';
import '../styles/organisations.css';

/** The list is asked again this often, in ms; what is open beside it is live. */
const again = 15_000;
const pageSize = 100;

/** Employers and other organisations: by value, found by any of their names, and one of them beside the list. */
export function OrganisationsPage({ id, query }: { readonly id: string; readonly query: URLSearchParams }) {
  useTitle('Organisations');
  const [search, setSearch] = useState(query.get('q') ?? '');
  const [round, setRound] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setRound((n) => n + 1), again);
    return () => clearInterval(timer);
  }, []);
  const list = useResource<Listing>(`/v1/organisations?limit=${pageSize}${search.trim() === '' ? '' : `&q=${encodeURIComponent(search.trim())}`}`, round);
  const one = id === '' ? null : id;
  return (
    <Shell page="organisations" skip={['organisations', 'Skip to the list']}>
      <main className="catalogue organisations">
        <div className="bar">
          <h1>Organisations <span>Employers and others who come as a group; their value is their own</span></h1>
          <div className="filters">
            <label className="by-name">Name<input type="search" value={search} maxLength={80} onChange={(event) => setSearch(event.target.value)} /></label>
          </div>
        </div>
        {list.data === null && <p className="mute" role="status">{list.problem ?? 'Counting people by organisation …'}</p>}
        {list.data !== null && (
          <div className={one === null ? 'courses-alone' : 'courses-and-one'}>
            <section className="panel box" aria-labelledby="h-organisations">
              <header>
                <h2 id="h-organisations">{search.trim() === '' ? 'By value' : 'Found'}</h2>
                <span className="mute">{plural(list.data.total, 'organisation')}{list.data.rows.length < list.data.total && `, the first ${count(list.data.rows.length)}`}</span>
              </header>
              <div className="scroll" id="organisations" tabIndex={-1}>
                {list.data.rows.length === 0
                  ? <p className="empty mute">{search.trim() === '' ? 'No organisation is known yet. Registrations and payments name one as payerOrganisation, people as organisation.linked.' : 'No organisation has such a name.'}</p>
                  : <Rows rows={list.data.rows} currency={list.data.currency} chosen={one} brief={one !== null} />}
              </div>
            </section>
            {one !== null && <One key={one} id={one} />}
          </div>
        )}
      </main>
    </Shell>
  );
}

function Rows({ rows, currency, chosen, brief }: { readonly rows: readonly OrganisationRow[]; readonly currency: string; readonly chosen: string | null; readonly brief: boolean }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">Organisation</th>
          {!brief && <th scope="col">Industry</th>}
          <th scope="col" className="num">People</th><th scope="col" className="num">Seats</th>
          {!brief && <><th scope="col" className="num">Pay for themselves</th><th scope="col" className="num">Open engagements</th><th scope="col">Now</th></>}
          <th scope="col" className="num private">Value</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((o) => (
          <tr key={o.id} className={o.id === chosen ? 'chosen' : undefined}>
            <th scope="row"><Link to={organisationOf(o.id)} aria-current={o.id === chosen ? 'true' : undefined}>{o.name}</Link></th>
            {!brief && <td className="cut">{o.industry ?? <span className="mute">–</span>}</td>}
            <td className="num">{count(o.people)}</td>
            <td className="num">{count(o.seats)}</td>
            {!brief && (
              <>
                <td className="num">{o.selfPayers === 0 ? <span className="mute">0</span> : count(o.selfPayers)}</td>
                <td className="num">{o.open === 0 ? <span className="mute">0</span> : count(o.open)}</td>
                <td><Trouble complaints={o.complaints} past={o.past} promises={o.promises} /></td>
              </>
            )}
            <td className="num private">{roundMoney(o.value, currency)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Trouble({ complaints, past, promises }: { readonly complaints: number; readonly past: number; readonly promises: number }) {
  if (past > 0) return <Status standing="bad">{plural(past, 'complaint')} past the clock</Status>;
  if (complaints > 0) return <Status standing="watch">{plural(complaints, 'complaint')} open</Status>;
  if (promises > 0) return <Status standing="watch">{plural(promises, 'promise')} open</Status>;
  return <Status standing="none">nothing open</Status>;
}

function One({ id }: { readonly id: string }) {
  const { view } = useTopic<OrganisationView>(`organisation:${id}`);
  const title = useRef<HTMLHeadingElement>(null);
  const there = view !== null;
  useEffect(() => {
    if (there) title.current?.focus();
  }, [there]);
  useEffect(() => {
    const escape = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && document.querySelector('dialog[open], :popover-open') === null && !(event.target instanceof HTMLInputElement)) go('/organisations');
    };
    addEventListener('keydown', escape);
    return () => removeEventListener('keydown', escape);
  }, []);
  return (
    <section className="panel box course" aria-labelledby="h-organisation">
      <header>
        <h2 id="h-organisation" ref={title} tabIndex={-1}>{view?.name ?? id}</h2>
        <span className="mute">{view === null ? '' : [view.industry, plural(view.people, 'person', 'people')].filter((s) => s !== null).join(' · ')}</span>
        <Link className="btn" to="/organisations">Close <kbd>Esc</kbd></Link>
      </header>
      {view === null
        ? <p className="empty mute" role="status">Counting its people …</p>
        : (
          <div className="scroll organisation">
            <About view={view} />
            {view.engagements.length > 0 && <section><h3>Engagements</h3><ul className="offerings">{view.engagements.map((e) => <Engagement key={e.engagement} of={e} currency={view.currency} />)}</ul></section>}
            {view.seats.length > 0 && <Seats view={view} />}
            <Members view={view} />
            <Names view={view} />
          </div>
        )}
    </section>
  );
}

function About({ view }: { readonly view: OrganisationView }) {
  const { value, repeat, currency } = view;
  return (
    <dl className="about">
      <div className="private"><dt>Value <FormulaButton of="Value of an organisation" text={value.formula.text} window={value.formula.window} source={value.formula.source} /></dt><dd><b>{roundMoney(value.paid, currency)}</b> <span className="mute">{roundMoney(value.forPlaces, currency)} for places</span></dd></div>
      <div className="private"><dt>Agreed</dt><dd>{value.agreed === null ? <span className="mute">not stated</span> : <>{roundMoney(value.agreed, currency)} <span className="mute">{roundMoney(value.outstanding ?? 0, currency)} outstanding</span></>}</dd></div>
      <div>
        <dt>Repeat rate <FormulaButton of="Repeat rate of an organisation" text={repeat.formula.text} window={repeat.formula.window} source={repeat.formula.source} /></dt>
        <dd>{repeat.rate === null ? <span className="mute">no term can tell yet</span> : <>{percent(repeat.rate)} <span className="mute">{repeat.again} of {plural(repeat.bought, 'term')}</span></>}</dd>
      </div>
      <div><dt>Pay for themselves</dt><dd>{count(view.selfPayers)} <span className="mute">in 12 months</span></dd></div>
      <div><dt>Now</dt><dd><Trouble complaints={view.complaints} past={view.past} promises={view.promises} /></dd></div>
      {view.erased > 0 && <div><dt>Erased</dt><dd>{count(view.erased)} <span className="mute">counted, nameless</span></dd></div>}
    </dl>
  );
}

function Engagement({ of: e, currency }: { readonly of: EngagementView; readonly currency: string }) {
  return (
    <li>
      <div className="head"><b>{e.title}</b><Status standing={e.status === 'open' ? 'good' : 'none'}>{e.status}</Status></div>
      <dl className="numbers">
        {e.kind !== null && <div><dt>Kind</dt><dd>{e.kind}</dd></div>}
        {e.purchaseOrder !== null && <div><dt>Order</dt><dd>{e.purchaseOrder}</dd></div>}
        {(e.seats !== null || e.taken > 0) && <div><dt>Seats</dt><dd>{count(e.taken)}{e.seats !== null && ` of ${count(e.seats)}`}</dd></div>}
        <div className="private"><dt>Agreed</dt><dd>{e.amount === null ? <span className="mute">not stated</span> : roundMoney(e.amount, currency)}</dd></div>
        <div className="private"><dt>Paid</dt><dd>{roundMoney(e.paid, currency)}</dd></div>
        {e.starts !== null && <div><dt>Days</dt><dd>{e.starts} to {e.ends ?? '?'}</dd></div>}
      </dl>
    </li>
  );
}

function Seats({ view }: { readonly view: OrganisationView }) {
  return (
    <section>
      <h3>Places that it pays</h3>
      <table className="list">
        <thead><tr><th scope="col">Section</th><th scope="col">Term</th><th scope="col">Order</th><th scope="col" className="num">Seats</th><th scope="col" className="num private">Paid</th></tr></thead>
        <tbody>
          {view.seats.map((s) => (
            <tr key={s.section}><th scope="row">{s.title}</th><td>{s.term ?? '–'}</td><td>{s.purchaseOrder ?? <span className="mute">none named</span>}</td><td className="num">{count(s.seats)}</td><td className="num private">{roundMoney(s.income, view.currency)}</td></tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Members({ view }: { readonly view: OrganisationView }) {
  if (view.members.length === 0) return null;
  return (
    <section>
      <h3>People <span className="mute">contacts first, then who has something open{view.members.length < view.people && `; the first ${count(view.members.length)}`}</span></h3>
      <table className="list">
        <thead><tr><th scope="col">Person</th><th scope="col">Role</th><th scope="col" className="num">Seats</th><th scope="col">Now</th></tr></thead>
        <tbody>
          {view.members.map((m, i) => (
            <tr key={m.id ?? `erased-${i}`}>
              <th scope="row">{m.id === null ? <span className="mute">{m.name}</span> : <Link to={counterOf(m.id)}>{m.name}</Link>}</th>
              <td>{m.contact ? 'contact' : <span className="mute">–</span>}</td>
              <td className="num">{count(m.seats)}</td>
              <td><Status standing={m.standing}>{m.standingText}</Status></td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Names({ view }: { readonly view: OrganisationView }) {
  const [alias, setAlias] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const add = () => {
    setBusy(true);
    send<OrganisationView>('POST', `/v1/organisations/${encodeURIComponent(view.id)}/aliases`, { alias: alias.trim() }).then(
      () => {
        setBusy(false);
        setProblem(null);
        setAlias('');
      },
      (error: unknown) => {
        setBusy(false);
        setProblem(explain(error));
      },
    );
  };
  return (
    <section>
      <h3>Also known as</h3>
      <p>{view.names.length === 0 ? <span className="mute">no other name</span> : view.names.join(' · ')}</p>
      <form
        className="alias"
        onSubmit={(event) => {
          event.preventDefault();
          if (alias.trim() !== '') add();
        }}
      >
        <label>Another name<input value={alias} maxLength={80} onChange={(event) => setAlias(event.target.value)} /></label>
        <button className="btn" type="submit" aria-busy={busy} disabled={alias.trim() === ''}>Same organisation</button>
      </form>
      {problem !== null && <p className="bad" role="alert">{problem}</p>}
    </section>
  );
}
