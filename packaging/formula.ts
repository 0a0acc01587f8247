/** The Homebrew formula: the archives of a release, for the systems that Homebrew runs on. */

import { archiveName } from "./platforms.ts";
import { DESCRIPTION, LICENSE, RELEASE_URL, REPOSITORY, VERSION } from "./project.ts";

/** Homebrew's words for a system and a processor; its Linux has the GNU C library. */
const SYSTEMS = {
  on_macos: { on_arm: "darwin-arm64", on_intel: "darwin-x64" },
  on_linux: { on_arm: "linux-arm64", on_intel: "linux-x64" },
} as const;

/** `sums`: the SHA-256 of each archive, by its name; a platform without an archive is left out. */
export function formula(sums: Readonly<Record<string, string>>): string {
  const systems = Object.entries(SYSTEMS).flatMap(([system, processors]) => {
    const parts = Object.entries(processors).flatMap(([processor, platform]) => {
      const name = archiveName(platform);
      const sum = sums[name];
      if (sum === undefined) return [];
      return [
        `    ${processor} do`,
        `      url "${RELEASE_URL}/${name}"`,
        `      sha256 "${sum}"`,
        "    end",
      ];
    });
    return parts.length === 0 ? [] : [`  ${system} do`, ...parts, "  end", ""];
  });
  return `class Runspec < Formula
  desc "${DESCRIPTION}"
  homepage "https://github.com/${REPOSITORY}"
  version "${VERSION}"
  license "${LICENSE}"

${systems.join("\n")}
  # A program that Bun compiled carries its code behind the executable: to strip it would leave plain Bun.
  skip_clean "bin/runspec"

  def install
    bin.install "runspec"
    man1.install "runspec.1"
    generate_completions_from_executable(bin/"runspec", "completion")
  end

  test do
    assert_match "runspec #{version}", shell_output("#{bin}/runspec --version")
  end
end
`;
}
