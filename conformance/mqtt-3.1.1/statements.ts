// The normative statements of MQTT 3.1.1, Appendix B, and why some of them have no check of their own.

/** How many each section has; they are numbered from 1. ([MQTT-3-8.3-4] is printed so; here it is 3.8.3-4.) */
export const counts: Readonly<Record<string, number>> = {
  "1.5.3": 3,
  "2.2.2": 2,
  "2.3.1": 7,
  "3.1.0": 2,
  "3.1.2": 24,
  "3.1.3": 11,
  "3.1.4": 5,
  "3.2.0": 1,
  "3.2.2": 6,
  "3.3.1": 12,
  "3.3.2": 3,
  "3.3.4": 1,
  "3.3.5": 2,
  "3.6.1": 1,
  "3.8.1": 1,
  "3.8.3": 4,
  "3.8.4": 6,
  "3.9.3": 2,
  "3.10.1": 1,
  "3.10.3": 2,
  "3.10.4": 6,
  "3.12.4": 1,
  "3.14.1": 1,
  "3.14.4": 3,
  "4.1.0": 2,
  "4.2.0": 1,
  "4.3.1": 1,
  "4.3.2": 2,
  "4.3.3": 2,
  "4.4.0": 1,
  "4.5.0": 2,
  "4.6.0": 6,
  "4.7.1": 3,
  "4.7.2": 1,
  "4.7.3": 4,
  "4.8.0": 2,
  "6.0.0": 4,
};

/** Statements without a check, each with the reason. */
export const unchecked: Readonly<Record<string, string>> = {
  "[MQTT-3.1.2-23]": "binds the client: it sends PINGREQ",
  "[MQTT-4.5.0-2]": "binds the client: it acknowledges what it receives",
};
