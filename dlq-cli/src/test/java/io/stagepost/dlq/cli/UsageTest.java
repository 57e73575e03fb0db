package io.stagepost.dlq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Exit codes and complaints where no broker is needed. */
class UsageTest {
  private static final String NOBODY = "kafka://localhost:1";

  private static String usage(String... args) {
    Cli.Result result = Cli.run(args);
    assertThat(result.code()).as(result.out()).isEqualTo(ExitCode.USAGE.number());
    assertThat(result.out()).isEmpty();
    return result.err();
  }

  @Test
  void wrong_usage_is_told_with_what_to_do() {
    assertThat(usage()).contains("Name a command");
    assertThat(usage("grops")).contains("dlq groups");
    assertThat(usage("groups")).contains("ADDRESS");
    assertThat(usage("show", "orders")).contains("ADDRESS@PARTITION-POSITION");
    assertThat(usage("peek", "x", "--broker", NOBODY, "--since", "soon")).contains("2h or 7d");
    assertThat(usage("peek", "x", "--broker", NOBODY, "--limit", "0")).contains("at least 1");
    assertThat(usage("peek", "x", "--broker", "redis://localhost")).contains("kafka://");
    assertThat(usage("peek", "x", "--broker", "kafka://example.org:9092")).contains("SP-KAFKA-040");
    assertThat(usage("peek", "x", "--broker", NOBODY, "--output", "xml")).contains("NDJSON");
    assertThat(usage("peek", "x", "--broker", NOBODY, "--width", "3")).contains("at least 20");
  }

  @Test
  void an_expression_that_cannot_be_read_is_told_with_its_place() {
    assertThat(usage("peek", "x", "--broker", NOBODY, "--where", "reason == 'a' && b"))
        .contains("line 1, column 18")
        .contains("'b'");
    assertThat(usage("peek", "x", "--broker", NOBODY, "--where", "1 + 1")).contains("'bool'");
    assertThat(usage("peek", "x", "--broker", NOBODY, "--where", "!".repeat(20_000) + "true"))
        .contains("10000");
  }

  @Test
  void passwords_are_never_shown() {
    String complaint =
        usage("peek", "x", "--broker", "amqp://ada:s3cret@example.org:5672", "--verbose");
    assertThat(complaint).contains("example.org").doesNotContain("s3cret");
    String registry =
        usage("show", "x@0-1", "--broker", NOBODY, "--registry", "http://ada:s3cret@example.org");
    assertThat(registry).contains("example.org").doesNotContain("s3cret");
  }

  @Test
  void every_command_has_help_with_examples_and_exit_codes() {
    for (String command :
        new String[] {"ls", "groups", "peek", "show", "export", "import", "doctor", "completion"}) {
      Cli.Result help = Cli.run(command, "--help");
      assertThat(help.code()).isZero();
      assertThat(help.out())
          .contains("Usage: dlq " + command)
          .contains("Examples:")
          .contains("Exit codes:");
      assertThat(Cli.run("--help").out()).contains("\n  " + command);
    }
  }

  @Test
  void completions_know_commands_and_options() {
    for (String shell : new String[] {"bash", "zsh"}) {
      Cli.Result script = Cli.run("completion", shell);
      assertThat(script.code()).isZero();
      assertThat(script.out()).contains("groups").contains("--schema-version").contains("dlq");
    }
  }

  @Test
  void letters_have_names() {
    LetterName name = LetterName.parse("orders@home.dead-letter@3-1042");
    assertThat(name).isEqualTo(new LetterName("orders@home.dead-letter", "3-1042"));
    assertThat(LetterName.parse(name.toString())).isEqualTo(name);
    assertThat(LetterName.parse("orders.dead-letter@17").id()).isEqualTo("17");
  }
}
