package io.stagepost.asyncapi.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Linter;
import io.stagepost.asyncapi.Report;
import io.stagepost.asyncapi.Severity;
import io.stagepost.asyncapi.importing.Heading;
import io.stagepost.asyncapi.importing.Imported;
import io.stagepost.asyncapi.importing.Importer;
import io.stagepost.asyncapi.importing.Topic;
import io.stagepost.asyncapi.importing.Topics;
import io.stagepost.schema.SchemaRegistry;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code contract import}. */
@Command(
    name = "import",
    description = {
      "Makes a first contract of what is there: topics, and the schemas of a registry.",
      "What a person has to decide is asked in comments; what is left out is told, with the reason."
    },
    footer = {
      "",
      "  kafka-topics.sh --bootstrap-server HOST:9092 --describe |",
      "    contract import --registry http://HOST:8081 --topics - -o shop.asyncapi.yaml",
      "",
      "Exit codes: 0 all imported, 1 nothing or not all, 2 wrong usage, 3 what is there cannot be"
          + " read."
    })
final class ImportCommand implements Callable<Integer> {
  /** By its name, in any case. */
  static final class ActionName extends EnumName<Heading.Action> {
    /** For picocli. */
    ActionName() {
      super(Heading.Action.class);
    }
  }

  private static final String STDIN = "-";

  /** How many names of one reason are told. */
  private static final int NAMES = 20;

  // Not the standard options, since --version is the contract's.
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help and exit")
  @SuppressWarnings("UnusedVariable") // picocli looks at the option
  private boolean help;

  @Mixin private RegistryOptions registries = new RegistryOptions();

  @Option(
      names = "--topics",
      paramLabel = "FILE|-",
      description =
          "what kafka-topics.sh --describe or --list prints, or names, one a line; default: the"
              + " topics that subjects name")
  private @Nullable String topicsFile;

  @Option(
      names = "--include",
      paramLabel = "GLOB",
      description = "only topics of such names, with * and ?; may be given several times")
  private List<String> globs = new ArrayList<>();

  @Option(names = "--title", paramLabel = "TITLE", description = "what the application is called")
  private @Nullable String title;

  @Option(names = "--id", paramLabel = "URI", description = "the application's id")
  private @Nullable URI id;

  @Option(names = "--owner", paramLabel = "TEAM", description = "whose contract it is")
  private @Nullable String owner;

