// Why somebody may not do with a node what he asked for: finer than a fault's code, as XEP-0060 tells them apart.
import { Fault, type FaultCode } from "../model/fault.ts";

export const nodeRefusals = {
  "no-node": "not-found",
  "no-item": "not-found",
  taken: "conflict",
  "not-allowed": "forbidden",
  outcast: "forbidden",
  "needs-presence": "unauthorized",
  "needs-group": "unauthorized",
  "not-on-whitelist": "forbidden",
  "not-subscribed": "unauthorized",
  "no-subscription": "bad-request",
  "wrong-subscription": "bad-request",
  pending: "unauthorized",
  "condition-not-met": "conflict",
  "too-many-nodes": "quota-exceeded",
  "too-many-members": "quota-exceeded",
  "too-much-kept": "quota-exceeded",
  "payload-too-big": "too-large",
  "name-too-long": "too-large",
  "not-persistent": "unsupported",
  "no-owner-left": "conflict",
} as const satisfies Record<string, FaultCode>;

export type NodeRefusalReason = keyof typeof nodeRefusals;

export class NodeRefusal extends Fault {
  readonly why: NodeRefusalReason;

  constructor(why: NodeRefusalReason) {
    super(nodeRefusals[why], `node: ${why}`);
    this.why = why;
  }
}
