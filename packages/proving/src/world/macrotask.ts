interface Macrotasks {
  setImmediate?: (callback: () => void) => void;
}

// Taken at load, so that nobody's fake timers freeze it.
const { setImmediate } = globalThis as Macrotasks;

/** One macrotask later: every promise reaction that is ready, and those that they make ready, ran first. */
export function settled(): Promise<void> {
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
