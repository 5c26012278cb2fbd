import { readFileSync } from "node:fs";

/** Clock ticks are hundredths of a second on every Linux that Node runs on. */
const microsPerTick = 10_000;

/** What the process has used so far, all its threads, user and system, microseconds: the kernel's own accounting. */
export function cpuMicrosOf(pid: number): number {
  // The name in parentheses may hold spaces; what follows it does not.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * microsPerTick;
}
