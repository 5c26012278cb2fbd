// A room full of XMPP clients: one speaks, everybody hears, with a window of messages that not all have heard.
import { jobOf, work, type Traffic } from "./worker.ts";
import { fillRoom, type RoomJob, wordsTo } from "./xmpp-occupants.ts";

/** One round of messages in so many is timed. */
const every = 4;

async function connect(job: RoomJob): Promise<Traffic> {
  const { address, occupants } = await fillRoom(job);
  const owner = occupants[0]!;
  let delivered = 0;
  let sent = 0;
  const latencies: number[] = [];
  const times: number[] = [];
  const bytes = owner.bytesOf(wordsTo(address, job));
  const pump = (): void => {
    for (; sent - delivered / occupants.length < job.inFlight; sent++) {
      owner.write(bytes);
      times.push(performance.now());
    }
  };
  for (const connection of occupants) {
    connection.listen(() => {
      if (++delivered % occupants.length !== 0) return;
      const began = times.shift()!;
      if (delivered % (occupants.length * every) === 0) latencies.push(performance.now() - began);
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
