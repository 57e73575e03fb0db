package io.stagepost.dlq.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
  void a_file_that_cannot_be_used_is_told_with_what_is_wrong_with_it(@TempDir Path folder)
      throws Exception {
    String missing = folder.resolve("missing").toString();
    assertThat(usage("peek", "x", "--broker", NOBODY, "--ids-from", missing))
        .contains("SP-DLQ-160 --ids-from names " + missing)
        .contains("there is no such file");
    assertThat(usage("import", missing)).contains("SP-DLQ-160 FILE names ");
    Path ids = Files.writeString(folder.resolve("ids"), "0-1\n0-2,0-3\n");
    assertThat(usage("peek", "x", "--broker", NOBODY, "--ids-from", ids.toString()))
        .contains("no column letter");
    assertThat(usage("plan", "x", "--broker", NOBODY, "--file", ids.toString()))
        .contains("SP-DLQ-161 ")
        .contains("Name another file");
    assertThat(usage("replay", missing + ".json")).contains("SP-DLQ-010 ").contains("no such file");
    Path plan = folder.resolve("plan.json");
    for (List<String> wrong :
        List.of(
            List.of("", "no version"),
            List.of("{\n\"version\": 1, \"run\"", "it was cut short, at line 2"),
            List.of("version: 1", "it is no JSON, at line 1"),
            List.of("[]", "no version"),
            List.of("{\"version\": 9}", "version 9"),
            List.of("{\"version\": 1}", "it has no run"))) {
      Files.writeString(plan, wrong.get(0));
      assertThat(usage("replay", plan.toString()))
          .contains("SP-DLQ-010 ")
          .contains(wrong.get(1))
          .doesNotContain("jackson");
    }
  }

  @Test
  void letters_are_named_one_a_line_or_in_a_column() {
    assertThat(LetterIds.of("# of friday, late\n0-1\r\nx@0-2\n\n", "x"))
        .containsExactly("0-1", "0-2");
    assertThat(LetterIds.of("\ufeffgroup,letter\r\n\"a \"\"b\"\",\nc\",x@17\r\nd,x@18", "x"))
        .containsExactly("17", "18");
    assertThatThrownBy(() -> LetterIds.of("letter\ny@0-1", "x")).hasMessageContaining("y@0-1");
    assertThatThrownBy(() -> LetterIds.of("first", "x")).hasMessageContaining("names no letter");
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
