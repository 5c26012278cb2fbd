// A large room: some of its occupants speak in turn, everybody hears; in bursts, so that it need be filled only once.
import { type Bursts, jobOf, workInBursts } from "./worker.ts";
import { fillRoom, type RoomJob, wordsTo } from "./xmpp-occupants.ts";

const speakers = 5;

async function connect(job: RoomJob): Promise<Bursts> {
  const { address, occupants } = await fillRoom(job);
  const words = occupants[0]!.bytesOf(wordsTo(address, job));
  let delivered = 0;
  let sent = 0;
  let until = 0;
  let latencies: number[] = [];
  let done = (): void => {};
  const times: number[] = [];
  const pump = (): void => {
    const heard = delivered / occupants.length;
    for (; sent - heard < job.inFlight && performance.now() < until; sent++) {
      occupants[sent % speakers]!.write(words);
      times.push(performance.now());
    }
    if (heard === sent) done();
  };
  for (const connection of occupants) {
    connection.listen(() => {
      if (++delivered % occupants.length === 0) latencies.push(performance.now() - times.shift()!);
    }, pump);
  }
  return {
    burst: async (forMs) => {
      const before = delivered;
      until = performance.now() + forMs;
      latencies = [];
      await new Promise<void>((resolve) => {
        done = resolve;
        pump();
      });
      done = () => {};
      return { delivered: delivered - before, latencies };
    },
  };
}

await workInBursts(connect(jobOf(process.argv) as RoomJob));
