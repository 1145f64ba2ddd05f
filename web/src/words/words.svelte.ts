/** The language of the page and its theme; both are kept in the browser. */

import type { Theme } from "../map/palette";
import { de } from "./de";
import { en, type Words } from "./en";
import { fr } from "./fr";
import { zh } from "./zh";

export const LANGUAGES = { en: "English", zh: "简体中文", fr: "Français", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;
export const TABLES: Record<Language, Words> = { en, zh, fr, de };
export const LOCALES: Record<Language, string> = { en: "en-GB", zh: "zh-CN", fr: "fr-FR", de: "de-DE" };

function kept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // a browser that keeps nothing
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // it is asked again next time
  }
}

function firstLanguage(): Language {
  const wished = [kept("language"), ...navigator.languages.map((one) => one.slice(0, 2))];
  return (wished.find((one) => one !== null && one in TABLES) as Language | undefined) ?? "en";
}

class Choices {
  language = $state<Language>(firstLanguage());
  theme = $state<Theme>(
    (kept("theme") as Theme | null) ?? (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark"),
  );

  get locale(): string {
    return LOCALES[this.language];
  }

  speak(language: Language): void {
    this.language = language;
    keep("language", language);
  }

  toggleTheme(): void {
    this.theme = this.theme === "dark" ? "light" : "dark";
    keep("theme", this.theme);
  }
}

export const choices = new Choices();

/** A word in the language of the page. */
export function t(key: keyof Words): string {
  return TABLES[choices.language][key];
}
