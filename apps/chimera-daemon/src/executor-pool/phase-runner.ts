import type { Agent, AgentRequest, AgentResult } from '@chimera/agents';
import { type CircuitBreaker, type Permit, tryAcquire } from '@chimera/circuit-breaker';
import type { Clock, Random } from '@chimera/policy';
import {
  type FailureRecord,
  type Json,
  type PhaseChildren,
  type PhaseDefinition,
  phaseInput,
  type ParkReason,
} from '@chimera/workflow';
import type { Claim, PhaseRun, WorkflowRecord, WorkflowStore } from '@chimera/workflow-store';
import { AgentGates, type ClosedGate } from '../agents/agent-gates.ts';
import { InvalidOutputs } from '../agents/invalid-outputs.ts';
import type { Logger } from '../log.ts';
import { inPhaseScope } from '../telemetry/phase-scope.ts';
import type { AgentCall } from './agent-call.ts';
import { type ChildrenDeps, childrenOutcome } from './children-outcome.ts';
import { currentPhase } from './current-phase.ts';
import { interruptionOf } from './interruption.ts';
import { outcomeEvent } from './outcome-event.ts';
import type { Outcome } from './outcome.ts';
import { recordOutcome, type RecordingDeps } from './record-outcome.ts';
import type { RecordedAttempt } from './recorded-attempt.ts';
import type { Recording } from './recording.ts';
import { retryAt } from './retry-at.ts';
import { type AttemptDeps, runAttempt } from './run-attempt.ts';
import { wasTerminated } from './was-terminated.ts';

/** Who does a phase, behind its own breaker. */
export interface PhaseAgent {
  readonly agent: Agent;
  /** Undefined for the daemon's own checks: one repository's broken tests say nothing about the next. */
  readonly breaker: CircuitBreaker | undefined;
}

export interface PhaseRunnerDeps {
  readonly store: WorkflowStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Undefined when the phase's agent is not configured any more. */
  readonly agentFor: (phase: PhaseDefinition) => PhaseAgent | undefined;
  /** The request with its git worktree, where the workflow's input names a repository. */
  readonly prepare: (
    claim: Claim,
    phase: PhaseDefinition,
    signal: AbortSignal,
  ) => Promise<AgentRequest>;
  /** Who has asked to be left alone. Default: nobody yet. */
  readonly gates?: AgentGates;
  readonly newChild: ChildrenDeps['newChild'];
  readonly onOthers: RecordingDeps['onOthers'];
  /** Commits what an agent left in its worktree. */
  readonly keepWork: AttemptDeps['keepWork'];
  /** Hears of every call of an agent. Default: nobody does. */
  readonly onCalled?: ((call: AgentCall) => void) | undefined;
  /** Hears of every attempt of an agent, once its outcome is in the store. Default: nobody does. */
  readonly onRecorded?: ((attempt: RecordedAttempt) => void) | undefined;
  /** The workflow has completed or was cancelled: its worktree is not needed any more. */
  readonly onOver: (record: WorkflowRecord) => Promise<void>;
}

/** While a breaker lets only its probes through, others look again after this time. */
const shortestParkMs = 500;
/** A breaker that is held open by hand has no time of its own. */
const longestParkMs = 3_600_000;
/** Failed probes of one visit that cost no attempt: at a minute each, an outage of well over an hour. */
const mostFailedProbes = 100;

/** One attempt of one phase: breaker, workspace, agent under timeout, outcome, recorded in one transaction. */
export class PhaseRunner {
  readonly #deps: PhaseRunnerDeps;
  /** By agent: one entry for each that is configured. */
  readonly #lastErrors = new Map<string, string>();
  readonly #gates: AgentGates;
  readonly #invalidOutputs = new InvalidOutputs();

  constructor(deps: PhaseRunnerDeps) {
    this.#deps = deps;
    this.#gates = deps.gates ?? new AgentGates({ clock: deps.clock });
  }

