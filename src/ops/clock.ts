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
    const timer = setTimeout(call, Math.min(shared(ms), longestMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

const minuteMs = 60_000;
/** Beyond it Node would not wait at all. */
const longestMs = 2 ** 31 - 1;

/**
 * Node keeps a list for each length of a timer that does not keep the process alive, until that time is over, though the timer was
 * cancelled long before. So that a client cannot have many kept, by sessions that end at any millisecond of a day, the long ones
 * share their lengths: never early, and late by less than a hundredth.
 */
export function shared(ms: number): number {
  if (!(ms > minuteMs)) return ms;
  const step = 2 ** (Math.floor(Math.log2(ms)) - 7);
  return Math.ceil(ms / step) * step;
}
