interface Turns {
  setImmediate?: (callback: () => void) => void;
}

/** Resolves after the event loop has gone round: timers, sockets and requests got their turn. */
export function nextTurn(): Promise<void> {
  // Not everywhere, and not among the types of what runs everywhere.
  const { setImmediate } = globalThis as Turns;
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
