import type { CardView, JourneyLine, ScoreView, ValueView } from '../contracts';
import { roundMoney } from '../format/money';
import { signed } from '../format/numbers';
import { asOf, date, journeyDate } from '../format/time';
import { useNow } from '../live/hooks';
import { counterOf } from '../router';
import { LineChart } from '../ui/Chart';
import { Link } from '../ui/Link';
import { Mark } from '../ui/Mark';
import { FormulaButton, ReceiptButton } from '../ui/Popover';
import { Settle } from '../ui/Settle';

interface Props {
  readonly card: CardView;
  readonly onMore: () => void;
  readonly onNote: () => void;
}

/** Right: how the person stands with us, who belongs to them, and what happened last. */
export function WorthColumn({ card, onMore, onNote }: Props) {
  return (
    <div className="col panel col-right">
      {card.person.minor ? <Minor card={card} /> : <Score card={card} score={card.score} />}
      <Value card={card} />
      <section aria-labelledby="h-j" className="grow">
        <h2 className="cap" id="h-j">
          Journey <span className="mute">{card.journey.length === 0 ? 'nothing yet' : 'last five'}</span>
          <span className="end-of-cap">
            <button className="btn quiet" type="button" aria-keyshortcuts="N" onClick={onNote}>Add <kbd>N</kbd></button>
            <button className="btn quiet" type="button" aria-keyshortcuts="M" title="Chances, NPS, segments, charts, the whole journey" onClick={onMore}>More <kbd>M</kbd></button>
          </span>
        </h2>
        <JourneyTable lines={card.journey.slice(0, 5)} />
      </section>
    </div>
  );
}

function Minor({ card }: { readonly card: CardView }) {
  const { guardians } = card.person;
  return (
    <section aria-labelledby="h-score">
      <h2 className="cap" id="h-score">Under 18</h2>
      <p>No score and no value are kept for children. {guardians.length === 0 ? 'Speak to the guardian.' : <>Speak to {guardians.map((g, i) => <span key={g.id}>{i > 0 && ' or '}<Link to={counterOf(g.id)}>{g.name}</Link></span>)}.</>}</p>
    </section>
  );
}

function Score({ card, score }: { readonly card: CardView; readonly score: ScoreView | null }) {
  const now = useNow();
  const measured = score?.groups.filter((g) => g.points !== null).length ?? 0;
  return (
    <section aria-labelledby="h-score" className="private">
      <h2 className="cap" id="h-score">
        Score
        <FormulaButton
          of="Score, 0 to 100"
          text="Satisfaction 35 + effort and trust 30 + engagement 20 + loyalty 15, from what is measured. Fewer than two groups measured: “not enough yet”. Value is not part of it."
          foot={`${measured} of 4 groups measured · as of ${asOf(card.asOf, now)}`}
        />
        <span className="mute asof end-of-cap">as of {asOf(card.asOf, now)}</span>
      </h2>
      {score?.value == null ? (
        <p className="st none"><Mark shape="none" />not enough yet</p>
      ) : (
        <>
          <div className="score">
            <p className="value"><Settle text={String(Math.round(score.value))} /> <small>of 100</small></p>
            {score.trend.filter((v) => v !== null).length > 1 && <figure>
              <LineChart points={score.trend} reference={null} />
              <figcaption className="sr">{trendWords(score.trend)}</figcaption>
            </figure>}
          </div>
          {score.change !== null && Math.abs(score.change.points) >= 0.5 && (
            <p className={`st ${score.change.points < 0 ? 'bad' : 'good'}`}>
              <Mark shape={score.change.points < 0 ? 'down' : 'up'} />
              <span className="sr">{score.change.points < 0 ? 'down ' : 'up '}</span>
              {Math.round(Math.abs(score.change.points))} since {date(score.change.since, now)}
            </p>
          )}
        </>
      )}
      {score !== null && <Groups score={score} />}
      {score !== null && score.reasons.length > 0 && (
        <>
          <h3 className="sr">Top three reasons</h3>
          <Reasons reasons={score.reasons.slice(0, 3)} />
        </>
      )}
    </section>
  );
}

