package io.stagepost.dlq.cli;

import io.stagepost.dlq.Terms.Action;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Brings parked letters back to the dead letters. */
@Command(
    name = "unpark",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Bring parked letters back to the dead letters.",
    description = {
      "",
      "Sends each parked letter as it is, confirmed, to the dead-letter address, and notes that. A parked letter can be replayed where it is as well: dlq replay ADDRESS."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  dlq unpark orders.payments.parking-lot --key customer-7"})
final class UnparkCommand extends MoveCommand {
  @Option(
      names = "--to",
      order = FIRST,
      paramLabel = "ADDRESS",
      description =
          "The dead-letter address. Default: the parking lot with dead-letter in the place of parking-lot.")
  private @Nullable String to;

  /** For picocli. */
  UnparkCommand() {
    super(Action.UNPARK);
  }

  @Override
  @Nullable String to() {
    return to;
  }
}
