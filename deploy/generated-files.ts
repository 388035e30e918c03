import { ruleFiles } from './alerts/rule-files.ts';
import { dashboardFiles } from './dashboards/dashboard-files.ts';

/** What `generate.ts` writes and the tests compare, by path in this folder. */
export function generatedFiles(): Readonly<Record<string, string>> {
  return { ...ruleFiles(), ...dashboardFiles() };
}
