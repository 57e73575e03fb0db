package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.dlq.Terms.Action;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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
@Ends({
  ExitCode.NOTHING_MATCHED,
  ExitCode.PARTIAL,
  ExitCode.DRIFTED,
  ExitCode.LOCKED,
  ExitCode.REFUSED,
  ExitCode.INTERRUPTED
})
final class UnparkCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ADDRESS", description = "The parking lot.")
  private @Nullable String address;

  @Option(
      names = "--to",
      paramLabel = "ADDRESS",
      description =
          "The dead-letter address. Default: the parking lot with dead-letter in the place of parking-lot.")
  private @Nullable String to;

  @Mixin private MoveOptions move = new MoveOptions();

  /** For picocli. */
  UnparkCommand() {}

  @Override
  public Integer call() {
    return move.move(requireNonNull(address), Action.UNPARK, to);
  }
}
