package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.MessagingException;
import io.stagepost.dlq.Archive;
import io.stagepost.dlq.Filter;
import io.stagepost.dlq.Letters;
import io.stagepost.spi.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
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
          + " that a file which was cut or changed is refused. Secrets and personal data are kept,"
          + " and not masked: guard the file as you guard the broker; it is made with mode 600, so"
          + " that only its owner may read it. Consumes nothing.",
      "",
      "Letters that were replayed, parked or discarded are left out, unless --resolved is given."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dlq export orders.payments.dead-letter -o letters.ndjson",
      "  dlq export orders.payments.dead-letter -o letters.ndjson.zst --group 1f2e3d4c",
      "  dlq export orders.payments.dead-letter -o - --compress gzip | ssh backup 'cat > l.gz'"
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
      description =
          "Where to; it must not be there yet, and only its owner may read it. - for standard"
              + " output.")
  private @Nullable Path file;

  @Option(
      names = "--compress",
      paramLabel = "HOW",
      description = "none, gzip or zstd. Default: as the file's name says, by .gz or .zst.")
  private Archive.@Nullable Compression compression;

  @Mixin private SelectionOptions selection = new SelectionOptions();
  @Mixin private OpenOptions open = new OpenOptions();
  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();

  /** For picocli. */
  ExportCommand() {}

  @Override
  public Integer call() throws IOException {
    Path target = requireNonNull(file);
    return (target.toString().equals("-") ? toStandardOutput() : toFile(target)).number();
  }

  /** Its last line says how many letters there are; there is no table of that. */
  private ExitCode toStandardOutput() {
    Archive.Compression how = compression == null ? Archive.Compression.NONE : compression;
    long letters = write(() -> Archive.over(new StandardOutput(), requireNonNull(address), how));
    return ended(letters);
  }

  private ExitCode toFile(Path target) throws IOException {
    if (Files.exists(target)) {
      throw new MessagingException(
          "SP-DLQ-104", target + " is there already. Name another file, or move it away.");
    }
    // What is not complete has another name: a run that was killed leaves nothing that looks whole.
    Path part = target.resolveSibling(target.getFileName() + ".part");
    Archive.Compression how = compression == null ? Archive.Compression.of(target) : compression;
    Files.deleteIfExists(part);
    try {
      long letters = write(() -> Archive.create(part, requireNonNull(address), how));
      if (letters == 0) {
        return ended(0);
      }
      Archive.Contents contents = Archive.read(part, message -> {});
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      try (Rows rows = output.rows(COLUMNS)) {
        rows.add(target, contents.letters(), Files.size(target), contents.sha256());
      }
      return ended(letters);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private ExitCode ended(long letters) {
    return selection.ended(letters > 0, letters < selection.limit(Long.MAX_VALUE));
  }

  private long write(Supplier<Archive.Writer> begin) {
    String from = requireNonNull(address);
    Filter filter = selection.filter(from);
    long limit = selection.limit(Long.MAX_VALUE);
    long[] written = {0};
    try (Transport transport = broker.open();
        Archive.Writer archive = begin.get()) {
      try {
        Letters.on(transport)
            .read(
                from,
                open.states(transport, from).among(filter),
                letter -> {
                  archive.add(letter);
                  return ++written[0] < limit;
                });
      } catch (RuntimeException cut) {
        archive.abandon();
        throw cut;
      }
    }
    return written[0];
  }
}
