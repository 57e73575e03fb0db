package io.stagepost.dlq.cli;

import io.stagepost.dlq.Terms.Action;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Moves letters to the parking lot. */
@Command(
    name = "park",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Move letters to the parking lot.",
    description = {
      "",
      "Sends each letter as it is, confirmed, to the parking lot, where it waits for a decision, and notes that; it is passed over at the dead letters from then on. unpark brings it back."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dlq park orders.payments.dead-letter --group 1f2e3d4c",
      "  dlq park orders.payments.dead-letter --ids-from ids.txt --to graveyard --yes"
    })
final class ParkCommand extends MoveCommand {
  @Option(
      names = "--to",
      order = FIRST,
      paramLabel = "ADDRESS",
      description =
          "The parking lot. Default: the dead-letter address with parking-lot in the place of dead-letter.")
  private @Nullable String to;

  /** For picocli. */
  ParkCommand() {
    super(Action.PARK);
  }

  @Override
  @Nullable String to() {
    return to;
  }
}
