// XEP-0202: the server's time, which is UTC everywhere.
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { stamp } from "../print.ts";
import type { XmppServer } from "../server.ts";

function answer({ core }: XmppServer): string {
  return `<time xmlns="${ns.time}"><tzo>+00:00</tzo><utc>${stamp(core.clock.now())}</utc></time>`;
}

export const entityTime: Feature = {
  spec: { id: "XEP-0202", title: "Entity Time", version: "2.0", status: "complete" },
  disco: [ns.time],
  iq: [
    {
      type: "get",
      name: "time",
      xmlns: ns.time,
      to: ["server"],
      answer: ({ server }) => answer(server),
      stranger: answer,
    },
  ],
};
