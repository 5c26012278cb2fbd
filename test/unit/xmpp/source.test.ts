import assert from "node:assert/strict";
import fc from "fast-check";
import { parseFrame } from "../../../protocols/xmpp/codec.ts";
import { childrenOf, type Element } from "../../../protocols/xmpp/element.ts";
import { aloneOf, sourceOf } from "../../../protocols/xmpp/source.ts";

const limits = { size: 100_000, depth: 30, elements: 1000, attributes: 50, namespaces: 20 };
const namespaces = ["jabber:client", "urn:a", "urn:b"] as const;

describe("an element printed alone", () => {
  it("means the same wherever it stands, with all that is declared around it", () => {
    fc.assert(
      fc.property(fc.nat({ max: 3 ** 9 - 1 }), fc.constantFrom(...namespaces), (choices, within) => {
        const stanza = parseFrame(written(choices), limits)!;
        for (const element of below(stanza)) {
          const [again] = childrenOf(parseFrame(`<w xmlns="${within}">${aloneOf(element, within)}</w>`, limits)!);
          assert.deepEqual(meaningOf(again!), meaningOf(element));
        }
      }),
    );
  });

  it("takes a prefix along that the stanza declares, from anywhere within", () => {
    const iq = `<iq xmlns="jabber:client" xmlns:p="urn:p"><query xmlns="jabber:iq:private"><s xmlns="urn:s" p:a="1"><p:q/></s></query></iq>`;
    const [s] = childrenOf(childrenOf(parseFrame(iq, limits)!)[0]!);

    assert.equal(sourceOf(s!), `<s xmlns="urn:s" p:a="1" xmlns:p="urn:p"><p:q/></s>`);
  });
});

/** A stanza of three levels; what each of them declares and uses is up to the number. */
function written(choices: number): string {
  let left = choices;
  const choose = (): number => {
    const choice = left % 3;
    left = (left - choice) / 3;
    return choice;
  };
  const levels = Array.from({ length: 3 }, (_, level) => {
    const own = choose();
    const declared = choose();
    const xmlns = level === 0 ? ` xmlns="jabber:client"` : own === 0 ? "" : ` xmlns="${namespaces[own]}"`;
    const prefix = level === 0 ? ` xmlns:p="urn:p0"` : declared === 0 ? "" : ` xmlns:p="urn:p${level}"`;
    const name = choose() === 2 ? `p:n${level}` : `n${level}`;
    return { open: `<${name}${xmlns}${prefix} p:a="${level}">`, close: `</${name}>` };
  });
  return `${levels.map(({ open }) => open).join("")}x<p:y/>${levels.map(({ close }) => close).reverse().join("")}`; // prettier-ignore
}

function below(element: Element): Element[] {
  return childrenOf(element).flatMap((child) => [child, ...below(child)]);
}

/** Names and attributes with their namespaces instead of prefixes. */
function meaningOf(element: Element): unknown {
  const attributes = Object.entries(element.attrs).filter(([name]) => !/^xmlns(:|$)/.test(name));
  return [
    element.getName(),
    element.getNS(),
    attributes.map(([name, value]) => [name.includes(":") ? `${prefixOf(element)} ${name}` : name, value]),
    element.children.map((child) => (typeof child === "string" ? child : meaningOf(child))),
  ];
}

function prefixOf(element: Element | null): string | undefined {
  return element === null ? undefined : (element.attrs["xmlns:p"] ?? prefixOf(element.parent));
}
