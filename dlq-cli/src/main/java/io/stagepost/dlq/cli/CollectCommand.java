package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.dlq.Collector;
import io.stagepost.spi.Transport;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Moves what lies in a RabbitMQ queue into a stream, where it can be read. */
@Command(
    name = "collect",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Move a queue's messages into a stream, to read them there.",
    description = {
      "",
      "RabbitMQ's quorum and classic queues cannot be read without being consumed; streams can."
          + " Takes what lies in QUEUE now and stores it in STREAM, each message confirmed there"
          + " before it leaves the queue: whatever happens meanwhile, none is lost, and a few may"
          + " be in the stream twice. Headers, properties and what RabbitMQ notes of the deaths of"
          + " a message stay; what would have expired no longer does. STREAM is made if it is"
          + " missing. Nobody else should consume QUEUE meanwhile."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dlq collect billing.dead billing.dead.letters",
      "  dlq groups billing.dead.letters"
    })
@Ends({ExitCode.NOTHING_MATCHED, ExitCode.REFUSED})
final class CollectCommand implements Callable<Integer> {
  private static final List<Column> COLUMNS =
      List.of(
          Column.name("queue", "QUEUE"),
          Column.name("stream", "STREAM"),
          Column.number("moved", "MOVED"));

  @Parameters(index = "0", paramLabel = "QUEUE", description = "Where the messages lie.")
  private @Nullable String queue;

  @Parameters(index = "1", paramLabel = "STREAM", description = "Where they are moved to.")
  private @Nullable String stream;

  @Option(
      names = "--limit",
      paramLabel = "N",
      converter = AtLeast.One.class,
      description = "Move so many at most. Default: all that lie there.")
  private @Nullable Integer limit;

  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();

  /** For picocli. */
  CollectCommand() {}

  @Override
  public Integer call() {
    long moved;
    try (Transport transport = broker.openCreating()) {
      moved =
          Collector.on(transport)
              .collect(
                  requireNonNull(queue),
                  requireNonNull(stream),
                  limit == null ? Long.MAX_VALUE : limit,
                  stored -> {});
    }
    try (Rows rows = output.rows(COLUMNS)) {
      rows.add(queue, stream, moved);
    }
    return (moved == 0 ? ExitCode.NOTHING_MATCHED : ExitCode.DONE).number();
  }
}
