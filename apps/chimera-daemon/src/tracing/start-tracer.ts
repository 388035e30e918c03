import { WorkflowTracer, type WorkflowTracerDeps } from './workflow-tracer.ts';

/** Loads OpenTelemetry's SDK, which nobody pays for without an endpoint, and sends traces there. */
export async function startTracer(
  endpoint: string,
  instance: string,
  deps: Omit<WorkflowTracerDeps, 'export'>,
): Promise<WorkflowTracer> {
  const { otlpExport } = await import('./otlp-exporter.ts');
  return new WorkflowTracer({ ...deps, export: otlpExport(endpoint, instance, deps.log) });
}
