// Waits for the thing itself instead of sleeping for as long as it usually takes.

/** Resolves once `fact` is true, asked every few milliseconds; rejects, naming it, after `withinMs`. */
export async function until(fact: () => boolean | Promise<boolean>, withinMs = 5000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await fact())) {
    if (Date.now() > deadline) throw new Error(`not so within ${withinMs} ms: ${fact.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
