package io.stagepost.outbox.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.outbox.Outbox;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the DDL that comes with the library. */
@Command(
    name = "ddl",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Print the SQL that creates the outbox, for a migration.",
    footerHeading = "%nExamples:%n",
    footer = "  relay ddl postgresql > V7__outbox.sql")
final class DdlCommand implements Callable<Integer> {
  private static final String POSTGRESQL = "postgresql";
  private static final String MARIADB = "mariadb";
  private static final List<String> DATABASES = List.of(POSTGRESQL, MARIADB, "mysql");

  /** As many as MariaDB's DDL is for. */
  private static final int SHARDS = 8;

  private static final int MAX_SHARDS = 256;

  @Parameters(paramLabel = "DATABASE", description = "postgresql, mariadb or mysql.")
  private String database = "";

  @Mixin private TableOptions tables = new TableOptions();
  @Mixin private Report report = new Report();

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  DdlCommand() {}

  @Override
  public Integer call() throws IOException {
    String name = database.toLowerCase(Locale.ROOT);
    if (!DATABASES.contains(name)) {
      throw new ParameterException(
          requireNonNull(spec).commandLine(),
          "There is no DDL for '" + database + "'; there is for " + DATABASES + ".");
    }
    if (tables.shards() < 1 || tables.shards() > MAX_SHARDS) {
      throw new ParameterException(
          requireNonNull(spec).commandLine(),
          "--shards " + tables.shards() + " must be from 1 to " + MAX_SHARDS + ".");
    }
    String sql;
    if (name.equals(POSTGRESQL)) {
      report.println("select set_config('stagepost.shards', '" + tables.shards() + "', false);\n");
      sql = script(POSTGRESQL);
    } else {
      sql = script(MARIADB).replace(marks(SHARDS), marks(tables.shards()));
    }
    report.println(sql.strip().replace("stagepost_outbox", tables.table()));
    return ExitCode.DONE.number();
  }

  private static String script(String database) throws IOException {
    try (InputStream in = Outbox.class.getResourceAsStream(database + ".sql")) {
      return new String(requireNonNull(in).readAllBytes(), UTF_8);
    }
  }

  /** A row for each shard. */
  private static String marks(int shards) {
    return IntStream.range(0, shards)
        .mapToObj("(%d, 0, 0)"::formatted)
        .collect(Collectors.joining(", "));
  }
}
