import { useEffect, useState } from 'react';
import type { ActionRequest, CardView, DissatisfierView } from '../contracts';
import { useActions } from '../api/actions';
import { useTopic } from '../live/hooks';
import { go } from '../router';
import { withIdentity } from '../shell/identityDialog';
import { Shell } from '../shell/Shell';
import { Opening } from '../ui/Opening';
import { useTitle } from '../ui/useTitle';
import { useKeys } from '../ui/useKeys';
import { CareColumn } from './Care';
import { deskActions, DecideBar } from './DecideBar';
import { AnswerComplaintDialog, ComplaintDialog, NoteDialog, PromiseDialog, RefundDialog, TransferDialog } from './dialogs';
import { More } from './More';
import { PlaceColumn } from './Place';
import { remember } from './recent';
import { said } from './said';
import { Strip } from './Strip';
import { WorthColumn } from './Worth';

type Open =
  | { readonly what: 'refund' | 'transfer' | 'complaint' | 'promise' | 'note' | 'more' }
  | { readonly what: 'answer'; readonly complaint: DissatisfierView; readonly resolve: boolean };

export function CounterPage({ person }: { readonly person: string }) {
  const { view, refused } = useTopic<CardView>(`card:${person}`);
  useTitle(view === null ? 'Counter' : `${view.person.preferredName} ${view.person.familyName}, Counter`);

  // Two people's keys may turn out to be one person: the card then carries the name of both.
  useEffect(() => {
    if (view === null) return;
    remember({ id: view.id, name: `${view.person.preferredName} ${view.person.familyName}` });
    if (view.id !== person) go(`/counter/${encodeURIComponent(view.id)}`, 'replace');
  }, [view, person]);

  if (view !== null) return <Card card={view} />;
  return (
    <Shell page="counter" skip={['main', 'Skip to content']}>
      <main id="main" className="message">
        {refused === null ? <><h1 className="sr">Counter</h1><p className="mute"><Opening what="the card" /></p></> : (
          <>
            <h1>This card cannot be shown</h1>
            <p>{refused.replace(/^.*HubException: /, '')}</p>
            <p className="mute">Find the person above, by name, phone or e-mail.</p>
          </>
        )}
      </main>
    </Shell>
  );
}

function Card({ card }: { readonly card: CardView }) {
  const actions = useActions(card.id);
  const [open, setOpen] = useState<Open | null>(null);
  const [covered, setCovered] = useState(() => document.documentElement.hasAttribute('data-cover'));
  const close = () => setOpen(null);

  useEffect(() => {
    document.documentElement.toggleAttribute('data-cover', covered);
  }, [covered]);

  const act = (control: string, action: Omit<ActionRequest, 'id'>) => withIdentity(() => actions.act(control, { ...action, channel: 'counter' }));
  const send = (control: string, action: Omit<ActionRequest, 'id'>) => {
    close();
    act(control, action);
  };
  const press = (key: string) => {
    const desk = deskActions(card).find((a) => a.key.toLowerCase() === key);
    if (desk !== undefined && !desk.enabled) return;
    switch (key) {
      case 'r': { setOpen({ what: 'refund' }); return; }
      case 't': { setOpen({ what: 'transfer' }); return; }
      case 'c': { setOpen({ what: 'complaint' }); return; }
      case 'p': { setOpen({ what: 'promise' }); return; }
      case 'n': { setOpen({ what: 'note' }); return; }
      case 'm': { setOpen({ what: 'more' }); return; }
      case 'h': { setCovered(!covered); return; }
      case 's': {
        const action = said(card);
        if (action !== null && actions.of('said')?.phase !== 'pending') act('said', action);
        return;
      }
    }
  };
  useKeys(Object.fromEntries(['r', 't', 'c', 'p', 'n', 'm', 'h', 's'].map((key) => [key, () => press(key)])));

  return (
    <Shell page="counter" skip={['say', 'Skip to Say first']} foot={<DecideBar card={card} covered={covered} actions={actions} act={act} onKey={press} />}>
      <main className="col-wrap" id="main">
        <Strip card={card} actions={actions} onSaid={() => press('s')} />
        <PlaceColumn card={card} />
        <CareColumn
          card={card}
          actions={actions}
          act={act}
          onUpdate={(complaint) => setOpen({ what: 'answer', complaint, resolve: false })}
          onResolve={(complaint) => setOpen({ what: 'answer', complaint, resolve: true })}
        />
        <WorthColumn card={card} onMore={() => press('m')} onNote={() => press('n')} />
      </main>
      <p className="sr" role="status">{actions.all.some((s) => s.phase === 'done') ? 'Recorded' : ''}</p>
      {open?.what === 'refund' && <RefundDialog card={card} onSend={send} onClose={close} />}
      {open?.what === 'transfer' && <TransferDialog card={card} onSend={send} onClose={close} />}
      {open?.what === 'complaint' && <ComplaintDialog card={card} onSend={send} onClose={close} />}
      {open?.what === 'promise' && <PromiseDialog card={card} onSend={send} onClose={close} />}
      {open?.what === 'note' && <NoteDialog card={card} onSend={send} onClose={close} />}
      {open?.what === 'more' && <More card={card} onClose={close} />}
      {open?.what === 'answer' && <AnswerComplaintDialog complaint={open.complaint} resolve={open.resolve} onSend={send} onClose={close} />}
    </Shell>
  );
}
