// A room full of XMPP clients: one speaks, everybody hears, with a window of messages that not all have heard.
import { jobOf, openMany, work, type Traffic } from "./worker.ts";
import { login, type XmppConnection, type XmppJob } from "./xmpp-client.ts";

export interface RoomJob extends XmppJob {
  readonly rooms: string;
  readonly occupants: number;
  readonly inFlight: number;
  readonly body: number;
}

/** Entering at once. */
const width = 8;
/** One round of messages in so many is timed. */
const every = 4;

async function connect(job: RoomJob): Promise<Traffic> {
  const room = `bench${process.pid}@${job.rooms}`;
  const connections: XmppConnection[] = [];
  const enter = async (n: number): Promise<void> => {
    const connection = await login(job, job.accounts[n % job.accounts.length]!, `r${n}`);
    connections.push(connection);
    // Until its own presence comes, which is the last of all.
    await connection.ask(
      `<presence xmlns="jabber:client" to="${room}/n${n}"><x xmlns="http://jabber.org/protocol/muc"><history maxstanzas="0"/></x></presence>`,
      "code='110'",
      'code="110"',
    );
    connection.listen();
  };
  await enter(0);
  const owner = connections[0]!;
  // Servers that lock a new room open it so.
  await owner.ask(
    `<iq xmlns="jabber:client" type="set" id="c" to="${room}"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"/></query></iq>`,
    "<iq",
  );
  await openMany({ first: 1, count: job.occupants - 1, width }, enter);

  let delivered = 0;
  let sent = 0;
  const latencies: number[] = [];
  const times: number[] = [];
  const bytes = owner.bytesOf(
    `<message xmlns="jabber:client" type="groupchat" to="${room}" id="m"><body>${"a".repeat(job.body)}</body></message>`,
  );
  const pump = (): void => {
    for (; sent - delivered / connections.length < job.inFlight; sent++) {
      owner.write(bytes);
      times.push(performance.now());
    }
  };
  for (const connection of connections) {
    connection.listen(() => {
      if (++delivered % connections.length !== 0) return;
      const began = times.shift()!;
      if (delivered % (connections.length * every) === 0) latencies.push(performance.now() - began);
    }, pump);
  }
  return {
    begin: pump,
    get delivered() {
      return delivered;
    },
    takeLatencies: () => latencies.splice(0),
  };
}

await work(connect(jobOf(process.argv) as RoomJob));
