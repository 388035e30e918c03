export interface ProfileOptions<ChromeFormat extends string> {
  /** 0.1 to 240; default 30. */
  readonly seconds?: number;
  /** Gzipped `profile.proto` (default), or what Chrome's developer tools load. */
  readonly format?: 'pprof' | ChromeFormat;
}

/** What the daemon's process has open. */
export interface ActiveResourcesView {
  /** Wall-clock ms. */
  readonly at: number;
  /** How many of each kind keep the event loop alive, by Node.js's names. */
  readonly counts: Readonly<Record<string, number>>;
  /** libuv's handles, as a diagnostic report of Node.js lists them. */
  readonly handles: readonly ({ readonly type: string } & Readonly<Record<string, unknown>>)[];
}
