// What fills by right, and not beyond its bound: a long run would measure how it fills. The memory of what devices have sent
// (protocols/xmpp/message-ids.ts) is filled before, that of origin ids (src/store/sqlite/origins.ts), which empties whenever it is
// full, several times in each tenth of a run.
import { openXmpp, type XmppClient } from "../../conformance/clients/xmpp.ts";
import { ns } from "../../conformance/clients/xmpp-namespaces.ts";
import type { XmppTarget } from "./xmpp-attacker.ts";

/** A few more than are remembered. */
const [devices, messagesOfEach] = [1_050, 4];
const together = 8;

/** Devices that come, write under ids as long as a mutant's, and go for good. */
export async function practise({ url, login }: Pick<XmppTarget, "url" | "login">): Promise<void> {
  let left = devices;
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const client = await openXmpp(url);
      await client.login("localhost", login);
      await client.bind();
      write(client, messagesOfEach);
      await client.ping();
      await client.end();
    }
  };
  await Promise.all(Array.from({ length: together }, work));
}

let written = 0;

/** Messages that are stored, under ids about as long as a mutant's. */
export function write(client: XmppClient, messages: number): void {
  for (let left = messages; left > 0; left--) {
    const id = `practice, ${++written}`;
    client.send(
      `<message xmlns="${ns.client}" to="bob@localhost" type="chat" id="${id}"><body>hark</body>` +
        `<origin-id xmlns="urn:xmpp:sid:0" id="${id}"/></message>`,
    );
  }
}
