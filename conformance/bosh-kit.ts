// What a check of BOSH works with: sessions driven request by request, and names no other check uses.
import { patienceMs, within } from "./clients/arrivals.ts";
import { BoshSession, type BoshAnswer } from "./clients/bosh.ts";
import { plain, Scram } from "./clients/sasl.ts";
import type { Xml } from "./clients/xml.ts";
import { ns } from "./clients/xmpp-namespaces.ts";
import { NotOffered } from "./requirement.ts";
import type { Target, XmppAddress } from "./target.ts";
import { XmppKit } from "./xmpp-kit.ts";

/** A session that does not end by then is left to be found inactive. */
const leavingMs = 1_000;

export class BoshKit extends XmppKit {
  readonly #sessions: BoshSession[] = [];

  constructor(target: Target, address: XmppAddress) {
    super(target, address);
  }

  /** No session yet. */
  session(): BoshSession {
    const session = new BoshSession(this.address.url);
    this.#sessions.push(session);
    return session;
  }

  /** A session that has its terms and its features. */
  async created(attributes?: string): Promise<{ session: BoshSession; answer: BoshAnswer }> {
    const session = this.session();
    const answer = await session.create(this.domain, attributes);
    if (session.sid === "") throw new Error(`no session was created: ${answer.raw}`);
    await until(session, answer, (payloads) => payloads.some((one) => one.is("features")));
    return { session, answer };
  }

  /** Logged in, and with a resource. */
  async boundSession(
    index = 0,
    attributes?: string,
  ): Promise<{ session: BoshSession; answer: BoshAnswer; jid: string }> {
    const { session, answer } = await this.created(attributes);
    await this.login(session, index);
    const restarted = await session.request(`to='${this.domain}' xmpp:restart='true'`);
    await until(session, restarted, (payloads) => payloads.some((one) => one.is("features")));
    const bind = `<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='${ns.bind}'/></iq>`;
    const bound = await until(session, await session.request("", bind), (all) => all.some((one) => one.is("iq")));
    const jid = bound.find((one) => one.is("iq"))?.deep("jid")?.text ?? "";
    if (jid === "") throw new Error("no resource was bound");
    return { session, answer, jid };
  }

  async login(session: BoshSession, index = 0): Promise<Xml> {
    const credentials = this.credentials(index);
    const saslOf = async (element: string): Promise<Xml> => {
      const said = await until(session, await session.request("", element), (all) =>
        all.some((one) => one.xmlns === ns.sasl),
      );
      return said.find((one) => one.xmlns === ns.sasl)!;
    };
    const auth = (mechanism: string, initial: string): string =>
      `<auth xmlns='${ns.sasl}' mechanism='${mechanism}'>${initial}</auth>`;
    const simple = await saslOf(auth("PLAIN", plain(credentials)));
    if (simple.is("success")) return simple;
    const scram = new Scram("SHA-1", credentials, {});
    const challenge = await saslOf(auth("SCRAM-SHA-1", scram.first));
    const end = await saslOf(`<response xmlns='${ns.sasl}'>${scram.final(challenge.text)}</response>`);
    if (!end.is("success")) throw new Error(`login failed: ${end.toString()}`);
    return end;
  }

  override async close(): Promise<void> {
    await Promise.all(this.#sessions.map(leave));
    await super.close();
  }
}

async function leave(session: BoshSession): Promise<void> {
  if (session.sid !== "")
    await within(session.request("type='terminate'"), leavingMs, "the session did not end").catch(() => {});
  session.cut();
}

/** Asks on until what came so far is enough: a server may answer with nothing first. */
export function until(
  session: BoshSession,
  first: BoshAnswer,
  enough: (payloads: readonly Xml[]) => boolean,
): Promise<readonly Xml[]> {
  return within(asking(session, first, enough), patienceMs, "what was asked for did not come");
}

async function asking(
  session: BoshSession,
  first: BoshAnswer,
  enough: (payloads: readonly Xml[]) => boolean,
): Promise<readonly Xml[]> {
  const payloads = [...first.body.elements];
  for (let tries = 0; !enough(payloads); tries++) {
    if (tries > 5) throw new Error("what was asked for did not come in five answers");
    payloads.push(...(await session.request()).body.elements);
  }
  return payloads;
}

/** Throws NotOffered when the terms say nothing of it. */
export function termOf({ body }: BoshAnswer, name: string): string {
  const value = body.attributes[name];
  if (value === undefined) throw new NotOffered(`the server has no '${name}'`);
  return value;
}

export function ping(id: string): string {
  return `<iq xmlns='jabber:client' type='get' id='${id}'><ping xmlns='${ns.ping}'/></iq>`;
}

/** The ids of the stanzas, in order. */
export function idsIn({ body }: BoshAnswer): string[] {
  return body.elements.flatMap(({ attributes: { id } }) => (id === undefined ? [] : [id]));
}
