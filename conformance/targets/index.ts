import { startAedes } from "./aedes.ts";
import { startEjabberd } from "./ejabberd.ts";
import { startMosquitto } from "./mosquitto.ts";
import { startProsody } from "./prosody.ts";
import { startTrivium } from "./trivium.ts";
import type { Started, StartOptions } from "./started.ts";

/** Servers that can be started here to be judged. */
export const peers: Readonly<Record<string, (options?: StartOptions) => Promise<Started>>> = {
  trivium: startTrivium,
  mosquitto: startMosquitto,
  aedes: startAedes,
  prosody: startProsody,
  ejabberd: startEjabberd,
};