  /** Begins `recording` once the outcome is on its way to the store, and nothing runs any more. */
  async run(claim: Claim, controller: AbortController, recording: Recording): Promise<void> {
    const { agentFor, clock, keepWork, onCalled, onRecorded, prepare } = this.#deps;
    const written = currentPhase(claim);
    if (written.children !== undefined)
      return this.#runChildren(claim, written, written.children, recording);
    const { input, state } = claim.record;
    const given = phaseInput(written, { input, artifacts: state.artifacts });
    if ('error' in given) return this.#failAtOnce(claim, recording, given.error);
    const phase = { ...written, input: given.input };
    const found = agentFor(phase);
    if (found === undefined) return this.#failAtOnce(claim, recording, withoutAgent(phase));
    const { agent, breaker } = found;
    const gate = this.#gates.closed(agent.name);
    if (gate !== undefined) return this.#park(claim, recording, waitAt(gate, agent));
    const permit = breaker && tryAcquire(breaker);
    if (breaker !== undefined && permit === undefined)
      return this.#park(claim, recording, this.#waitFor(agent, breaker, clock.now()));
    const wasProbe = breaker?.state.status === 'half-open';
    const startedAt = clock.now();
    const waitedMs = startedAt - claim.record.runAt;
    const attempt = await runAttempt(agent, phase, controller, {
      clock,
      keepWork,
      prepare: (stopped) => prepare(claim, phase, stopped),
    });
    const { result } = attempt;
    if (wasTerminated(result)) recording.terminated();
    const interruption = interruptionOf(controller.signal);
    const isWorkflows = this.#invalidOutputs.isWorkflows(agent.name, claim.record.id, result);
    const blamesAgent = attempt.blamesAgent && interruption === undefined && !isWorkflows;
    const settled = () => {
      const gate = blamesAgent ? this.#closeGate(agent, result) : undefined;
      settle(permit, result, blamesAgent && gate === undefined);
      return gate;
    };
    // Who does well tells nobody; a breaker that opens or closes, and a limit, are told of in the phase's scope.
    const isQuiet = result.outcome !== 'failed' && !wasProbe;
    const closed = isQuiet ? settled() : inPhaseScope(claim, settled);
    if (blamesAgent && closed === undefined && result.outcome === 'failed')
      this.#lastErrors.set(agent.name, shown(result.error));
    const at = clock.now();
    if (attempt.call !== undefined && onCalled !== undefined) {
      const { endedAt = at, result: answer, startedAt: askedAt = startedAt } = attempt.call;
      onCalled({
        agent: agent.name,
        claim,
        queuedMs: Math.max(0, waitedMs + (askedAt - startedAt)),
        startedAt: askedAt,
        durationMs: Math.max(0, endedAt - askedAt),
        result: answer,
        interruption,
      });
    }
    const hasProbed = wasProbe && blamesAgent && closed === undefined;
    const failedProbe = hasProbed ? this.#waitFor(agent, breaker, at) : undefined;
    const end = {
      result,
      at,
      interruption,
      closedGate: closed && waitAt(closed, agent),
      failedProbe,
      retryAt:
        result.outcome === 'failed'
          ? retryAt(claim, phase, { error: result.error, at }, this.#deps)
          : undefined,
    };
    const outcome = (isProbing: boolean): Outcome | undefined => {
      const event = outcomeEvent(isProbing ? end : { ...end, failedProbe: undefined });
      if (event === undefined) return undefined;
      const details =
        event.type === 'parked' && result.outcome === 'failed'
          ? { [closed === undefined ? 'failedProbe' : 'rateLimited']: shown(result.error) }
          : evidenceOf(result);
      return { event, run: { agent: agent.name, startedAt, details } };
    };
    const told = outcome(true);
    if (told === undefined) return;
    const recorded = recordOutcome(
      this.#deps,
      claim,
      failedProbe === undefined
        ? told
        : async () => {
            const mayProbeAgain = await this.#mayProbeAgain(claim, phase);
            return (mayProbeAgain ? undefined : outcome(false)) ?? told;
          },
      recording.deadline,
    );
    recording.begin();
    // What is told below is taken from here: after the wait each object would be fetched again.
    const { token } = claim;
    const { name: agentName } = agent;
    const durationMs = Math.max(0, at - startedAt);
    const stored = await recorded;
    if (stored === undefined) return;
    const { event, record } = stored;
    onRecorded?.({
      record,
      phase: written.name,
      agent: agentName,
      token,
      event: event.type,
      durationMs,
    });
    if (isOver(record)) await this.#deps.onOver(record);
  }

  async #runChildren(
    claim: Claim,
    phase: PhaseDefinition,
    children: PhaseChildren,
    recording: Recording,
  ): Promise<void> {
    const at = this.#deps.clock.now();
    const outcome = (current: WorkflowRecord) =>
      childrenOutcome(current, phase, children, at, this.#deps);
    const recorded = this.#recordAlone(claim, outcome, recording);
    recording.begin();
    await recorded;
  }

  /** What no agent was asked for. It may have been cancelled meanwhile, whatever it is told as. */
  async #recordAlone(
    claim: Claim,
    outcome: Parameters<typeof recordOutcome>[2],
    { deadline }: Recording,
  ): Promise<void> {
    const stored = await recordOutcome(this.#deps, claim, outcome, deadline);
    if (stored !== undefined && isOver(stored.record)) await this.#deps.onOver(stored.record);
  }

  #park(
    claim: Claim,
    recording: Recording,
    wait: { readonly until: number; readonly reason: ParkReason },
  ): Promise<void> {
    const event = { type: 'parked', at: this.#deps.clock.now(), ...wait } as const;
    return this.#recordAlone(claim, { event }, recording);
  }

  /** A provider's limit, if that is what ended the attempt. */
  #closeGate({ name }: Agent, result: AgentResult): ClosedGate | undefined {
    if (result.outcome !== 'failed' || result.retryAfterMs === undefined) return undefined;
    return this.#gates.close(name, result.retryAfterMs, shown(result.error));
  }

