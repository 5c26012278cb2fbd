// Access rules for topics: who may publish where, who may read what. The first rule that fits decides.
import { type DeviceId, hostOf, nameOf, type UserId } from "../model/ids.ts";
import { preparedName } from "../model/precis.ts";
import { type Own, ownOf, TopicRule } from "./topic-rule.ts";

export interface AclRule {
  readonly effect: "allow" | "deny";
  /** `all`, `anonymous`, `user:NAME`, `client:ID`; one that fits is enough. */
  readonly who: readonly string[];
  readonly may: "publish" | "subscribe" | "all";
  /** Filters; `%u` stands for the account's name, `%c` for the client id. */
  readonly topics: readonly string[];
}

/** Whether somebody may read a topic. */
export type MayRead = (user: UserId, device: DeviceId, topic: string) => boolean;

export interface AclOptions {
  readonly rules: readonly AclRule[];
  /** The account that clients without credentials act as. */
  readonly anonymous: UserId | undefined;
}

type Concerns = (user: UserId, own: Own) => boolean;

interface Compiled {
  readonly allows: boolean;
  readonly concerns: Concerns;
  readonly topics: readonly TopicRule[];
}

export class Acl {
  readonly #anonymous: UserId | undefined;
  #publishing: readonly Compiled[] = [];
  #reading: readonly Compiled[] = [];
  #mayRead: MayRead | undefined;

  constructor({ rules, anonymous }: AclOptions) {
    this.#anonymous = anonymous;
    this.replace(rules);
  }

  /** Undefined while everybody may read everything, which is the usual case: then nothing is asked at all. */
  get mayRead(): MayRead | undefined {
    return this.#mayRead;
  }

  /** The rules from now on; what was found out by `mayRead` is to be forgotten. */
  replace(rules: readonly AclRule[]): void {
    this.#publishing = this.#compiled(rules, "publish");
    this.#reading = this.#compiled(rules, "subscribe");
    const deniable = this.#anonymous !== undefined || this.#reading.some(({ allows }) => !allows);
    this.#mayRead = deniable ? (user, device, topic) => this.#read(user, device, topic) : undefined;
  }

  mayPublish(user: UserId, device: DeviceId, topic: string): boolean {
    if (topic.startsWith("$")) return false; // the server's own (MQTT 5.0 §4.7.2)
    if (this.#publishing.length === 0) return true;
    return decide(this.#publishing, user, ownOf(user, device), topic.split("/")) ?? true;
  }

  /**
   * Whether there is anything under the filter that may be read: what may not is left out when it is delivered.
   * `whole`: whether all of it may be, for what is not looked at again.
   */
  maySubscribe(user: UserId, device: DeviceId, filter: string, whole = false): boolean {
    const levels = filter.replace(/^\$share\/[^/]*\//, "").split("/"); // the real filter of a shared subscription
    const own = ownOf(user, device);
    for (const { allows, concerns, topics } of this.#reading) {
      if (!concerns(user, own)) continue;
      const decides = allows === whole ? "covers" : "meets";
      if (topics.some((topic) => topic[decides](levels, own))) return allows;
    }
    return this.#byDefault(user, levels[0]!);
  }

  #read(user: UserId, device: DeviceId, topic: string): boolean {
    const levels = topic.split("/");
    return decide(this.#reading, user, ownOf(user, device), levels) ?? this.#byDefault(user, levels[0]!);
  }

  /** As Mosquitto without rules: everything. But the figures of `$SYS` are for who has said who he is. */
  #byDefault(user: UserId, first: string): boolean {
    return first !== "$SYS" || user !== this.#anonymous;
  }

  #compiled(rules: readonly AclRule[], action: "publish" | "subscribe"): readonly Compiled[] {
    return rules
      .filter(({ may }) => may === "all" || may === action)
      .map(({ effect, who, topics }) => {
        const each = who.map((one) => this.#meant(one));
        return {
          allows: effect === "allow",
          concerns: (user, own) => each.some((meant) => meant(user, own)),
          topics: topics.map((filter) => new TopicRule(filter)),
        };
      });
  }

  #meant(who: string): Concerns {
    if (who === "all") return () => true;
    if (who === "anonymous") return (user) => user === this.#anonymous;
    const named = who.slice(who.indexOf(":") + 1);
    if (who.startsWith("client:")) return (_user, { client }) => client === named;
    const [name = "", host] = named.split("@");
    const canonical = preparedName(name) ?? name; // as accounts are compared
    return (user) => nameOf(user) === canonical && (host === undefined || hostOf(user) === host.toLowerCase());
  }
}

/** What the first rule that fits says; undefined: none does. */
function decide(rules: readonly Compiled[], user: UserId, own: Own, levels: readonly string[]): boolean | undefined {
  return rules.find(({ concerns, topics }) => concerns(user, own) && topics.some((topic) => topic.fits(levels, own)))
    ?.allows;
}
