// XEP-0050: commands of the server, found by disco and filled in as forms.
import { randomBytes } from "node:crypto";
import { type Command, commandsOf, type Outcome } from "../ad-hoc.ts";
import { aboutForm, type DataForm, formIn, printForm, type FormField } from "../data-form.ts";
import { detailOf, StanzaError } from "../faults.ts";
import type { Feature, IqRequest } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute, escapeText } from "../print.ts";
import type { XmppSession } from "../session.ts";
import { slot } from "../slot.ts";

/** Commands begun, by their session ids; `ended` in the place of one that is over. Those go first when there are many, then the oldest. */
const begun = slot(() => new Map<string, Command | "ended">());

const mostBegun = 20;

export const commands: Feature = {
  spec: { id: "XEP-0050", title: "Ad-Hoc Commands", version: "1.3.0", status: "complete" },
  disco: [ns.commands],
  iq: [{ type: "set", name: "command", xmlns: ns.commands, to: ["server", "own"], answer: command }],
};

/** §3.1: those that this client may use, at the host, or at its own account as well: some ask there. */
export function commandItems(session: XmppSession, at: string): string {
  const items = commandsOf(session.server)
    .filter((each) => each.allowed(session))
    .map(({ node, name }) => `<item${attribute("jid", at)}${attribute("node", node)}${attribute("name", name)}/>`);
  return `<query xmlns="${ns.discoItems}" node="${ns.commands}">${items.join("")}</query>`;
}

/** §2.2: undefined for a node that is no command. */
export function commandInfo(session: XmppSession, node: string): string | undefined {
  if (node === ns.commands)
    return `<query xmlns="${ns.discoInfo}" node="${node}"><identity category="automation" type="command-list"/></query>`;
  const found = commandsOf(session.server).find((each) => each.node === node);
  if (found === undefined) return undefined;
  // §2.2: "If the command is not available to the requester, the responder SHOULD respond with a 403 "Forbidden" error."
  if (!found.allowed(session)) throw new StanzaError("forbidden", "not for this account");
  return (
    `<query xmlns="${ns.discoInfo}"${attribute("node", node)}><identity category="automation" type="command-node"${attribute("name", found.name)}/>` +
    `<feature var="${ns.commands}"/><feature var="${ns.dataForms}"/></query>`
  );
}

async function command(session: XmppSession, { payload }: IqRequest): Promise<string> {
  const { node, action = "execute", sessionid } = payload.attrs;
  const found = commandsOf(session.server).find((each) => each.node === node);
  if (found === undefined) throw new StanzaError("item-not-found", "no such command");
  if (!found.allowed(session)) throw new StanzaError("forbidden", "not for this account"); // §4.4
  if (!["execute", "complete", "next", "prev", "cancel"].includes(action)) throw bad("malformed-action");
  if (sessionid === undefined) {
    if (action !== "execute") throw bad("bad-action");
    const { fields } = found;
    if (fields !== undefined) return ask(session, found, typeof fields === "function" ? await fields(session) : fields);
    return finished(found, newId(), await found.run(session, { type: "submit", fields: [] }));
  }
  // §3.4: `execute` on the way is what the form says it is, here the end.
  const known = begun(session).get(sessionid);
  // §4.4: "a sessionid that is no longer active (either because it was completed, canceled, or timed out)".
  if (known === "ended") throw new StanzaError("not-allowed", "it is over", detailOf("session-expired", ns.commands));
  if (known !== found) throw bad("bad-sessionid");
  if (action === "prev") throw bad("bad-action"); // there is one step
  const form = action === "cancel" ? undefined : submitted(payload);
  begun(session).set(sessionid, "ended");
  if (form === undefined) return print(found, sessionid, "canceled", "");
  return finished(found, sessionid, await found.run(session, form));
}

function ask(session: XmppSession, asked: Command, fields: readonly FormField[]): string {
  const open = begun(session);
  if (open.size >= mostBegun) {
    const over = [...open].find(([, known]) => known === "ended");
    open.delete(over?.[0] ?? open.keys().next().value!);
  }
  const id = newId();
  open.set(id, asked);
  const form = printForm({ type: "form", title: asked.name, fields: [aboutForm(asked.about), ...fields] });
  return print(asked, id, "executing", `<actions execute="complete"><complete/></actions>${form}`);
}

function submitted(payload: IqRequest["payload"]): DataForm {
  const form = formIn(payload);
  // §3.5.1: "Responders SHOULD consider any <x type='cancel'/> to be <x type='submit'/>."
  if (form === undefined || (form.type !== "submit" && form.type !== "cancel")) throw bad("bad-payload");
  return { ...form, type: "submit" };
}

function finished(done: Command, id: string, { note, failed, fields, extra = "" }: Outcome): string {
  const said =
    note === undefined ? "" : `<note type="${failed === true ? "error" : "info"}">${escapeText(note)}</note>`;
  const result =
    fields === undefined
      ? ""
      : printForm({ type: "result", title: done.name, fields: [aboutForm(done.about), ...fields] }, extra);
  return print(done, id, "completed", said + result);
}

function print({ node }: Command, id: string, status: string, inner: string): string {
  return `<command xmlns="${ns.commands}"${attribute("node", node)} sessionid="${id}" status="${status}">${inner}</command>`;
}

/** §4.4. */
function bad(condition: "malformed-action" | "bad-action" | "bad-payload" | "bad-sessionid"): StanzaError {
  return new StanzaError("bad-request", condition, detailOf(condition, ns.commands));
}

function newId(): string {
  return randomBytes(12).toString("base64url");
}
