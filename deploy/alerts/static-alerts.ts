import { agentAlerts } from './agent-alerts.ts';
import type { Alert } from './alert.ts';
import { machineAlerts } from './machine-alerts.ts';
import { queueAlerts } from './queue-alerts.ts';
import { serviceAlerts } from './service-alerts.ts';

/** Lines that a daemon must not cross, whatever the month's budget says. */
export const staticAlerts: readonly Alert[] = [
  ...serviceAlerts,
  ...queueAlerts,
  ...agentAlerts,
  ...machineAlerts,
];
