/** A copy of the database, whole and checked. */
export interface BackupView {
  /** On the daemon's machine. */
  readonly path: string;
  readonly bytes: number;
  readonly ms: number;
}
