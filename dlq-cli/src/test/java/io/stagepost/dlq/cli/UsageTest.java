package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.MessagingException;
import io.stagepost.dlq.Replay.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Exit codes and complaints where no broker is needed. */
class UsageTest {
  private static final String NOBODY = "kafka://localhost:1";

  /** What a remedy for programs has, and no remedy of a command. */
  private static final String JAVA =
      "\\(\\.\\.\\.\\)|\\w\\(\\)|builder|Topology|Transport\\b|URIs?\\b";

  @TempDir private Path folder;

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
    assertThat(usage("peek", "x", "--broker", "kafka://example.org")).contains("SP-KAFKA-040");
    assertThat(usage("peek", "x", "--broker", NOBODY, "--output", "xml")).contains("NDJSON");
    assertThat(usage("peek", "x", "--broker", NOBODY, "--width", "3")).contains("at least 20");
    assertThat(usage("collect", "x", "y", "--broker", NOBODY, "--limit", "0"))
        .contains("at least 1");
  }

  @Test
  void a_letter_is_named_as_its_broker_has_positions() {
    assertThat(usage("show", "orders.dead@17", "--broker", NOBODY))
        .contains("ADDRESS@PARTITION-POSITION")
        .contains("orders.dead@0-17");
    assertThat(usage("show", "orders.dead@0-17", "--broker", "amqp://localhost:1"))
        .contains("ADDRESS@POSITION")
        .contains("orders.dead@17");
  }

  // ---- remedies

  @Test
  void what_is_wrong_with_broker_or_registry_is_mended_by_options() throws IOException {
    assertThat(told("--broker", "kafka://example.org"))
        .contains("SP-KAFKA-040")
        .contains("example.org:9092")
        .contains("--allow-plaintext");
    assertThat(told("--broker", "amqp://example.org"))
        .contains("SP-AMQP-034")
        .contains("--allow-plaintext");
    assertThat(told("--broker", "amqp://")).contains("SP-AMQP-009");
    for (String wrong :
        List.of("kafka://", "kafka://ada:s3cret@localhost", "kafka://a,kafka://b")) {
      assertThat(told("--broker", wrong)).contains("--broker-config").doesNotContain("s3cret");
    }
    assertThat(told("--broker", "amqps://localhost:1", configured("sasl=external")))
        .contains("SP-AMQP-009")
        .contains("client-certificate");
    assertThat(told("--broker", "amqps://ada:b@localhost:1", configured("sasl=external")))
        .contains("SP-AMQP-009")
        .contains("sasl=external");
    assertThat(told("--broker", "amqp://localhost:1", configured("trusted-certificates=none.pem")))
        .contains("SP-AMQP-009")
        .contains("--broker-config");
    assertThat(told("--broker", "amqps://localhost:1", configured("trusted-certificates=none.pem")))
        .contains("SP-AMQP-040")
        .contains("trusted-password");
    assertThat(told("--broker", NOBODY, configured("bootstrap.servers=a:1")))
        .contains("SP-KAFKA-001")
        .contains("--broker");
    assertThat(told("--broker", "kafka://localhost:99999"))
        .contains("SP-KAFKA-002")
        .contains("--broker");
    assertThat(told("--broker", "amqp://localhost:1")).contains("SP-AMQP-001").contains("--broker");
    assertThat(told("--broker", NOBODY, configured("default.api.timeout.ms=300")))
        .contains("SP-KAFKA-005")
        .contains("--broker-config");
    assertThat(usage("show", "x@0-1", "--broker", NOBODY, "--registry", "http://example.org"))
        .contains("SP-SCHEMA-303")
        .contains("--allow-plaintext")
        .doesNotContainPattern(JAVA);
  }

  private static String told(String... options) {
    Cli.Result result =
        Cli.run(
            Stream.concat(Stream.of("peek", "x"), Arrays.stream(options)).toArray(String[]::new));
    assertThat(result.code()).as(result.err()).isBetween(1, 2);
    assertThat(result.err()).doesNotContainPattern(JAVA);
    return result.err();
  }

  private String configured(String line) throws IOException {
    Path file = Files.writeString(folder.resolve("broker.properties"), line);
    return "--broker-config=" + file;
  }

  @Test
  void each_remedy_that_is_replaced_is_one_of_the_library() throws IOException {
    StringBuilder library = new StringBuilder();
    for (String module : List.of("messaging-kafka", "messaging-amqp", "messaging-schema")) {
      try (Stream<Path> files = Files.walk(Path.of("..", module, "src", "main", "java"))) {
        for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
          library.append(Files.readString(file, UTF_8));
        }
      }
    }
    String texts =
        library
            .toString()
            .replaceAll("(?<!\\\\)\"\\s*\\+\\s*\"", "")
            .replaceAll("(?<!\\\\)\"\\s*\\+\\s*[\\w.()]+\\s*\\+\\s*\"", "*")
            .replace("\\\"", "\"");
    for (Remedies.Remedy remedy : Remedies.ALL) {
      assertThat(texts).as(remedy.code()).contains(remedy.code());
      assertThat(texts.contains(remedy.there())).as(remedy.toString()).isTrue();
      assertThat(Remedies.in(remedy.code() + " " + remedy.there()))
          .isEqualTo(remedy.code() + " " + remedy.here())
          .doesNotContainPattern(JAVA);
    }
  }

  // ---- files

  @Test
  void files_that_cannot_be_used_are_told_with_what_to_do() throws IOException {
    Path none = folder.resolve("none").resolve("letters.ndjson");
    Path there = Files.writeString(folder.resolve("there"), "{\"a\":[1,]}\n");
    failed("SP-DLQ-180", "export", "x", "-o", none.toString(), "--broker", NOBODY);
    failed("SP-DLQ-104", "export", "x", "-o", there.toString(), "--broker", NOBODY);
    assertThat(usage("import", none.toString(), "--broker", NOBODY)).contains("SP-DLQ-182 ");
    failed("SP-DLQ-020", "import", there.toString(), "--broker", NOBODY);
    failed("SP-DLQ-020", "import", folder.toString(), "--broker", NOBODY);
    byte[] compressed = {0x1f, (byte) 0x8b, 8};
    Path cut = Files.write(folder.resolve("cut.gz"), compressed);
    failed("SP-DLQ-020", "import", cut.toString(), "--broker", NOBODY);
    assertThat(Files.readString(there)).hasSize(11);
  }

  private static void failed(String code, String... args) {
    Cli.Result result = Cli.run(args);
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.ERROR.number());
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.err())
        .startsWith("dlq: " + code + " ")
        .contains(". ")
        .doesNotContain("null")
        .doesNotContain("jackson");
  }

  // ---- what help says

  @Test
  void exit_codes_are_listed_by_help_and_by_the_guide() throws IOException {
    String help = Cli.run("--help").out();
    String guide = Files.readString(Path.of("../docs/dlq.md"), UTF_8);
    for (ExitCode code : ExitCode.values()) {
      assertThat(help).containsPattern("\n +" + code.number() + " +" + code.meaning() + "\n");
      assertThat(guide).contains("\n| " + code.number() + " | ");
    }
  }

  @Test
  void every_environment_variable_that_help_names_is_read() {
    List<String> named =
        everyOption(new CommandLine(new DlqCommand()))
            .flatMap(
                option ->
                    Pattern.compile("DLQ_\\w+")
                        .matcher(String.join(" ", option.description()))
                        .results()
                        .map(variable -> option.longestName() + " ${env:" + variable.group()))
            .distinct()
            .toList();
    List<String> read =
        everyOption(new CommandLine(new DlqCommand()))
            .map(option -> option.longestName() + " " + asWritten(option))
            .toList();
    assertThat(named).hasSizeGreaterThan(5);
    assertThat(named)
        .allSatisfy(name -> assertThat(read).anyMatch(option -> option.startsWith(name)));
  }

  /** Without the environment's values. */
  private static String asWritten(OptionSpec option) {
    return option.userObject() instanceof Field field
        ? field.getAnnotation(CommandLine.Option.class).defaultValue()
        : "";
  }

  private static Stream<OptionSpec> everyOption(CommandLine command) {
    return Stream.concat(
        command.getCommandSpec().options().stream(),
        command.getSubcommands().values().stream().flatMap(UsageTest::everyOption));
  }

  // ---- forty columns, and words

  @Test
  void a_bar_and_a_table_keep_to_forty_columns() {
    StringWriter err = new StringWriter();
    ProgressLine line = new ProgressLine(new PrintWriter(err), 40, "replayed");
    line.progress(new Progress(1_000_000, 0, 123_456, 7, 8, 9, 0, Map.of("no-such-address", 7L)));
    line.end();
    assertThat(err.toString().replaceAll("\u001b\\[K", "").strip().length()).isBetween(20, 39);

    StringWriter out = new StringWriter();
    List<Column> columns =
        List.of(Column.name("run", "RUN"), Column.text("by", "BY"), Column.number("n", "LETTERS"));
    for (int width : new int[] {60, 40, 20}) {
      try (Table table = new Table(columns, new PrintWriter(out), width, Style.PLAIN)) {
        table.add("20261122-130000-1f2e3d", "somebody-with-a-long-name@somewhere", 12);
      }
      assertThat(out.toString().lines())
          .hasSizeGreaterThan(1)
          .allSatisfy(each -> assertThat(each.length()).isLessThan(width + 1));
      out.getBuffer().setLength(0);
    }
  }

  @Test
  void one_is_one_and_two_are_more() {
    assertThat(Words.count(0, "letter")).isEqualTo("0 letters");
    assertThat(Words.count(1, "letter")).isEqualTo("1 letter");
    assertThat(Words.count(2, "letter")).isEqualTo("2 letters");
  }

  @Test
  void what_nobody_foresaw_is_to_be_reported_and_files_are_not() {
    assertThat(Complaint.of(new IllegalStateException("x")))
        .startsWith("SP-DLQ-100 ")
        .contains("report");
    assertThat(Complaint.of(new UncheckedIOException(new AccessDeniedException("ids"))))
        .isEqualTo(
            "SP-DLQ-183 ids cannot be read or written: permission denied. Mend that, or name"
                + " another file.");
    Exception told = new CompletionException(new MessagingException("SP-DLQ-003", "x"));
    assertThat(Complaint.of(told)).isEqualTo("SP-DLQ-003 x");
    assertThat(ExitCode.of(told)).isEqualTo(ExitCode.LOCKED);
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
            List.of("{\"version\": 2}", "it has no run"))) {
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
        new String[] {
          "ls", "groups", "peek", "show", "export", "import", "collect", "doctor", "completion"
        }) {
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
