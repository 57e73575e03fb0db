package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.dlq.cli.Stand.Kind;
import io.stagepost.dlq.cli.Stand.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The guide to replays shows what the commands write, as {@link GuideTest} does. To write it anew,
 * run the test with {@code -Dgolden.write}.
 */
class ReplayGuideTest {
  private static final Path GUIDE = Path.of("../docs/dlq-replay.md");
  private static final Pattern CONSOLE = Pattern.compile("(?s)```console\n(.*?)```\n");

  /** A table may have cut it off. */
  private static final Pattern PLAN = Pattern.compile("plan [0-9a-f]{1,12}");

  private static final String HASH = "plan " + "0f".repeat(6);

  @TempDir private Path folder;

  @Test
  void shows_what_the_commands_write() throws IOException {
    String guide = Files.readString(GUIDE, UTF_8);
    StringBuilder written = new StringBuilder();
    try (Stand stand = new Stand(Kind.KAFKA, folder)) {
      stand.write(0, 8, 0);
      Matcher console = CONSOLE.matcher(guide);
      while (console.find()) {
        String block =
            console
                .group(1)
                .lines()
                .filter(line -> line.startsWith("$ dlq "))
                .map(line -> line + "\n" + run(stand, line.substring(6)))
                .collect(Collectors.joining());
        console.appendReplacement(
            written, Matcher.quoteReplacement("```console\n" + block + "```\n"));
      }
      console.appendTail(written);
    }
    if (System.getProperty("golden.write") != null) {
      Files.writeString(GUIDE, written, UTF_8);
    }
    assertThat(written.toString())
        .as("docs/dlq-replay.md; -Dgolden.write mends it")
        .isEqualTo(guide);
  }

  private static String run(Stand stand, String line) {
    List<String> words =
        Arrays.stream(line.split(" "))
            .map(word -> word.replace("orders.billing", stand.channel + ".billing"))
            .toList();
    String[] arguments = new String[words.size() + 1];
    words.subList(1, words.size()).toArray(arguments);
    arguments[arguments.length - 2] = "--width";
    arguments[arguments.length - 1] = "140";
    Result result = stand.dlq(words.get(0), arguments);
    assertThat(result.code()).as("%s: %s", line, result).isZero();
    return shown(stand, result.err() + result.out());
  }

  /** Without what is another in each run. */
  private static String shown(Stand stand, String out) {
    String plain = PLAN.matcher(out).replaceAll(hash -> HASH.substring(0, hash.group().length()));
    return plain
        .replace(stand.channel, "orders")
        .replaceAll("(?m)^\\d+/\\d+ \\w+, \\d+/s.*\n", "") // how far it is, now and then
        .replaceAll("\\d{8}-\\d{6}-[0-9a-f]{6}", "20261122-130000-1f2e3d")
        .replaceAll("edit-[0-9a-f]{8}", "edit-1f2e3d4c")
        .replaceAll("[0-9a-f]{64}", "0f".repeat(32))
        .replaceAll("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ", "2026-11-22T13:00:00Z")
        .replaceAll(
            "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "6f1c9a52-8d3e-4b7a-9c40-2e5d8b1f7a63");
  }
}
