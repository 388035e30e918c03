export { buildDisk, withoutDisk } from './crash/build-disk.ts';
export { allSurvivors, CachedDisk, type Survivors } from './crash/cached-disk.ts';
export type { CrashPlan } from './crash/crash-plan.ts';
export {
  type CrashFault,
  crashFaults,
  type CrashPoint,
  CrashPointError,
} from './crash/crash-point.ts';
export { crashPoints, type CrashReport } from './crash/crash-points.ts';
export { DiskControl, type Fault, type KilledIn } from './crash/disk-control.ts';
export { diskEnvironment, filesOf, type PreloadedDisk } from './crash/disk-environment.ts';
export { type DiskOperation, readDiskJournal } from './crash/disk-journal.ts';
