import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import styles from './Popover.module.css';

export interface Props {
  /** What the button opens, for readers of the screen. */
  label: string;
  button: ReactNode;
  buttonClass?: string | undefined;
  pressed?: boolean;
  disabled?: boolean;
  children: (close: () => void) => ReactNode;
}

interface Position {
  left: number;
  top: number;
  maxHeight: number;
}

/** Under the button, inside the window. */
function positionOf(button: DOMRect, width: number, height: number): Position {
  const left = Math.max(8, Math.min(button.left, innerWidth - width - 8));
  const below = innerHeight - button.bottom - 12;
  if (below >= Math.min(height, 260) || below > button.top) {
    return { left, top: button.bottom + 4, maxHeight: below };
  }
  const shown = Math.min(height, button.top - 12);
  return { left, top: button.top - shown - 4, maxHeight: button.top - 12 };
}

/** A button with a panel that closes on Escape, on a click elsewhere, and when the focus leaves it. */
export function Popover({ label, button, buttonClass, pressed, disabled, children }: Props) {
  const [open, setOpen] = useState(false);
  const [position, setPosition] = useState<Position | null>(null);
  const anchor = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const close = () => {
    setOpen(false);
    setPosition(null);
    anchor.current?.focus();
  };
  useLayoutEffect(() => {
    if (!open || !anchor.current || !panel.current) return;
    const { offsetWidth, scrollHeight } = panel.current;
    setPosition(positionOf(anchor.current.getBoundingClientRect(), offsetWidth, scrollHeight));
    panel.current.querySelector<HTMLElement>('input, [aria-selected="true"], button')?.focus();
  }, [open]);
  useEffect(() => {
    if (!open) return;
    const leave = (event: Event) => {
      const target = event.target as Node;
      if (panel.current?.contains(target) || anchor.current?.contains(target)) return;
      setOpen(false);
      setPosition(null);
    };
    document.addEventListener('pointerdown', leave);
    document.addEventListener('focusin', leave);
    addEventListener('resize', leave);
    return () => {
      document.removeEventListener('pointerdown', leave);
      document.removeEventListener('focusin', leave);
      removeEventListener('resize', leave);
    };
  }, [open]);
  return (
    <>
      <button
        ref={anchor}
        type="button"
        className={buttonClass ?? 'btn'}
        aria-label={label}
        title={label}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-pressed={pressed}
        disabled={disabled}
        onClick={() => (open ? close() : setOpen(true))}
      >
        {button}
      </button>
      {open
        ? createPortal(
            <div
              ref={panel}
              className={styles.panel}
              role="dialog"
              aria-label={label}
              style={position ?? { left: 0, top: 0, visibility: 'hidden' }}
              onKeyDown={(event) => {
                event.stopPropagation();
                if (event.key === 'Escape') close();
                else moveFocus(event.key, panel.current, () => event.preventDefault());
              }}
            >
              {children(close)}
            </div>,
            document.body,
          )
        : null}
    </>
  );
}

/** Arrow keys walk through what can be chosen. */
function moveFocus(key: string, panel: HTMLElement | null, taken: () => void): void {
  if (!panel || (key !== 'ArrowDown' && key !== 'ArrowUp')) return;
  const items = [
    ...panel.querySelectorAll<HTMLElement>('input:not([type=datetime-local]), button:not(:disabled)'),
  ];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next = items[at + (key === 'ArrowDown' ? 1 : -1)];
  if (!next) return;
  taken();
  next.focus();
}
