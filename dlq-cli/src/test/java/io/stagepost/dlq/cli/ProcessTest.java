package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.dlq.Archive;
import io.stagepost.dlq.cli.Scene.Broker;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as a process of its own. */
class ProcessTest {
  @TempDir private Path folder;

  @Test
  void the_broker_comes_from_the_environment_and_nothing_else_is_written() throws Exception {
    Scene scene = Scene.at(Broker.KAFKA);
    ProcessBuilder command = Cli.process("peek", scene.address, "--reason", "no-stock");
    command.environment().put("DLQ_BROKER", scene.broker.url());
    Cli.Result result = Cli.finish(command.start());
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(result.out().lines()).hasSize(5);
    assertThat(result.out()).doesNotContain("\u001b");
  }

  @Test
  void colours_and_columns_are_those_of_the_environment() throws Exception {
    Scene scene = Scene.at(Broker.KAFKA);
    ProcessBuilder command = Cli.process("groups", scene.address, "--color", "always");
    command.environment().put("DLQ_BROKER", scene.broker.url());
    command.environment().put("COLUMNS", "40");
    Cli.Result result = Cli.finish(command.start());
    assertThat(result.out()).contains("\u001b[1m");
    assertThat(result.out().lines().map(line -> line.replaceAll("\u001b\\[\\d+m", "")))
        .allSatisfy(line -> assertThat(line.length()).isLessThan(41));
  }

  @Test
  void a_reader_that_has_enough_ends_it_quietly() throws IOException, InterruptedException {
    Scene scene = Scene.at(Broker.KAFKA);
    for (ProcessBuilder command :
        List.of(
            Cli.process(
                "show", scene.address + "@0-0", "--output", "csv", "--broker", Broker.KAFKA.url()),
            Cli.process("peek", "--help"))) {
      Process process = command.start();
      process.getInputStream().close(); // before anything is written: nobody reads
      String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
      assertThat(process.waitFor()).isEqualTo(ExitCode.OUTPUT_CLOSED.number());
      assertThat(err).isEmpty();
    }
  }

  @Test
  void a_full_disk_is_told_and_is_no_closed_output() throws Exception {
    Scene scene = Scene.at(Broker.KAFKA);
    for (ProcessBuilder command :
        List.of(
            Cli.process("export", scene.address, "-o", "-", "--broker", Broker.KAFKA.url()),
            Cli.process("peek", "--help"))) {
      Cli.Result full = Cli.finish(command.redirectOutput(new File("/dev/full")).start());
      assertThat(full.code()).as(full.err()).isEqualTo(ExitCode.ERROR.number());
      assertThat(full.err().lines()).hasSize(1);
      assertThat(full.err()).startsWith("dlq: SP-DLQ-181 ").contains("No space left on device");
    }
  }

  @Test
  void an_export_that_finds_no_room_leaves_nothing_that_looks_whole() throws Exception {
    Scene scene = Scene.at(Broker.KAFKA);
    Path file = folder.resolve("letters.ndjson");
    ProcessBuilder command =
        Cli.process("export", scene.address, "-o", file.toString(), "--broker", scene.broker.url());
    // What may be 1 KiB long at most, as on a disk that is full after that.
    command.command().add(1, "-XX:-UsePerfData");
    command.command().addAll(0, List.of("bash", "-c", "ulimit -f 1; exec \"$@\"", "dlq"));
    Cli.Result full = Cli.finish(command.start());
    assertThat(full.code()).as(full.err()).isEqualTo(ExitCode.ERROR.number());
    assertThat(full.err()).startsWith("dlq: SP-DLQ-180 ").contains("File too large");
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void an_export_goes_to_standard_output() throws Exception {
    Scene scene = Scene.at(Broker.KAFKA);
    for (String how : List.of("none", "gzip")) {
      Path file = folder.resolve(how);
      ProcessBuilder command =
          Cli.process("export", scene.address, "-o", "-", "--compress", how)
              .redirectOutput(file.toFile());
      command.environment().put("DLQ_BROKER", scene.broker.url());
      Cli.Result result = Cli.finish(command.start());
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(result.err()).isEmpty();
      assertThat(Archive.read(file, message -> {}).letters()).isEqualTo(Scene.LETTERS);
      assertThat(Files.readAllBytes(file)[0]).isEqualTo((byte) (how.equals("none") ? '{' : 0x1f));
    }
    assertThat(Path.of("-")).doesNotExist();
  }

  @Test
  void the_environment_names_ledger_plans_and_person_and_forbids_colours() throws Exception {
    try (Stand stand = new Stand(Stand.Kind.KAFKA, folder)) {
      stand.write(0, 2, 0);
      Path config = Files.writeString(folder.resolve("broker"), "client.id=dlq-of-ada");
      ProcessBuilder command = Cli.process("discard", stand.letters, "--yes");
      command.command().add(1, "-Ddlq.columns=120"); // as if it were a terminal
      command
          .environment()
          .putAll(
              Map.of(
                  "DLQ_BROKER",
                  stand.url,
                  "DLQ_BROKER_CONFIG",
                  config.toString(),
                  "DLQ_LEDGER",
                  stand.channel + ".ledger",
                  "DLQ_PLANS",
                  folder.resolve("plans").toString(),
                  "DLQ_AS",
                  "grace@test",
                  "NO_COLOR",
                  "1"));
      Cli.Result discarded = Cli.finish(command.start());
      assertThat(discarded.code()).as(discarded.err()).isZero();
      assertThat(discarded.out()).contains("OUTCOME").doesNotContain("\u001b");
      String run = stand.dlq("runs", "--output", "csv").out();
      assertThat(run).contains(",grace@test,");
      assertThat(folder.resolve("plans")).isDirectoryContaining("glob:**.json");
    }
  }
}
