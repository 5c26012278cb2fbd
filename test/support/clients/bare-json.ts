import { WebSocket } from "ws";

/** A whole chat client: logs in, pairs replies with commands, acknowledges what it is shown. The text is in docs/, too. */
export function openChat(url: string, login: object, heard: (event: any) => void) {
  const socket = new WebSocket(url, "trivium.v1.json");
  const replies: ((reply: any) => void)[] = [];
  const tell = (command: object) => socket.send(JSON.stringify(command));
  const ask = (command: object) => new Promise<any>((replied) => tell({ id: replies.push(replied) - 1, ...command }));
  socket.on("message", (frame) => {
    for (const line of String(frame).split("\n")) {
      const event = JSON.parse(line);
      if (event.type === "hello") void ask({ type: "auth", ...login }).then(heard);
      else if (event.re !== undefined) replies[event.re]?.(event);
      else if (event.type === undefined) tell({}); // a beat
      else heard(event);
      if (event.type === "message") tell({ type: "ack", c: event.c, s: event.s, mark: "delivered" });
    }
  });
  return { socket, ask };
}
