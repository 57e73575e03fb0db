package io.stagepost.outbox.relay;

import picocli.CommandLine.Option;

/** How the outbox's tables are called, and how it is cut. */
final class TableOptions {
  @Option(
      names = "--table",
      paramLabel = "NAME",
      defaultValue = "stagepost_outbox",
      description = "As the services call it. Default: ${DEFAULT-VALUE}.")
  private String table = "";

  @Option(
      names = "--shards",
      paramLabel = "N",
      defaultValue = "8",
      description = "As many as the services say. Default: ${DEFAULT-VALUE}.")
  private int shards;

  /** For picocli. */
  TableOptions() {}

  String table() {
    return table;
  }

  int shards() {
    return shards;
  }
}
