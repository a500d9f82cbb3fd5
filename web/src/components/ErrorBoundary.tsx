import { Component, type ReactNode } from 'react';
import { Message } from './Message';

interface Props {
  children: ReactNode;
}

/** Keeps a fault in one place; a new `key` (another page, another panel) begins anew. */
export class ErrorBoundary extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    const retry = () => this.setState({ error: null });
    return (
      <Message kind="failed" title="This part of the page failed." hint={error.message}>
        <button type="button" className="btn" onClick={retry}>
          Try again
        </button>
      </Message>
    );
  }
}
