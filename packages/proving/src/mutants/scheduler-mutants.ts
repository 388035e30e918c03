import type { SchedulerUnderTest, WaitingTask } from '../conformance/scheduler-under-test.ts';
import type { ContractMutant } from './contract-mutant.ts';
import { SpecimenScheduler, type SpecimenTask } from './specimen-scheduler.ts';

function mutant(
  name: string,
  breaks: string,
  says: string,
  Made: new () => SchedulerUnderTest,
): ContractMutant<SchedulerUnderTest> {
  return { name: `scheduler/${name}`, says, breaks, create: () => new Made() };
}

/** Schedulers with one mistake each; every law of theirs has one that it finds. */
export const schedulerMutants: readonly ContractMutant<SchedulerUnderTest>[] = [
  mutant(
    'lazy',
    'scheduler-1',
    'leaves the last that waits',
    class extends SpecimenScheduler {
      protected override mayRun(task: SpecimenTask, at: number): boolean {
        return this.all.length > 1 && super.mayRun(task, at);
      }
    },
  ),
  mutant(
    'one-for-all',
    'scheduler-2',
    'looks at the limit of all, and at no other',
    class extends SpecimenScheduler {
      protected override hasRoom(_task: WaitingTask, running: readonly WaitingTask[]): boolean {
        return running.length < 4;
      }
    },
  ),
  mutant(
    'one-too-many',
    'scheduler-2',
    'stops once the limit is passed',
    class extends SpecimenScheduler {
      protected override hasRoom(task: WaitingTask, running: readonly WaitingTask[]): boolean {
        return super.hasRoom(task, running.slice(1));
      }
    },
  ),
  mutant(
    'last-in-first-out',
    'scheduler-3',
    'serves the last of equals first',
    class extends SpecimenScheduler {
      protected override tie(one: SpecimenTask, other: SpecimenTask): number {
        return other.order - one.order;
      }
    },
  ),
  mutant(
    'ageless',
    'scheduler-4',
    'looks at the priority alone',
    class extends SpecimenScheduler {
      protected override ageing(): number {
        return 0;
      }
    },
  ),
  mutant(
    'pays-for-absence',
    'scheduler-5',
    'gives a newcomer all that the others had before it came',
    class extends SpecimenScheduler {
      protected override tagOfNewcomer(own: number): number {
        return own;
      }
    },
  ),
  mutant(
    'counts-tasks',
    'scheduler-5',
    'shares by the number of tasks, however long they are',
    class extends SpecimenScheduler {
      protected override charge(): number {
        return 50;
      }
    },
  ),
  mutant(
    'grows-young',
    'scheduler-6',
    'lets tasks sink with age',
    class extends SpecimenScheduler {
      protected override ageing(): number {
        return -super.ageing();
      }
    },
  ),
  mutant(
    'cancels-another',
    'scheduler-7',
    'cancels whatever came first',
    class extends SpecimenScheduler {
      protected override without(): readonly SpecimenTask[] {
        return this.all.slice(1);
      }
    },
  ),
  mutant(
    'queues-anew',
    'scheduler-8',
    'puts behind the others what is given another priority',
    class extends SpecimenScheduler {
      protected override moved(task: SpecimenTask, priority: number): SpecimenTask {
        const at = Math.max(...this.all.map((each) => each.at));
        const order = Math.max(...this.all.map((each) => each.order)) + 1;
        return { ...task, priority, at, order };
      }
    },
  ),
  mutant(
    'refuses-newcomers',
    'scheduler-9',
    'turns away whoever comes when it is full, however urgent',
    class extends SpecimenScheduler {
      protected override victim(): SpecimenTask | undefined {
        return this.all.at(-1);
      }
    },
  ),
  mutant(
    'counts-the-cancelled',
    'scheduler-10',
    'counts as waiting what was cancelled',
    class extends SpecimenScheduler {
      #cancelled = 0;
      override readonly waiting = (): number => this.all.length + this.#cancelled;

      protected override without(id: string): readonly SpecimenTask[] {
        this.#cancelled += 1;
        return super.without(id);
      }
    },
  ),
  mutant(
    'serves-the-expired',
    'scheduler-11',
    'looks at no clock before it serves',
    class extends SpecimenScheduler {
      protected override isOfUse(): boolean {
        return true;
      }
    },
  ),
];
