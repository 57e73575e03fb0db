package io.stagepost.outbox.relay;

import picocli.CommandLine.Option;

/** How the outbox was set up: as in the services that publish. */
final class OutboxOptions {
  @Option(
      names = "--shards",
      paramLabel = "N",
      defaultValue = "8",
      description = "As many as the services say. Default: ${DEFAULT-VALUE}.")
  int shards;

  /** For picocli. */
  OutboxOptions() {}
}
