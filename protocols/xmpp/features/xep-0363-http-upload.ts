// XEP-0363: places for files, which travel by HTTP.
import { Fault, type UploadSlot } from "#core";
import type { Jid } from "../addressing.ts";
import { aboutForm, printForm } from "../data-form.ts";
import { infoOf, itemsOf, refuseNode } from "../disco-answers.ts";
import type { Element } from "../element.ts";
import { detailOf, StanzaError } from "../faults.ts";
import type { Feature, Service } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute, escapeText } from "../print.ts";
import { serviceQuestion } from "../service-question.ts";
import type { XmppSession } from "../session.ts";

const service: Service = {
  domain: (server) => `upload.${server.host}`,
  name: "Files",
  message: () => {
    throw new StanzaError("service-unavailable", "nobody reads messages to the service");
  },
  presence: () => undefined,
  iq,
};

export const httpUpload: Feature = {
  spec: { id: "XEP-0363", title: "HTTP File Upload", version: "1.1.0", status: "complete" },
  service,
};

function iq(session: XmppSession, stanza: Element, to: Jid): void | Promise<void> {
  const question = serviceQuestion(stanza, to);
  if (question === undefined) return;
  const { payload, asked } = question;
  if (asked === `get ${ns.discoInfo} query`) return session.answer(stanza, info(session, { payload }));
  if (asked === `get ${ns.discoItems} query`) {
    refuseNode({ payload });
    return session.answer(stanza, itemsOf([]));
  }
  if (asked === `get ${ns.ping} ping`) return session.answer(stanza, undefined);
  if (asked === `get ${ns.upload} request`) return session.answer(stanza, slot(session, payload));
  throw new StanzaError("service-unavailable", "no such question");
}

/** §3. */
function info(session: XmppSession, iq: { readonly payload: Element }): string {
  refuseNode(iq);
  const { uploads } = session.server.core;
  const limits = printForm({
    type: "result",
    fields: [aboutForm(ns.upload), { var: "max-file-size", values: [`${uploads?.maxBytes ?? 0}`] }],
  });
  const features = [ns.discoInfo, ns.discoItems, ns.ping, ns.upload];
  return infoOf([{ category: "store", type: "file", name: "Files" }], features, limits);
}

/** §4. */
async function slot(session: XmppSession, request: Element): Promise<string> {
  const { filename, size, "content-type": type } = request.attrs;
  if (
    filename === undefined ||
    filename === "" ||
    /[/\\\0]/.test(filename) ||
    size === undefined ||
    !/^\d{1,15}$/.test(size)
  )
    throw new StanzaError("bad-request", "a name and a size");
  const { uploads } = session.server.core;
  if (uploads === undefined) throw new StanzaError("service-unavailable", "no files here");
  try {
    return print(await uploads.slot(session.user, { name: filename, bytes: Number(size), type }));
  } catch (error) {
    throw error instanceof Fault ? refusal(error, uploads.maxBytes) : error;
  }
}

function print({ put, get }: UploadSlot): string {
  return `<slot xmlns="${ns.upload}"><put${attribute("url", put)}/><get${attribute("url", get)}/></slot>`;
}

/** §5. */
function refusal(fault: Fault, maxBytes: number): Fault {
  if (fault.code === "too-large")
    return new StanzaError(
      "not-acceptable",
      "too large",
      `<file-too-large xmlns="${ns.upload}"><max-file-size>${escapeText(`${maxBytes}`)}</max-file-size></file-too-large>`,
    );
  if (fault.code === "quota-exceeded")
    return new StanzaError("resource-constraint", "no more room", detailOf("retry", ns.upload));
  return fault;
}
