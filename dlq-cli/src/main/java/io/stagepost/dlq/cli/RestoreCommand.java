package io.stagepost.dlq.cli;

import io.stagepost.dlq.Terms.Action;
import picocli.CommandLine.Command;

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
final class RestoreCommand extends MoveCommand {
  /** For picocli. */
  RestoreCommand() {
    super(Action.RESTORE);
  }
}
