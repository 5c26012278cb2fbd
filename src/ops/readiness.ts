// Whether this node may get traffic: its store and its bus answer, and it is not going down.

export interface Readiness {
  readonly ready: boolean;
  /** What each part answered: `ok`, or what is wrong. */
  readonly parts: Readonly<Record<string, string>>;
}

export interface Pingable {
  ping(): Promise<void>;
}

/**
 * Asks every part at once, each with `timeoutMs`; while an answer is on its way, others who ask share it, so that
 * asking often costs the parts nothing.
 */
export function createReadiness(
  parts: Readonly<Record<string, Pingable>>,
  timeoutMs = 1_000,
): () => Promise<Readiness> {
  let asking: Promise<Readiness> | undefined;
  return () => {
    asking ??= ask(parts, timeoutMs).finally(() => (asking = undefined));
    return asking;
  };
}

async function ask(parts: Readonly<Record<string, Pingable>>, timeoutMs: number): Promise<Readiness> {
  const answers = await Promise.all(
    Object.entries(parts).map(async ([name, part]) => [name, await answerOf(part, timeoutMs)] as const),
  );
  return { ready: answers.every(([, answer]) => answer === "ok"), parts: Object.fromEntries(answers) };
}

function answerOf(part: Pingable, timeoutMs: number): Promise<string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(`no answer within ${timeoutMs} ms`), timeoutMs);
    part
      .ping()
      .then(
        () => resolve("ok"),
        // The reason goes to the log of the part; who asks here may be a stranger.
        () => resolve("failed"),
      )
      .finally(() => clearTimeout(timer));
  });
}
