// The names of chat states (XEP-0085 §2), which are the core's own.
import type { TypingState } from "#core";

const states: Readonly<Record<string, TypingState>> = {
  active: "active",
  composing: "composing",
  paused: "paused",
  inactive: "inactive",
  gone: "gone",
};

export function stateOf(name: string): TypingState | undefined {
  return Object.hasOwn(states, name) ? states[name] : undefined;
}
