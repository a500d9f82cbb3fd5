import { useRules } from '../../api/rules';
import { useWeirStatus } from '../../api/status';
import { useTargets } from '../../api/targets';
import { Link } from '../../router';
import styles from './Home.module.css';
import { summarizeRules } from './summary';

/** What matters now, in three numbers. */
export function Tiles() {
  const rules = useRules();
  const targets = useTargets();
  const isRemote = useWeirStatus().data?.remote !== undefined;
  const sum = rules.data ? summarizeRules(rules.data) : null;
  const active = targets.data?.activeTargets ?? [];
  const up = active.filter((t) => t.health === 'up').length;
  const down = active.filter((t) => t.health === 'down').length;
  const reading = rules.error ? 'the rules could not be read' : 'reading';
  return (
    <div className={styles.tiles}>
      <Tile
        to="/alerts"
        title="Firing alerts"
        value={sum ? String(sum.firing) : '–'}
        note={sum ? `${sum.pending} pending, ${sum.alerting} alerting rules` : reading}
        bad={(sum?.firing ?? 0) > 0}
      />
      <Tile
        to="/alerts"
        title="Dead rules"
        value={sum && !isRemote ? String(sum.dead) : '–'}
        note={sum ? deadNote(sum.dead, isRemote) : reading}
        bad={(sum?.dead ?? 0) > 0}
      />
      <Tile
        to="/targets"
        title="Targets up"
        value={targets.data ? `${up} of ${active.length}` : '–'}
        note={targetNote(up, down, active.length, targets.data !== undefined)}
        bad={down > 0}
      />
    </div>
  );
}

function deadNote(dead: number, isRemote: boolean): string {
  if (isRemote) return 'only Weir itself tells';
  return dead > 0 ? 'a selector of theirs matches nothing' : 'every rule sees what it asks for';
}

function targetNote(up: number, down: number, total: number, known: boolean): string {
  if (!known) return 'reading';
  if (down > 0) return `${down} down`;
  return total > up ? `${total - up} not yet scraped` : 'all are scraped';
}

interface TileProps {
  to: string;
  title: string;
  value: string;
  note: string;
  bad: boolean;
}

function Tile({ to, title, value, note, bad }: TileProps) {
  return (
    <Link to={to} className={`card ${styles.tile}`}>
      <span className="muted">{title}</span>
      <span className={`${styles.value} ${bad ? 'bad' : ''}`}>{value}</span>
      <span className="muted small">{note}</span>
    </Link>
  );
}
