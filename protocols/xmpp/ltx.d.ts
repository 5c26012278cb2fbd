// The part of `ltx` that we use; the package ships no types.
declare module "ltx" {
  export class Element {
    constructor(name: string, attrs?: string | Record<string, string>);
  }
}
