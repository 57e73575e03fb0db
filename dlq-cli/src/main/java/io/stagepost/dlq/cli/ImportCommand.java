package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.PublishUnknownException;
import io.stagepost.dlq.Archive;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import io.stagepost.spi.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sends what a file keeps. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Send the letters of an export to an address.",
    description = {
      "",
      "Reads the whole file first, and refuses it, before anything is sent, if it was cut or"
          + " changed. Then sends every letter as it was, failure headers included, and waits for"
          + " the broker's confirmation of each. Sent twice, letters lie there twice. To send"
          + " letters to where they came from, replay them instead."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dlq import letters.ndjson.zst --dry-run",
      "  dlq import letters.ndjson.zst --to orders.payments.dead-letter"
    })
@Ends({ExitCode.PARTIAL, ExitCode.REFUSED})
final class ImportCommand implements Callable<Integer> {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** So many letters are on the way at most. */
  private static final int ON_THE_WAY = 500;

  private static final List<Column> COLUMNS =
      List.of(
          Column.name("to", "TO"),
          Column.number("letters", "LETTERS"),
          Column.number("sent", "SENT"),
          Column.number("refused", "REFUSED"),
          Column.number("unknown", "UNKNOWN"),
          Column.name("note", "NOTE"));

  @Parameters(paramLabel = "FILE", description = "What export has written.")
  private @Nullable Path file;

  @Option(
      names = "--to",
      paramLabel = "ADDRESS",
      description = "Where to. Default: where the letters lay.")
  private @Nullable String to;

  @Option(names = "--dry-run", description = "Check the file, and send nothing.")
  private boolean dryRun;

  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();

  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong unknown = new AtomicLong();
  private final AtomicReference<@Nullable String> firstFailure = new AtomicReference<>();

  /** For picocli. */
  ImportCommand() {}

  @Override
  public Integer call() {
    Path from = requireNonNull(file);
    Archive.Contents contents = Archive.read(from, message -> {});
    String target = to == null ? contents.address() : to;
    if (!dryRun) {
      try (Transport transport = broker.open();
          Sender sender = transport.sender(TIMEOUT)) {
        send(from, target, sender);
      }
    }
    String note = dryRun ? "the file is whole; nothing was sent" : firstFailure.get();
    try (Rows rows = output.rows(COLUMNS)) {
      rows.add(target, contents.letters(), sent.get(), refused.get(), unknown.get(), note);
    }
    if (refused.get() + unknown.get() == 0) {
      return ExitCode.DONE.number();
    }
    return (sent.get() + unknown.get() == 0 ? ExitCode.REFUSED : ExitCode.PARTIAL).number();
  }

  private void send(Path from, String target, Sender sender) {
    Semaphore room = new Semaphore(ON_THE_WAY);
    Archive.Contents unused =
        Archive.read(
            from,
            message -> {
              room.acquireUninterruptibly();
              send(message.to(target), sender, room);
            });
    room.acquireUninterruptibly(ON_THE_WAY);
  }

  private void send(Message message, Sender sender, Semaphore room) {
    var unused =
        sender
            .send(message)
            .whenComplete(
                (receipt, failure) -> {
                  if (failure == null) {
                    sent.incrementAndGet();
                  } else {
                    failed(failure);
                  }
                  room.release();
                });
  }

  private void failed(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    (cause instanceof PublishUnknownException ? unknown : refused).incrementAndGet();
    firstFailure.compareAndSet(null, Remedies.in(String.valueOf(cause.getMessage())));
  }
}
