import type { OpenFlag, OpenFlagsView } from '../contracts';
import { useActions } from '../api/actions';
import { count, plural } from '../format/numbers';
import { short } from '../format/time';
import { useNow, useTopic } from '../live/hooks';
import { counterOf } from '../router';
import { useHere } from '../shell/program';
import { withIdentity } from '../shell/identityDialog';
import { Link } from '../ui/Link';
import { Status } from '../ui/Mark';

/** What has been raised and stands open, newest first, as it comes: the keyed set, not a log. */
export function OpenFlags({ rows }: { readonly rows: number }) {
  const { view } = useTopic<OpenFlagsView>('flags');
  const silent = useHere().status?.sources.open ?? [];
  const now = useNow();
  return (
    <section className="box panel private" aria-labelledby="h-flags">
      <header>
        <h2 id="h-flags">Raised last</h2>
        <span className="mute">{view === null ? 'loading' : `${plural(view.total, 'flag or need', 'flags and needs')} open for everyone, ${count(view.high)} of them high`}</span>
      </header>
      {silent.map((a) => (
        <p key={a.id} className="source-flag"><Link to="/sources"><Status standing="bad">{a.source} is silent</Status></Link> <span className="mute">since {short(a.since, now)}: what it tells is missing here</span></p>
      ))}
      {view !== null && view.flags.length === 0 && silent.length === 0 && <p className="mute empty">Nothing is open.</p>}
      {view !== null && view.flags.length > 0 && (
        <div className="scroll">
          <table className="list">
            <thead><tr><th scope="col">Person</th><th scope="col">What</th><th scope="col" className="num">Since</th><th scope="col">Taken</th></tr></thead>
            <tbody>{view.flags.slice(0, rows).map((f) => <FlagRow key={`${f.person} ${f.rule} ${f.cause}`} flag={f} />)}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}

const said: Readonly<Record<string, string>> = { offered: 'offered', accepted: 'accepted', declined: 'not now', acknowledged: 'taken' };

function FlagRow({ flag: f }: { readonly flag: OpenFlag }) {
  const now = useNow();
  const actions = useActions(f.person);
  const control = `flag:${f.rule}:${f.cause}`;
  const sending = actions.of(control);
  const pending = sending?.phase === 'pending' || sending?.phase === 'done';
  return (
    <tr>
      <th scope="row"><Link to={counterOf(f.person)}>{f.name}</Link></th>
      <td className="cut"><Status standing={f.standing}>{f.title}</Status></td>
      <td className="num">{short(f.since, now)}</td>
      <td>
        {f.answer !== null && !pending ? <span className="mute">{said[f.answer] ?? f.answer}</span> : (
          <button
            className="btn small"
            type="button"
            aria-busy={sending?.phase === 'pending'}
            disabled={sending?.phase === 'done'}
            title={sending?.problem ?? undefined}
            onClick={() => withIdentity(() => actions.act(control, { action: 'acknowledged', rule: f.rule, cause: f.cause }))}
          >
            {sending?.phase === 'failed' ? 'Try again' : sending?.phase === 'done' ? 'Taken' : 'I take it'}<span className="sr">: {f.title}, {f.name}</span>
          </button>
        )}
      </td>
    </tr>
  );
}
