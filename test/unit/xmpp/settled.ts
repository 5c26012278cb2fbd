import type { FakeLink } from "./fakes.ts";

let pings = 0;

/** Resolves when what the client said before is handled, and a little later still: what it set off has happened. */
export async function settled(link: FakeLink): Promise<void> {
  const id = `settled-${++pings}`;
  link.says(`<iq xmlns="jabber:client" type="get" id="${id}"><ping xmlns="urn:xmpp:ping"/></iq>`);
  while (!link.sent.some((sent) => sent.includes(`id="${id}"`))) await tick();
  for (let n = 0; n < 20; n++) await tick();
}

function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
