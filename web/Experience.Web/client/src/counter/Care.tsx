import { useState } from 'react';
import type { ActionRequest, CardView, DissatisfierView, FlagView, NeedView, PromiseView } from '../contracts';
import type { Actions } from '../api/actions';
import { dueClock, duePhrase, short } from '../format/time';
import { useNow } from '../live/hooks';
import { deskName } from '../shell/Shell';
import { modelsOf } from '../router';
import { Link } from '../ui/Link';
import { Mark } from '../ui/Mark';
import { ReceiptButton } from '../ui/Popover';
import { Answers, controlOf, Trouble } from './Answers';

export type Doing = (control: string, action: Omit<ActionRequest, 'id'>) => void;

/** Complaints and promises shown at first, together, so that the card keeps to one screen. */
const shownAtFirst = 3;

interface Props {
  readonly card: CardView;
  readonly actions: Actions;
  readonly act: Doing;
  readonly onUpdate: (complaint: DissatisfierView) => void;
  readonly onResolve: (complaint: DissatisfierView) => void;
}

/** Middle: what is owed to the person, what worries us, and what would help. */
export function CareColumn({ card, actions, act, onUpdate, onResolve }: Props) {
  const [all, setAll] = useState(false);
  const complaintsShown = all ? card.dissatisfiers.length : Math.min(card.dissatisfiers.length, card.promises.length > 0 ? shownAtFirst - 1 : shownAtFirst);
  const promisesShown = all ? card.promises.length : Math.min(card.promises.length, shownAtFirst - complaintsShown);
  const more = card.dissatisfiers.length - complaintsShown + card.promises.length - promisesShown;
  return (
    <div className="col panel col-middle">
      <section aria-labelledby="h-dis">
        <h2 className="cap" id="h-dis">Dissatisfiers <span className="mute">{card.dissatisfiers.length === 0 ? 'none open' : `${card.dissatisfiers.length} open`}</span></h2>
        <ul className="items">
          {card.dissatisfiers.slice(0, complaintsShown).map((d) => (
            <Dissatisfier key={d.complaint} item={d} actions={actions} onUpdate={onUpdate} onResolve={onResolve} />
          ))}
        </ul>
      </section>
      <section aria-labelledby="h-pro">
        <h2 className="cap" id="h-pro">Promises <span className="mute">{card.promises.length === 0 ? 'none open' : `${card.promises.length} open`}</span></h2>
        <ul className="items">
          {card.promises.slice(0, promisesShown).map((p) => <PromiseItem key={p.promise} item={p} actions={actions} act={act} />)}
        </ul>
        {(more > 0 || all) && (
          <button className="btn quiet" type="button" aria-expanded={all} onClick={() => setAll(!all)}>{all ? 'Show fewer' : `${more} more open`}</button>
        )}
      </section>
      <section aria-labelledby="h-flag" className="private">
        <h2 className="cap" id="h-flag">Flags <span className="mute">{card.flags.length === 0 ? 'none' : 'at most two'}</span></h2>
        <ul className="items">
          {card.flags.slice(0, 2).map((f) => <Flag key={controlOf('flag', f)} item={f} actions={actions} act={act} />)}
        </ul>
      </section>
      <section aria-labelledby="h-need" className="grow private">
        <h2 className="cap" id="h-need">Needs <span className="mute">{card.needs.length === 0 ? 'none seen' : 'service before offers'}{offersLine(card)}</span></h2>
        <ul className="items">
          {card.needs.slice(0, 2).map((n) => <Need key={controlOf('need', n)} item={n} actions={actions} act={act} />)}
        </ul>
      </section>
    </div>
  );
}

/** What may be offered, in a few words; all of it stands behind M. */
function offersLine(card: CardView): string {
  const offers = card.consent.find((c) => c.purpose === 'offers');
  if (offers === undefined) return '';
  if (!offers.may) return ' · no offers';
  const open = offers.channels.filter((c) => c.may);
  return open.length === offers.channels.length ? ' · offers by any channel' : ` · offers: ${open.map((c) => c.channel).join(', ')}`;
}

