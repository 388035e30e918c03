import { ours, quantile, ratePerSecond, type Row } from './panel.ts';

const commit = 'db_client_operation_duration_seconds';

export const databaseAndRuntime: readonly Row[] = [
  {
    title: 'Database',
    panels: [
      {
        title: 'Commits',
        description: 'Each is one flush to disk, shared by many writes.',
        unit: 'ops',
        lines: { commits: `sum(rate(${commit}_count${ours}[$__rate_interval]))` },
      },
      {
        title: 'Commit duration',
        description: 'From begin to commit, the flush included: the disk sets it.',
        unit: 's',
        lines: {
          p50: quantile(0.5, commit, '', ours),
          p95: quantile(0.95, commit, '', ours),
          p99: quantile(0.99, commit, '', ours),
        },
      },
      {
        title: 'Takes writes',
        description: '0: the database or its disk fails, and no work is taken.',
        unit: 'short',
        lines: { '{{instance}}': 'chimera_database_writable' },
      },
      {
        title: 'Writes in a commit',
        description: 'Grows under load: that is how throughput survives a slow disk.',
        unit: 'short',
        lines: {
          mean: 'sum(rate(chimera_database_commit_operations_sum[$__rate_interval])) / sum(rate(chimera_database_commit_operations_count[$__rate_interval]))',
        },
      },
    ],
  },
  {
    title: 'Event loop',
    panels: [
      {
        title: 'Delay',
        description: 'How late the loop is. Over 0.25 s for long: something computes in it.',
        unit: 's',
        lines: {
          p50: `max(nodejs_eventloop_delay_p50_seconds${ours})`,
          p99: `max(nodejs_eventloop_delay_p99_seconds${ours})`,
          max: `max(nodejs_eventloop_delay_max_seconds${ours})`,
        },
      },
      {
        title: 'Utilization',
        description: 'Share of the time in which the loop is busy.',
        unit: 'percentunit',
        lines: { '{{instance}}': `nodejs_eventloop_utilization_ratio${ours}` },
      },
      {
        title: 'Garbage collection',
        description: 'Share of the time, by kind.',
        unit: 'percentunit',
        lines: {
          '{{v8js_gc_type}}': ratePerSecond(`v8js_gc_duration_seconds_sum${ours}`, 'v8js_gc_type'),
        },
      },
    ],
  },
  {
    title: 'Process',
    panels: [
      {
        title: 'CPU',
        description: 'Cores, of the daemon itself, without its agents.',
        unit: 'short',
        lines: {
          '{{instance}}': `rate(process_cpu_seconds_total${ours}[$__rate_interval])`,
        },
      },
      {
        title: 'Memory',
        description: 'Of the daemon itself, without its agents.',
        unit: 'bytes',
        lines: {
          resident: `max(process_resident_memory_bytes${ours})`,
          heap: `max(v8js_memory_heap_used_bytes${ours})`,
        },
      },
      {
        title: 'Log lines lost',
        description: 'Per hour. Any: where standard error goes cannot be written.',
        unit: 'short',
        lines: { '{{instance}}': 'increase(chimera_log_lines_lost_total[1h])' },
      },
      {
        title: 'Uptime',
        description: 'A saw is a daemon that restarts.',
        unit: 's',
        lines: { '{{instance}}': `process_uptime_seconds${ours}` },
      },
    ],
  },
];
