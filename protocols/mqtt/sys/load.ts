// Moving averages over one, five and fifteen minutes, as `$SYS/broker/load/…` gives them.

const spans = [
  ["1min", 60],
  ["5min", 300],
  ["15min", 900],
] as const;

/**
 * How often something happened per minute, for a number that only grows. Each reading decays what was known by its age
 * (exponentially, the span being the time constant), so that an average costs one number and no history.
 */
export class Load {
  readonly #averages: number[] = spans.map(() => 0);
  #last = 0;

  /** `total` so far, and the seconds since the last reading. */
  read(total: number, elapsedS: number): void {
    if (elapsedS <= 0) return;
    const perMinute = ((total - this.#last) * 60) / elapsedS;
    this.#last = total;
    spans.forEach(([, seconds], at) => {
      const kept = Math.exp(-elapsedS / seconds);
      this.#averages[at] = perMinute + kept * (this.#averages[at]! - perMinute);
    });
  }

  /** By span, in two decimals. */
  values(): readonly (readonly [span: string, value: string])[] {
    return spans.map(([name], at) => [name, this.#averages[at]!.toFixed(2)]);
  }
}
