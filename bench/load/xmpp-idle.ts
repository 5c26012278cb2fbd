// Sessions that have logged in, asked for their roster, sent presence, and say nothing more.
import type { Login } from "../../conformance/target.ts";
import { idle, type IdleWork, jobOf } from "./worker.ts";
import { login, type XmppJob } from "./xmpp-client.ts";

export interface IdleSessionsJob extends XmppJob, IdleWork {
  readonly contacts: number;
}

/** Connecting at once. */
const width = 8;

const job = jobOf(process.argv) as IdleSessionsJob;

async function openOne(n: number): Promise<void> {
  const connection = await login(job, job.accounts[n % job.accounts.length]!, `idle${n}`);
  await connection.ask(`<iq xmlns="jabber:client" type="get" id="r"><query xmlns="jabber:iq:roster"/></iq>`, "<query");
  await connection.ask(`<presence xmlns="jabber:client"/>`, "<presence");
  connection.listen();
}

async function fillRoster(account: Login): Promise<void> {
  const connection = await login(job, account, "roster");
  for (let n = 0; n < job.contacts; n++)
    await connection.ask(
      `<iq xmlns="jabber:client" type="set" id="s${n}"><query xmlns="jabber:iq:roster"><item jid="contact${n}@${job.domain}" name="Contact ${n}"><group>Friends</group></item></query></iq>`,
      `id="s${n}"`,
      `id='s${n}'`,
    );
  connection.end();
}

for (const account of job.accounts) await fillRoster(account);
await idle(job, width, openOne);
