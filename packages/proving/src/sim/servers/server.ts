import type { Site } from '../engine/site.ts';

/** How a server answers: as it should, with a failure, or with a refusal because it is full. */
export type Answer = 'ok' | 'failed' | 'refused';

/** One attempt of a call, as a server sees it. */
export interface Request {
  /** What is asked for, in [0, 1): shards and caches go by it. */
  readonly key: number;
  /** Nobody waits for the answer any more. */
  readonly isAbandoned: boolean;
  /** When service began; set by the server, for the wait to be known. */
  startedAt: number;
  /** Called once, at the instant of the answer. */
  answered(answer: Answer): void;
}

export interface Server {
  take(request: Request): void;
  /** Goes by `isAbandoned`; requests are told of an abort only then. */
  readonly heedsAborts?: boolean;
}

/** Sets a server up. Servers that stand before others are given theirs. */
export type ServerOf = (site: Site) => Server;
