// Numbers of names, remembered: of users and devices for ever (a name once written stays), of conversations until told.
import { membersOfDirect, type ConversationId } from "../../model/ids.ts";
import { Recent } from "../recent.ts";
import type { Connection } from "./connection.ts";
import { fromText, toJson, toText } from "./text.ts";

const giveNames = { name: "names", text: "select id, name from trivium_names($1)" };
const giveConversations = { name: "conversations", text: "select id, name from trivium_conversations($1)" };

interface Given {
  readonly id: number;
  readonly name: string;
}

/** The number of a name that was asked for. */
export type NumberOf = (name: string) => number;

export class Names {
  readonly #connection: Connection;
  readonly #names = new Recent<number>(50_000);
  readonly #conversations = new Recent<number>(50_000);

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Of users and devices, given now if they have none. */
  names(wanted: Iterable<string>): Promise<NumberOf> {
    return this.#numbers(this.#names, wanted, (unknown) => this.#connection.ask<Given>(giveNames, unknown.map(toText)));
  }

  conversations(wanted: Iterable<ConversationId>): Promise<NumberOf> {
    return this.#numbers(this.#conversations, wanted, async (unknown) => {
      const direct = unknown.map((name) => ({ name, members: membersOfDirect(name as ConversationId) }));
      const numberOf = await this.names(direct.flatMap(({ members }) => members ?? []));
      const rows = direct.map(({ name, members }) =>
        members === undefined ? { name } : { name, one: numberOf(members[0]), other: numberOf(members[1]) },
      );
      return this.#connection.ask<Given>(giveConversations, toJson(rows));
    });
  }

  /** Another node may have removed a room, and with it the conversation's number. */
  forgetConversations(): void {
    this.#conversations.clear();
  }

  async #numbers(
    recent: Recent<number>,
    wanted: Iterable<string>,
    give: (unknown: readonly string[]) => Promise<readonly Given[]>,
  ): Promise<NumberOf> {
    const unknown = new Set<string>();
    for (const name of wanted) if (recent.get(name) === undefined) unknown.add(name);
    if (unknown.size === 0) return (name) => recent.get(name)!;

    const given = new Map<string, number>();
    for (const { id, name } of await give([...unknown])) {
      recent.set(fromText(name), id);
      given.set(fromText(name), id);
    }
    return (name) => given.get(name) ?? recent.get(name)!;
  }
}
