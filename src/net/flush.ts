// Writes every socket once a tick: whatever was sent on a link since the last tick leaves together.

export interface Flushable {
  flush(): void;
}

let dirty: Flushable[] = [];
let tasks: (() => void)[] = [];
let scheduled = false;

/** The caller asks once until it is flushed. Runs after the events of this tick, the store's answers among them. */
export function flushSoon(link: Flushable): void {
  dirty.push(link);
  schedule();
}

/** Runs once after the events of this tick, in front of the writing: what is sent meanwhile leaves in this tick. */
export function beforeFlush(task: () => void): void {
  tasks.push(task);
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
  dirty = [];
  for (const link of now) link.flush();
}

function runTasks(): void {
  const now = tasks;
  tasks = [];
  for (const task of now) task();
}
