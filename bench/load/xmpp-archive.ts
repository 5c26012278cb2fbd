// Clients that page through an archive (XEP-0313): the last page, the one before it, and so on, again and again.
import { jobOf, work, type Traffic } from "./worker.ts";
import { login, type XmppConnection, type XmppJob } from "./xmpp-client.ts";

export interface ArchiveJob extends XmppJob {
  readonly readers: number;
  readonly messages: number;
  readonly page: number;
  readonly body: number;
}

async function connect(job: ArchiveJob): Promise<Traffic> {
  const [writer, reader] = [job.accounts[0]!, job.accounts[1]!];
  await fill(job, await login(job, writer, "writer"), `${reader.user}@${job.domain}`);
  let delivered = 0;
  const latencies: number[] = [];
  const readers: XmppConnection[] = [];
  for (let n = 0; n < job.readers; n++) readers.push(await login(job, reader, `reader${n}`));

  const read = async (connection: XmppConnection): Promise<void> => {
    for (let before = "", n = 0; ; n++) {
      const began = performance.now();
      const answer = await connection.ask(queryOf(job, `${writer.user}@${job.domain}`, before, `q${n}`), "<fin");
      delivered++;
      latencies.push(performance.now() - began);
      const first = /<first[^>]*>([^<]+)</.exec(answer)?.[1];
      before = first === undefined || (n + 1) % (job.messages / job.page) === 0 ? "" : first;
    }
  };
  return {
    begin: () => readers.forEach((connection) => void read(connection)), // ends with the process
    get delivered() {
      return delivered;
    },
    takeLatencies: () => latencies.splice(0),
  };
}

/** Some messages, all of which have arrived, and a second for servers that archive behind that. */
async function fill(job: ArchiveJob, connection: XmppConnection, to: string): Promise<void> {
  const hearer = await login(job, job.accounts[1]!, "hearer");
  await hearer.ask(`<presence xmlns="jabber:client"/>`, "<presence");
  let left = job.messages;
  const heard = new Promise<void>((resolve) =>
    hearer.listen(() => {
      if (--left === 0) resolve();
    }),
  );
  for (let n = 0; n < job.messages; n++)
    connection.write(
      connection.bytesOf(
        `<message xmlns="jabber:client" type="chat" to="${to}" id="m${n}"><body>${"a".repeat(job.body)}</body></message>`,
      ),
    );
  await heard;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  hearer.end();
  connection.end();
}

function queryOf(job: ArchiveJob, peer: string, before: string, id: string): string {
  const form = `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE" type="hidden"><value>urn:xmpp:mam:2</value></field><field var="with"><value>${peer}</value></field></x>`;
  const set = `<set xmlns="http://jabber.org/protocol/rsm"><max>${job.page}</max><before>${before}</before></set>`;
  return `<iq xmlns="jabber:client" type="set" id="${id}"><query xmlns="urn:xmpp:mam:2" queryid="${id}">${form}${set}</query></iq>`;
}

await work(connect(jobOf(process.argv) as ArchiveJob));
