// Writes every socket once a tick: whatever was sent on a link since the last tick leaves together.

export interface Flushable {
  flush(): void;
}

/** More than this is not kept for the next tick. */
const roomy = 4096;

/** What is collected, and the memory of what was collected before: an array that grows anew each tick costs more than its use. */
let dirty: (Flushable | undefined)[] = [];
let dirtied = 0;
let spare: (Flushable | undefined)[] = [];
/** Nothing to do: one for all. */
const none: (() => void)[] = [];
let tasks = none;
let scheduled = false;

/** The caller asks once until it is flushed. Runs after the events of this tick, the store's answers among them. */
export function flushSoon(link: Flushable): void {
  dirty[dirtied++] = link;
  schedule();
}

/** Runs once after the events of this tick, in front of the writing: what is sent meanwhile leaves in this tick. */
export function beforeFlush(task: () => void): void {
  if (tasks === none) tasks = [task];
  else tasks.push(task);
  schedule();
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(flushAll);
}

function flushAll(): void {
  while (tasks.length > 0) runTasks();
  // What a flushed link's owner sends in turn belongs to the next tick.
  scheduled = false;
  const now = dirty;
  const count = dirtied;
  dirty = spare;
  dirtied = 0;
  for (let at = 0; at < count; at++) {
    const link = now[at]!;
    now[at] = undefined;
    link.flush();
  }
  spare = now.length > roomy ? [] : now;
}

function runTasks(): void {
  const now = tasks;
  tasks = none;
  for (const task of now) task();
}
