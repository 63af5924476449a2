import { invalidRequest } from "./refusal.js";
import { checkText } from "./service.js";
import type { Page } from "./store/page.js";

/** Clients send "" for what they do not ask for. */
export function textOfQuery(query: URLSearchParams, name: string): string {
  const text = query.get(name) ?? "";
  checkText(text, name);
  return text;
}

/** @throws Refusal VALIDATION_ERROR */
export function pageOfQuery(query: URLSearchParams, limit: number): Page {
  return { limit: countOf(query, "Limit", limit), offset: countOf(query, "Offset", 0) };
}

function countOf(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name) ?? "";
  if (text === "" || text === "null") return otherwise;
  if (!/^\d{1,9}$/.test(text)) throw invalidRequest(`${name} is no whole number.`);
  return Number(text);
}
