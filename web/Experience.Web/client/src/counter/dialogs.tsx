import { useState } from 'react';
import type { ActionRequest, CardView, DissatisfierView } from '../contracts';
import { money, parseMoney, digitsOf } from '../format/money';
import { day, toLocalField } from '../format/time';
import { useHere } from '../shell/program';
import { Check, Choice, Dialog, DialogForm, Field } from '../ui/Dialog';

interface Props {
  readonly card: CardView;
  readonly onSend: (control: string, action: Omit<ActionRequest, 'id'>) => void;
  readonly onClose: () => void;
}

function given(text: string): string | null {
  const trimmed = text.trim();
  return trimmed === '' ? null : trimmed;
}

function instant(field: string): number | null {
  const at = new Date(field).getTime();
  return Number.isNaN(at) ? null : at;
}

function SectionSelect({ card, value, onChange, optional = false }: { readonly card: CardView; readonly value: string; readonly onChange: (section: string) => void; readonly optional?: boolean }) {
  return (
    <select value={value} onChange={(e) => onChange(e.target.value)}>
      {optional && <option value="">None in particular</option>}
      {card.sections.map((s) => <option key={s.section} value={s.section}>{s.title}</option>)}
    </select>
  );
}

export function RefundDialog({ card, onSend, onClose }: Props) {
  const may = card.money.refundable;
  const currency = card.money.currency;
  const plain = (minor: number) => (minor / 10 ** digitsOf(currency)).toFixed(digitsOf(currency));
  const [section, setSection] = useState(may?.section ?? card.sections[0]?.section ?? '');
  const [amount, setAmount] = useState(may === null ? '' : plain(may.amount));
  const [fault, setFault] = useState<'ours' | 'theirs' | 'nobody'>(may?.ourChange == null ? 'nobody' : 'ours');
  const [reason, setReason] = useState('');
  const minor = parseMoney(amount, currency);
  const mine = may?.section === section;
  return (
    <Dialog title="Refund" note="Records that the refund was asked for. The money itself goes back through the registration system." onClose={onClose}>
      <DialogForm
        submit={minor === null ? 'Record the refund' : `Record ${money(minor, currency)}`}
        ready={minor !== null && minor > 0 && section !== ''}
        onCancel={onClose}
        onSubmit={() =>
          onSend('refund', {
            action: 'refundRequested', section, registration: mine ? may.registration : null, amount: minor, fault,
            reason: given(reason), transaction: card.transaction?.transaction ?? null,
          })
        }
      >
        {card.sections.length > 0 && <Field label="Section"><SectionSelect card={card} value={section} onChange={setSection} /></Field>}
        {card.sections.length === 0 && <Field label="Section"><input value={section} onChange={(e) => setSection(e.target.value)} maxLength={200} required /></Field>}
        {mine && (
          <div className="quick">
            <button className="btn" type="button" onClick={() => { setAmount(plain(may.amount)); setFault('nobody'); }}>{money(may.amount, currency)}, by policy</button>
            {may.ourAmount !== null && (
              <button className="btn" type="button" onClick={() => { setAmount(plain(may.ourAmount ?? may.amount)); setFault('ours'); }}>{money(may.ourAmount, currency)}, our change</button>
            )}
          </div>
        )}
        <Field label={`Amount, ${currency}`} hint={mine ? may.line : undefined}>
          <input value={amount} onChange={(e) => setAmount(e.target.value)} inputMode="decimal" data-first required aria-invalid={amount !== '' && minor === null} />
        </Field>
        <Choice label="Whose fault" value={fault} onChange={setFault} options={[['ours', 'Ours'], ['theirs', 'Theirs'], ['nobody', 'Nobody’s']]} />
        <Field label="Reason"><input value={reason} onChange={(e) => setReason(e.target.value)} maxLength={200} placeholder="Such as: instructor changed" /></Field>
      </DialogForm>
    </Dialog>
  );
}

