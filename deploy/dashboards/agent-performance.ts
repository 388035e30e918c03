import { ours, quantile, ratePerSecond, type Row } from './panel.ts';

export const agentPerformance: readonly Row[] = [
  {
    title: 'Calls',
    panels: [
      {
        title: 'Calls that end',
        description: 'By agent and outcome.',
        unit: 'ops',
        lines: {
          '{{agent}}: {{outcome}}': ratePerSecond('chimera_agent_jobs_total', 'agent, outcome'),
        },
      },
      {
        title: 'Share that succeeds',
        description: 'A verdict is an answer too; only failures count against an agent.',
        unit: 'percentunit',
        lines: {
          '{{agent}}': `1 - (${ratePerSecond('chimera_agent_jobs_total{outcome="failed"}', 'agent')} or 0 * ${ratePerSecond('chimera_agent_jobs_total', 'agent')}) / ${ratePerSecond('chimera_agent_jobs_total', 'agent')}`,
        },
      },
      {
        title: 'Execution, 95th percentile',
        description: 'From asking an agent to its answer.',
        unit: 's',
        lines: { '{{agent}}': quantile(0.95, 'chimera_agent_execution_seconds', 'agent') },
      },
      {
        title: 'Wait before, 95th percentile',
        description: 'From the moment at which a phase could be claimed until its agent was asked.',
        unit: 's',
        lines: { '{{agent}}': quantile(0.95, 'chimera_agent_queue_seconds', 'agent') },
      },
      {
        title: 'Failures by code',
        description: 'Codes that an agent makes up itself are `other`.',
        unit: 'ops',
        lines: {
          '{{agent}}: {{error_type}}': ratePerSecond(
            'chimera_agent_errors_total',
            'agent, error_type',
          ),
        },
      },
      {
        title: 'Exits',
        description: 'Of command agents, by exit code or signal.',
        unit: 'ops',
        lines: { '{{agent}}: {{exit}}': ratePerSecond('chimera_agent_exits_total', 'agent, exit') },
      },
    ],
  },
  {
    title: 'Circuit breakers',
    panels: [
      {
        title: 'State',
        description: '1 for the state that a breaker has, other than closed.',
        unit: 'short',
        lines: {
          '{{agent}}: {{state}}':
            'sum by (agent, state) (chimera_circuit_breaker_state{state!="closed"})',
        },
      },
      {
        title: 'Counted calls',
        description: 'What the breaker judges by.',
        unit: 'ops',
        lines: {
          '{{agent}}: success': ratePerSecond('chimera_circuit_breaker_success_total', 'agent'),
          '{{agent}}: failure': ratePerSecond('chimera_circuit_breaker_failure_total', 'agent'),
        },
      },
      {
        title: 'Refused calls',
        description: 'Their workflows are parked, without an attempt spent.',
        unit: 'ops',
        lines: { '{{agent}}': ratePerSecond('chimera_circuit_breaker_rejected_total', 'agent') },
      },
    ],
  },
  {
    title: 'What command agents take',
    panels: [
      {
        title: 'CPU',
        description: 'Cores in use by the processes of an agent, counted when its call ends.',
        unit: 'short',
        lines: { '{{agent}}': ratePerSecond('chimera_agent_cpu_seconds_total', 'agent') },
      },
      {
        title: 'Memory',
        description: 'Most that the processes of one call had at once, 95th percentile.',
        unit: 'bytes',
        lines: { '{{agent}}': quantile(0.95, 'chimera_agent_peak_memory_bytes', 'agent') },
      },
    ],
  },
  {
    title: 'Tokens and cost, of agents that report them',
    panels: [
      {
        title: 'Tokens',
        description: 'Per second.',
        unit: 'short',
        lines: {
          '{{gen_ai_token_type}}': ratePerSecond(
            `gen_ai_client_token_usage_sum${ours}`,
            'gen_ai_token_type',
          ),
        },
      },
      {
        title: 'Cost',
        description: 'US dollars per hour.',
        unit: 'currencyUSD',
        lines: { '{{agent}}': 'sum by (agent) (rate(chimera_agent_cost_usd_total[1h])) * 3600' },
      },
    ],
  },
];
