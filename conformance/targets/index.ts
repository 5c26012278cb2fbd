import { startEjabberd } from "./ejabberd.ts";
import { startMosquitto } from "./mosquitto.ts";
import { startProsody } from "./prosody.ts";
import { startTrivium } from "./trivium.ts";
import type { Started } from "./started.ts";

/** Servers that can be started here to be judged. */
export const peers: Readonly<Record<string, () => Promise<Started>>> = {
  trivium: startTrivium,
  mosquitto: startMosquitto,
  prosody: startProsody,
  ejabberd: () => startEjabberd(),
};