export function TransferDialog({ card, onSend, onClose }: Props) {
  const first = card.sections.find((s) => s.couldMove.length > 0) ?? card.sections[0];
  const [from, setFrom] = useState(first?.section ?? '');
  const choices = card.sections.find((s) => s.section === from)?.couldMove ?? [];
  const [to, setTo] = useState('');
  const [reason, setReason] = useState('');
  const target = to !== '' ? to : (choices[0]?.section ?? '');
  return (
    <Dialog title="Transfer" onClose={onClose}>
      <DialogForm
        submit="Record the transfer"
        ready={from !== '' && target.trim() !== ''}
        onCancel={onClose}
        onSubmit={() => onSend('transfer', { action: 'transfer', section: from, toSection: target.trim(), reason: given(reason), transaction: card.transaction?.transaction ?? null })}
      >
        <Field label="From"><SectionSelect card={card} value={from} onChange={(s) => { setFrom(s); setTo(''); }} /></Field>
        {choices.length > 0 ? (
          <Choice
            label="To"
            value={target}
            onChange={setTo}
            options={choices.map((c) => [c.section, `${c.title}${c.meets === null ? '' : `, ${c.meets}`}, ${c.seats} ${c.seats === 1 ? 'seat' : 'seats'}`] as const)}
          />
        ) : (
          <Field label="To" hint="No section with a free seat is known: name the section.">
            <input value={to} onChange={(e) => setTo(e.target.value)} maxLength={200} data-first required />
          </Field>
        )}
        <Field label="Reason"><input value={reason} onChange={(e) => setReason(e.target.value)} maxLength={200} /></Field>
      </DialogForm>
    </Dialog>
  );
}

export function ComplaintDialog({ card, onSend, onClose }: Props) {
  const { program } = useHere();
  const [title, setTitle] = useState('');
  const [category, setCategory] = useState('');
  const [department, setDepartment] = useState('');
  const [section, setSection] = useState('');
  const [words, setWords] = useState('');
  const [fixable, setFixable] = useState(true);
  const [access, setAccess] = useState(false);
  return (
    <Dialog title="Complaint" note="Its clock starts now: the next update is due within 24 office hours, within 4 when the person is locked out." onClose={onClose}>
      <DialogForm
        submit="Open it"
        ready={category.trim() !== ''}
        onCancel={onClose}
        onSubmit={() =>
          onSend('complaint', {
            action: 'complaintOpened', category: category.trim(), title: given(title) ?? category.trim(), department: given(department),
            section: given(section), words: given(words), easilyFixable: fixable, access,
          })
        }
      >
        <Field label="What is it about">
          <input value={category} onChange={(e) => setCategory(e.target.value)} list="categories" maxLength={200} data-first required placeholder="Such as: Log-in" autoComplete="off" />
        </Field>
        <Field label="In a few words"><input value={title} onChange={(e) => setTitle(e.target.value)} maxLength={200} placeholder="Such as: instructor changed, not told" /></Field>
        <div className="two">
          <Field label="Who owns it">
            <input value={department} onChange={(e) => setDepartment(e.target.value)} list="departments" maxLength={200} autoComplete="off" />
          </Field>
          <Field label="Section"><SectionSelect card={card} value={section} onChange={setSection} optional /></Field>
        </div>
        <Field label="In their words"><textarea value={words} onChange={(e) => setWords(e.target.value)} rows={3} maxLength={4000} /></Field>
        <div className="checks">
          <Check label="Easily fixed" checked={fixable} onChange={setFixable} />
          <Check label="Keeps them out (log-in, link, door)" checked={access} onChange={setAccess} />
        </div>
        <datalist id="categories">{program?.categories.map((c) => <option key={c.id} value={c.title} />)}</datalist>
        <datalist id="departments">{program?.departments.map((d) => <option key={d.id} value={d.title} />)}</datalist>
      </DialogForm>
    </Dialog>
  );
}

