import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import type { SearchHit, SearchResult } from '../contracts';
import { explain, get } from '../api/http';
import { counterOf, go } from '../router';
import { useKeys } from '../ui/useKeys';

/** Typing faster than this is one question, in ms. */
const pause = 90;

/** As many as one looks through; beyond them, typing more is quicker. */
const most = 20;

interface Answer {
  readonly text: string;
  readonly hits: readonly SearchHit[];
  readonly ready: boolean;
  readonly problem: string | null;
}

/** Finds a person from any page: a combobox whose list is the server's, tolerant of typing errors. */
export function Search() {
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const query = text.trim();

  useKeys({ '/': () => input.current?.focus() });

  useEffect(() => {
    if (query === '') return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      get<SearchResult>(`/v1/search?q=${encodeURIComponent(query)}&limit=${most}`, stop.signal).then(
        (result) => {
          setAnswer({ text: query, hits: result.hits, ready: result.ready, problem: null });
          setActive(0);
        },
        (error: unknown) => {
          if (!stop.signal.aborted) setAnswer({ text: query, hits: [], ready: true, problem: explain(error) });
        },
      );
    }, pause);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [query]);

  const hits = query === '' ? [] : (answer?.hits ?? []);
  const shown = open && query !== '' && answer !== null;

  useEffect(() => {
    document.getElementById(`${list}-${active}`)?.scrollIntoView({ block: 'nearest' });
  }, [list, active]);

  const choose = (hit: SearchHit | undefined) => {
    if (hit === undefined) return;
    setOpen(false);
    setText('');
    setAnswer(null);
    input.current?.blur();
    go(counterOf(hit.id));
  };

  const key = (event: KeyboardEvent) => {
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp':
        event.preventDefault();
        setOpen(true);
        if (hits.length > 0) setActive((active + (event.key === 'ArrowDown' ? 1 : hits.length - 1)) % hits.length);
        return;
      case 'Enter':
        event.preventDefault();
        // What is listed answers an older text while the newer one is on its way: nobody is opened by mistake.
        if (answer?.text === query) choose(hits[active]);
        return;
      case 'Escape':
        event.preventDefault();
        if (shown) setOpen(false);
        else {
          setText('');
          input.current?.blur();
        }
        return;
    }
  };

  return (
    <form className="find" role="search" onSubmit={(event) => event.preventDefault()}>
      <svg viewBox="0 0 14 14" aria-hidden="true">
        <path d="M6 1.2a4.8 4.8 0 1 0 .01 0M9.6 9.6 13 13" fill="none" stroke="currentColor" strokeWidth="1.6" />
      </svg>
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label="Find a person"
        aria-expanded={shown}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={shown && hits.length > 0 ? `${list}-${active}` : undefined}
        aria-keyshortcuts="/"
        placeholder="Find a person: name, phone, e-mail"
        autoComplete="off"
        spellCheck={false}
        enterKeyHint="search"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={key}
      />
      <kbd aria-hidden="true">/</kbd>
      <div className="hits" hidden={!shown}>
        <ul id={list} role="listbox" aria-label="People found">
          {hits.map((hit, i) => (
            <li
              key={hit.id}
              id={`${list}-${i}`}
              role="option"
              aria-selected={i === active}
              // Before blur, which closes the list.
              onPointerDown={(event) => {
                event.preventDefault();
                choose(hit);
              }}
              onPointerMove={() => setActive(i)}
            >
              <b>{hit.name}</b>
              <span className="mute">{[hit.birthYear === null ? null : `born ${hit.birthYear}`, hit.match].filter((s) => s !== null).join(', ')}</span>
              {hit.detail !== null && <small>{hit.detail}</small>}
            </li>
          ))}
        </ul>
        <p role="status" className="mute">{shown ? sentence(answer, query) : ''}</p>
      </div>
    </form>
  );
}

function sentence(answer: Answer, query: string): string {
  if (answer.problem !== null) return answer.problem;
  if (answer.text !== query) return 'Searching';
  const index = answer.ready ? '' : ' The index is still being built: people may be missing.';
  if (answer.hits.length === 0) return `Nobody found for “${query}”.${index}`;
  return index.trim();
}
