import { execFileSync } from 'node:child_process';

/**
 * What was written or deleted before does not burden the disk for what is measured next: a gigabyte
 * that waits to be written, or to be discarded, makes commits take ten times as long for seconds.
 */
export function settleDisk(): void {
  execFileSync('sync');
}
