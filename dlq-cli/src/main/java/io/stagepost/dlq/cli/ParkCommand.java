package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.dlq.Terms.Action;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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
@Ends({
  ExitCode.NOTHING_MATCHED,
  ExitCode.PARTIAL,
  ExitCode.DRIFTED,
  ExitCode.LOCKED,
  ExitCode.REFUSED,
  ExitCode.INTERRUPTED
})
final class ParkCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ADDRESS", description = "The dead-letter address.")
  private @Nullable String address;

  @Option(
      names = "--to",
      paramLabel = "ADDRESS",
      description =
          "The parking lot. Default: the dead-letter address with parking-lot in the place of dead-letter.")
  private @Nullable String to;

  @Mixin private MoveOptions move = new MoveOptions();

  /** For picocli. */
  ParkCommand() {}

  @Override
  public Integer call() {
    return move.move(requireNonNull(address), Action.PARK, to);
  }
}
