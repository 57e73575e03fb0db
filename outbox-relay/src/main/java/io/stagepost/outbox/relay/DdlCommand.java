package io.stagepost.outbox.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.outbox.Outbox;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
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

  /** Those that an outbox can be in, as far as the library has their DDL. */
  private static final List<String> DATABASES =
      List.of(POSTGRESQL, "mariadb", "h2").stream()
          .filter(database -> Outbox.class.getResource(resource(database)) != null)
          .toList();

  @Parameters(paramLabel = "DATABASE", description = "Which: postgresql, say.")
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
    if (name.equals(POSTGRESQL)) {
      report.println("select set_config('stagepost.shards', '" + tables.shards() + "', false);\n");
    }
    try (InputStream in = Outbox.class.getResourceAsStream(resource(name))) {
      String sql = new String(requireNonNull(in).readAllBytes(), UTF_8);
      report.println(sql.strip().replace("stagepost_outbox", tables.table()));
    }
    return ExitCode.DONE.number();
  }

  private static String resource(String database) {
    return database + ".sql";
  }
}
