// XEP-0402: bookmarks are items of a private node (XEP-0223); clients of XEP-0048 see them in private XML (bookmarks.ts).
import type { Feature } from "../feature.ts";

export const bookmarks: Feature = {
  spec: { id: "XEP-0402", title: "PEP Native Bookmarks", version: "1.1.3", status: "complete" },
};
