import { type ProcessEntry, sameProcess } from './process-entry.ts';

/** The environment variable that names the run (a daemon's instance) a process was started by. */
export const runMarker = 'CHIMERA_RUN';
/** Names one call of runProcess: its processes carry it wherever they go. */
export const processMarker = 'CHIMERA_PROCESS';

export type Family = (table: readonly ProcessEntry[]) => readonly ProcessEntry[];

/**
 * Who belongs to a started process: its group, its session, whoever carries its token (so also
 * those that moved to a session of their own), and everybody's descendants.
 */
export function familyOf(leader: {
  readonly pid: number;
  /** Older processes are strangers; undefined when unknown. */
  readonly startedAt: number | undefined;
  /** Once the leader has been reaped its pid may be a stranger's. */
  readonly isReaped: () => boolean;
  readonly token: string;
}): Family {
  return (table) => {
    const isStrangers = leader.isReaped() && table.some((entry) => entry.pid === leader.pid);
    const isMember = (entry: ProcessEntry): boolean =>
      entry.startedAt >= (leader.startedAt ?? 0) &&
      ((!isStrangers && (entry.groupId === leader.pid || entry.sessionId === leader.pid)) ||
        entry.environmentValue(processMarker) === leader.token);
    return withDescendants(table, table.filter(isMember));
  };
}

/**
 * What processes of ended runs left behind. Never this process, those it descends from, or its
 * own session: a daemon may itself have been started by a run that has ended.
 */
export function leftoversOf(
  isEnded: (marker: string) => boolean,
  selfId: number = process.pid,
): Family {
  return (table) => {
    const self = table.find((entry) => entry.pid === selfId);
    const ancestors = ancestorsOf(table, self);
    const isOwn = (entry: ProcessEntry): boolean =>
      ancestors.has(entry.pid) ||
      (self?.sessionId !== undefined && entry.sessionId === self.sessionId);
    const roots = table.filter((entry) => !isOwn(entry) && isMarked(entry, isEnded, false));
    return withDescendants(table, roots).filter(
      (entry) => !isOwn(entry) && isMarked(entry, isEnded, true),
    );
  };
}

function isMarked(
  entry: ProcessEntry,
  isEnded: (marker: string) => boolean,
  otherwise: boolean,
): boolean {
  const marker = entry.environmentValue(runMarker);
  return marker === undefined ? otherwise : isEnded(marker);
}

export function withDescendants(
  table: readonly ProcessEntry[],
  roots: readonly ProcessEntry[],
): readonly ProcessEntry[] {
  const family = [...roots];
  const known = new Set(roots.map((entry) => entry.pid));
  // Grows while it is walked: children of children are found too.
  for (const member of family) {
    for (const entry of table) {
      if (entry.parentId !== member.pid || known.has(entry.pid)) continue;
      known.add(entry.pid);
      family.push(entry);
    }
  }
  return family;
}

/** The members of `known` that still live, and their descendants. */
export function stillThere(
  table: readonly ProcessEntry[],
  known: readonly ProcessEntry[],
): readonly ProcessEntry[] {
  const living = table.filter((entry) => known.some((other) => sameProcess(entry, other)));
  return withDescendants(table, living);
}

function ancestorsOf(
  table: readonly ProcessEntry[],
  self: ProcessEntry | undefined,
): ReadonlySet<number> {
  const ancestors = new Set<number>();
  for (
    let entry = self;
    entry !== undefined && !ancestors.has(entry.pid);
    entry = table.find(({ pid }) => pid === entry?.parentId)
  ) {
    ancestors.add(entry.pid);
  }
  return ancestors;
}
