import type { ReactNode } from 'react';
import styles from './Menu.module.css';
import { Popover } from './Popover';

export interface MenuItem {
  text: string;
  keys?: string;
  selected?: boolean;
  run: () => void;
}

export interface Props {
  label: string;
  button: ReactNode;
  className?: string | undefined;
  items: () => MenuItem[];
}

/** A button that opens a list of things to do or choose. */
export function Menu({ label, button, className, items }: Props) {
  return (
    <Popover label={label} button={button} buttonClass={className}>
      {(close) => (
        <div className={styles.menu}>
          {items().map((item) => (
            <button
              key={item.text}
              type="button"
              className={styles.item}
              aria-current={item.selected}
              onClick={() => {
                close();
                item.run();
              }}
            >
              <span className="grow">{item.text}</span>
              {item.keys ? <kbd>{item.keys}</kbd> : null}
            </button>
          ))}
        </div>
      )}
    </Popover>
  );
}
