interface Macrotasks {
  setImmediate?: (callback: () => void) => void;
}

// Taken at load, so that a test runner's fake timers do not freeze it. A call, so that bundlers can drop it.
const setImmediate = /* @__PURE__ */ (() => (globalThis as Macrotasks).setImmediate)();

/** One macrotask later: every promise reaction that is ready, and those that they make ready, ran first. */
export function nextMacrotask(): Promise<void> {
  return new Promise((resolve) => {
    if (setImmediate !== undefined) {
      setImmediate(resolve);
      return;
    }
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(undefined);
  });
}
