/**
 * The same text, keeping nothing else alive. What is cut out of a text (`slice`) or joined of others is a view on them, to the
 * engine, and holds the whole of each for as long as it is held: an id all of its 256 KB stanza. For what is kept longer than
 * what it came with.
 */
export function ownText(text: string): string {
  // Short ones are copied as it is.
  return text.length < shortestView ? text : ` ${text}`.slice(1);
}

/** V8's `SlicedString::kMinLength`. */
const shortestView = 13;
