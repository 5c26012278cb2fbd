// Every file that is made from code, by its path in the project.
import { generatedFiles } from "../ops/reference.ts";
import { faultsPage } from "./faults-page.ts";
import { doap, specsPage } from "./xmpp-specs.ts";

export function generatedPages(): Readonly<Record<string, string>> {
  return {
    ...generatedFiles(),
    "docs/reference/faults.md": faultsPage(),
    "docs/compliance/xmpp-specifications.md": specsPage(),
    "docs/trivium.doap": doap(),
  };
}
