// What went in and out since the start, for `$SYS`. Plain numbers that the hot path adds to; read when they are reported.

export class Traffic {
  /** Connections begun. */
  sockets = 0;
  /** CONNECT packets. */
  connects = 0;
  bytesReceived = 0;
  bytesSent = 0;
  /** Packets of every kind. */
  packetsReceived = 0;
  packetsSent = 0;
  publishesReceived = 0;
  publishesSent = 0;
  /** Of the publishes' payloads. */
  payloadReceived = 0;
  payloadSent = 0;
  /** Most clients that were connected at once. */
  mostClients = 0;
}
