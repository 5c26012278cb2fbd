// What a check of the JSON dialect works with.
import { openJson, type JsonClient } from "./clients/json.ts";
import type { Kit } from "./requirement.ts";
import type { Login, Target } from "./target.ts";

let runs = 0;

export class JsonKit implements Kit {
  readonly target: Target;
  readonly #url: string;
  readonly #clients: JsonClient[] = [];
  readonly #run = `${process.pid.toString(36)}${(++runs).toString(36)}`;
  #names = 0;

  constructor(target: Target, url: string) {
    this.target = target;
    this.#url = url;
  }

  login(index: number): Login {
    return this.target.logins[index]!;
  }

  user(index: number): string {
    return this.login(index).user;
  }

  /** A word no other check says; also fit for rooms, devices and topics. */
  word(): string {
    return `j${this.#run}x${++this.#names}`;
  }

  /** A connection that was greeted and has said nothing. */
  async greeted(): Promise<JsonClient> {
    const client = await openJson(this.#url);
    this.#clients.push(client);
    await client.event("hello");
    return client;
  }

  async connect(index = 0, device = this.word(), fields: object = {}): Promise<JsonClient> {
    const client = await this.greeted();
    const { user, password } = this.login(index);
    const reply = await client.ask({ type: "auth", user, password, device, ...fields });
    if (reply["error"] !== undefined) throw new Error(`auth was refused: ${JSON.stringify(reply["error"])}`);
    return client;
  }

  /** A room that these have joined. */
  async room(...members: readonly JsonClient[]): Promise<string> {
    const c = `room:${this.word()}`;
    const [owner, ...others] = members;
    const reply = await owner!.ask({ type: "create", c, open: true });
    if (reply["error"] !== undefined) throw new Error(`create was refused: ${JSON.stringify(reply["error"])}`);
    for (const other of others) await other.ask({ type: "join", c });
    return c;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.drop()));
  }
}
