import type { CardView, CurrentSection, MoneyView, WaitView } from '../contracts';
import { money } from '../format/money';
import { ordinal } from '../format/numbers';
import { date, dateClock } from '../format/time';
import { useNow } from '../live/hooks';
import { Settle } from '../ui/Settle';
import { Status } from '../ui/Mark';

/** With more than this many, the later ones are told in a line each: the column never scrolls at a desk. */
const inFull = 2;

/** Left: where the person is now, and what stands on the account. */
export function PlaceColumn({ card }: { readonly card: CardView }) {
  const none = card.sections.length === 0 && card.waits.length === 0;
  return (
    <div className="col panel col-left">
      <section aria-labelledby="h-sec" className="grow">
        <h2 className="cap" id="h-sec">Current sections</h2>
        {none && <p className="mute empty">In no section now.</p>}
        {card.sections.map((s, i) => <Section key={s.section} section={s} full={i < inFull} />)}
        {card.waits.map((w) => <Wait key={w.section} wait={w} />)}
      </section>
      <Money money={card.money} />
    </div>
  );
}

/** What is as it should be needs no words: the instructor and other sections are told where something changed. */
function Section({ section: s, full }: { readonly section: CurrentSection; readonly full: boolean }) {
  const now = useNow();
  const where = s.room ?? (s.mode === 'online' ? 'online' : s.mode);
  const next = s.nextMeeting !== null ? dateClock(s.nextMeeting, now) : null;
  const begun = s.starts === null || s.starts <= now || (s.meetingsSoFar ?? 0) > 0;
  return (
    <article className="sec">
      <div className="spread">
        <h3>{s.title}</h3>
        {s.status !== null && <Status standing={s.standing} pill>{s.status}</Status>}
      </div>
      {full ? (
        <dl className="facts">
          <dt>{begun ? 'Next' : 'Starts'}</dt>
          <dd>
            {next !== null ? <b>{next}</b> : s.starts !== null && !begun ? <b>{date(s.starts, now)}</b> : <span className="mute">no date known</span>}
            {where !== null && <>, {s.room !== null ? (/^(room|online)/i.test(s.room) ? s.room : `room ${s.room}`) : where}</>}
          </dd>
          <dt>Attended</dt>
          <dd>
            {s.meetingsSoFar === null || s.meetingsSoFar === 0
              ? <span className="mute">{begun ? 'not measured' : 'not started'}</span>
              : s.attended === null ? <span className="mute">not measured</span> : `${s.attended} of ${s.meetingsSoFar}`}
          </dd>
          {s.instructor !== null && s.instructorChangedAt !== null && (
            <>
              <dt>Instructor</dt>
              <dd>{s.instructor}, changed {date(s.instructorChangedAt, now)}</dd>
            </>
          )}
          {s.couldMove.length > 0 && s.standing !== 'none' && (
            <>
              <dt>Could move</dt>
              <dd>
                {s.couldMove.slice(0, 2).map((c) => (
                  <span className="choice-line" key={c.section}>
                    {c.title}{c.meets !== null && `, ${c.meets}`}, <b>{c.seats === 1 ? '1 seat' : `${c.seats} seats`}</b>
                  </span>
                ))}
              </dd>
            </>
          )}
        </dl>
      ) : (
        <p className="mute">{next ?? (s.starts !== null ? `Starts ${date(s.starts, now)}` : 'No date known')}</p>
      )}
    </article>
  );
}

function Wait({ wait: w }: { readonly wait: WaitView }) {
  const now = useNow();
  return (
    <article className="sec">
      <div className="spread">
        <h3>{w.title}</h3>
        <span>{w.place === null ? `${w.waiting} waiting` : <><b>{ordinal(w.place)}</b> of {w.waiting} waiting</>}</span>
      </div>
      <p className="mute">On the list since {date(w.since, now)}.{w.note !== null && ` ${w.note}`}</p>
    </article>
  );
}

function Money({ money: m }: { readonly money: MoneyView }) {
  const now = useNow();
  const r = m.refundable;
  return (
    <section aria-labelledby="h-money">
      <h2 className="cap" id="h-money">Money</h2>
      <dl className="money">
        <dt>Balance{m.balance > 0 && m.balanceDueAt !== null && <span className="mute"> due {date(m.balanceDueAt, now)}</span>}</dt>
        <dd className="value"><Settle text={money(m.balance, m.currency)} /></dd>
        <dt>Credit</dt>
        <dd className="value"><Settle text={money(m.credit, m.currency)} /></dd>
        <dt className="due">Refundable today</dt>
        {r === null ? <dd className="mute">nothing</dd> : <dd className="big value"><Settle text={money(r.amount, m.currency)} /></dd>}
      </dl>
      {r !== null && <p className="mute line-of">{r.title} · {r.line}</p>}
      {r?.ourChange != null && <p><b>Our change:</b> {r.ourChange.replace(/^Our change: */, '')}</p>}
    </section>
  );
}