export function AnswerComplaintDialog({ complaint, resolve, onSend, onClose }: { readonly complaint: DissatisfierView; readonly resolve: boolean } & Omit<Props, 'card'>) {
  const [words, setWords] = useState('');
  return (
    <Dialog
      title={resolve ? 'Resolve' : 'Update'}
      note={`${complaint.title}. ${resolve ? 'It is put right, and closed.' : 'The person was told how it stands; its clock starts again.'}`}
      onClose={onClose}
    >
      <DialogForm
        submit={resolve ? 'It is resolved' : 'They were told'}
        onCancel={onClose}
        onSubmit={() => onSend(`complaint:${complaint.complaint}`, { action: resolve ? 'complaintResolved' : 'complaintUpdated', complaint: complaint.complaint, words: given(words) })}
      >
        <Field label={resolve ? 'What was done' : 'What they were told'}><textarea value={words} onChange={(e) => setWords(e.target.value)} rows={3} maxLength={4000} data-first /></Field>
      </DialogForm>
    </Dialog>
  );
}

/** Tomorrow at five, the promise that is made most. */
function tomorrowAtFive(): number {
  const at = new Date(Date.now() + day);
  at.setHours(17, 0, 0, 0);
  return at.getTime();
}

export function PromiseDialog({ onSend, onClose }: Props) {
  const [title, setTitle] = useState('');
  const [due, setDue] = useState(() => toLocalField(tomorrowAtFive()));
  const at = instant(due);
  return (
    <Dialog title="Promise" note="Under your name. It is late one office day after it was due." onClose={onClose}>
      <DialogForm
        submit="Promise it"
        ready={title.trim() !== '' && at !== null}
        onCancel={onClose}
        onSubmit={() => onSend('promise', { action: 'promiseMade', title: title.trim(), due: at })}
      >
        <Field label="What is promised"><input value={title} onChange={(e) => setTitle(e.target.value)} maxLength={200} data-first required placeholder="Such as: call about Excel 05" /></Field>
        <Field label="By when"><input type="datetime-local" value={due} onChange={(e) => setDue(e.target.value)} required /></Field>
      </DialogForm>
    </Dialog>
  );
}

type Kind = 'note' | 'delight' | 'thanks';

export function NoteDialog({ onSend, onClose }: Props) {
  const { program } = useHere();
  const [kind, setKind] = useState<Kind>('note');
  const [words, setWords] = useState('');
  const [staff, setStaff] = useState('');
  const send = () => {
    if (kind === 'note') onSend('note', { action: 'note', words: words.trim() });
    else if (kind === 'delight') onSend('delight', { action: 'delight', title: words.trim().slice(0, 200), words: words.trim() });
    else onSend('thanks', { action: 'thanks', staff: staff.trim(), words: given(words) });
  };
  const label = { note: 'Note', delight: 'What was done beyond what was expected', thanks: 'In their words' }[kind];
  return (
    <Dialog title="Add to the journey" onClose={onClose}>
      <DialogForm submit="Record it" ready={kind === 'thanks' ? staff.trim() !== '' : words.trim() !== ''} onSubmit={send} onCancel={onClose}>
        <Choice label="What" value={kind} onChange={setKind} options={[['note', 'Note'], ['delight', 'Delight'], ['thanks', 'Thanks to staff']]} />
        {kind === 'thanks' && (
          <Field label="Who is thanked"><input value={staff} onChange={(e) => setStaff(e.target.value)} list="thanked" maxLength={200} required autoComplete="off" /></Field>
        )}
        <Field label={label}><textarea value={words} onChange={(e) => setWords(e.target.value)} rows={3} maxLength={4000} data-first /></Field>
        <datalist id="thanked">{program?.staff.map((s) => <option key={s.id} value={s.title} />)}</datalist>
      </DialogForm>
    </Dialog>
  );
}
