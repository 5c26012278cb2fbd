// A filter of an access rule, with `%u` and `%c` in it, against topics and against the filters of subscriptions.
import { type DeviceId, nameOf, type UserId } from "../model/ids.ts";

/** What the placeholders stand for. */
export interface Own {
  readonly user: string;
  readonly client: string;
}

/** Devices are named `mqtt:esp32`; the client calls itself `esp32`. */
export function ownOf(user: UserId, device: DeviceId): Own {
  return { user: nameOf(user), client: device.slice(device.indexOf(":") + 1) };
}

export class TopicRule {
  readonly #levels: readonly string[];
  readonly #personal: boolean;

  constructor(filter: string) {
    this.#levels = filter.split("/");
    this.#personal = /%[uc]/.test(filter);
  }

  /** Whether the rule is about this topic. */
  fits(topic: readonly string[], own: Own): boolean {
    return this.covers(topic, own); // a topic is a filter that matches itself alone
  }

  /** Whether the rule is about every topic that the filter matches. */
  covers(filter: readonly string[], own: Own): boolean {
    const levels = this.#levelsFor(own);
    if (levels === undefined || reserves(levels, filter)) return false;
    for (const [at, level] of levels.entries()) {
      if (level === "#") return true; // the level above it, too
      const other = filter[at];
      if (other === undefined || other === "#") return false;
      if (level !== "+" && level !== other) return false;
    }
    return levels.length === filter.length;
  }

  /** Whether the rule is about some topic that the filter matches. */
  meets(filter: readonly string[], own: Own): boolean {
    const levels = this.#levelsFor(own);
    if (levels === undefined || reserves(levels, filter) || reserves(filter, levels)) return false;
    for (let at = 0; ; at++) {
      const [level, other] = [levels[at], filter[at]];
      if (level === "#" || other === "#") return true;
      if (level === undefined || other === undefined) return level === other;
      if (level !== "+" && other !== "+" && level !== other) return false;
    }
  }

  /**
   * A name stands for itself within its level. One that would be a wildcard, several levels, or one of the server's own
   * topics stands for nothing: a client that calls itself `#` gains no more than its rule says.
   */
  #levelsFor({ user, client }: Own): readonly string[] | undefined {
    if (!this.#personal) return this.#levels;
    let fitting = true;
    const levels = this.#levels.map((level) =>
      // In one go: a name may itself hold `%c`.
      level.replaceAll(/%[uc]/g, (placeholder) => {
        const value = placeholder === "%u" ? user : client;
        if (value === "" || value.startsWith("$") || /[+#/]/.test(value)) fitting = false;
        return value;
      }),
    );
    return fitting ? levels : undefined;
  }
}

/** A wildcard of the first level does not match the server's own topics [MQTT-4.7.2-1]. */
function reserves(pattern: readonly string[], other: readonly string[]): boolean {
  return (pattern[0] === "+" || pattern[0] === "#") && other[0]!.startsWith("$");
}
