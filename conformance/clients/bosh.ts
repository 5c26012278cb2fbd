// A BOSH session (XEP-0124) as a check drives it: each request by hand, numbered; each answer read strictly.
import { randomInt } from "node:crypto";
import { Agent as PlainAgent, request as plain, type IncomingHttpHeaders } from "node:http";
import { Agent as SecureAgent, request as secure } from "node:https";
import { text } from "node:stream/consumers";
import { readXml, type Xml } from "./xml.ts";
import { ns } from "./xmpp-namespaces.ts";

export interface BoshAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As it came. */
  readonly raw: string;
  readonly body: Xml;
}

/** How long an answer may take: longer than any request is held. */
const patienceMs = 90_000;

export class BoshSession {
  sid = "";
  /** Of the last request. */
  rid = randomInt(2 ** 40);
  readonly #url: string;
  readonly #agent: PlainAgent;

  constructor(url: string) {
    this.#url = url;
    const options = { keepAlive: true, rejectUnauthorized: false };
    this.#agent = url.startsWith("https:") ? new SecureAgent(options) : new PlainAgent(options);
  }

  /** §7.1; with these attributes besides. */
  async create(domain: string, attributes = "hold='1' wait='10'"): Promise<BoshAnswer> {
    const answer = await this.request(`to='${domain}' ver='1.6' xml:lang='en' xmpp:version='1.0' ${attributes}`);
    this.sid = answer.body.attributes["sid"] ?? "";
    return answer;
  }

  /** The next request. */
  request(attributes = "", payloads = ""): Promise<BoshAnswer> {
    return this.numbered(++this.rid, attributes, payloads);
  }

  /** A request of that number. */
  numbered(rid: number, attributes = "", payloads = ""): Promise<BoshAnswer> {
    const sid = this.sid === "" ? "" : ` sid='${this.sid}'`;
    return this.post(
      `<body xmlns='${ns.httpBind}' xmlns:xmpp='urn:xmpp:xbosh' rid='${rid}'${sid} ${attributes}>${payloads}</body>`,
    );
  }

  async post(body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<BoshAnswer> {
    const answer = await this.#exchange(Buffer.from(body), headers);
    const read = readXml(answer.raw);
    // §6: "The <body/> wrapper MUST NOT contain any XML character data"
    if (
      !read.is("body", ns.httpBind) ||
      read.children.some((child) => typeof child === "string" && child.trim() !== "")
    )
      throw new Error(`the server answered with what is no <body/> of XEP-0124: ${answer.raw.slice(0, 300)}`);
    return { ...answer, body: read };
  }

  /** Cuts what is open, as a failed network would. */
  cut(): void {
    this.#agent.destroy();
  }

  #exchange(body: Buffer, headers: Readonly<Record<string, string>>): Promise<Omit<BoshAnswer, "body">> {
    return new Promise((resolve, reject) => {
      const sent = (this.#url.startsWith("https:") ? secure : plain)(this.#url, {
        method: "POST",
        headers: { "content-type": "text/xml; charset=utf-8", "content-length": `${body.length}`, ...headers },
        agent: this.#agent,
        timeout: patienceMs,
      });
      sent.on("timeout", () => sent.destroy(new Error(`no answer for ${patienceMs} ms`)));
      sent.on("error", reject);
      sent.on("response", (answer) => {
        const { statusCode: status = 0, headers: answered } = answer;
        text(answer).then((raw) => resolve({ status, headers: answered, raw }), reject);
      });
      sent.end(body);
    });
  }
}

/** How an answer ends the session, if it does: `terminate`, with the condition where there is one. */
export function endOf({ body }: BoshAnswer): string | undefined {
  const { type, condition } = body.attributes;
  return type === "terminate" ? (condition ?? "terminate") : undefined;
}
