package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.dlq.Terms.Action;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Notes that nobody wants letters any more. */
@Command(
    name = "discard",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Note that nobody wants letters any more.",
    description = {
      "",
      "Sends and deletes nothing: the letters stay where they lie until their retention ends, and are passed over. restore takes it back."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dlq discard orders.payments.dead-letter --group 1f2e3d4c",
      "  dlq discard orders.payments.dead-letter --until 2026-01-01 --dry-run"
    })
@Ends({
  ExitCode.NOTHING_MATCHED,
  ExitCode.PARTIAL,
  ExitCode.DRIFTED,
  ExitCode.LOCKED,
  ExitCode.REFUSED,
  ExitCode.INTERRUPTED
})
final class DiscardCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ADDRESS", description = "The dead-letter address.")
  private @Nullable String address;

  @Mixin private MoveOptions move = new MoveOptions();

  /** For picocli. */
  DiscardCommand() {}

  @Override
  public Integer call() {
    return move.move(requireNonNull(address), Action.DISCARD, null);
  }
}
