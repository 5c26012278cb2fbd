declare module "xmlhttprequest-ssl" {
  const exported: {
    readonly XMLHttpRequest: new (options: { readonly xmlParser: (text: string) => unknown }) => object;
  };
  export = exported;
}
