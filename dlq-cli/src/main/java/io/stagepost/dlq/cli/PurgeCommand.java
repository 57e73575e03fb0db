package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.dlq.Purge;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Deletes letters that have been dealt with. */
@Command(
    name = "purge",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Delete letters that were dealt with, for good.",
    description = {
      "",
      "A log can only be cut at its head: what lies before the first letter of a partition that is"
          + " still open is deleted, and nothing behind it. Each letter that goes must be in an"
          + " export, which is verified first, and the name of the address is to be typed. On"
          + " Kafka only: a stream of RabbitMQ is cut by its retention alone."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dlq purge orders.payments.dead-letter --dry-run",
      "  dlq export orders.payments.dead-letter --resolved --file before-purge.ndjson.gz",
      "  dlq purge orders.payments.dead-letter --export before-purge.ndjson.gz \\",
      "    --confirm orders.payments.dead-letter"
    })
@Ends({ExitCode.NOTHING_MATCHED, ExitCode.LOCKED, ExitCode.REFUSED})
final class PurgeCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ADDRESS", description = "The dead-letter address.")
  private @Nullable String address;

  @Option(
      names = "--export",
      paramLabel = "FILE",
      description = "An export that holds every letter that is to go.")
  private @Nullable Path export;

  @Option(
      names = "--confirm",
      paramLabel = "NAME",
      description = "The name of the address once more.")
  private @Nullable String confirmed;

  @Option(names = "--dry-run", description = "Show what would be deleted, and do nothing.")
  private boolean dryRun;

  @Mixin private WriterOptions writer = new WriterOptions();
  @Mixin private BrokerOptions broker = new BrokerOptions();
  @Mixin private Output output = new Output();

  /** For picocli. */
  PurgeCommand() {}

  @Override
  public Integer call() {
    String from = requireNonNull(address);
    try (Desk desk = new Desk(broker, writer)) {
      Purge purge =
          new Purge(desk.transport(), desk.ledger(), from).takingOverAfter(writer.silence());
      desk.ledger().provision(from);
      Purge.Cut cut = purge.look();
      if (cut.letters() == 0) {
        tell(cut, false);
        output
            .err()
            .println(
                "dlq: Nothing can be deleted: no letter at the head of "
                    + from
                    + " was dealt with.");
        return ExitCode.NOTHING_MATCHED.number();
      }
      if (dryRun || export == null || !from.equals(confirmed)) {
        tell(cut, false);
        if (dryRun) {
          return ExitCode.DONE.number();
        }
        output
            .err()
            .println(
                "dlq: Nothing was deleted. It takes an export that holds them, and the name of the"
                    + " address: --export FILE --confirm "
                    + from);
        return ExitCode.REFUSED.number();
      }
      tell(purge.run(export), true);
      return ExitCode.DONE.number();
    }
  }

  private void tell(Purge.Cut cut, boolean isDone) {
    String from = requireNonNull(address);
    if (!output.isTable()) {
      ObjectNode document = JsonNodeFactory.instance.objectNode();
      document.put("address", from);
      document.put("letters", cut.letters());
      ObjectNode before = document.putObject("before");
      cut.stays().forEach(before::put);
      document.put("deleted", isDone);
      Document.print(document, output);
      return;
    }
    cut.stays()
        .forEach(
            (partition, position) ->
                output.out().println("partition " + partition + ": what lies before " + position));
    output
        .out()
        .println(
            Words.count(cut.letters(), "letter")
                + (isDone ? " deleted at " : " can be deleted at ")
                + from);
  }
}
