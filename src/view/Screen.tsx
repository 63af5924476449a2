import { type ReactNode, useSyncExternalStore } from "react";
import { Frame, type FrameProps } from "./Frame.js";
import { screenLines } from "./screen-lines.js";
import type { Theme } from "./theme.js";
import type { ViewModel } from "./view-model.js";

export interface ScreenProps {
  readonly model: ViewModel;
  readonly title: string;
  readonly theme: Theme;
  readonly place: FrameProps["place"];
}

/** The dashboard. The one place where its state is read. */
export function Screen({ model, title, theme, place }: ScreenProps): ReactNode {
  const state = useSyncExternalStore(model.subscribe, model.getSnapshot);
  return <Frame lines={screenLines(state, title, theme)} place={place} />;
}
