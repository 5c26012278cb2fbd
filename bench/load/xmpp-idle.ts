// Sessions that have logged in, asked for their roster, sent presence, and say nothing more.
import { jobOf } from "./worker.ts";
import { type Account, login, type XmppJob } from "./xmpp-client.ts";

export interface IdleSessionsJob extends XmppJob {
  readonly contacts: number;
  readonly warm: number;
  readonly connections: number;
}

/** Connecting at once. */
const width = 8;

const job = jobOf(process.argv) as IdleSessionsJob;
let names = 0;

async function openMany(count: number): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (left-- > 0) await openOne(names++);
    }),
  );
}

async function openOne(n: number): Promise<void> {
  const connection = await login(job, job.accounts[n % job.accounts.length]!, `idle${n}`);
  await connection.ask(`<iq xmlns="jabber:client" type="get" id="r"><query xmlns="jabber:iq:roster"/></iq>`, "<query");
  await connection.ask(`<presence xmlns="jabber:client"/>`, "<presence");
  connection.listen(
    () => {},
    () => {},
  );
}

async function fillRoster(account: Account): Promise<void> {
  const connection = await login(job, account, "roster");
  for (let n = 0; n < job.contacts; n++)
    await connection.ask(
      `<iq xmlns="jabber:client" type="set" id="s${n}"><query xmlns="jabber:iq:roster"><item jid="contact${n}@${job.domain}" name="Contact ${n}"><group>Friends</group></item></query></iq>`,
      `id="s${n}"`,
      `id='s${n}'`,
    );
  connection.end();
}

// Told by `measureIdle`: once to go on with all the others, once to end.
process.on("message", (order: string) => {
  if (order === "end") process.exit();
  void openMany(job.connections).then(() => process.send!("ready"));
});
process.on("disconnect", () => process.exit());

for (const account of job.accounts) await fillRoster(account);
await openMany(job.warm);
process.send!("ready");
