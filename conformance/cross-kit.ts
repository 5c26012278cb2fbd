// What a check across protocols works with: a kit of each.
import { JsonKit } from "./json-kit.ts";
import { MqttKit } from "./mqtt-kit.ts";
import type { Packet } from "./clients/mqtt-packets.ts";
import type { Kit } from "./requirement.ts";
import type { Target } from "./target.ts";
import { XmppKit } from "./xmpp-kit.ts";

export class CrossKit implements Kit {
  readonly mqtt: MqttKit;
  readonly xmpp: XmppKit;
  readonly json: JsonKit;

  constructor(target: Target) {
    this.mqtt = new MqttKit(target, 5);
    this.xmpp = new XmppKit(target, target.xmpp!);
    this.json = new JsonKit(target, target.json!.url);
  }

  user(index: number): string {
    return this.json.user(index);
  }

  async close(): Promise<void> {
    await Promise.all([this.mqtt.close(), this.xmpp.close(), this.json.close()]);
  }
}

/** The JSON event in a PUBLISH on a chat topic. */
export function eventIn(packet: Packet): Readonly<Record<string, unknown>> {
  return JSON.parse(packet.payload.toString()) as Record<string, unknown>;
}
