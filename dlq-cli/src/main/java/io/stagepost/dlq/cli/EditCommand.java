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
      "Without --set, --header and --body the payload is opened in $VISUAL or $EDITOR."
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
          "Set a member of a JSON payload: lines.0.price=12.50, or /lines/0/price=12.50 (RFC 6901)."
              + " The value is JSON; what is none is text. May be given several times.")
  private Map<String, String> assignments = new LinkedHashMap<>();

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

  @Option(names = "--dry-run", description = "Show the edited letter, and write nothing.")
  private boolean dryRun;

  @Mixin private CheckOptions checks = new CheckOptions();
  @Mixin private WriterOptions writer = new WriterOptions();
  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();

  /** For picocli. */
  EditCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
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
      Change change = change(letter);
      if (change == null) {
        output.err().println("Nothing was changed.");
        return ExitCode.REFUSED.number();
      }
      Letter edited = editor.edited(letter, change);
      Optional<Refusal> refusal = checks.check(broker).refuse(edited);
      show(edited);
      if (refusal.isPresent()) {
        output.err().println("dlq: The edited letter is refused: " + refusal.get().detail());
        return ExitCode.REFUSED.number();
      }
      if (dryRun) {
        return ExitCode.DONE.number();
      }
      if (!yes && !Question.ask("Write it in the place of " + which + "?", output.err())) {
        return ExitCode.REFUSED.number();
      }
      String run = editor.write(edited);
      output.out().println("run           " + run);
      return ExitCode.DONE.number();
    }
  }

  private void show(Letter edited) {
    CloudEvent event = edited.event();
    if (event != null) {
      output.out().println("id            " + event.getId());
      output.out().println("editof        " + event.getExtension("editof"));
    }
    byte[] bytes = payload(edited);
    output.out().println("bytes         " + bytes.length);
    output.out().flush();
  }

  /** What was asked for; null if an editor was opened and nothing is different. */
  private @Nullable Change change(Letter letter) throws IOException, InterruptedException {
    if (body == null && assignments.isEmpty() && headers.isEmpty()) {
      byte[] before = payload(letter);
      byte[] after = opened(before);
      return Arrays.equals(before, after) ? null : Change.none().body(after);
    }
    Change change = Change.none();
    if (body != null) {
      change =
          change.body(
              body.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(body)));
    }
    for (Map.Entry<String, String> each : assignments.entrySet()) {
      change = change.set(each.getKey(), each.getValue());
    }
    for (Map.Entry<String, String> each : headers.entrySet()) {
      change =
          change.header(
              each.getKey(), each.getValue().isEmpty() ? null : each.getValue().getBytes(UTF_8));
    }
    return change;
  }

  private static byte[] payload(Letter letter) {
    CloudEvent event = letter.event();
    byte[] bytes =
        event == null
            ? letter.message().body()
            : event.getData() == null ? null : event.getData().toBytes();
    return bytes == null ? new byte[0] : bytes;
  }

  /** What the user's editor makes of it. Its file is the user's alone, and is deleted. */
  private static byte[] opened(byte[] payload) throws IOException, InterruptedException {
    String visual = System.getenv("VISUAL");
    String editor = visual == null || visual.isBlank() ? System.getenv("EDITOR") : visual;
    if (editor == null || editor.isBlank()) {
      throw new MessagingException(
          "SP-DLQ-112", "There is no editor: set EDITOR, or say what is different: --set, --body.");
    }
    Path file = Files.createTempFile("dlq-", ".json");
    try {
      Files.write(file, payload);
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
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
