import type { ReactNode } from 'react';
import { errorText } from '../api/client';
import { Message } from './Message';

export interface Props<T> {
  query: { data: T | undefined; error: Error | null; isPending: boolean; refetch: () => unknown };
  what: string;
  children: (data: T) => ReactNode;
}

/** A read resource with its four states: loading, failed, stale (old data and why), ready. */
export function Loadable<T>({ query, what, children }: Props<T>) {
  const { data, error } = query;
  if (data === undefined && error) {
    return (
      <Message kind="failed" title={`The ${what} could not be read.`} hint={errorText(error)}>
        <button type="button" className="btn" onClick={() => query.refetch()}>
          Try again
        </button>
      </Message>
    );
  }
  if (data === undefined) return <Message kind="loading" title={`Loading the ${what}`} />;
  return (
    <>
      {error ? (
        <p className="small bad" role="status">
          These {what} are stale: {errorText(error)}
        </p>
      ) : null}
      {children(data)}
    </>
  );
}
