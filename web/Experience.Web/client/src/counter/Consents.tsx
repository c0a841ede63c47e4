import type { CardView, ConsentView } from '../contracts';
import { useActions } from '../api/actions';
import { Mark } from '../ui/Mark';
import { Trouble } from './Answers';

const names: Readonly<Record<string, string>> = { counter: 'Counter', phone: 'Phone', online: 'Online', email: 'E-mail', text: 'Text', chat: 'Chat', post: 'Post' };

/** What we may do for each purpose and by which channel, and what the person says of it now. */
export function Consents({ card }: { readonly card: CardView }) {
  const actions = useActions(card.id);
  if (card.consent.length === 0) return null;
  return (
    <section>
      <h3>What we may do</h3>
      <ul className="consents">
        {card.consent.map((c) => <Consent key={c.purpose} of={c} actions={actions} />)}
      </ul>
    </section>
  );
}

function Consent({ of, actions }: { readonly of: ConsentView; readonly actions: ReturnType<typeof useActions> }) {
  const control = `consent:${of.purpose}`;
  const sending = actions.of(control);
  const busy = sending?.phase === 'pending';
  return (
    <li>
      <div className="head">
        <b>{of.title}</b>
        <span className={`st ${of.may ? 'good' : 'bad'}`}><Mark shape={of.may ? 'good' : 'bad'} />{of.text}</span>
      </div>
      <div className="quick" role="group" aria-label={`${of.title}: what the person says`}>
        <button className="btn small" type="button" aria-busy={busy && sending.request.action === 'consentGranted'} onClick={() => actions.act(control, { action: 'consentGranted', purpose: of.purpose })}>Consents<span className="sr"> to {of.title}</span></button>
        <button className="btn small" type="button" aria-busy={busy && sending.request.action === 'consentRevoked'} onClick={() => actions.act(control, { action: 'consentRevoked', purpose: of.purpose })}>Refuses<span className="sr"> {of.title}</span></button>
        {of.channels.map((channel) => (
          <button
            key={channel.channel} className="btn small" type="button" aria-pressed={channel.may}
            onClick={() => actions.act(control, { action: channel.may ? 'contactRefused' : 'contactAllowed', purpose: of.purpose, channel: channel.channel })}
          >
            {names[channel.channel] ?? channel.channel}<span className="sr"> for {of.title}</span>
          </button>
        ))}
      </div>
      <Trouble sending={sending} />
    </li>
  );
}
