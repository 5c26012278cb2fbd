// Logins with SCRAM, one after the other on each of some lines: connect, authenticate, bind, leave.
import { jobOf, work, type Traffic } from "./worker.ts";
import { bind, dial, scram, type XmppJob } from "./xmpp-client.ts";

export interface LoginJob extends XmppJob {
  readonly lines: number;
}

async function connect(job: LoginJob): Promise<Traffic> {
  let delivered = 0;
  const latencies: number[] = [];
  const line = async (n: number): Promise<void> => {
    for (let turn = 0; ; turn++) {
      const began = performance.now();
      const connection = await dial(job);
      await connection.open();
      await scram(connection, job.accounts[(n + turn * job.lines) % job.accounts.length]!);
      await bind(connection, `line${n}`);
      connection.end();
      delivered++;
      latencies.push(performance.now() - began);
    }
  };
  return {
    begin: () => {
      for (let n = 0; n < job.lines; n++) void line(n); // ends with the process
    },
    get delivered() {
      return delivered;
    },
    takeLatencies: () => latencies.splice(0),
  };
}

await work(connect(jobOf(process.argv) as LoginJob));
