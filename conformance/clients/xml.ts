// One XML element as a WebSocket frame carries it, read strictly: what is ill-formed or not bound to a namespace fails.
import { SaxesParser } from "saxes";

export class Xml {
  readonly name: string;
  readonly xmlns: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: (Xml | string)[] = [];

  constructor(name: string, xmlns: string, attributes: Readonly<Record<string, string>>) {
    this.name = name;
    this.xmlns = xmlns;
    this.attributes = attributes;
  }

  get elements(): Xml[] {
    return this.children.filter((child) => typeof child !== "string");
  }

  get text(): string {
    return this.children.map((child) => (typeof child === "string" ? child : child.text)).join("");
  }

  is(name: string, xmlns?: string): boolean {
    return this.name === name && (xmlns === undefined || this.xmlns === xmlns);
  }

  /** The first child so named, in any namespace unless one is given. */
  child(name: string, xmlns?: string): Xml | undefined {
    return this.elements.find((child) => child.is(name, xmlns));
  }

  /** The first element of that namespace at any depth. */
  deep(name: string, xmlns?: string): Xml | undefined {
    for (const child of this.elements) {
      const found = child.is(name, xmlns) ? child : child.deep(name, xmlns);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  childText(name: string): string | undefined {
    return this.child(name)?.text;
  }

  toString(): string {
    const attributes = Object.entries(this.attributes).map(([name, value]) => ` ${name}="${escape(value)}"`);
    const inside = this.children.map((child) => (typeof child === "string" ? escape(child) : String(child))).join("");
    return `<${this.name} xmlns="${this.xmlns}"${attributes.join("")}>${inside}</${this.name}>`;
  }
}

/** RFC 7395 §3.3.3: a frame is one element, complete in itself; nothing is bound outside of it. */
export function readXml(frame: string): Xml {
  let root: Xml | undefined;
  const parser = treeParser(0, {
    element: (xml) => (root ??= xml),
  });
  parser.write(frame).close();
  if (root === undefined) throw new Error("no element");
  return root;
}

interface TreeEvents {
  /** An element on the level asked for, complete. */
  element(xml: Xml): void;
  /** An element around those, without its children. */
  around?(xml: Xml): void;
  /** The end of the outermost. */
  end?(): void;
}

/** RFC 6120 §4.2: a document of stanzas, which comes in pieces. The header is given as an element of its own. */
export class StreamReader {
  readonly #parser: SaxesParser<{ xmlns: true }>;

  constructor(events: { element(xml: Xml): void; end(): void }) {
    this.#parser = treeParser(1, { ...events, around: (xml) => events.element(xml) });
  }

  read(text: string): void {
    this.#parser.write(text);
  }
}

function treeParser(level: number, events: TreeEvents): SaxesParser<{ xmlns: true }> {
  const open: Xml[] = [];
  const parser = new SaxesParser({ xmlns: true });
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", (tag) => {
    const attributes: Record<string, string> = {};
    for (const { name, value } of Object.values(tag.attributes))
      if (!/^xmlns(:|$)/.test(name)) attributes[name] = value;
    const element = new Xml(tag.local, tag.uri, attributes);
    if (open.length > level) open.at(-1)!.children.push(element);
    else if (open.length < level) events.around?.(element);
    open.push(element);
  });
  parser.on("text", (text) => {
    if (open.length > level) open.at(-1)!.children.push(text);
  });
  parser.on("closetag", () => {
    const element = open.pop()!;
    if (open.length === level) events.element(element);
    else if (open.length === 0) events.end?.();
  });
  return parser;
}

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
