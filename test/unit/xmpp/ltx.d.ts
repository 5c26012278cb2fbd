// The part of `ltx` that the tests use; the package ships no types.
declare module "ltx" {
  export function parse(xml: string): { readonly attrs: Record<string, string>; getText(): string };
}
