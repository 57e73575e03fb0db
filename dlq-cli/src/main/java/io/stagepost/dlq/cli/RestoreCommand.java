package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.dlq.Terms.Action;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Takes back that letters were discarded. */
@Command(
    name = "restore",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Take back that letters were discarded.",
    description = {
      "",
      "They are dead letters like any other from then on. What was replayed or parked is not restored."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  dlq restore orders.payments.dead-letter --group 1f2e3d4c"})
@Ends({
  ExitCode.NOTHING_MATCHED,
  ExitCode.PARTIAL,
  ExitCode.DRIFTED,
  ExitCode.LOCKED,
  ExitCode.REFUSED,
  ExitCode.INTERRUPTED
})
final class RestoreCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ADDRESS", description = "The dead-letter address.")
  private @Nullable String address;

  @Mixin private MoveOptions move = new MoveOptions();

  /** For picocli. */
  RestoreCommand() {}

  @Override
  public Integer call() {
    return move.move(requireNonNull(address), Action.RESTORE, null);
  }
}
