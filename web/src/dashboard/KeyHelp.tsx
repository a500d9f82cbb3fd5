import { useEffect, useRef } from 'react';
import styles from './Dashboard.module.css';

const ROWS: [string, string][] = [
  ['r  or  d r', 'Refresh'],
  ['t z', 'Zoom out'],
  ['t ←  and  t →', 'Move the range back and forth'],
  ['v', 'Full screen of the panel under the pointer'],
  ['Esc', 'Leave full screen'],
  ['d c  and  d e', 'Close and open all rows'],
  ['Drag', 'Zoom into a chart'],
  ['Double click', 'Zoom out of a chart'],
  ['Click on a legend entry', 'Show only that series'],
  ['Ctrl or ⌘ click', 'Hide or show that series'],
  ['?', 'This help'],
];

export function KeyHelp({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className={styles.help} aria-label="Keys and gestures" onClose={onClose}>
      <h1>Keys and gestures</h1>
      <dl>
        {ROWS.map(([keys, text]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit" className="btn">
          Close
        </button>
      </form>
    </dialog>
  );
}