  /** A failed probe costs no attempt, but a workflow that fails every time must come to an end. */
  async #mayProbeAgain({ record }: Claim, { name }: PhaseDefinition): Promise<boolean> {
    const visit = record.state.visits[name];
    const runs = await this.#deps.store.phaseRuns(record.id);
    const failed = runs.filter((run) => {
      return run.phase === name && run.visit === visit && run.outcome === 'parked' && isProbe(run);
    });
    return failed.length < mostFailedProbes;
  }

  /** Until the breaker probes next; with what the agent failed with, for whoever asks why. */
  #waitFor(
    { name }: Agent,
    breaker: CircuitBreaker | undefined,
    at: number,
  ): { readonly until: number; readonly reason: ParkReason } {
    const lastError = this.#lastErrors.get(name);
    const retryAfterMs = breaker?.retryAfterMs ?? 0;
    return {
      until: at + Math.ceil(Math.min(Math.max(retryAfterMs, shortestParkMs), longestParkMs)),
      reason: {
        kind: 'breaker-open',
        agent: name,
        ...(lastError === undefined ? {} : { lastError }),
      },
    };
  }

  #failAtOnce(claim: Claim, recording: Recording, error: FailureRecord): Promise<void> {
    const at = this.#deps.clock.now();
    const event = { type: 'phase-failed', at, retryAt: undefined, error } as const;
    return this.#recordAlone(claim, { event }, recording);
  }
}

function withoutAgent({ agent, name }: PhaseDefinition): FailureRecord {
  return {
    code: 'AGENT_NOT_CONFIGURED',
    message: `phase ${name} needs the agent "${agent}"; configure it under agents, then requeue`,
    retryable: false,
  };
}

/** A verdict is good service; what was cut from outside, or failed before the agent, says nothing about it. */
function settle(permit: Permit | undefined, result: AgentResult, blamesAgent: boolean): void {
  if (result.outcome !== 'failed') permit?.succeed();
  else if (blamesAgent) permit?.fail(result.error);
  else permit?.ignore();
}

function waitAt({ because, until }: ClosedGate, { name }: Agent) {
  const reason: ParkReason = { kind: 'gate', gate: `rate limit of ${name} (${because})` };
  return { until, reason };
}

function shown({ code, message }: FailureRecord): string {
  return `${code}: ${message}`.slice(0, 300);
}

function isProbe({ details }: PhaseRun): boolean {
  return typeof details === 'object' && details !== null && 'failedProbe' in details;
}

function evidenceOf(result: AgentResult): Json {
  return (result.outcome === 'failed' ? result.error.details : result.evidence) ?? null;
}

function isOver({ state }: WorkflowRecord): boolean {
  return state.status === 'completed' || state.status === 'cancelled';
}
