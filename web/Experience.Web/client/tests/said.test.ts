import { describe, expect, it } from 'vitest';
import { said } from '../src/counter/said';
import { maria } from './fixtures/card';
import { receipt } from './fixtures/receipt';

describe('Said', () => {
  it('Tells the person how their complaint stands, which starts its clock again', () => {
    expect(said(maria)).toMatchObject({ action: 'complaintUpdated', complaint: 'c-1' });
  });

  it('Offers the need that was spoken of', () => {
    const say = { kind: 'need', words: 'Let us test your log-in together.', because: '', rule: receipt('first-online', 'First online') };
    expect(said({ ...maria, sayFirst: say })).toEqual({ action: 'offered', rule: 'first-online', cause: 'n1' });
  });

  it('Never offers what is held, and keeps the rest as a note', () => {
    const say = { kind: 'need', words: 'On site?', because: '', rule: receipt('employer', 'Employer') };
    expect(said({ ...maria, sayFirst: say })).toEqual({ action: 'note', words: 'Said: On site?' });
  });

  it('Says nothing when there is nothing to say', () => {
    expect(said({ ...maria, sayFirst: null })).toBeNull();
  });
});
