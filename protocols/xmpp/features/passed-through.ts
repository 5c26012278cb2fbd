// What is between clients, and needs of a server only that it passes as it is: nothing here but that it is so.
import type { Feature } from "../feature.ts";

const specs = [
  ["XEP-0083", "Nested Roster Groups", "1.0"],
  ["XEP-0084", "User Avatar", "1.1.4"],
  ["XEP-0107", "User Mood", "1.2.1"],
  ["XEP-0118", "User Tune", "1.2.1"],
  ["XEP-0166", "Jingle", "1.1.2"],
  ["XEP-0167", "Jingle RTP Sessions", "1.2.1"],
  ["XEP-0172", "User Nickname", "1.1"],
  ["XEP-0176", "Jingle ICE-UDP Transport Method", "1.1.1"],
  ["XEP-0201", "Best Practices for Message Threads", "1.0"],
  ["XEP-0221", "Data Forms Media Element", "1.0"],
  ["XEP-0223", "Persistent Storage of Private Data via PubSub", "1.1.1"],
  ["XEP-0231", "Bits of Binary", "1.0.1"],
  ["XEP-0245", "The /me Command", "1.0"],
  ["XEP-0249", "Direct MUC Invitations", "1.2"],
  ["XEP-0320", "Use of DTLS-SRTP in Jingle Sessions", "1.0.0"],
  ["XEP-0380", "Explicit Message Encryption", "0.4.0"],
  ["XEP-0384", "OMEMO Encryption", "0.8.3"],
  ["XEP-0393", "Message Styling", "1.1.1"],
  ["XEP-0446", "File metadata element", "0.2.0"],
  ["XEP-0447", "Stateless file sharing", "0.3.0"],
  ["XEP-0490", "Message Displayed Synchronization", "1.0.0"],
] as const;

export const passedThrough: readonly Feature[] = specs.map(([id, title, version]) => ({
  spec: { id, title, version, status: "complete", note: "between clients: passed as it is" },
}));