function Dissatisfier({ item: d, actions, onUpdate, onResolve }: { readonly item: DissatisfierView } & Pick<Props, 'actions' | 'onUpdate' | 'onResolve'>) {
  const now = useNow();
  const clock = dueClock(d.dueAt, now);
  const sending = actions.of(`complaint:${d.complaint}`);
  const busy = sending?.phase === 'pending';
  const resolving = sending?.request.action === 'complaintResolved';
  return (
    <li className="it">
      {clock.past ? <Mark shape="bad" tone="bad" /> : <Mark shape="clock" tone="watch" />}
      <h3>{d.title}{d.about !== null && <span> {d.about}</span>}</h3>
      <p>
        <span className={clock.past ? 'bad clock' : 'clock'}>{clock.text}</span>
        {d.easilyFixable && ' · easily fixed'}
        {d.department !== null && ` · ${d.department}`}
      </p>
      <div className="acts">
        <button className="btn" type="button" aria-busy={busy && !resolving} onClick={() => onUpdate(d)}>Update<span className="sr"> {d.title}</span></button>
        <button className="btn" type="button" aria-busy={busy && resolving} onClick={() => onResolve(d)}>Resolve<span className="sr"> {d.title}</span></button>
      </div>
      <Trouble sending={sending} />
    </li>
  );
}

function PromiseItem({ item: p, actions, act }: { readonly item: PromiseView } & Pick<Props, 'actions' | 'act'>) {
  const now = useNow();
  const control = `promise:${p.promise}`;
  const sending = actions.of(control);
  const late = p.late || p.dueAt <= now;
  const by = [p.staff, p.desk === null ? null : deskName(p.desk)].filter((s) => s !== null).join(', ');
  return (
    <li className="it">
      {late ? <Mark shape="bad" tone="bad" /> : <Mark shape="clock" tone="none" />}
      <h3>{p.title}</h3>
      <p><span className={late ? 'bad clock' : 'clock'}>{duePhrase(p.dueAt, now)}</span>{by !== '' && ` · by ${by}`}</p>
      <div className="acts">
        <button className="btn" type="button" aria-busy={sending?.phase === 'pending'} onClick={() => act(control, { action: 'promiseKept', promise: p.promise })}>
          Kept<span className="sr"> {p.title}</span>
        </button>
      </div>
      <Trouble sending={sending} />
    </li>
  );
}

function Flag({ item: f, actions, act }: { readonly item: FlagView } & Pick<Props, 'actions' | 'act'>) {
  const now = useNow();
  const control = controlOf('flag', f);
  const sending = actions.of(control);
  const taken = f.answer === 'acknowledged';
  return (
    <li className="it">
      <Mark shape={f.standing} tone={f.standing} />
      <h3>
        <ReceiptButton className="as-text" receipt={f.receipt} button={f.title}>
          <p className="mute foot">Flagged {f.by}.{f.by.startsWith('learned') && <> <Link to={modelsOf(`risk.${f.rule}`)}>How the model did</Link></>}</p>
          <p className="foot">
            {taken
              ? 'Somebody takes care of it.'
              : <button className="btn" type="button" aria-busy={sending?.phase === 'pending' && sending.request.action === 'acknowledged'} onClick={() => act(control, { action: 'acknowledged', rule: f.rule, cause: f.cause })}>I take care of it</button>}
          </p>
        </ReceiptButton>
        <span> {f.severity} · {taken ? 'taken care of' : short(f.since, now)}{f.detail !== '' && ` · ${f.detail}`}</span>
      </h3>
      <p><q>{f.words}</q></p>
      <Answers of={f} kind="flag" actions={actions} act={act} />
      <Trouble sending={sending} />
    </li>
  );
}

function Need({ item: n, actions, act }: { readonly item: NeedView } & Pick<Props, 'actions' | 'act'>) {
  const held = n.held !== null;
  return (
    <li className="it">
      <Mark shape={held ? 'none' : 'good'} tone={held ? 'none' : 'good'} />
      <h3><ReceiptButton className="as-text" receipt={n.receipt} button={n.title} /><span> {n.detail}</span></h3>
      {held ? <p className="mute">Held: {n.held.replace(/^Held: */, '')}</p> : <p><q>{n.words}</q></p>}
      <Answers of={n} kind="need" held={held} actions={actions} act={act} />
      <Trouble sending={actions.of(controlOf('need', n))} />
    </li>
  );
}