  @Option(
      names = "--version",
      paramLabel = "VERSION",
      description = "the contract's version; default: ${DEFAULT-VALUE}")
  private String version = "1.0.0";

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "where the broker is: kafka://host:9092, kafka-secure://host:9093")
  private @Nullable URI server;

  @Option(
      names = "--action",
      paramLabel = "ACTION",
      description = "what the application does with each channel: send (default), receive or none",
      converter = ActionName.class)
  private Heading.Action action = Heading.Action.SEND;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "where the contract goes; default: the standard output")
  private @Nullable Path output;

  @Option(names = "--force", description = "replace the file if it is there")
  private boolean force;

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  ImportCommand() {}

  @Override
  public Integer call() {
    Heading heading = heading();
    try {
      Imported imported = imported(heading);
      tell(imported);
      if (imported.isEmpty()) {
        err().println("contract: nothing was imported, and nothing is written");
        return ContractCommand.FINDINGS;
      }
      return written(imported.yaml()) && imported.failures().isEmpty()
          ? ContractCommand.FINE
          : ContractCommand.FINDINGS;
    } catch (MessagingException unreadable) {
      err().println("contract: " + unreadable.getMessage());
    } catch (IOException unwritable) {
      err().println("contract: the contract cannot be written: " + unwritable);
    }
    return ContractCommand.UNREADABLE;
  }

  private Heading heading() {
    if (!registries.isGiven() && topicsFile == null) {
      throw wrong("Say what is imported: --registry URL|FOLDER, --topics FILE, or both.");
    }
    if (output != null && Files.exists(output) && !force) {
      throw wrong(output + " is there already. Name another file, or say --force.");
    }
    if (server != null
        && (server.getHost() == null
            || server.getUserInfo() != null
            || !List.of("kafka", "kafka-secure").contains(server.getScheme()))) {
      throw wrong("--server is kafka://host:port or kafka-secure://host:port.");
    }
    return new Heading(
        title, version, id == null ? null : id.toString(), owner, server, registries.url(), action);
  }

  private Imported imported(Heading heading) {
    List<Pattern> wanted = globs.stream().map(ImportCommand::pattern).toList();
    Collection<Topic> topics = topicsFile == null ? null : topics(topicsFile);
    try (SchemaRegistry registry = registries.open()) {
      return Importer.read(
          registry,
          topics,
          name ->
              wanted.isEmpty() || wanted.stream().anyMatch(each -> each.matcher(name).matches()),
          heading);
    }
  }

  private static Pattern pattern(String glob) {
    return Pattern.compile(
        Pattern.quote(glob).replace("*", "\\E.*\\Q").replace("?", "\\E.\\Q"), Pattern.DOTALL);
  }

  private static Collection<Topic> topics(String file) {
    boolean isStdin = file.equals(STDIN);
    String name = isStdin ? "the standard input" : file;
    try {
      return Topics.parse(
          isStdin ? new String(System.in.readAllBytes(), UTF_8) : Files.readString(Path.of(file)),
          name);
    } catch (IOException unreadable) {
      throw new MessagingException(
          "SP-CONTRACT-020",
          name + " cannot be read: " + unreadable + ". Name a list of topics that can.",
          unreadable);
    }
  }

  private void tell(Imported imported) {
    err()
        .println(
            "contract: "
                + counted(imported.channels(), "topic")
                + ", "
                + counted(imported.messages(), "schema"));
    imported
        .leftOut()
        .forEach(
            (reason, names) ->
                err().println("contract: left out, " + reason + ": " + first(names)));
    imported.notes().forEach(note -> err().println("contract: " + note));
    imported.failures().forEach(each -> err().println("contract: not imported: " + each));
  }

  private static String first(List<String> names) {
    return names.size() <= NAMES
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, NAMES)) + " and " + (names.size() - NAMES) + " more";
  }

  private static String counted(int count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }

  /** Whether it is a valid contract, which it is unless a schema is none. */
  private boolean written(String yaml) throws IOException {
    Path file = output;
    if (file == null) {
      requireNonNull(spec).commandLine().getOut().print(yaml);
      Path copy = Files.writeString(Files.createTempFile("contract-", ".yaml"), yaml);
      try {
        return judged(copy, "the standard output");
      } finally {
        Files.delete(copy);
      }
    }
    Files.createDirectories(requireNonNull(file.toAbsolutePath().getParent()));
    Files.writeString(file, yaml);
    return judged(file, file.toString());
  }

  /** Tells what is wrong, which should be nothing, and what is left to be done. */
  private boolean judged(Path file, String name) {
    Checked checked = Contracts.offline().check(file);
    List<Finding> errors =
        checked.findings().stream()
            .filter(each -> each.severity() == Severity.ERROR)
            .map(
                each ->
                    new Finding(
                        each.ruleId(),
                        each.severity(),
                        name,
                        each.line(),
                        each.column(),
                        each.pointer(),
                        each.message(),
                        each.remedy()))
            .toList();
    if (!errors.isEmpty()) {
      err().print(Report.of(Report.Format.TEXT, List.of(name), errors));
    }
    err()
        .println(
            "contract: next, answer the questions in "
                + name
                + ", and the "
                + counted(Linter.standard().lint(checked).size(), "finding")
                + " of bin/contract lint "
                + (output == null ? "FILE" : name));
    return errors.isEmpty();
  }

  private PrintWriter err() {
    return requireNonNull(spec).commandLine().getErr();
  }

  private ParameterException wrong(String text) {
    return new ParameterException(requireNonNull(spec).commandLine(), text);
  }
}
