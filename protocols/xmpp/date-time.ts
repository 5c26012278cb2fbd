// XEP-0082: dates and times.

const dateTime = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Unix milliseconds of a DateTime (§3.2); undefined when it is none. */
export function readDateTime(text: string): number | undefined {
  const parts = dateTime.exec(text);
  if (parts === null) return undefined;
  const [, date, time, fraction, zone] = parts as unknown as [string, string, string, string | undefined, string];
  const at = Date.parse(`${date}T${time}${(fraction ?? "").slice(0, 4)}${zone}`);
  return Number.isNaN(at) ? undefined : at;
}
