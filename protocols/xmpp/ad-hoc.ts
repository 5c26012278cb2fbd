// What an ad-hoc command is (XEP-0050): a form perhaps, and what is done with it.
import type { DataForm, FormField } from "./data-form.ts";
import type { XmppServer } from "./server.ts";
import type { XmppSession } from "./session.ts";

export interface Command {
  readonly node: string;
  readonly name: string;
  /** Whether this client sees it, and may use it. */
  allowed(session: XmppSession): boolean;
  /** What is asked first; undefined: nothing. */
  readonly fields?: readonly FormField[] | ((session: XmppSession) => Promise<readonly FormField[]>) | undefined;
  /** FORM_TYPE of what is asked and answered (XEP-0068). */
  readonly about: string;
  run(session: XmppSession, form: DataForm): Promise<Outcome>;
}

export interface Outcome {
  readonly note?: string | undefined;
  /** It was not done, and the note says why (§2.2: a note of type `error`). */
  readonly failed?: boolean | undefined;
  readonly fields?: readonly FormField[] | undefined;
  /** XML that stands in the form behind its fields. */
  readonly extra?: string | undefined;
}

export function commandsOf(server: XmppServer): readonly Command[] {
  return server.dispatch.features.flatMap((feature) => feature.commands ?? []);
}
