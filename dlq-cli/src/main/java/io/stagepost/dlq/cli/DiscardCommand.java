package io.stagepost.dlq.cli;

import io.stagepost.dlq.Terms.Action;
import picocli.CommandLine.Command;

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
final class DiscardCommand extends MoveCommand {
  /** For picocli. */
  DiscardCommand() {
    super(Action.DISCARD);
  }
}
