import type { ActionRequest, CardView } from '../contracts';

/**
 * What "Said" records. A person who hears how a complaint stands has been updated, so its clock starts again; a flag
 * or need that was spoken of is offered; anything else is kept as a note. Null when there is nothing to say.
 */
export function said(card: CardView): Omit<ActionRequest, 'id'> | null {
  const say = card.sayFirst;
  if (say === null) return null;
  if (say.kind === 'dissatisfier') {
    const past = card.dissatisfiers.find((d) => d.past);
    if (past !== undefined) return { action: 'complaintUpdated', complaint: past.complaint, words: `Said: ${say.words}` };
  }
  const open = [...card.flags, ...card.needs.filter((n) => n.held === null)].find((item) => item.rule === say.rule.rule && item.answer === null);
  if (open !== undefined) return { action: 'offered', rule: open.rule, cause: open.cause };
  return { action: 'note', words: `Said: ${say.words}` };
}
