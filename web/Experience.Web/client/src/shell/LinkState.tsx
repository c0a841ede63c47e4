import { useEffect } from 'react';
import { clockSeconds } from '../format/time';
import { live } from '../live/connection';
import { useLink } from '../live/hooks';
import { Status } from '../ui/Mark';
import { useHere } from './program';

/** What a reader may believe of the page: live, on its way back, or as of a moment that is past. */
export function LinkState() {
  const link = useLink();
  const { status } = useHere();

  useEffect(() => {
    document.documentElement.dataset.link = link.state;
  }, [link.state]);

  const at = link.at === null ? '' : clockSeconds(link.at);
  return (
    <>
      <p className="link">{content()}</p>
      {/* Announced by state only: a clock that is read aloud each second helps nobody. */}
      <p className="sr" role="status">{spoken[link.state]}</p>
    </>
  );

  function content() {
    switch (link.state) {
      case 'connecting':
        return <span className="is-again"><Status standing="watch" shape="again">Connecting</Status></span>;
      case 'reconnecting':
        return <span className="is-again"><Status standing="watch" shape="again"><span>Reconnecting<span className="wide">, as of {at}</span></span></Status></span>;
      case 'stale':
        return (
          <Status standing="watch" shape="clock">
            Not live{at === '' ? '' : `: as of ${at}`}. <button className="btn quiet" type="button" onClick={() => live.restart()}>Try now</button>
          </Status>
        );
      case 'live':
        if (status !== null && !status.ready) return <Status standing="watch" shape="clock">{status.reason ?? 'Starting'}</Status>;
        if (status?.sampleProgram.phase === 'filling') return <Status standing="watch" shape="clock">Filling the sample</Status>;
        if (status?.events === 0) return <Status standing="good">Running, no data</Status>;
        return <Status standing="good">Live <span className="mute wide">{at}</span></Status>;
    }
  }
}

const spoken = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting. What is shown stays usable.',
  stale: 'Not live. What is shown is no longer current.',
} as const;
