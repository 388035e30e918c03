import type { WorkflowSummary } from '@chimera/client';
import logUpdate from 'log-update';
import { hasEnded } from './fleet.ts';
import { newTable } from './new-table.ts';
import type { Repository } from './repositories.ts';

/** Shows how far each workflow is: a table that renews itself, or a line for each change when nobody watches. */
export class LiveView {
  readonly #fleet: ReadonlyMap<string, Repository>;
  readonly #isLive: boolean;
  readonly #shown = new Map<string, string>();

  constructor(fleet: ReadonlyMap<string, Repository>, isLive: boolean) {
    this.#fleet = fleet;
    this.#isLive = isLive;
  }

  update(workflows: readonly WorkflowSummary[]): void {
    if (this.#isLive) logUpdate(`${this.#table(workflows)}\n${progress(workflows)}`);
    else for (const workflow of workflows) this.#line(workflow);
  }

  /** A message between two updates. */
  say(text: string): void {
    if (this.#isLive) logUpdate.clear();
    process.stdout.write(`${text}\n`);
  }

  done(): void {
    if (this.#isLive) logUpdate.done();
  }

  #table(workflows: readonly WorkflowSummary[]): string {
    const others = [16, 11, 12, 5];
    // Lines that wrap would make the table climb up the screen; 6 borders.
    const left = (process.stdout.columns ?? 100) - others.reduce((sum, width) => sum + width, 6);
    const table = newTable(process.stdout, {
      head: ['repository', 'status', 'phase', 'try', 'why'],
      colWidths: [...others, Math.max(12, left)],
      // One line a repository, so that twelve fit on a small screen.
      chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    });
    for (const workflow of workflows.toSorted((a, b) =>
      this.#name(a).localeCompare(this.#name(b)),
    )) {
      const { attempts, phase, status, why } = workflow;
      table.push([this.#name(workflow), status, phase, attempts, why ?? '']);
    }
    return table.toString();
  }

  #line(workflow: WorkflowSummary): void {
    const { attempts, id, phase, status, why } = workflow;
    const key = `${status} ${phase} ${attempts}`;
    if (this.#shown.get(id) === key) return;
    this.#shown.set(id, key);
    const reason = status === 'waiting' || status === 'dead' ? `: ${why ?? ''}` : '';
    process.stdout.write(
      `${this.#name(workflow).padEnd(14)} ${status.padEnd(9)} ${phase}${reason}\n`,
    );
  }

  #name({ id }: WorkflowSummary): string {
    return this.#fleet.get(id)?.name ?? id;
  }
}

function progress(workflows: readonly WorkflowSummary[]): string {
  const ended = workflows.filter(hasEnded).length;
  const running = workflows.filter(({ status }) => status === 'running').length;
  const waiting = workflows.filter(({ status }) => status === 'waiting').length;
  return `${ended} of ${workflows.length} ended, ${running} running, ${waiting} waiting`;
}
