// What fills by right, and not beyond its bound, is filled before a long run, or the run would measure how it fills: the writer's
// memory of origin ids (src/store/sqlite/origins.ts), and that of what devices have sent (protocols/xmpp/message-ids.ts).
import { openXmpp } from "../../conformance/clients/xmpp.ts";
import { ns } from "../../conformance/clients/xmpp-namespaces.ts";
import type { XmppTarget } from "./xmpp-attacker.ts";

/** A few more than are remembered. */
const [devices, messagesOfEach] = [1_050, 17];
const together = 8;

/** Devices that come, write under ids as long as a mutant's, and go for good. */
export async function practise({ url, login }: Pick<XmppTarget, "url" | "login">): Promise<void> {
  let left = devices;
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const client = await openXmpp(url);
      await client.login("localhost", login);
      await client.bind();
      for (let n = 0; n < messagesOfEach; n++) {
        client.send(
          `<message xmlns="${ns.client}" to="bob@localhost" type="chat" id="message ${n} of practice"><body>hark</body>` +
            `<origin-id xmlns="urn:xmpp:sid:0" id="practice ${left}: ${n}"/></message>`,
        );
      }
      await client.ping();
      await client.end();
    }
  };
  await Promise.all(Array.from({ length: together }, work));
}
