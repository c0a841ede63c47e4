import type { CardView } from '../contracts';
import type { Actions } from '../api/actions';
import { dueClock } from '../format/time';
import { useNow } from '../live/hooks';
import { counterOf } from '../router';
import { Link } from '../ui/Link';
import { ReceiptButton } from '../ui/Popover';

/** Read in two seconds: who it is, whether it is really them, and what to say first. */
export function Strip({ card, actions, onSaid }: { readonly card: CardView; readonly actions: Actions; readonly onSaid: () => void }) {
  return (
    <section className="strip" aria-label="At a glance">
      <Who card={card} />
      <Say card={card} actions={actions} onSaid={onSaid} />
    </section>
  );
}

function Who({ card }: { readonly card: CardView }) {
  const p = card.person;
  const verify = [p.birthYear !== null, p.phoneEnd !== null].some(Boolean);
  return (
    <div className="who">
      <h1>{p.preferredName} <span className="legal">{p.familyName}</span></h1>
      <p className="verify">
        <span className="mute">Verify</span>{' '}
        {verify ? (
          <>
            {p.birthYear !== null && <>born <b>{p.birthYear}</b></>}
            {p.birthYear !== null && p.phoneEnd !== null && ', '}
            {p.phoneEnd !== null && <>phone ends <b>{p.phoneEnd}</b></>}
          </>
        ) : (
          <>key <b>{p.keys[0]?.key ?? 'none'}</b></>
        )}
      </p>
      <p className="ties">
        {p.tenure !== null && <span><b>{p.tenure}</b></span>}
        {p.guardians.length > 0 && (
          <span>
            {p.guardians.length === 1 ? 'Guardian' : 'Guardians'}{' '}
            {p.guardians.map((g, i) => <span key={g.id}>{i > 0 && ' · '}<Link to={counterOf(g.id)}>{g.name}</Link></span>)}
          </span>
        )}
        {p.children.length > 0 && (
          <span>
            Guardian of{' '}
            {p.children.map((c, i) => (
              <span key={c.id}>
                {i > 0 && ' · '}
                <Link to={counterOf(c.id)}>{c.name}</Link>
                {c.age !== null && `, ${c.age}`}
              </span>
            ))}
          </span>
        )}
        {p.employer !== null && <span>Works at {p.employer}</span>}
      </p>
    </div>
  );
}

/** The reason as a sentence that goes on from "Because:". How long ago moves here, with the page's own clock. */
function because(text: string, clock: string | null): string {
  const plain = text.replace(/[.\s]+$/, '');
  const said = clock === null ? plain : `${plain.replace(/, [^,]+ ago$/, '')}, ${clock}`;
  return `${/^(A|An|It|Nothing|Due|The)\b/.test(said) ? said.charAt(0).toLowerCase() + said.slice(1) : said}.`;
}

function Say({ card, actions, onSaid }: { readonly card: CardView; readonly actions: Actions; readonly onSaid: () => void }) {
  const now = useNow();
  const say = card.sayFirst;
  if (say === null) {
    return (
      <div className="say calm" id="say" tabIndex={-1}>
        <div>
          <h2>Say first</h2>
          <p className="why">Nothing is owed and nothing is due. A greeting by name is enough.</p>
        </div>
      </div>
    );
  }
  const sending = actions.of('said');
  const past = say.kind === 'dissatisfier' ? card.dissatisfiers.find((d) => d.past) : undefined;
  return (
    <div className="say" id="say" tabIndex={-1}>
      <div>
        <h2>{card.person.minor && card.person.guardians.length > 0 ? `Say first, to ${card.person.guardians.map((g) => g.name).join(' or ')}` : 'Say first'}</h2>
        <blockquote>“{say.words}”</blockquote>
        <p className="why">
          Because: {because(say.because, past === undefined ? null : dueClock(past.dueAt, now).text)}{' '}
          <ReceiptButton className="as-link" receipt={say.rule} button={<>Rule: {say.rule.title.toLowerCase()}</>} />
        </p>
      </div>
      <button className="btn" type="button" aria-keyshortcuts="S" aria-busy={sending?.phase === 'pending'} onClick={onSaid}>
        Said <kbd>S</kbd>
      </button>
    </div>
  );
}
