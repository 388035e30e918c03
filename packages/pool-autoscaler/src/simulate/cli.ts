#!/usr/bin/env node
import { runSimulation } from './run-simulation.ts';

try {
  runSimulation(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
