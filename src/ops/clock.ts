// Time as a thing that is passed in, so that tests can advance it.

export interface Clock {
  /** Unix time, milliseconds. */
  now(): number;
  /** Calls once after `ms`; the returned function cancels. Does not keep the process alive. */
  after(ms: number, call: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
