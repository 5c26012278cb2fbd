// The part of `@xmpp/xml` that we use: the elements of `ltx`, as XMPP.js has them. The package ships no types.
declare module "@xmpp/xml" {
  export class Element {
    constructor(name: string, attrs?: string | Record<string, string>);
  }
}
