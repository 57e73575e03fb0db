package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.dlq.cli.Stand.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The script {@code bin/dlq}: from another folder, in pipes, with editors, and at a terminal. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ScriptTest {
  @TempDir private static Path root;
  private static Checkout checkout;

  @TempDir private Path folder;

  @BeforeAll
  static void build() throws Exception {
    checkout = new Checkout(root);
    // The first call makes the archive of classes, for as many calls as there are.
    assertThat(Cli.finish(checkout.dlq(Map.of(), "--version").start()).code()).isZero();
  }

  private static Cli.Result dlq(Stand stand, String... words) throws Exception {
    return Cli.finish(checkout.dlq(broker(stand), words).start());
  }

  private static Map<String, String> broker(Stand stand) {
    return Map.of("DLQ_BROKER", stand.url);
  }

  @ParameterizedTest
  @EnumSource
  void results_go_to_standard_output_and_the_rest_to_standard_error(Kind kind) throws Exception {
    try (Stand stand = new Stand(kind, folder)) {
      stand.write(0, 6, 0);
      String ledger = "--ledger=" + stand.channel + ".ledger";

      // A stream of RabbitMQ counts a little later what it has confirmed.
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () -> {
                Cli.Result listed =
                    dlq(stand, "ls", "--address", stand.letters, ledger, "--output", "csv");
                assertThat(listed.err()).isEmpty();
                assertThat(listed.code()).isZero();
                assertThat(listed.out()).contains(stand.letters + ",6,6,");
              });
      Cli.Result groups = dlq(stand, "groups", stand.letters, ledger, "--output", "ndjson");
      assertThat(groups.out().lines()).hasSize(2).anyMatch(line -> line.contains("no-stock"));
      assertThat(groups.err()).isEmpty();
      assertThat(groups.code()).isZero();
      String[] stock = {"replay", stand.letters, "--reason", "no-stock", ledger, "--output=json"};
      Cli.Result unasked = dlq(stand, stock);
      assertThat(unasked.out()).isEmpty();
      assertThat(unasked.err()).contains("SP-DLQ-110 ");
      assertThat(unasked.code()).isEqualTo(8);
      Cli.Result planned = dlq(stand, "plan", stand.letters, "--reason", "no-stock", ledger);
      assertThat(planned.code()).isZero();
      String run = planned.out().replaceAll("(?s).*--resume (\\S+).*", "$1");
      Cli.Result replayed =
          dlq(stand, "replay", "--resume", run, ledger, "--output", "json", "--yes");
      assertThat(replayed.code()).as(replayed.err()).isZero();
      JsonNode summary = JsonMapper.builder().build().readTree(replayed.out());
      assertThat(summary.toString()).contains("\"outcome\":\"done\"").contains(run);
      assertThat(replayed.err()).contains("letters       3, ");
      assertThat(new HashSet<>(stand.ids(stand.channel)))
          .containsExactlyInAnyOrder("e0", "e2", "e4");

      Cli.Result runs = dlq(stand, "runs", ledger, "--output", "csv");
      assertThat(runs.out()).contains(run + ",done,3,");
      assertThat(runs.err()).isEmpty();
      Cli.Result audit = dlq(stand, "audit", stand.letters, ledger, "--output", "csv");
      assertThat(audit.out()).contains(",replayed," + run + ",ada@test,");
      assertThat(audit.err()).isEmpty();
    }
  }

  @Test
  void what_is_wrong_is_told_by_exit_codes() throws Exception {
    try (Stand stand = new Stand(Kind.KAFKA, folder)) {
      stand.write(0, 1, 0);
      String ledger = "--ledger=" + stand.channel + ".ledger";
      Cli.Result none = dlq(stand, "groups", stand.letters, ledger, "--group", "00000000");
      assertThat(none.code()).isEqualTo(3);

      Cli.Result unknown = dlq(stand, "groups", stand.letters, "--grop", "1f2e3d4c");
      assertThat(unknown.out()).isEmpty();
      assertThat(unknown.err()).contains("--grop").contains("--group");
      assertThat(unknown.code()).isEqualTo(2);
      Cli.Result missing = dlq(stand, "groups", stand.channel + ".none", ledger);
      assertThat(missing.out()).isEmpty();
      assertThat(missing.err()).startsWith("dlq: SP-").contains(stand.channel + ".none");
      assertThat(missing.code()).isEqualTo(1);
    }
  }

  @Test
  void its_classes_come_from_the_archive() throws Exception {
    Path loaded = folder.resolve("loaded");
    Process java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:SharedArchiveFile=" + checkout.archive(),
                "-Xlog:class+load:file=" + loaded,
                "-cp",
                checkout.classPath(),
                DlqCommand.class.getName(),
                "--version")
            .start();
    assertThat(Cli.finish(java).code()).isZero();
    assertThat(Files.readAllLines(loaded))
        .anyMatch(line -> line.contains(DlqCommand.class.getName() + " source: shared objects"));
  }

  @Test
  void head_ends_it_quietly() throws Exception {
    try (Stand stand = new Stand(Kind.KAFKA, folder)) {
      stand.write(0, 2000, 0); // more than a pipe takes
      Cli.Result result =
          Cli.finish(
              checkout
                  .shell(
                      broker(stand),
                      "dlq peek "
                          + stand.letters
                          + " --limit 2000 --output ndjson | head -1; exit ${PIPESTATUS[0]}")
                  .start());
      assertThat(result.out().lines()).hasSize(1);
      assertThat(result.err()).isEmpty();
      assertThat(result.code()).isEqualTo(ExitCode.OUTPUT_CLOSED.number());
    }
  }

  @Test
  void an_editor_changes_a_letter_or_leaves_it_as_it_is() throws Exception {
    try (Stand stand = new Stand(Kind.KAFKA, folder)) {
      stand.write(stand.letter(0, 0, "{\"amount\":1}"));
      Cli.Result kept = edited(stand, checkout.editor("keeps", ":"));
      assertThat(kept.err()).contains("Nothing was changed.");
      assertThat(kept.code()).isEqualTo(8);
      Cli.Result failed = edited(stand, checkout.editor("fails", "echo '{}' > \"$1\"; exit 3"));
      assertThat(failed.err()).contains("SP-DLQ-112 ").contains("ended with 3");
      assertThat(failed.code()).isEqualTo(1);
      assertThat(stand.ids(stand.letters)).containsExactly("e0");

      Cli.Result changed = edited(stand, checkout.editor("changes", "sed -i s/1/2/ \"$1\""));
      assertThat(changed.code()).as(changed.err()).isZero();
      assertThat(stand.at(stand.letters)).hasSize(2);
      assertThat(stand.at(stand.letters))
          .anySatisfy(copy -> assertThat(copy.body()).asString(UTF_8).isEqualTo("{\"amount\":2}"));
    }
  }

  private static Cli.Result edited(Stand stand, String editor) throws Exception {
    Map<String, String> environment = Map.of("DLQ_BROKER", stand.url, "EDITOR", editor);
    String letter = Cli.run("peek", stand.letters, "--broker", stand.url, "--output", "csv").out();
    letter = letter.lines().skip(1).findFirst().orElseThrow().split(",", -1)[0];
    return Cli.finish(
        checkout
            .dlq(environment, "edit", letter, "--ledger", stand.channel + ".ledger", "--yes")
            .start());
  }

  // ---- at a terminal

  private static Pty onTerminal(Stand stand, int columns, String... words) throws IOException {
    String[] all = Arrays.copyOf(words, words.length + 2);
    all[words.length] = "--ledger";
    all[words.length + 1] = stand.channel + ".ledger";
    return checkout.onTerminal(broker(stand), columns, all);
  }

  @Test
  void whoever_sits_at_a_terminal_is_asked_and_sees_the_progress_in_forty_columns()
      throws Exception {
    try (Stand stand = new Stand(Kind.KAFKA, folder)) {
      stand.write(0, 40, 0);
      try (Pty terminal = onTerminal(stand, 40, "replay", stand.letters)) {
        terminal.awaitText("Replay 40 letters of " + stand.letters + ", to ");
        terminal.type("n\n");
        assertThat(terminal.exitCode()).as(terminal.shown()).isEqualTo(8);
        assertThat(terminal.shown()).contains("Nothing was done.");
      }
      assertThat(stand.ids(stand.channel)).isEmpty();
      try (Pty terminal = onTerminal(stand, 40, "replay", stand.letters, "--rate", "20/s")) {
        terminal.awaitText("Replay 40 letters of " + stand.letters + ", to ");
        terminal.type("y\n");
        assertThat(terminal.exitCode()).as(terminal.shown()).isZero();
        List<String> lines = terminal.lines();
        assertThat(lines.stream().filter(line -> line.contains("/40 replayed, ")))
            .hasSizeGreaterThan(2)
            .allSatisfy(line -> assertThat(line.length()).isLessThan(40));
        List<String> summary =
            lines.subList(lines.lastIndexOf(last(lines, "40/40 replayed")) + 1, lines.size());
        assertThat(summary)
            .isNotEmpty()
            .allSatisfy(line -> assertThat(line.length()).isLessThan(41));
      }
      assertThat(stand.ids(stand.channel)).hasSize(40);
    }
  }

  private static String last(List<String> lines, String text) {
    return lines.stream()
        .filter(line -> line.contains(text))
        .reduce((first, second) -> second)
        .orElseThrow(() -> new AssertionError("No " + text + " in " + lines));
  }

  @Test
  void ctrl_c_at_a_terminal_ends_a_run_in_order() throws Exception {
    try (Stand stand = new Stand(Kind.KAFKA, folder)) {
      stand.write(0, 500, 0);
      String run;
      try (Pty terminal =
          onTerminal(stand, 80, "replay", stand.letters, "--rate", "50/s", "--yes")) {
        terminal.awaitText("/500 replayed, ");
        terminal.type(String.valueOf(Pty.CTRL_C));
        assertThat(terminal.exitCode()).as(terminal.shown()).isEqualTo(130);
        assertThat(terminal.shown()).contains("It was interrupted. To go on: dlq replay --resume ");
        run = terminal.shown().replaceAll("(?s).*--resume (\\S+).*", "$1");
      }
      assertThat(stand.ids(stand.channel)).hasSizeLessThan(500);
      Cli.Result rest =
          dlq(stand, "replay", "--resume", run, "--ledger", stand.channel + ".ledger", "--yes");
      assertThat(rest.code()).as(rest.err()).isZero();
      assertThat(stand.ids(stand.channel))
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(0, 500).mapToObj(i -> "e" + i).toList());
    }
  }
}
