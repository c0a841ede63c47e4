import { Component, type ReactNode } from 'react';

interface State {
  readonly problem: string | null;
}

/** A page that fails says so and offers a way on; the others keep working. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { problem: null };

  static getDerivedStateFromError(error: unknown): State {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.problem === null) return this.props.children;
    return (
      <main className="message">
        <h1>This page failed</h1>
        <p>{this.state.problem}</p>
        <button className="btn go" type="button" onClick={() => location.reload()}>Load it again</button>
      </main>
    );
  }
}
