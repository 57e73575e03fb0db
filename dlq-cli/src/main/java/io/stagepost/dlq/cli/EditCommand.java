package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.cloudevents.CloudEvent;
import io.stagepost.MessagingException;
import io.stagepost.dlq.Change;
import io.stagepost.dlq.Editor;
import io.stagepost.dlq.Letter;
import io.stagepost.dlq.Letters;
import io.stagepost.dlq.Plan.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** Repairs a letter. */
@Command(
    name = "edit",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Repair a letter's payload or headers.",
    description = {
      "",
      "Writes an edited copy to the dead-letter address, with an id of its own and the first one in"
          + " the extension editof, and notes that it took the letter's place. The letter itself"
          + " stays where it lies. The copy is a dead letter like any other: replay sends it.",
      "",
      "Shows what is different, header by header and member by member, before it asks. Without"
          + " --set, --add, --header and --body the payload is opened in $VISUAL or $EDITOR."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dlq edit orders.payments.dead-letter@3-1042 --set lines.0.price=12.50 --yes",
      "  dlq edit orders.payments.dead-letter@3-1042 --body mended.json --contract shop.yaml --validate",
      "  dlq edit orders.payments.dead-letter@3-1042"
    })
@Ends({ExitCode.NOTHING_MATCHED, ExitCode.LOCKED, ExitCode.REFUSED})
final class EditCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "LETTER",
      converter = LetterName.Converter.class,
      description = "ADDRESS@PARTITION-POSITION, as peek shows it.")
  private @Nullable LetterName name;

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description =
          "Change a member of a JSON payload that is there: lines.0.price=12.50, or"
              + " /lines/0/price=12.50 (RFC 6901). The value is JSON; what is none is text. May be"
              + " given several times.")
  private Map<String, String> assignments = new LinkedHashMap<>();

  @Option(
      names = "--add",
      paramLabel = "PATH=VALUE",
      description =
          "Add a member that is not there, or an item at the end of an array (lines.-={}). May be"
              + " given several times.")
  private Map<String, String> additions = new LinkedHashMap<>();

  @Option(
      names = "--retype",
      description =
          "Let --set put a value of another kind there: a text instead of a number. With --validate"
              + " the schema decides.")
  private boolean retype;

  @Option(
      names = "--header",
      paramLabel = "NAME=VALUE",
      description =
          "Set a header; without a value (NAME=), take it away. May be given several times.")
  private Map<String, String> headers = new LinkedHashMap<>();

  @Option(
      names = "--body",
      paramLabel = "FILE",
      description = "Take the whole payload from this file; - for standard input.")
  private @Nullable String body;

  @Option(names = "--yes", description = "Do not ask.")
  private boolean yes;

  @Option(names = "--dry-run", description = "Show what would be different, and write nothing.")
  private boolean dryRun;

  @Option(names = "--unmask", description = "Show what is sensitive, too.")
  private boolean unmask;

  /** The file that was opened in an editor: the user's alone. */
  private @Nullable Path opened;

  @Mixin private CheckOptions checks = new CheckOptions();
  @Mixin private WriterOptions writer = new WriterOptions();
  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();

  /** For picocli. */
  EditCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    boolean isWritten = false;
    try {
      ExitCode code = edit();
      isWritten = code == ExitCode.DONE && !dryRun;
      return code.number();
    } finally {
      if (opened != null && isWritten) {
        Files.deleteIfExists(opened);
      } else if (opened != null) {
        output.err().println("What you wrote is kept: --body " + opened);
      }
    }
  }

  private ExitCode edit() throws IOException, InterruptedException {
    LetterName which = requireNonNull(name);
    try (Desk desk = new Desk(broker, writer)) {
      Letter letter =
          Letters.on(desk.transport())
              .find(which.address(), which.id())
              .orElseThrow(
                  () ->
                      new MessagingException(
                          "SP-DLQ-102",
                          "There is no letter " + which + ". See: dlq peek " + which.address()));
      Editor editor = Editor.of(desk.transport(), desk.ledger()).takingOverAfter(writer.silence());
      if (writer.isThere(desk.transport())) {
        editor.requireOpen(letter);
      }
      Change change = change(letter);
      if (change == null) {
        output.err().println("Nothing was changed.");
        return ExitCode.REFUSED;
      }
      Letter edited = editor.edited(letter, change);
      Difference difference =
          Difference.of(
              letter, edited, checks.payloads(broker, true), checks.payloads(broker, unmask));
      boolean asks = !yes && !dryRun;
      if (output.isTable() || asks) {
        difference.print(output.isTable() ? output.out() : output.err());
      }
      Optional<Refusal> refusal = checks.check(broker).refuse(edited);
      if (refusal.isPresent()) {
        return ended(difference, refusal.get().detail(), null);
      }
      if (dryRun) {
        return ended(difference, null, null);
      }
      if (asks && !Question.ask("Write it in the place of " + which + "?", output.err())) {
        output.err().println("Nothing was done.");
        return ExitCode.REFUSED;
      }
      return ended(difference, null, editor.write(edited));
    }
  }

  private ExitCode ended(Difference difference, @Nullable String refusal, @Nullable String run) {
    if (!output.isTable()) {
      ObjectNode document = difference.document();
      document.put("refused", refusal);
      document.put("run", run);
      Document.print(document, output);
    } else if (run != null) {
      output.out().println("run           " + run);
    } else if (refusal == null) {
      output.out().println("Nothing was done: --dry-run.");
    }
    if (refusal != null) {
      output.err().println("dlq: The edited letter is refused: " + refusal);
      return ExitCode.REFUSED;
    }
    return ExitCode.DONE;
  }

  /** What was asked for; null if an editor was opened and nothing is different. */
  private @Nullable Change change(Letter letter) throws IOException, InterruptedException {
    if (body == null && assignments.isEmpty() && additions.isEmpty() && headers.isEmpty()) {
      byte[] before = payload(letter);
      String editor = editor();
      Path file = Files.createTempFile("dlq-", ".json");
      opened = file;
      Files.write(file, before);
      byte[] after = edited(file, editor);
      if (!Arrays.equals(before, after)) {
        return Change.none().body(after);
      }
      Files.delete(file);
      opened = null;
      return null;
    }
    Change change = retype || checks.isValidating() ? Change.none().retyping() : Change.none();
    if (body != null) {
      change = change.body(Input.read("--body", body));
    }
    for (Map.Entry<String, String> each : assignments.entrySet()) {
      change = change.set(each.getKey(), each.getValue());
    }
    for (Map.Entry<String, String> each : additions.entrySet()) {
      change = change.add(each.getKey(), each.getValue());
    }
    for (Map.Entry<String, String> each : headers.entrySet()) {
      change =
          change.header(
              each.getKey(), each.getValue().isEmpty() ? null : each.getValue().getBytes(UTF_8));
    }
    return change;
  }

  static byte[] payload(Letter letter) {
    CloudEvent event = letter.event();
    byte[] bytes =
        event == null
            ? letter.message().body()
            : event.getData() == null ? null : event.getData().toBytes();
    return bytes == null ? new byte[0] : bytes;
  }

  private static String editor() {
    String visual = System.getenv("VISUAL");
    String editor = visual == null || visual.isBlank() ? System.getenv("EDITOR") : visual;
    if (editor == null || editor.isBlank()) {
      throw new MessagingException(
          "SP-DLQ-112", "There is no editor: set EDITOR, or say what is different: --set, --body.");
    }
    return editor;
  }

  /** What an editor makes of a file. */
  private static byte[] edited(Path file, String editor) throws IOException, InterruptedException {
    int code =
        new ProcessBuilder("sh", "-c", editor + " \"$1\"", "dlq", file.toString())
            .inheritIO()
            .start()
            .waitFor();
    if (code != 0) {
      throw new MessagingException(
          "SP-DLQ-112", "The editor '" + editor + "' ended with " + code + ". Nothing was done.");
    }
    return Files.readAllBytes(file);
  }
}
