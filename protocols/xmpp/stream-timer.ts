// How long a client has to authenticate.
import type { Core } from "#core";

const patience = 3;

export interface Waited {
  /** When the client was last heard. */
  heardAt(): number;
  end(): void;
}

/** A client that says nothing for so long, or has not come on after a few times as long, is let go. Gives what cancels it. */
export function letGo(clock: Core["clock"], silenceMs: number, waited: Waited): () => void {
  const since = clock.now();
  let cancel = (): void => undefined;
  const check = (): void => {
    const left = Math.min(waited.heardAt() + silenceMs, since + patience * silenceMs) - clock.now();
    if (left <= 0) waited.end();
    else cancel = clock.after(left, check);
  };
  cancel = clock.after(silenceMs, check);
  return () => cancel();
}
