package io.stagepost.outbox.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.outbox.Outbox;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Prints the DDL. */
@Command(
    name = "ddl",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Print the SQL that creates the outbox, for a migration.",
    footerHeading = "%nExamples:%n",
    footer = "  relay ddl postgresql > V7__outbox.sql")
final class DdlCommand implements Callable<Integer> {
  /** A database that an outbox can be in. */
  enum Database {
    /** PostgreSQL 13 or later. */
    POSTGRESQL("postgresql.sql");

    private final String resource;

    Database(String resource) {
      this.resource = resource;
    }
  }

  @Parameters(paramLabel = "DATABASE", description = "${COMPLETION-CANDIDATES}, in any case.")
  private Database database = Database.POSTGRESQL;

  @Mixin private TableOptions tables = new TableOptions();
  @Mixin private Report report = new Report();

  /** For picocli. */
  DdlCommand() {}

  @Override
  public Integer call() throws IOException {
    try (InputStream in = Outbox.class.getResourceAsStream(database.resource)) {
      String sql = new String(requireNonNull(in, database.resource).readAllBytes(), UTF_8);
      report.println("select set_config('stagepost.shards', '" + tables.shards() + "', false);\n");
      report.println(sql.strip().replace("stagepost_outbox", tables.table()));
    }
    return ExitCode.DONE.number();
  }
}