/** Each reason opens to its rule and to the events that it counted. */
export function Reasons({ reasons }: { readonly reasons: ScoreView['reasons'] }) {
  return (
    <ol className="why-list">
      {reasons.map((r, i) => (
        <li key={`${r.group}:${r.text}:${i}`}>
          <ReceiptButton
            className="why-row"
            receipt={r.receipt}
            button={<><b className={r.points < 0 ? 'bad' : 'good'}>{signed(r.points)}</b><span>{r.text}</span><i className="go">›</i></>}
          />
        </li>
      ))}
    </ol>
  );
}

export function Groups({ score }: { readonly score: ScoreView }) {
  return (
    <dl className="groups">
      {score.groups.map((g) => (
        <div key={g.name}>
          <dt>{g.name}</dt>
          <dd className="meter">{g.points !== null && <i style={{ inlineSize: `${Math.max(0, Math.min(100, (g.points / g.of) * 100))}%` }} />}</dd>
          <dd className="num">{g.points === null ? <span title="not measured"><span aria-hidden="true">–</span><span className="sr">not measured</span> / {g.of}</span> : `${Math.round(g.points)} / ${g.of}`}</dd>
        </div>
      ))}
    </dl>
  );
}

function trendWords(trend: ScoreView['trend']): string {
  const known = trend.filter((v) => v !== null);
  const first = known[0];
  const last = known[known.length - 1];
  return first === undefined || last === undefined ? 'No course known yet' : `From ${Math.round(first)} to ${Math.round(last)} over ${trend.length} months`;
}

function Value({ card }: { readonly card: CardView }) {
  const v = card.value;
  if (v === null && card.household.length === 0) return null;
  return (
    <section aria-label="Value and household" className="private">
      <dl className="facts">
        {v !== null && <><dt>Net paid</dt><dd><b className="value">{roundMoney(v.recent, card.money.currency)}</b> <span className="mute">24 months</span></dd></>}
        {v !== null && <><dt>Lifetime</dt><dd><Lifetime value={v} currency={card.money.currency} /></dd></>}
        {card.household.length > 0 && (
          <>
            <dt>Household</dt>
            <dd>
              {card.household.slice(0, 3).map((h, i, shown) => (
                <span className="choice-line" key={h.id}>
                  <Link to={counterOf(h.id)}>{h.name}</Link>{h.age !== null && `, ${h.age}`}{h.now !== null && ` · ${h.now}`}
                  {i === shown.length - 1 && card.householdWorth !== null && <span className="mute" title={`Net paid by ${card.householdWorth.people} together, to date`}> · together {roundMoney(card.householdWorth.netPaid, card.money.currency)}</span>}
                </span>
              ))}
              {card.household.length > 3 && <span className="mute">and {card.household.length - 3} more</span>}
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

/** Past and expected stand side by side: what is in the till, and what a model makes of it. */
function Lifetime({ value: v, currency }: { readonly value: ValueView; readonly currency: string }) {
  const past = v.netPaid - (v.costs ?? 0);
  const what = v.costs === null || v.costs === 0 ? 'to date' : 'after costs';
  if (v.expected === null) return <><b className="value">{roundMoney(past, currency)}</b> <span className="mute">{what}; no forecast yet</span></>;
  return (
    <>
      <b className="value">{roundMoney(past, currency)}</b> <span className="mute">{what} +</span> <b className="value">{roundMoney(v.expected, currency)}</b> <span className="mute">expected</span>
      {v.low !== null && v.high !== null && <span className="mute choice-line">8 in 10 bring {roundMoney(v.low, currency)} to {roundMoney(v.high, currency)}</span>}
    </>
  );
}

export function JourneyTable({ lines }: { readonly lines: readonly JourneyLine[] }) {
  const now = useNow();
  if (lines.length === 0) return null;
  return (
    <table className="journey">
      <tbody>
        {lines.map((l) => (
          <tr key={l.event} className={l.voided ? 'voided' : undefined}>
            <th scope="row">{journeyDate(l.at, now)}</th>
            <td title={[l.text, l.detail].filter((s) => s !== null).join('. ')}>{l.text}{l.voided && <span className="sr"> (undone)</span>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
