import type { Agent, AgentContext, AgentRequest, AgentResult } from '@chimera/agents';
import type { FailureRecord, Json } from '@chimera/workflow';
import { redacted, redactText } from '../logging/redact.ts';
import { withoutHalves } from './without-halves.ts';

/**
 * The same agent, whose words hold no secrets: they are stored, shown, traced and handed on. Known
 * secrets are taken out of everything; what only looks like one, out of errors and evidence, for
 * outputs are other agents' input.
 */
export class RedactingAgent implements Agent {
  readonly name: string;
  readonly #agent: Agent;
  readonly #secrets: readonly string[];

  constructor(agent: Agent, secrets: readonly string[]) {
    this.name = agent.name;
    this.#agent = agent;
    this.#secrets = secrets;
  }

  async run(request: AgentRequest, context: AgentContext): Promise<AgentResult> {
    const result = await this.#agent.run(request, context);
    if (result.outcome === 'failed') return { ...result, error: this.#failure(result.error) };
    const { evidence, output } = result;
    if (evidence === undefined && this.#secrets.length === 0) return result;
    return {
      ...result,
      output: mapped(output, this.#known),
      ...(result.outcome === 'rejected' ? { reason: this.#known(result.reason) } : {}),
      ...(evidence === undefined ? {} : { evidence: mapped(evidence, this.#any) }),
    };
  }

  #failure({ cause, code, details, message, ...rest }: FailureRecord): FailureRecord {
    return {
      ...rest,
      code: this.#known(code),
      message: this.#any(message),
      ...(details === undefined ? {} : { details: mapped(details, this.#any) }),
      ...(cause === undefined ? {} : { cause: this.#failure(cause) }),
    };
  }

  readonly #known = (text: string): string =>
    this.#secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, redacted), text);

  readonly #any = (text: string): string =>
    redactText(withoutHalves(this.#known(text), this.#secrets));
}

/** A copy with every text changed, names of fields aside. */
function mapped(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => mapped(item, change));
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [name, mapped(entry, change)]),
  );
}
