// The part of @xmpp/client 0.14 that the tests use; the package has no types of its own.
declare module "@xmpp/client" {
  import type { EventEmitter } from "node:events";

  export class Element {
    readonly name: string;
    readonly attrs: Record<string, string | undefined>;
    is(name: string, xmlns?: string): boolean;
    getChild(name: string, xmlns?: string): Element | undefined;
    getChildren(name: string, xmlns?: string): Element[];
    getChildText(name: string, xmlns?: string): string | null;
    text(): string;
  }

  export interface StreamManagement extends EventEmitter {
    enabled: boolean;
    id: string;
    requestAckDebounce: number;
  }

  export interface XmppClient extends EventEmitter {
    readonly status: string;
    readonly socket: { readonly socket: { terminate(): void } | null } | null;
    readonly streamManagement: StreamManagement;
    readonly reconnect: { stop(): void; reconnect(): Promise<void> };
    readonly iqCaller: { request(iq: Element, timeoutMs?: number): Promise<Element> };
    start(): Promise<unknown>;
    stop(): Promise<unknown>;
    send(element: Element): Promise<void>;
  }

  export function client(options: {
    readonly service: string;
    readonly domain: string;
    readonly resource: string;
    readonly username: string;
    readonly password: string;
    /** `<user-agent/>` (XEP-0388); made up when not given. */
    readonly userAgent?: Element;
    /** Logs in by a mechanism of the caller's choice. */
    readonly credentials?: (
      login: (
        credentials: { username: string; password: string },
        mechanism: string,
        userAgent?: Element,
      ) => Promise<void>,
    ) => Promise<void>;
  }): XmppClient;

  type Child = Element | string | undefined;
  export function xml(name: string, attrs?: Record<string, string | undefined>, ...children: Child[]): Element;
}
