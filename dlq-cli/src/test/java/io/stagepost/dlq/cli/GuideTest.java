package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.dlq.cli.Scene.Broker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The guide shows what the command writes: every command in it is run, and what comes of it is
 * compared. To write the guide anew, run the test with {@code -Dgolden.write}.
 */
class GuideTest {
  private static final Path GUIDE = Path.of("../docs/dlq.md");
  private static final Pattern CONSOLE = Pattern.compile("(?s)```console\n(.*?)```\n");
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  @TempDir private Path folder;

  private final Scene scene = Scene.alone(Broker.KAFKA);

  @Test
  void shows_what_the_command_writes() throws IOException {
    String guide = Files.readString(GUIDE, UTF_8);
    StringBuilder written = new StringBuilder();
    Matcher console = CONSOLE.matcher(guide);
    while (console.find()) {
      StringBuilder block = new StringBuilder("```console\n");
      console
          .group(1)
          .lines()
          .filter(line -> line.startsWith("$ dlq "))
          .forEach(line -> block.append(line).append('\n').append(run(line.substring(6))));
      console.appendReplacement(written, Matcher.quoteReplacement(block + "```\n"));
    }
    console.appendTail(written);
    if (System.getProperty("golden.write") != null) {
      Files.writeString(GUIDE, written, UTF_8);
    }
    assertThat(written.toString()).as("docs/dlq.md; -Dgolden.write mends it").isEqualTo(guide);
  }

  private String run(String line) {
    List<String> args = new ArrayList<>();
    Matcher word = WORD.matcher(line);
    while (word.find()) {
      args.add(real(word.group(1) == null ? word.group(2) : word.group(1)));
    }
    args.addAll(List.of("--broker", scene.broker.url()));
    if (!args.get(0).equals("import")) {
      args.addAll(List.of("--ledger", scene.ledger));
    }
    if (!args.contains("csv")) {
      args.addAll(List.of("--width", "120"));
    }
    Cli.Result result = Cli.run(args.toArray(String[]::new));
    assertThat(result.err()).isEmpty();
    return shown(result.out());
  }

  /** What the guide's stand-ins are here. */
  private String real(String word) {
    return word.startsWith("letters.")
        ? folder.resolve(word).toString()
        : word.replace("payments.asyncapi.yaml", "src/test/resources/payments.asyncapi.yaml")
            .replace("orders.payments", scene.channel + ".payments");
  }

  /** Without what is another in each run. */
  private String shown(String out) {
    String same =
        out.replace("\r", "")
            .replace(scene.ledger, "stagepost.dlq-ledger")
            .replace(scene.channel, "orders")
            .replace(folder + "/", "")
            .replaceAll(
                "at \\S+:\\d+ answers, after \\d+ ms", "at localhost:9092 answers, after 12 ms")
            .replaceAll(
                "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?Z",
                "2026-11-22T13:00:00.123Z")
            .replaceAll(
                "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
                "6f1c9a52-8d3e-4b7a-9c40-2e5d8b1f7a63")
            .replaceAll("(?m)^BYTES +\\d+", "BYTES    1984")
            .replaceAll("[0-9a-f]{64}", "0f".repeat(32))
            .replaceAll(
                "(?s)(\nstack trace\n.*?\n +at [^(]+\\([^:]+:)\\d+\\).*", "$142)\n    ...\n");
    // An age takes the room that its column has.
    return Pattern.compile("(?<= )(?:\\d+m)?\\d+[sm](?= |$)( *)", Pattern.MULTILINE)
        .matcher(same)
        .replaceAll(
            age ->
                age.group(1).isEmpty()
                    ? "12s"
                    : String.format("%-" + age.group().length() + "s", "12s"));
  }
}
