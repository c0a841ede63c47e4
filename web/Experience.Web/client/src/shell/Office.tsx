import { useId, useRef, type KeyboardEvent } from 'react';
import { pages } from '../pages';
import { Link } from '../ui/Link';

const office = pages.filter((page) => page.at === 'office');

/** The pages behind the desk and the board, one menu: the bar stays as short as a desk needs it, however many pages there are. */
export function Office({ current }: { readonly current: string }) {
  const id = useId();
  const menu = useRef<HTMLDivElement>(null);
  const here = office.find((page) => page.path === current);

  const move = (event: KeyboardEvent) => {
    const links = [...(menu.current?.querySelectorAll('a') ?? [])];
    const at = links.findIndex((link) => link === document.activeElement);
    const to = event.key === 'ArrowDown' ? at + 1 : event.key === 'ArrowUp' ? at - 1 : event.key === 'Home' ? 0 : event.key === 'End' ? -1 : null;
    if (to === null) return;
    event.preventDefault();
    links.at(to % links.length)?.focus();
  };

  return (
    <>
      <button
        className="office" type="button" popoverTarget={id} data-here={here === undefined ? undefined : ''}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return;
          event.preventDefault();
          menu.current?.showPopover();
          menu.current?.querySelector('a')?.focus();
        }}
      >
        {here === undefined ? 'Office' : <><span className="wide">Office: </span>{here.title}</>}
        <svg viewBox="0 0 10 6" aria-hidden="true"><path d="M1 1l4 4 4-4" fill="none" stroke="currentColor" strokeWidth="1.5" /></svg>
      </button>
      <div id={id} ref={menu} className="office-menu" popover="auto" onKeyDown={move} onClick={() => menu.current?.hidePopover()}>
        <ul>
          {office.map((page) => (
            <li key={page.path}>
              <Link to={`/${page.path}`} aria-current={page.path === current ? 'page' : undefined}>
                <b>{page.title}</b>
                {page.key !== undefined && <span className="wide" aria-hidden="true"><kbd>G</kbd> <kbd>{page.key.toUpperCase()}</kbd></span>}
                {page.about !== undefined && <small>{page.about}</small>}
              </Link>
            </li>
          ))}
          <li><a href="/docs"><b>Documentation</b><small>Every event type, request and limit</small></a></li>
        </ul>
      </div>
    </>
  );
}
