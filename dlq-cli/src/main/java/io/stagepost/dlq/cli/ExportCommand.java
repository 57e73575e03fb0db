package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.dlq.Archive;
import io.stagepost.dlq.Filter;
import io.stagepost.dlq.Letters;
import io.stagepost.dlq.Resolutions;
import io.stagepost.spi.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Keeps letters in a file. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Keep letters in a file, without loss.",
    description = {
      "",
      "Writes the letters that are selected to a file of JSON lines, each with its bytes, key and"
          + " headers as they are, and where it lay. Its last line has a checksum of all others, so"
          + " that a file which was cut or changed is refused. Secrets are kept, and not masked:"
          + " guard the file as you guard the broker. Consumes nothing.",
      "",
      "Letters that were replayed, parked or discarded are left out, unless --resolved is given."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dlq export orders.payments.dead-letter -o letters.ndjson",
      "  dlq export orders.payments.dead-letter -o letters.ndjson.zst --group 1f2e3d4c"
    })
@Ends(ExitCode.NOTHING_MATCHED)
final class ExportCommand implements Callable<Integer> {
  private static final List<Column> COLUMNS =
      List.of(
          Column.name("file", "FILE"),
          Column.number("letters", "LETTERS"),
          Column.number("bytes", "BYTES"),
          Column.name("sha256", "SHA-256"));

  @Parameters(paramLabel = "ADDRESS", description = "The dead-letter address.")
  private @Nullable String address;

  @Option(
      names = {"-o", "--file"},
      paramLabel = "FILE",
      required = true,
      description = "Where to; it must not be there yet.")
  private @Nullable Path file;

  @Option(
      names = "--compress",
      paramLabel = "HOW",
      description = "none, gzip or zstd. Default: as the file's name says, by .gz or .zst.")
  private Archive.@Nullable Compression compression;

  @Option(names = "--resolved", description = "Also those that were replayed, parked or discarded.")
  private boolean resolved;

  @Mixin private SelectionOptions selection = new SelectionOptions();
  @Mixin private LedgerOptions ledger = new LedgerOptions();
  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();

  /** For picocli. */
  ExportCommand() {}

  @Override
  public Integer call() throws IOException {
    Path target = requireNonNull(file);
    if (Files.exists(target)) {
      throw new MessagingException(
          "SP-DLQ-104", target + " is there already. Name another file, or move it away.");
    }
    // What is not complete has another name: a run that was killed leaves nothing that looks whole.
    Path part = target.resolveSibling(target.getFileName() + ".part");
    Files.deleteIfExists(part);
    try {
      long letters = write(part, target);
      if (letters == 0) {
        return selection.ended(false, true).number();
      }
      Archive.Contents contents = Archive.read(part, message -> {});
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      try (Rows rows = output.rows(COLUMNS)) {
        rows.add(target, contents.letters(), Files.size(target), contents.sha256());
      }
      return selection.ended(true, letters < selection.limit(Long.MAX_VALUE)).number();
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private long write(Path part, Path target) {
    String from = requireNonNull(address);
    Filter filter = selection.filter(from);
    long limit = selection.limit(Long.MAX_VALUE);
    long[] written = {0};
    try (Transport transport = broker.open();
        Archive.Writer archive =
            Archive.create(
                part, from, compression == null ? Archive.Compression.of(target) : compression)) {
      Resolutions resolutions = resolved ? Resolutions.none() : ledger.resolutions(transport, from);
      Letters.on(transport)
          .read(
              from,
              filter,
              letter -> {
                if (resolutions.of(letter).isEmpty()) {
                  archive.add(letter);
                  written[0]++;
                }
                return written[0] < limit;
              });
    }
    return written[0];
  }
}
