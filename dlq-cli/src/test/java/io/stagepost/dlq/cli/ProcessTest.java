package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.dlq.cli.Scene.Broker;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The command as a process of its own. */
class ProcessTest {
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
  void an_error_is_one_line_and_verbose_shows_where() throws Exception {
    String[] args = {"show", Scene.at(Broker.KAFKA).address + "@0-4711"};
    ProcessBuilder command = Cli.process(args);
    command.environment().put("DLQ_BROKER", Broker.KAFKA.url());
    Cli.Result brief = Cli.finish(command.start());
    assertThat(brief.code()).isEqualTo(ExitCode.NOTHING_MATCHED.number());
    assertThat(brief.err().lines()).hasSize(1).first().asString().startsWith("dlq: SP-DLQ-102");
    command.command().add("--verbose");
    assertThat(Cli.finish(command.start()).err()).contains("\tat io.stagepost.dlq.cli.ShowCommand");
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
}
