// Fills a room with XMPP clients.
import { openMany } from "./worker.ts";
import { quickLogin, type XmppConnection, type XmppJob } from "./xmpp-client.ts";

export interface RoomJob extends XmppJob {
  readonly rooms: string;
  readonly occupants: number;
  readonly inFlight: number;
  readonly body: number;
  /** The others are told of moderators alone: otherwise a room of ten thousand is a hundred million presences. */
  readonly discreet?: true | undefined;
}

/** Entering at once. */
const width = 24;

export interface FullRoom {
  readonly address: string;
  /** The owner first. */
  readonly occupants: readonly XmppConnection[];
}

export async function fillRoom(job: RoomJob): Promise<FullRoom> {
  const address = `bench${process.pid}@${job.rooms}`;
  const occupants: XmppConnection[] = [];
  const enter = async (n: number): Promise<void> => {
    const account = job.accounts[n % job.accounts.length]!;
    const connection = await quickLogin(job, account, `r${n}`);
    occupants.push(connection);
    // Until its own presence comes, which is the last of all.
    await connection.ask(
      `<presence xmlns="jabber:client" to="${address}/n${n}"><x xmlns="http://jabber.org/protocol/muc"><history maxstanzas="0"/></x></presence>`,
      "code='110'",
      'code="110"',
    );
    connection.listen();
  };
  await enter(0);
  // Servers that lock a new room open it so.
  await occupants[0]!.ask(
    `<iq xmlns="jabber:client" type="set" id="c" to="${address}"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit">${job.discreet === true ? discretion : ""}</x></query></iq>`,
    "<iq",
  );
  occupants[0]!.listen();
  await openMany({ first: 1, count: job.occupants - 1, width }, enter);
  return { address, occupants };
}

const discretion =
  '<field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#roomconfig</value></field>' +
  '<field var="muc#roomconfig_presencebroadcast"><value>moderator</value></field>';

export function wordsTo(address: string, { body }: RoomJob): string {
  return `<message xmlns="jabber:client" type="groupchat" to="${address}" id="m"><body>${"a".repeat(body)}</body></message>`;
}
