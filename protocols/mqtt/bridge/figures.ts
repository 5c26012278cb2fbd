// What /metrics tells of each bridge.
import { type Counter, counter, type Gauge, gauge } from "#core";

export interface Figures {
  readonly connected: Gauge;
  readonly lost: Counter;
  readonly sent: Counter;
  readonly received: Counter;
  readonly rings: Counter;
  readonly refused: Counter;
}

export function figuresOf(bridge: string): Figures {
  const labels = { bridge };
  return {
    connected: gauge("trivium_bridge_connected", "1 while a bridge is connected to its remote broker", labels),
    lost: counter("trivium_bridge_lost_total", "Connections to the remote that failed or ended", labels),
    sent: counter("trivium_bridge_sent_total", "Publications that the remote has", labels),
    received: counter("trivium_bridge_received_total", "Publications that came from the remote", labels),
    rings: counter(
      "trivium_bridge_rings_total",
      "Publications that had been here before, and were not carried",
      labels,
    ),
    refused: counter("trivium_bridge_refused_total", "Publications that one side refused, and were dropped", labels),
  };
}
