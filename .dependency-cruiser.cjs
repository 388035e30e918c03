/** The doors of ARCHITECTURE.md, as rules. */
const policies =
  'retry-policy|circuit-breaker|concurrency-limit|pool-autoscaler|graceful-degradation|intelligent-scheduler';

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'policy-imports-nothing',
      severity: 'error',
      from: { path: '^packages/policy/src/' },
      to: { pathNot: '^packages/policy/src/' },
    },
    {
      name: 'a-policy-imports-only-policy',
      comment: 'Composition happens in pipeline() or in the app.',
      severity: 'error',
      from: { path: `^packages/(${policies})/src/` },
      to: {
        pathNot: ['^packages/$1/src/', '^packages/policy/', '^node:'],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'pure-files-import-only-pure-files',
      comment: 'state.ts, decide.ts and transition.ts know no clock, no randomness and no I/O.',
      severity: 'error',
      from: { path: '/src/(state|decide|decision|transition|score)\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'workflow-stands-on-policy',
      severity: 'error',
      from: { path: '^packages/workflow/src/' },
      to: { path: '^(packages|apps)/', pathNot: '^packages/(workflow|policy)/' },
    },
    {
      name: 'telemetry-stands-on-policy',
      severity: 'error',
      from: { path: '^packages/telemetry/src/' },
      to: { path: '^(packages|apps)/', pathNot: '^packages/(telemetry|policy)/' },
    },
    {
      name: 'telemetry-runs-anywhere',
      severity: 'error',
      from: { path: '^packages/telemetry/src/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'one-door-to-opentelemetry',
      comment: 'It is an optional peer; applications bring its SDK.',
      severity: 'error',
      from: {
        path: '^packages/[^/]+/src/',
        pathNot: '^packages/telemetry/src/open-telemetry\\.ts$',
      },
      to: { path: '@opentelemetry/' },
    },
    {
      name: 'durable-floor-points-down',
      comment: "workflow-store keeps the breakers' state, by the contract that they state.",
      severity: 'error',
      from: { path: '^packages/(workflow-store|agents|client|dead-letter-queue)/src/' },
      to: {
        path: '^(packages|apps)/',
        pathNot: ['^packages/($1|workflow|policy)/', '^packages/circuit-breaker/'],
      },
    },
    {
      name: 'only-the-durable-floor-knows-kysely',
      comment:
        'The daemon passes the connection on, and nothing else. The test kit is tried on real ones.',
      severity: 'error',
      from: {
        pathNot:
          '^(packages/(workflow-store|dead-letter-queue)|bench/(engine|telemetry)|packages/proving/test)/',
      },
      to: { path: 'node_modules/(kysely|better-sqlite3)' },
    },
    {
      name: 'packages-do-not-import-apps',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(apps|examples)/' },
    },
    {
      name: 'through-the-front-door',
      comment: 'Other packages are imported by their name, never by a path into them.',
      severity: 'error',
      from: { path: '^(packages|apps|examples)/([^/]+)/' },
      to: {
        path: '^(packages|apps)/[^/]+/src/',
        pathNot: ['^(packages|apps|examples)/$2/', '^(packages|apps)/[^/]+/src/[a-z-]+\\.ts$'],
      },
    },
    {
      name: 'names-that-say-what-is-inside',
      severity: 'error',
      from: {},
      to: {
        path: '/(utils?|helpers?|common|misc|types|constants|manager|[a-z-]+-manager)\\.ts$',
        pathNot: 'node_modules',
      },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?!node_modules/).*/(dist|fixtures)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['chimera-source', 'import', 'types', 'default'],
    },
  },
};
