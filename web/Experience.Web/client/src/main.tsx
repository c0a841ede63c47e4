import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { startLive } from './live/connection';
import { loadAll, loadFirst } from './pages';
import './styles/tokens.css';
import './styles/shell.css';
import './styles/counter.css';
import './styles/board.css';
import './styles/start.css';

// For walls and for looking: ?theme=dark or ?theme=light overrides the system's choice.
const theme = new URLSearchParams(location.search).get('theme');
if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;

startLive();

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no root element.');
const show = () => createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
// A page that cannot be loaded says so itself.
loadFirst(location.pathname).then(show, show);

setTimeout(() => void loadAll(), 2_000);
