// Topic filters (MQTT 5.0 §4.7): `+` is one level, `#` the rest; the first level's wildcards never match `$…`.

/** Whether the string is a topic name: no wildcard, not empty, no U+0000 [MQTT-4.7.1-1] [MQTT-4.7.3-1] [MQTT-4.7.3-2]. */
export function isTopic(topic: string): boolean {
  return topic.length > 0 && !/[+#\u0000]/.test(topic);
}

/**
 * Whether the string is a topic filter: `#` alone as the last level, `+` alone in its level [MQTT-4.7.1-2] [MQTT-4.7.1-3];
 * a shared subscription's is `$share/`, a name without `/`, `+` and `#`, and a filter [MQTT-4.8.2-1] [MQTT-4.8.2-2].
 */
export function isFilter(filter: string): boolean {
  if (filter.length === 0 || filter.includes("\u0000")) return false;
  if (filter === "$share" || filter.startsWith(sharePrefix)) {
    const share = shareOf(filter);
    return share !== undefined && isPlainFilter(share.filter);
  }
  return isPlainFilter(filter);
}

/** The two parts of a shared subscription's filter; undefined for any other. */
export function shareOf(filter: string): { readonly name: string; readonly filter: string } | undefined {
  if (!filter.startsWith(sharePrefix)) return undefined;
  const end = filter.indexOf("/", sharePrefix.length);
  const name = filter.slice(sharePrefix.length, end);
  if (end <= sharePrefix.length || end === filter.length - 1 || /[+#]/.test(name)) return undefined;
  return { name, filter: filter.slice(end + 1) };
}

const sharePrefix = "$share/";

function isPlainFilter(filter: string): boolean {
  const levels = filter.split("/");
  return levels.every((level, at) => {
    if (level === "#") return at === levels.length - 1;
    return level === "+" || !/[+#]/.test(level);
  });
}

/** Whether the filter matches the topic [MQTT-4.7.2-1]. Both must be valid. */
export function matches(filter: string, topic: string): boolean {
  const pattern = filter.split("/");
  const levels = topic.split("/");
  if (topic.startsWith("$") && (pattern[0] === "+" || pattern[0] === "#")) return false;
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === "#") return true; // also the parent level itself
    if (at >= levels.length) return false;
    if (pattern[at] !== "+" && pattern[at] !== levels[at]) return false;
  }
  return pattern.length === levels.length;
}

export interface TopicBounds {
  readonly levels: number;
  /** In UTF-8. */
  readonly bytes: number;
}

/** Whether a topic or filter is within the bounds. Costs nothing for those that are too short to exceed them. */
export function isWithin(topic: string, { levels, bytes }: TopicBounds): boolean {
  if (topic.length * 3 > bytes && Buffer.byteLength(topic) > bytes) return false;
  return topic.length < levels || topic.split("/").length <= levels;
}
