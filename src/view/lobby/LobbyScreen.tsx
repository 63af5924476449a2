import { type ReactNode, useSyncExternalStore } from "react";
import { Frame, type FrameProps } from "../Frame.js";
import type { Theme } from "../theme.js";
import { lobbyLines } from "./lobby-lines.js";
import type { LobbyModel } from "./lobby-model.js";

export interface LobbyScreenProps {
  readonly model: LobbyModel;
  readonly theme: Theme;
  readonly place: FrameProps["place"];
}

/** The screen before a measurement. The one place where its state is read. */
export function LobbyScreen({ model, theme, place }: LobbyScreenProps): ReactNode {
  const view = useSyncExternalStore(model.subscribe, model.getSnapshot);
  return <Frame lines={lobbyLines(view, theme)} place={place} />;
}
